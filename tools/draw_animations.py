"""Draw the animated pictures of the documentation.

example: python tools/draw_animations.py --out docs/animations
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from animations import bptt, events, im2col, membrane, neuron  # noqa: E402

PICTURES: dict[str, Callable[[], bytes]] = {
    "membrane": membrane.draw,
    "neuron": neuron.draw,
    "bptt": bptt.draw,
    "im2col": im2col.draw,
    "events": events.draw,
}


def main() -> int:
    """Write each picture as NAME-animated.svg."""
    parser = argparse.ArgumentParser(
        description="Draw the animated pictures of the documentation, as SVG files.",
        epilog="example: python tools/draw_animations.py --out docs/animations",
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "docs" / "animations", metavar="DIR",
        help="folder to write to (default: %(default)s)",
    )  # fmt: skip
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        path = out / f"{name}-animated.svg"
        path.write_bytes(draw())
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
