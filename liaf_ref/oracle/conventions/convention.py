"""What a convention is: a name, a sentence, and the equations with something replaced."""

from collections.abc import Callable
from typing import Any, NamedTuple

from liaf_ref.kernels import conv
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.conventions.neuron import Neuron
from liaf_ref.oracle.reference import PAPER, Rules
from liaf_ref.oracle.reference.convlstm import ConvLSTM

BASE = PAPER._replace(neuron=Neuron(), convlstm=ConvLSTM(conv))


def same(value: Any) -> Any:
    """Replace nothing."""
    return value


class Convention(NamedTuple):
    """Something a backend may do that the paper does not.

    Parameters
    ----------
    name : str
        As a diagnosis names it.
    says : str
        One sentence.
    ops : frozenset of str
        The operations it can be seen in; ``optimiser`` for that of level L4.
    rules : callable
        From the equations to those equations with something replaced.
    case : callable
        From a case to the case that is solved in its place.
    """

    name: str
    says: str
    ops: frozenset[str]
    rules: Callable[[Rules], Rules] = same
    case: Callable[[Case], Case] = same

    def applies(self, case: Case) -> bool:
        """Whether the case has an operation this can be seen in."""
        return bool(self.ops & ops_of(case))

    def touched(self) -> frozenset[str]:
        """Lines of the neuron that it replaces."""
        given, taken = BASE.neuron.lines, self.rules(BASE).neuron.lines
        return frozenset(
            name for name, a, b in zip(given._fields, given, taken, strict=True) if a is not b
        )

    def and_(self, other: "Convention") -> "Convention":
        """Both at once, this one first."""
        return Convention(
            f"{self.name} + {other.name}",
            f"{self.says}  {other.says}",
            self.ops | other.ops,
            lambda rules: other.rules(self.rules(rules)),
            lambda case: other.case(self.case(case)),
        )


def ops_of(case: Case) -> frozenset[str]:
    """The operations of a case; ``spike`` if a neuron's output is one."""
    ops = {node.op for node in case.nodes}
    ops |= {"spike" for node in case.nodes if node.options.get("act") == "spike"}
    ops |= {f"act:{node.options['act']}" for node in case.nodes if "act" in node.options}
    return frozenset(ops if case.optimiser is None else ops | {"optimiser"})


SEEN_IN = {
    "readout": {"last", "mean"},
    "conv": {"conv", "conv3d"},
    "norm": {"layer_norm", "batch_norm"},
    "norm_running": {"batch_norm"},
    "loss": {"softmax_ce"},
    "loss_softmax_bce": {"softmax_bce"},
    "loss_sigmoid_bce": {"sigmoid_bce"},
    "loss_mse": {"mse"},
}


def of_neuron(name: str, says: str, **lines: Any) -> Convention:
    """A convention that replaces lines of the neuron."""

    def rules(given: Rules) -> Rules:
        return given._replace(neuron=given.neuron.but(**lines))

    return Convention(name, says, frozenset({"neuron"}), rules)


def of_field(name: str, says: str, field: str, wrap: Callable[[Any], Any]) -> Convention:
    """A convention that wraps one kernel, by its field of :class:`Rules`."""

    def rules(given: Rules) -> Rules:
        return given._replace(**{field: wrap(getattr(given, field))})

    ops = SEEN_IN.get(field, {field})
    return Convention(name, says, frozenset(ops), rules)
