"""Frameworks measured: what their page shows, and synthetic neurons of every convention."""

import json
import os
import re
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import pytest
from frameworks import MEASURED, Measured, Response, stored
from frameworks.__main__ import FRAMEWORKS, measure

import liaf_ref as lr
from liaf_ref.kernels.array import Array

# Frameworks warn as they are imported, most often of their own use of other packages.
pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = sorted(stored())
EXAMPLE = r"```py\n(.*?)```\n\nprints\n\n```\n(.*?)```"
PAGE = MEASURED.with_suffix(".md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
REPORTED = MEASURED.with_name("upstream.md")
REPORT = rf"^## ([^\n]*)\n\n`(\w+)==([\d.]+)`\n\n{EXAMPLE}"  # title, package, version, example
REPORTS = re.findall(REPORT, REPORTED.read_text("utf-8"), re.M | re.S)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """A framework; skips if it is missing or of another version than its page's."""
    found = str(request.param)
    if found != "liaf_ref":
        pytest.importorskip(found, exc_type=ImportError)
        here, measured = version(found).partition("+")[0], stored()[found]["version"]
        if here != measured:
            pytest.skip(f"the page was measured with {found} {measured}; here is {here}")
    return found


def test_the_page_has_a_section_and_a_table_of_every_framework() -> None:
    sections = {name.lower(): text for name, text in SECTIONS.items()}
    assert {*NAMES} - {*sections} == {"liaf_ref"}
    assert all(f"<!-- measured: {name} -->" in sections[name] for name in {*NAMES} - {"liaf_ref"})


def test_the_page_shows_what_is_measured_now(name: str) -> None:
    if name not in FRAMEWORKS:
        pytest.skip("its numbers are of an earlier commit, which the page names")
    found = measure(name)
    assert found == stored()[name]
    assert "undecided" not in str(found["neurons"])


@pytest.mark.usefixtures("few_pairs")
def test_the_examples_print_what_the_page_says(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    section = next((text for key, text in SECTIONS.items() if key.lower() == name), "")
    for code, printed in re.findall(EXAMPLE, section, re.S):
        assert output(code, capsys) == printed


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report[0])
def test_a_report_holds_in_its_version(
    report: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    _, package, of, code, printed = report
    pytest.importorskip(package, exc_type=ImportError)
    if version(package) != of and "ANY_VERSION" not in os.environ:  # of make upstream
        pytest.skip(f"a report of another version than {version(package)}")
    assert output(code, capsys) == printed


def output(code: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    exec(compile(code, "example", "exec"), {})  # noqa: S102
    return capsys.readouterr().out


def test_vectors_are_those_of_the_golden_set() -> None:
    names = {"X": "in/X", "V0": "in/n.V0", "dX": "grad/in/X", "dY": "up/n.Y", "dVT": "up/n.VT"}
    cases = json.loads((REPORTED.with_suffix("") / "vectors.json").read_text("utf-8"))
    for name, vectors in cases.items():
        golden = lr.golden_case(name)
        found = {key.rpartition(".")[2]: a for key, a in golden.case.items() if key[:4] == "par/"}
        found |= {key[6:]: golden.expected[key] for key in ("exp/n.U", "exp/n.R", "exp/n.Y")}
        found |= {key: {**golden.case, **golden.expected}[of] for key, of in names.items()}
        assert vectors == {key: array.tolist() for key, array in found.items()}


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
    leak_first: bool = False
    reset_gradient: float = 1.0  # share of the reset's gradient
    fires: Callable[[Array, float], Array] = np.greater_equal
    slope: Callable[[Array], Array] = window
    analog: bool = False
    shown: str = "R"

    def run(self, I: Array, v_th: float) -> Response:
        N, T = I.shape
        V, dV = np.full(N, self.initial), np.zeros((N, T))
        i, di = np.zeros(N), np.zeros((N, T))
        Y, shown, dI = np.zeros((N, T)), np.zeros((N, T)), np.zeros((T, N, T))
        for t in range(T):
            i, di = self.current * i + I[:, t], self.current * di + np.eye(T)[t]
            U, dU = self.gain * i + V, self.gain * di + dV
            slope = self.slope(U - v_th)[:, None]
            F = self.fires(U, v_th).astype(float)
            Y[:, t] = U - v_th if self.analog else F
            dI[t] = dU if self.analog else slope * dU
            dF = self.reset_gradient * slope * dU
            R, dR = self._reset(U, dU, F, dF, v_th)
            V, dV = self.alpha * R + self.beta, self.alpha * dR
            if self.leak_first:
                V, dV = self._reset(self.alpha * U + self.beta, self.alpha * dU, F, dF, v_th)
            shown[:, t] = {"R": R, "U": U, "wrong": U + 0.5}[self.shown]
        return Response(Y, shown, dI)

    def _reset(self, U: Array, dU: Array, F: Array, dF: Array, v_th: float) -> tuple[Array, Array]:
        kept = 1 - F[:, None]
        match self.kind:
            case "hard":
                jump = (self.v_reset - U)[:, None] * dF
                return F * self.v_reset + (1 - F) * U, kept * dU + jump
            case "soft":
                return U - F * v_th, dU - v_th * dF
        return U, dU


def measured(**conventions: Any) -> Measured:
    return Measured(SyntheticNeuron(**conventions).run)


def test_a_current_is_a_second_pole() -> None:
    found = measured(alpha=0.75, current=0.25)
    assert (found.pole, found.current, found.decay) == pytest.approx((0.75, 0.25, 1.0))
    assert (found.output, measured(analog=True).output) == ("spikes", "analog")


@pytest.mark.parametrize("analog", [False, True])
@pytest.mark.parametrize(
    ("conventions", "answer"),
    [
        ({"fires": np.greater_equal}, ">="),
        ({"fires": np.greater}, ">"),
        ({"gain": 0.1, "initial": 0.3}, ">="),
        ({"fires": lambda U, v_th: v_th + 1e-3 < U}, "undecided"),
        ({"shown": "wrong"}, "undecided"),
    ],
)
def test_equality(conventions: dict[str, Any], answer: str, analog: bool) -> None:
    assert measured(**conventions, analog=analog).fires == answer


SHOWS_U = {"shown": "U"}


@pytest.mark.parametrize(
    ("conventions", "kind", "amount", "order"),
    [
        ({}, "hard", -0.25, "before the leak"),
        ({"v_reset": 0.0, "beta": 0.0}, "hard", 0.0, "either"),
        ({"v_reset": 0.25}, "hard", 0.25, "either"),  # the leak rests there
        (SHOWS_U | {"v_reset": 0.0, "beta": 0.0}, "hard", 0.0, "either"),
        (SHOWS_U, "hard", np.nan, "undecided"),
        ({"current": 0.75}, "hard", -0.25, "before the leak"),  # stays longer than V
        ({"kind": "soft"}, "soft", 1.0, "before the leak"),
        ({"kind": "soft", "leak_first": True}, "soft", 1.0, "after the leak"),
        (SHOWS_U | {"kind": "soft", "leak_first": True}, "soft", 1.0, "after the leak"),
        ({"kind": "soft", "alpha": 1.0}, "soft", 1.0, "either"),
        ({"kind": "soft", "alpha": -0.5}, "soft", 1.0, "before the leak"),  # swings
        (
            {"kind": "soft", "alpha": 0.95, "beta": 0.0, "current": 0.95},
            *("soft", 1.0, "before the leak"),
        ),
    ],
)
def test_reset(conventions: dict[str, Any], kind: str, amount: float, order: str) -> None:
    found = measured(**conventions)
    assert (found.reset.kind, found.reset.order) == (kind, order)
    assert found.shows_U == ("shown" in conventions)
    np.testing.assert_equal(round(found.reset.amount, 9), amount)


@pytest.mark.parametrize("analog", [False, True])
@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize("leak_first", [False, True])
@pytest.mark.parametrize(("share", "answer"), [(1.0, "attached"), (0.0, "detached")])
def test_gradient_through_the_reset(
    analog: bool, kind: str, leak_first: bool, share: float, answer: str
) -> None:
    found = measured(analog=analog, kind=kind, leak_first=leak_first, reset_gradient=share)
    assert found.reset_gradient == answer


@pytest.mark.parametrize("analog", [False, True])
@pytest.mark.parametrize(
    ("slope", "described"),
    [
        (lambda x: 1.0 * (abs(x) < 0.5), "window 1, half at -0.5 and 0.5"),
        (lambda x: 2.0 * (abs(x) < 0.3), "window 2, half at -0.3 and 0.3"),
        (lambda x: (1 + 2 * abs(x)) ** -2.0, "fast sigmoid 1, half at -0.207 and 0.207"),
        (lambda x: 1 / (1 + (4 * x) ** 2), "arctan 1, half at -0.25 and 0.25"),
        (lambda x: 1 - np.tanh(2 * x) ** 2, "sigmoid 1, half at -0.441 and 0.441"),
        (np.ones_like, "constant 1"),
        (lambda x: 1.0 * (x >= -0.5), "window 1, half at -0.5 and inf"),
        (lambda x: np.where(x < 0, 0.6, 1) / (1 + x**4), "other 1, half at -0.669 and 1"),
    ],
)
def test_slope(slope: Any, described: str, analog: bool) -> None:
    assert measured(slope=slope, analog=analog).slope == described
