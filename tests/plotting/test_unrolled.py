"""The unrolled graph shows every number, and its gradient below it."""

import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.plotting import plot_unrolled, show

VALUES = {
    "I": ["0.75", "0.5"],
    "U": ["0.76", "1.125"],
    "F": ["0", "1"],
    "R": ["0.77", "0.25"],
    "V": ["0.1", "0.625", "0.375"],
    "Y": ["0", "0.125"],
}


def test_every_number_is_shown_with_its_name() -> None:
    shown = {text.get_text() for text in plot_unrolled(VALUES).axes[0].texts}
    for name in "IUFRY":
        for t, value in enumerate(VALUES[name], start=1):
            assert f"${name}^{t}$\n{value}" in shown
    assert {"$V^0$\n0.1", "$V^1$\n0.625", "$V^2$\n0.375"} <= shown


def test_a_gradient_stands_below_its_number() -> None:
    texts = plot_unrolled(VALUES, {"V": ["0.5", "0.25", "1"]}).axes[0].texts
    shown = {text.get_text() for text in texts}
    for t, grad in enumerate(("0.5", "0.25", "1")):
        assert f"$V^{t}$\n{VALUES['V'][t]}\n{grad}" in shown


def test_arrows_run_forward() -> None:
    texts = plot_unrolled(VALUES).axes[0].texts
    boxes = [text for text in texts if text.get_text().startswith("$")]
    where = {text.get_position(): text.get_text().split("\n")[0].strip("$") for text in boxes}
    arrows = {(where[a.xyann], where[a.xy]) for a in texts if getattr(a, "arrow_patch", None)}
    step = [("I", "U"), ("U", "Y"), ("U", "F"), ("U", "R"), ("F", "R"), ("R", "V")]
    expected = {(f"{a}^{t}", f"{b}^{t}") for a, b in step for t in (1, 2)}
    assert arrows == expected | {("V^0", "U^1"), ("V^1", "U^2")}


def test_a_still_figure_is_an_image() -> None:
    assert show(plot_unrolled(VALUES))._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("values", "gradients", "text"),
    [
        ({}, None, "expected 1 strings for I, got 0"),
        (VALUES | {"V": ["0", "1"]}, None, "expected 3 strings for V, got 2"),
        (VALUES, {"F": ["0"]}, "gradients .*expected 2 strings for F, got 1"),
    ],
)
def test_refused(
    values: dict[str, list[str]], gradients: dict[str, list[str]] | None, text: str
) -> None:
    with pytest.raises(InputError, match=text):
        plot_unrolled(values, gradients)
