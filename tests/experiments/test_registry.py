"""Experiments of one's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest

import liaf_ref as lr
from liaf_ref.experiments import EXPERIMENTS, About, TrainingConfig
from liaf_ref.experiments.babi import BabiConfig, BabiExperiment


class Sizes(TrainingConfig):
    sizes: tuple[int, ...] | dict[str, int] = (1,)


class Output(TrainingConfig):
    out: Annotated[str, About("an option that `run` has already")] = ""


class Plain(TrainingConfig):
    lr: float = 0.5  # another default of a known field
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
            ({"name": name}, f"no device of Windows, got {name!r}; registered: ")
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
def test_an_experiment_is_registered(config_class: Any) -> None:
    own = Own(name="own", config_class=config_class)
    lr.register_experiment(own)
    assert EXPERIMENTS.pop("own") is own
