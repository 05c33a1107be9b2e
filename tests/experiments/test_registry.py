"""Experiments of one's own, and the paper's numbers."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest

import liaf_ref as lr
from liaf_ref._core.declared import invalid_values
from liaf_ref.experiments import EXPERIMENTS, About, TrainingConfig, paper
from liaf_ref.experiments.babi import BabiConfig, BabiExperiment
from liaf_ref.experiments.paper import TABLES


class Sizes(TrainingConfig):
    sizes: tuple[int, ...] | dict[str, int] = (1,)


class Output(TrainingConfig):
    out: Annotated[str, About("an option that `run` has already")] = ""


class Plain(TrainingConfig):
    """Other defaults of known fields, and a field whose type alone says what it takes."""

    lr: float = 0.5
    units: Annotated[int, About("units")] = 1


@dataclass(frozen=True)
class Own(BabiExperiment):
    lists: Mapping[str, str] = field(default_factory=dict)

    @property
    def list_fields(self) -> Mapping[str, str]:  # type: ignore[override]
        return self.lists


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        *(
            ({"name": name}, f"hyphens that Windows allows, got {name!r}; registered: babi, ")
            for name in ("babi", "coding", "aux", "My data", 3)
        ),
        ({"title": None}, "title of the experiment of register_experiment: expected a string, got"),
        ({"config_class": dict}, "expected a class that inherits from liaf_ref.experiments"),
        ({"config_class": Sizes}, "expected fields that can be options of `liaf-ref run`, under"),
        ({"config_class": Output}, "and list_fields of type int or str, got out"),
        ({"lists": {"lr": "rates"}}, "and list_fields of type int or str, got lr"),
        ({"lists": {"none": "none"}}, "and list_fields of type int or str, got none"),
    ],
)
def test_what_cannot_be_options_is_refused(changes: dict[str, Any], message: str) -> None:
    before = dict(EXPERIMENTS)
    with pytest.raises(lr.InputError, match=re.escape(message)):
        lr.register_experiment(Own(**{"name": "own", **changes}))
    assert before == EXPERIMENTS


@pytest.mark.parametrize("config_class", [BabiConfig, Plain])
def test_a_registered_experiment_is_known_by_its_name(
    config_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liaf_ref.experiments.registry.EXPERIMENTS", known := dict(EXPERIMENTS))
    own = Own(name="own", config_class=config_class)
    lr.register_experiment(own)
    assert known["own"] is own


@pytest.mark.parametrize(
    ("name", "wrong"), [(n, w) for n, w in invalid_values(Plain) if n in ("lr", "units")]
)
def test_a_field_with_another_default_keeps_its_check(name: str, wrong: object) -> None:
    with pytest.raises(lr.InputError, match=f"{name} of Plain: expected"):
        Plain(**{name: wrong})  # type: ignore[arg-type]


PRINTED = list(paper.printed_numbers())
# Rows times columns, less the places that are empty.
CELLS = {
    "I": 5 * 3,
    "II": 5 * 3,
    "III": 20 * 5 + 7 + 5 + 2,  # tasks, in brackets, averages
    "IV": 5 * 4,
    "V": 2 * 5,
    "VI": 10 * 2 - 6,
    "VII": 5 * 5,
    "VIII": 5,
    "IX": 3 * 5,
    "X": 8,
}


def test_every_cell_of_every_table_is_listed_once() -> None:
    found = Counter(p.table for p in PRINTED)
    del found["text"]
    assert found == CELLS
    assert set(CELLS) | {"text"} == set(TABLES)
    assert {p.location for p in PRINTED if p.table != "text"} == {f"Table {name}" for name in CELLS}
