"""Plot the computation of one neuron unrolled in time (Fig. 3), with values and gradients."""

from collections.abc import Mapping, Sequence
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.palette import BLACK, GREY, VERMILION
from liaf_ref._core.validation import check_mapping

# Position of a variable: distance from U in step widths, and row.
NODE_POSITIONS = {
    "I": (0, 4),
    "Y": (0.5, 4),
    "U": (0, 3),
    "F": (0.42, 2.3),
    "R": (0, 1.5),
    "V": (0.5, 0.5),
}
EDGES = (("I", "U"), ("U", "Y"), ("U", "F"), ("U", "R"), ("F", "R"), ("R", "V"))
STEP_WIDTH = 2.1
NodeTexts = Mapping[str, Sequence[str]]


def plot_unrolled(values: NodeTexts, gradients: NodeTexts | None = None, title: str = "") -> Any:
    """Draw the graph of a neuron's steps, an arrow wherever one number enters another.

    Parameters
    ----------
    values : mapping of str to sequence of str
        Texts by variable: ``"I"``, ``"U"``, ``"F"``, ``"R"`` and ``"Y"`` one a step and ``"V"`` one
        more, V^0 first.
    gradients : mapping of str to sequence of str, optional
        Texts that stand below the values.
    title : str
        Title of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If a variable is missing or has another number of texts than there are steps.

    Examples
    --------
    >>> from liaf_ref.plotting import plot_unrolled
    >>> texts = {name: ["1", "2"] for name in "IUFRY"}
    >>> figure = plot_unrolled({**texts, "V": ["0", "1", "2"]}, title="two steps")
    """
    check_mapping("values", values, "unrolled", "lists of strings by variable")
    if gradients is not None:
        check_mapping("gradients", gradients, "unrolled", "lists of strings by variable")
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    T = len(values.get("U", ()))
    for what, texts in (("values", values), ("gradients", gradients or values)):
        _check_lengths(what, texts, T)
    figure = Figure(figsize=(0.6 + 1.68 * T, 4.8), layout="constrained")
    axes = figure.subplots()
    axes.axis("off")
    axes.set(xlim=(-STEP_WIDTH * 0.78, STEP_WIDTH * (T - 0.22)), ylim=(0.1, 4.4))
    where = {
        (name, t): ((t + dx) * STEP_WIDTH, y)
        for t in range(T)
        for name, (dx, y) in NODE_POSITIONS.items()
    }
    dx, y = NODE_POSITIONS["V"]
    where["V", -1] = (dx - 1) * STEP_WIDTH, y
    for t in range(T):
        arrows = [((a, t), (b, t)) for a, b in EDGES] + [(("V", t - 1), ("U", t))]
        for start, end in arrows:
            _draw_arrow(axes, where[start], where[end])
    for (name, t), place in where.items():
        index = t + 1 if name == "V" else t
        grads = (gradients or {}).get(name)
        grad = None if grads is None else grads[index]
        _draw_node(axes, place, f"${name}^{t + 1}$", values[name][index], grad)
    figure.suptitle(title)
    return figure


def _check_lengths(argument: str, texts: NodeTexts, T: int) -> None:
    for name in NODE_POSITIONS:
        if argument == "gradients" and name not in texts:
            continue
        expected, actual = max(T, 1) + (name == "V"), len(texts.get(name, ()))
        if actual != expected:
            reason = f"expected {expected} strings for {name}, got {actual}"
            raise InputError.for_argument(argument, "unrolled", reason)


def _draw_arrow(axes: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": "0.6", "lw": 1, "shrinkA": 14, "shrinkB": 26}
    axes.annotate("", xy=end, xytext=start, arrowprops=style, zorder=1)


def _draw_node(
    axes: Any, position: tuple[float, float], name: str, value: str, grad: str | None
) -> None:
    x, y = position
    box = {"boxstyle": "round,pad=0.25", "fc": "white", "ec": "0.7", "lw": 0.8}
    align = {"ha": "center", "va": "center", "fontsize": 9, "linespacing": 1.2}
    lines = [name, value] + ([] if grad is None else [grad])
    axes.text(x, y, "\n".join(lines), color="white", bbox=box, zorder=2, **align)
    for row, color in enumerate((GREY, BLACK, VERMILION)[: len(lines)]):  # one colour for each line
        alone = "\n".join(line if k == row else " " for k, line in enumerate(lines))
        axes.text(x, y, alone, color=color, zorder=3, **align)
