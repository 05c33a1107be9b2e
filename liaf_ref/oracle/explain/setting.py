"""What the candidates of one frame share, and how far one of them is found."""

from typing import NamedTuple

from liaf_ref.oracle.explain.choices import Choice
from liaf_ref.oracle.explain.frames import Frame
from liaf_ref.oracle.explain.neuron import Model
from liaf_ref.oracle.explain.parameters import NeuronParameters
from liaf_ref.oracle.explain.precision import Precision
from liaf_ref.oracle.explain.trace import Trace


class Setting(NamedTuple):
    """The record, the known parameters, the precision, and the frame."""

    trace: Trace
    p: NeuronParameters
    level: Precision
    frame: Frame


class Partial(NamedTuple):
    """An explanation of which some parts are known."""

    cost: int  # parts that have no name
    model: Model
    names: dict[str, Choice]
    scale: float  # from the parameters' units to those of the trace
    offset: float  # the potential that the trace shows as 0

    def looseness(self, setting: Setting) -> float:
        """Relative error of a scale in fixed point that the inputs determine within a unit."""
        unit = setting.level.unit
        largest = abs(self.model.b * setting.trace.input).max()
        if not unit or not self.has_free_scale or largest == 0:
            return 0.0
        return float(1.5 * unit / largest)

    @property
    def has_free_scale(self) -> bool:
        """Whether the scale has no name."""
        return self.names["scale"].name.startswith("other")
