"""What cannot be an experiment of the command line is refused when it is registered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

import liaf_ref as lr
from liaf_ref.experiments import EXPERIMENTS, TrainingConfig, option
from liaf_ref.experiments.babi import BabiConfig, BabiExperiment


@dataclass(frozen=True)
class Sizes(TrainingConfig):
    sizes: tuple[int, ...] = option((1,), help="sizes")


@dataclass(frozen=True)
class Output(TrainingConfig):
    out: str = option("", help="an option that `run` has already")


class Undecorated(TrainingConfig):
    units: int = option(1, help="units")


@dataclass(frozen=True)
class Unread(TrainingConfig):
    """A field without a description is not an option, of whatever type it is."""

    sizes: tuple[int, ...] = field(default=(1,))


@dataclass(frozen=True)
class Own(BabiExperiment):
    lists: Mapping[str, str] = field(default_factory=dict)

    @property
    def list_fields(self) -> Mapping[str, str]:  # type: ignore[override]
        return self.lists


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"name": "babi"},
            "name of the experiment of register_experiment: expected a new",
        ),
        ({"name": "coding"}, "expected a new name, got 'coding'"),
        ({"name": "aux"}, "expected a name that a folder can have on Windows, got 'aux'"),
        ({"name": "My data"}, "expected lower-case letters, digits and hyphens, got 'My data'"),
        (
            {"name": 3},
            "name of the experiment of register_experiment: expected a string, got 3",
        ),
        ({"title": None}, "title of the experiment of register_experiment: expected a string, got"),
        ({"config_class": dict}, "expected a dataclass that inherits from liaf_ref.experiments"),
        ({"config_class": Undecorated}, "expected a dataclass that inherits from"),
        ({"config_class": Sizes}, "got sizes: tuple[int, ...]"),
        (
            {"config_class": Output},
            "expected field names that are not options of `liaf-ref run`, got out",
        ),
        ({"lists": {"lr": "rates"}}, "expected list_fields of type int or str, got lr"),
        ({"lists": {"none": "none"}}, "expected list_fields of type int or str, got none"),
    ],
)
def test_what_cannot_be_options_is_refused(changes: dict[str, Any], message: str) -> None:
    before = dict(EXPERIMENTS)
    with pytest.raises(lr.InputError, match=re.escape(message)):
        lr.register_experiment(Own(**{"name": "own", **changes}))
    assert before == EXPERIMENTS


@pytest.mark.parametrize("config_class", [BabiConfig, Unread])
def test_a_registered_experiment_is_known_by_its_name(
    config_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liaf_ref.experiments.registry.EXPERIMENTS", known := dict(EXPERIMENTS))
    own = Own(name="own", config_class=config_class)
    lr.register_experiment(own)
    assert known["own"] is own
