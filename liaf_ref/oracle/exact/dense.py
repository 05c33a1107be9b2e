"""Dense integration, first case of Eq. (2), and the embedding of Fig. 5, for one time step."""

from liaf_ref.oracle.exact.dual import Dual, sum_duals


def dense(x: list[Dual], W: list[list[Dual]], b: list[Dual]) -> list[Dual]:
    """Integrate one vector."""
    return [
        b_l + sum_duals(x[k] * W[k][l] for k in range(len(x))) for l, b_l in enumerate(b)
    ]  # (2)


def embedding(token: int, E: list[list[Dual]]) -> list[Dual]:
    """The row of a token; the row's variables themselves, so that repeats add up."""
    return E[token]
