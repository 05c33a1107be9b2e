"""A convention that may explain a trace."""

from typing import NamedTuple

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.choices import Choice
from liaf_ref.oracle.explain.neuron import Model

SIMPLEST = {
    "decay": ("forward Euler", "exponential"),
    "rounding": ("cut off", "down", "to nearest", "up"),
    "order": ("leak, then input",),
    "leak": ("v_leak",),
    "several": ("one",),
    "reset": ("to v_reset", "by subtraction of v_threshold"),
    "timing": ("same step",),
    "shown": ("after reset", "before reset", "after leak"),
    "input_delay": ("0", "1", "2"),
    "spike_delay": ("0", "1", "-1"),
    "refractory": ("0", "1", "2"),
    "scale": ("1",),
    "start": ("0",),
}


class Candidate(NamedTuple):
    """A convention with the name of each of its parts."""

    model: Model
    names: dict[str, Choice]
    cost: int  # parts that have no name
    departures: Array  # whether each step departs from the prediction
    fired: Array  # spikes of each step, before any delay

    @property
    def simplicity(self) -> tuple[int, ...]:
        """Sort key: the most usual choices first."""
        places = [
            usual.index(self.names[part].name) if self.names[part].name in usual else len(usual)
            for part, usual in SIMPLEST.items()
            if part in self.names
        ]
        return (sum(places), *places)

    @property
    def rank_of_failure(self) -> tuple[float, ...]:
        """Sort key: few departures first, then few parts without a name."""
        return (float(self.departures.sum()), self.cost, *self.simplicity)

    def also(self, other: "Candidate") -> "Candidate":
        """With the other's names noted as the same for these parameters."""
        names = dict(self.names)
        for part, choice in other.names.items():
            mine = names[part]
            if choice.name != mine.name and choice.name not in mine.same:
                names[part] = mine._replace(same=(*mine.same, choice.name))
        return self._replace(names=names)


def refractory_choice(m: Model) -> Choice:
    """Refractory steps, and what the neuron does in them."""
    about = {
        "held": "the potential is held",
        "leaking": "the input is ignored, the leak goes on",
        "inside": "the refractory time begins at the crossing and ends inside a step",
    }
    words = {"held": "", "leaking": " (leaking)", "inside": " (ending inside a step)"}
    name = f"{m.refractory:.6g}{words[m.waiting]}"
    return Choice(name, about[m.waiting] if m.refractory else "", m.refractory)
