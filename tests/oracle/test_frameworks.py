"""Frameworks measured: what their pages show, and synthetic neurons of every convention."""

import re
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import pytest
from frameworks import FRAMEWORKS, NeuronMeasurement, measure, measure_frameworks
from frameworks.forward import measure_subthreshold
from frameworks.probe import NeuronProbe, Response
from frameworks.tables import MEASURED, describe, format_markdown, stored

from liaf_ref.kernels.array import Array

# Frameworks warn as they are imported, most often of their own use of other packages.
pytestmark = pytest.mark.filterwarnings("ignore")

PAGES = {next(iter(page["versions"])): page for page in stored()}
EXAMPLES = re.compile(r"```py\n(.*?)```\n\nprints\n\n```\n(.*?)```", re.DOTALL)


@pytest.fixture(params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    """A framework; skips if it is missing or of another version than its page's."""
    found = str(request.param)
    for package, recorded in PAGES[found]["versions"].items():
        if package == "liaf_ref":
            continue
        pytest.importorskip(package, exc_type=ImportError)
        here = version(package).partition("+")[0]
        if here != recorded:
            pytest.skip(f"the page was measured with {package} {recorded}; here is {here}")
    return found


def test_every_framework_has_a_page() -> None:
    assert [name for page in stored() for name in page["versions"]] == list(FRAMEWORKS)


def test_the_page_shows_what_is_measured_now(name: str) -> None:
    neurons = [describe(row) for row in measure_frameworks([*PAGES[name]["versions"]])]
    assert neurons == PAGES[name]["neurons"]
    assert not re.search(r"undecided|unrecognized|other|\?", str(neurons))


def test_the_examples_print_what_the_page_says(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = MEASURED.with_name(PAGES[name]["page"])
    for code, printed in EXAMPLES.findall(page.read_text("utf-8")):
        capsys.readouterr()
        exec(compile(code, page.name, "exec"), {})  # noqa: S102
        assert capsys.readouterr().out == printed


def window(x: Array) -> Array:
    """Open at 1/2."""
    inside: Array = (abs(x) < 0.5).astype(float)
    return inside


class SyntheticNeuron(NamedTuple):
    """What it does; by default what the paper does."""

    gain: float = 1.0
    alpha: float = 0.5
    beta: float = 0.125
    initial: float = 0.0
    v_reset: float = -0.25
    current: float = 0.0  # how much of the input's current stays
    kind: str = "hard"
    order: str = "reset, leak"
    delayed_reset: bool = False
    reset_gradient_share: float = 1.0  # share of the reset's gradient
    fires: Callable[[Array, float], Array] = np.greater_equal
    slope: Callable[[Array], Array] = window
    analog: bool = False
    shown_potential: str = "R"
    output_share: float = 1.0  # share of the threshold's gradient in the output
    reset_share: float = 1.0  # and in the reset's spike
    amount_share: float = 1.0  # and in what a soft reset subtracts
    has_threshold_gradient: bool = True  # whether it has a gradient at all
    refractory: int = 0  # steps after a spike that have no input

    def probe(self) -> NeuronProbe:
        return NeuronProbe("synthetic", "neuron", "", self.run, 1.0, "no")

    def run(self, I: Array, v_th: float) -> Response:
        N, T = I.shape
        V, dV = np.full(N, self.initial), np.zeros((N, T + 1))
        i, di = np.zeros(N), np.zeros((N, T + 1))
        before, dbefore = np.zeros(N), np.zeros((N, T + 1))
        th = np.eye(T + 1)[T]  # the direction of the threshold
        Ys, Vs, dYs = [], [], []
        wait = np.zeros(N)
        for t in range(T):
            open_ = wait <= 0
            i = self.current * i + open_ * I[:, t]
            di = self.current * di + open_[:, None] * np.eye(T + 1)[t]
            U, dU = self.gain * i + V, self.gain * di + dV
            x, slope = U - v_th, self.slope(U - v_th)[:, None]
            F = self.fires(U, v_th).astype(float)
            wait = np.where(F > 0, self.refractory, wait - 1)
            Y, dY = (
                (x, dU - self.output_share * th)
                if self.analog
                else (F, slope * (dU - self.output_share * th))
            )
            G, dG = F, self.reset_gradient_share * slope * (dU - self.reset_share * th)
            if self.delayed_reset:
                G, dG, before, dbefore = before, dbefore, G, dG
            leaked, dleaked = self.alpha * U + self.beta, self.alpha * dU
            R, dR = self._reset(U, dU, G, dG, v_th, th)
            V, dV = self.alpha * R + self.beta, self.alpha * dR
            if self.order == "leak, reset":
                V, dV = self._reset(leaked, dleaked, G, dG, v_th, th)
            Ys.append(Y)
            dYs.append(dY)
            Vs.append({"R": R, "U": U, "wrong": U + 0.5}[self.shown_potential])
        d = np.stack(dYs)
        return Response(
            np.stack(Ys, 1),
            np.stack(Vs, 1),
            d[:, :, :T],
            d[:, :, T].sum(1) if self.has_threshold_gradient else None,
        )

    def _reset(
        self, U: Array, dU: Array, G: Array, dG: Array, v_th: float, th: Array
    ) -> tuple[Array, Array]:
        G_ = G[:, None]
        if self.kind == "hard":
            return G * self.v_reset + (1 - G) * U, (1 - G_) * dU + (self.v_reset - U)[:, None] * dG
        if self.kind == "uncut":  # as if U were a constant in the product
            return G * self.v_reset + (1 - G) * U, dU + (self.v_reset - U)[:, None] * dG
        if self.kind == "soft":
            return U - G * v_th, dU - v_th * dG - self.amount_share * G_ * th
        if self.kind == "half":
            return U * (1 - G / 2), dU * (1 - G_ / 2) - U[:, None] / 2 * dG
        return U, dU


def measured(**conventions: Any) -> NeuronMeasurement:
    return measure(SyntheticNeuron(**conventions).probe())


def never_fires(U: Array, v_th: float) -> Array:
    return v_th + 9 < U


def test_a_current_is_a_second_pole() -> None:
    found = measure_subthreshold(SyntheticNeuron(alpha=0.75, current=0.25).probe())
    assert found.poles == (0.75, 0.25)
    assert found.decay == 1.0


@pytest.mark.parametrize(("analog", "answer"), [(False, "spikes"), (True, "analog")])
def test_output(analog: bool, answer: str) -> None:
    assert measured(analog=analog).output == answer


def late(probe: NeuronProbe, potential: int, output: int) -> NeuronProbe:
    """A neuron that sees its drive, and gives its output, some steps later."""

    def run(I: Array, v_th: float) -> Response:
        T = I.shape[1]
        found = probe.run(
            np.pad(I, ((0, 0), (potential + output, 0)))[:, output : T + output], v_th
        )
        early = probe.run(np.pad(I, ((0, 0), (potential + output, 0)))[:, :T], v_th)
        d = np.pad(early.dI, ((0, 0), (0, 0), (0, potential + output)))
        return Response(early.Y, found.V, d[:, :, potential + output :], early.dv_th)

    return probe._replace(run=run)


@pytest.mark.parametrize(("potential", "output"), [(0, 0), (0, 1), (1, 0), (1, 2)])
def test_a_late_neuron_is_measured_as_if_it_were_not(potential: int, output: int) -> None:
    probe = SyntheticNeuron(beta=0.0).probe()
    found = measure(late(probe, potential, output))
    assert found.lag == (potential, output)
    ours = measure(probe)
    for name in ("firing_condition", "reset", "reset_gradient", "threshold_gradient"):
        assert getattr(found, name) == getattr(ours, name)
    note = {0: "", 1: ", next step", 2: ", late"}[output] if not potential else ", "
    assert f"| spikes{note}" in format_markdown([describe(found)])


def test_a_strong_current_does_not_hide_the_reset() -> None:
    found = measured(kind="soft", alpha=0.95, beta=0.0, current=0.95).reset
    assert (found.kind, found.order, round(found.amount, 9)) == ("soft", "reset, leak", 1.0)


def test_a_hard_reset_that_does_not_cut_the_gradient() -> None:
    found = measured(kind="uncut")
    assert found.reset_gradient.kind == "attached, U not cut"
    assert found.threshold_gradient.reset_path == "attached"


@pytest.mark.parametrize("analog", [False, True])
@pytest.mark.parametrize(
    ("conventions", "answer"),
    [
        ({"fires": np.greater_equal}, ">="),
        ({"fires": np.greater}, ">"),
        ({"gain": 0.1, "fires": np.greater}, ">"),
        ({"gain": 0.1, "initial": 0.3}, ">="),
        ({"fires": lambda U, v_th: v_th - 1e-3 < U}, "undecided"),
        ({"fires": lambda U, v_th: v_th + 1e-3 < U}, "undecided"),
        ({"shown_potential": "wrong"}, "undecided"),
    ],
)
def test_equality(conventions: dict[str, Any], answer: str, analog: bool) -> None:
    assert measured(**conventions, analog=analog).firing_condition == answer


SHOWS_U = {"shown_potential": "U"}
LATE = SHOWS_U | {"delayed_reset": True}


@pytest.mark.parametrize(
    ("conventions", "kind", "amount", "order"),
    [
        ({}, "hard", -0.25, "reset, leak"),
        ({"order": "leak, reset"}, "hard", -0.25, "leak, reset"),
        ({"v_reset": 0.0, "beta": 0.0}, "hard", 0.0, "either"),
        ({"v_reset": 0.25}, "hard", 0.25, "either"),  # the leak rests there
        ({"alpha": 1.0, "beta": 0.0}, "hard", -0.25, "either"),
        (SHOWS_U | {"v_reset": 0.0, "beta": 0.0}, "hard", 0.0, "either"),
        (SHOWS_U, "hard", np.nan, "undecided"),
        ({"current": 0.25}, "hard", -0.25, "reset, leak"),
        ({"current": 0.75}, "hard", -0.25, "reset, leak"),  # stays longer than V
        ({"kind": "soft"}, "soft", 1.0, "reset, leak"),
        ({"kind": "soft", "order": "leak, reset"}, "soft", 1.0, "leak, reset"),
        (SHOWS_U | {"kind": "soft"}, "soft", 1.0, "reset, leak"),
        (SHOWS_U | {"kind": "soft", "order": "leak, reset"}, "soft", 1.0, "leak, reset"),
        ({"kind": "soft", "alpha": 1.0}, "soft", 1.0, "either"),
        ({"kind": "soft", "current": 0.25}, "soft", 1.0, "reset, leak"),
        ({"kind": "soft", "alpha": -0.5}, "soft", 1.0, "reset, leak"),  # swings
        ({"kind": "half"}, "other", 0.5625, "reset, leak"),
        ({"kind": "none"}, "none", np.nan, "either"),
        ({"fires": never_fires}, "none", np.nan, "either"),
        (LATE, "hard", np.nan, "undecided"),
        (LATE | {"kind": "soft"}, "soft", np.nan, "undecided"),
        (LATE | {"kind": "half"}, "other", np.nan, "undecided"),
    ],
)
def test_reset(conventions: dict[str, Any], kind: str, amount: float, order: str) -> None:
    found = measured(**conventions).reset
    assert (found.kind, found.order) == (kind, order)
    assert found.delayed == ("delayed_reset" in conventions)
    shows_u = kind == "none" or "shown_potential" in conventions
    assert found.shown_potential == ("before" if shows_u else "after")
    np.testing.assert_equal(round(found.amount, 12), amount)


@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_refractory_steps_hide_nothing_else(kind: str, steps: int) -> None:
    ours = measured(kind=kind)
    found = measured(kind=kind, refractory=steps)
    assert found.reset == ours.reset._replace(refractory_steps=steps)
    assert (", refractory 5" in format_markdown([describe(found)])) == (steps == 5)


@pytest.mark.parametrize("analog", [False, True])
@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize("order", ["reset, leak", "leak, reset"])
@pytest.mark.parametrize(("attached", "answer"), [(1.0, "attached"), (0.0, "detached")])
def test_gradient_through_the_reset(
    analog: bool, kind: str, order: str, attached: float, answer: str
) -> None:
    found = measured(analog=analog, kind=kind, order=order, reset_gradient_share=attached)
    assert found.reset_gradient.kind == answer


@pytest.mark.parametrize("analog", [False, True])
@pytest.mark.parametrize(
    ("slope", "family", "height", "half", "edge"),
    [
        (lambda x: 1.0 * (abs(x) < 0.5), "rectangle", 1.0, None, "open at 0.5"),
        (lambda x: 1.0 * (abs(x) <= 0.5), "rectangle", 1.0, None, "closed at 0.5"),
        (lambda x: 2.0 * (abs(x) < 0.25), "rectangle", 2.0, None, "open at 0.25"),
        (lambda x: 1.0 * (abs(x) < 0.3), "rectangle", 1.0, None, "between 0.296875 and 0.3125"),
        (lambda x: 0.5 * np.maximum(0, 1 - abs(x)), "triangle", 0.5, 0.5, ""),
        (lambda x: (1 + 2 * abs(x)) ** -2.0, "fast sigmoid", 1.0, (2**0.5 - 1) / 2, ""),
        (lambda x: 1 / (1 + (4 * x) ** 2), "arctan", 1.0, 0.25, ""),
        (lambda x: 1 - np.tanh(2 * x) ** 2, "sigmoid", 1.0, np.arccosh(2**0.5) / 2, ""),
        (lambda x: np.exp(-(x**2)), "gaussian", 1.0, np.log(2) ** 0.5, ""),
        (lambda x: np.exp(-abs(x)), "exponential", 1.0, np.log(2), ""),
        (np.ones_like, "constant", 1.0, np.inf, ""),
        (lambda x: 1.0 * (x >= -0.5), "step", 1.0, None, "closed at -0.5"),
        (lambda x: np.where(x < 0, 0.5, 1) / (1 + x**4), "asymmetric curve", 1.0, 1.0, ""),
        (lambda x: np.cos(2 * x), "curve with negative parts", 1.0, np.pi / 6, ""),
        (lambda x: np.cos(x) ** 2, "unrecognized", 1.0, np.pi / 4, ""),
    ],
)
def test_slope(
    slope: Any, family: str, height: float, half: float | None, edge: str, analog: bool
) -> None:
    found = measured(slope=slope, analog=analog).surrogate
    assert (found.family, found.edge) == (family, edge)
    assert found.height == pytest.approx(height)
    if half is not None:
        assert found.half_width == pytest.approx(half, abs=(1 / 64) ** 2)  # between two points


def test_a_threshold_without_gradient() -> None:
    found = measured(has_threshold_gradient=False).threshold_gradient
    assert (found.has_gradient, found.reset_path) == (False, "none")
    assert np.isnan(found.output)


def test_a_neuron_without_gradients_has_zeros() -> None:
    pytest.importorskip("torch")
    runner = import_module("frameworks.torch_neurons").make_runner
    run = runner(lambda v_th, runs: lambda x: ((x >= v_th).float(), x))
    found = run(np.array([[0.0, 2.0, 0.0], [2.0, 0.0, 2.0]]), 1.0)
    np.testing.assert_array_equal(found.Y, [[0, 1, 0], [1, 0, 1]])
    np.testing.assert_array_equal(found.dI, np.zeros((3, 2, 3)))
    assert found.dv_th is None
