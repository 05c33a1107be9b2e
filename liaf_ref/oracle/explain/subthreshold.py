"""Name the numbers of a step without a spike: decay, gain, order, leak, scale and offset."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Choice
from liaf_ref.oracle.explain.fit import Recurrence
from liaf_ref.oracle.explain.neuron import Model, rounded, shift
from liaf_ref.oracle.explain.setting import Partial, Setting

MIN_FITTED = 6  # steps that show three numbers without a name


def name_numbers(s: Setting, fit: Recurrence, base: Model) -> Iterator[Partial]:
    """Named decay, gain, order, leak, scale and offset."""
    p, level = s.p, s.level
    v, x = s.trace.recorded_potential, shift(s.trace.input, s.frame.input_delay)
    steps = fit.inliers & s.frame.plain
    y_before, y = shift(v, 1)[steps], level.unrounded(v)[steps]
    # The fit is no bound for a named decay: its own errors are within those of the steps.
    tolerance = 2 * level.tolerance(base, s.trace, s.frame.fired)[steps]
    gains = choices.fixed_point_gains if level.unit else choices.gains
    matched = False
    few = steps.sum() < MIN_FITTED
    for extra, decay, mode in _decays(s, fit):
        if extra and (matched or few):
            break
        rest = y - rounded(mode, decay.value * y_before, y_before, level.unit or 1.0)
        if not _is_affine(rest, x[steps], tolerance):
            continue
        seen_gain = decay.value if s.frame.structure.shown == "after leak" else 1.0
        rounding = {} if mode == "none" else {"rounding": Choice(mode, "", 0)}
        for gain in gains(p, decay.value):
            for order in choices.orders(gain.value, decay.value):
                for leak in choices.leaks(p, decay.value):
                    for offset in choices.offsets(p):
                        shifted = leak.value - offset.value * (1 - decay.value)
                        z = seen_gain * order.value * x[steps] + shifted
                        for cost, scale in _scales(s, rest, z, tolerance, order.value):
                            if cost and offset.value:
                                continue
                            matched = True
                            model = base._replace(a=decay.value, b=scale.value * order.value,
                                                  c=scale.value * shifted,
                                                  rounding=mode)  # fmt: skip
                            shown = scale
                            if offset.value:
                                shown = scale._replace(
                                    name=f"{scale.name}, with {offset.name} at 0"
                                )
                            names = {"decay": decay, "gain": gain, "order": order, "leak": leak,
                                     "scale": shown}  # fmt: skip
                            yield Partial(extra + cost, model, names | rounding, scale.value,
                                          offset.value)  # fmt: skip
    if not matched and not few and level.modes == ("none",):
        yield Partial(3, base, _fitted_names(base), 1.0, 0.0)


def _decays(s: Setting, fit: Recurrence) -> Iterator[tuple[int, Choice, str]]:
    """Named decays with each rounding, then the fitted one as a part without a name."""
    named = choices.decays(s.p)
    if s.level.unit:
        known = {decay.value for decay in named}
        named += [decay for decay in choices.quantised_decays(s.p) if decay.value not in known]
    yield from ((0, decay, mode) for decay in named for mode in s.level.modes)
    fitted = Choice("fitted", f"a = {fit.a:.6g}", fit.a)
    yield from ((1 if named else 0, fitted, mode) for mode in s.level.modes)


def _is_affine(rest: Array, x: Array, tolerance: Array) -> bool:
    """Whether ``rest = b x + c`` for some b and c, by least squares."""
    columns = np.stack([x, np.ones(len(x))], axis=1)
    coefficients = np.linalg.lstsq(columns, rest, rcond=1e-12)[0]
    return bool((abs(columns @ coefficients - rest) <= 2 * tolerance).all())


def _fitted_names(m: Model) -> dict[str, Choice]:
    return {
        "decay": Choice("fitted", f"a = {m.a:.6g}", m.a),
        "gain": Choice("fitted", f"b = {m.b:.6g}", m.b),
        "order": Choice("leak, then input", "U = a R + b x + c", m.b),
        "leak": Choice("fitted", f"c = {m.c:.6g}", m.c),
        "scale": Choice("1", "as the parameters", 1.0),
    }


def _scales(
    s: Setting, rest: Array, z: Array, tolerance: Array, gain: float
) -> Iterator[tuple[int, Choice]]:
    """Named scales with which ``rest = scale z``, or else the one of least squares."""
    named = choices.scales(s.p, gain)
    fitting = [scale for scale in named if (abs(rest - scale.value * z) <= tolerance).all()]
    if fitting:
        yield from ((0, scale) for scale in fitting)
        return
    power, unit = float(z @ z), s.level.unit
    if power == 0 or s.p.v_threshold is None:
        return
    values = [float(rest @ z) / power]
    if unit and gain:  # the factor of the input may be a number of fixed point as well
        values.insert(0, round(values[0] * gain / unit) * unit / gain)
    for value in values:
        if value > 0 and (abs(rest - value * z) <= tolerance).all():
            yield 1, Choice("other", f"v x {value:.6g}", value)
            return
