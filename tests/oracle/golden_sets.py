"""What the tests of the golden set share: the set, read once, and a spread of it."""

from functools import cache
from pathlib import Path

from liaf_ref.oracle.golden import Golden, published, save

SMALL = (
    "l0_spike_l1",
    "l3_fig5_rnn",
    "l0_exact_lif_non_mu0250",
    "l1_exact_tokens_lif_channel_mu0500",
)


@cache
def goldens() -> tuple[Golden, ...]:
    return published()


def named(*wanted: str) -> tuple[Golden, ...]:
    """Some cases, in the order asked for."""
    by_name = {golden.case.name: golden for golden in goldens()}
    return tuple(by_name[name] for name in wanted)


def small() -> tuple[Golden, ...]:
    """Four cases: neurons, a whole network with tokens and a loss, two exact ones."""
    return named(*SMALL)


def rounded() -> tuple[Golden, ...]:
    """All cases that are not exact."""
    return tuple(golden for golden in goldens() if not golden.exact)


def exact() -> tuple[Golden, ...]:
    return tuple(golden for golden in goldens() if golden.exact)


def names(found: tuple[Golden, ...]) -> list[str]:
    return [golden.case.name for golden in found]


def saved(folder: Path) -> Path:
    save(folder, small())
    return folder
