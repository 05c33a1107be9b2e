"""Options of the paper's relatives: other resets, spikes of several levels, a sigmoid decay."""

import math
from collections.abc import Mapping

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_choice, check_positive_int
from liaf_ref.kernels import neuron
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.relatives import decay
from liaf_ref.kernels.relatives.levels import BINARY, TERNARY, Levels, integer
from liaf_ref.kernels.relatives.neuron import Law
from liaf_ref.kernels.relatives.output import Output, graded
from liaf_ref.kernels.relatives.reset import RESETS
from liaf_ref.layers.parametrized import Params

LEVELS: dict[str, Levels] = {"binary": BINARY, "ternary": TERNARY}
DECAYS = ("alpha", "sigmoid")
MAX_LEVEL = 256
LOGIT = "alpha_logit"  # the parameter whose sigmoid is alpha


def check_relatives(reset: object, levels: object, decay: object, alpha: float) -> None:
    """Refuse unknown values, and a decay that is no sigmoid."""
    check_choice("reset", reset, RESETS, "Eq. (5)")
    check_choice("decay", decay, DECAYS, "Eq. (6)")
    if isinstance(levels, str):
        check_choice("levels", levels, LEVELS, "Eq. (4)")
    elif check_positive_int("levels", levels, "Eq. (4)") > MAX_LEVEL:
        reason = f"expected at most {MAX_LEVEL}, got {levels}"
        raise InputError.for_argument("levels", "Eq. (4)", reason)
    if decay == "sigmoid" and not 0 < alpha < 1:
        reason = f'expected a number between 0 and 1 with decay="sigmoid", got {alpha}'
        raise InputError.for_argument("alpha", "Eq. (6)", reason)


class RelativeOptions:
    """By default the paper's neuron, Eqs. (3)-(8)."""

    reset: str = "v_reset"
    levels: str | int = "binary"
    decay: str = "alpha"

    def _law(self, output: Output, sent: Pair) -> Law | None:
        """What replaces the paper's equations; None where nothing does."""
        named = isinstance(self.levels, str)
        levels = LEVELS[self.levels] if named else integer(self.levels)  # type: ignore[index, arg-type]
        if (levels, self.reset) == (BINARY, "v_reset") and output is not graded:
            return None
        return Law(levels, RESETS[self.reset], output, sent)

    @property
    def _decay_name(self) -> str:
        """The parameter that alpha comes from."""
        return LOGIT if self.decay == "sigmoid" else "alpha"

    def _initial_value(self, name: str) -> float:
        if name != LOGIT:
            return float(getattr(self, name))
        alpha: float = self.alpha  # type: ignore[attr-defined]
        return math.log(alpha / (1 - alpha))

    def kernel_params(self, params: Mapping[str, Array]) -> neuron.Params:
        """The parameters of Eqs. (4)-(6), of those that are trained."""
        given = dict(params)
        if self.decay == "sigmoid":
            given["alpha"] = decay.forward(given[LOGIT])
        return neuron.Params(*(given[name] for name in neuron.Params._fields))

    def _trained_grads(self, dp: neuron.Params, p: neuron.Params) -> Params:
        """The gradients in what is trained."""
        grads: Params = dp._asdict()
        if self.decay == "sigmoid":
            grads[LOGIT] = decay.backward(grads.pop("alpha"), p.alpha)
        return grads
