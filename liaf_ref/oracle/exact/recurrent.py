"""One time step of the networks of Appendix A on their input drive ``A = W x + b``.

Gates lie side by side in the paper's order, gate g of unit l in column ``g L + l``.
"""

from liaf_ref.oracle.exact.dual import Dual, sum_duals
from liaf_ref.oracle.exact.functions import sigmoid, tanh

Vector = list[Dual]


def rnn(A: Vector, c: Vector, U: list[Vector]) -> Vector:
    """Elman network, first line of Eq. (14)."""
    return [tanh(A_l + recurrent_input(c, U, l)) for l, A_l in enumerate(A)]  # (14)


def lstm(A: Vector, h: Vector, c: Vector, U: list[Vector]) -> tuple[Vector, Vector]:
    """Long short-term memory, Eq. (15)."""
    a = [A_l + recurrent_input(h, U, l) for l, A_l in enumerate(A)]  # (15)
    L = len(c)
    pairs = [lstm_unit(a[l::L], c[l]) for l in range(L)]
    return [h_l for h_l, _ in pairs], [c_l for _, c_l in pairs]


def lstm_unit(a: Vector, c: Dual) -> tuple[Dual, Dual]:
    """Gates and states of one unit, Eq. (15): from what enters them, its new h and c."""
    a_f, a_i, a_o, a_c = a
    f, i, o = sigmoid(a_f), sigmoid(a_i), sigmoid(a_o)  # (15)
    c = f * c + i * tanh(a_c)  # (15)
    return o * tanh(c), c  # (15)


def gru(A: Vector, h: Vector, U: list[Vector]) -> Vector:
    """Gated recurrent unit, Eq. (16): the reset before ``U_h``, z for the candidate."""
    L = len(h)
    z = [sigmoid(A[l] + recurrent_input(h, U, l)) for l in range(L)]  # (16)
    r = [sigmoid(A[L + l] + recurrent_input(h, U, L + l)) for l in range(L)]  # (16)
    saved = [r[l] * h[l] for l in range(L)]  # (16)
    h_tilde = [tanh(A[2 * L + l] + recurrent_input(saved, U, 2 * L + l)) for l in range(L)]  # (16)
    return [(1 - z[l]) * h[l] + z[l] * h_tilde[l] for l in range(L)]  # (16)


def recurrent_input(h: Vector, U: list[Vector], l: int) -> Dual:
    """What a state sends to one unit: the sum of ``h_j U_jl``."""
    return sum_duals(h_j * U_j[l] for h_j, U_j in zip(h, U, strict=True))
