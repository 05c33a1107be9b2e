"""The paper's relatives in ONNX: the lines of :mod:`liaf_ref.kernels.relatives.neuron`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from liaf_ref.kernels.relatives.levels import Levels
from liaf_ref.kernels.relatives.neuron import Law
from liaf_ref.kernels.relatives.output import analog, graded

if TYPE_CHECKING:
    from liaf_ref.interop.onnx_writer import OnnxWriter


def fire(writer: "OnnxWriter", U: str, v_th: str, levels: Levels) -> tuple[str, str]:
    """The spike F, and G: 1 where F is not 0."""
    F, G = [], []
    for level in levels:
        signed = U if level.sign > 0 else writer.add("Neg", U)
        edge = writer.add("Mul", v_th, writer.constant(float(level.multiple)))
        step = writer.act("spike", writer.add("Sub", signed, edge))
        F.append(step if level.sign > 0 else writer.add("Neg", step))  # (4')
        G += [step] * level.opens
    return writer.add("Sum", *F), writer.add("Sum", *G)


def reset(writer: "OnnxWriter", U: str, p: Mapping[str, str], law: Law) -> str:
    """The potential after the spike."""
    F, G = fire(writer, U, p["v_th"], law.levels)
    silent = writer.add("Sub", writer.constant(1.0), G)
    terms = [writer.add("Mul", silent, U) if law.reset.U else U]
    for sign, factor, name in ((law.reset.v_reset, G, "v_reset"), (law.reset.v_th, F, "v_th")):
        term = writer.add("Mul", factor, p[name])
        terms += [term] if sign > 0 else [writer.add("Neg", term)] if sign < 0 else []
    return writer.add("Sum", *terms)  # (5')


def output(writer: "OnnxWriter", A: str, U: str, v_th: str, law: Law) -> str:
    """What is sent, of the activation ``A``."""
    if law.output is analog:
        return A
    F, _ = fire(writer, U, v_th, law.levels)
    return writer.add("Mul", A, F) if law.output is graded else F  # (7')
