"""What runs in a browser, as scripts: the core, and the notebooks that take seconds."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAST = 7  # the notebooks after it train for long; tools/jupyterlite_test.py runs them, too
CORE_SCRIPT = """
import liaf_ref.analysis.op_count, liaf_ref.kernels.neuron, liaf_ref.layers, liaf_ref.networks
import liaf_ref.plotting, liaf_ref.training.optimizers
import numpy as np
from liaf_ref.layers import ConvLIAF, DenseLIAF
for layer, shape in ((DenseLIAF(5, 4), (2, 3, 5)), (ConvLIAF((6, 6, 2), 3), (2, 3, 6, 6, 2))):
    for dtype in (np.float32, np.float64):
        params = layer.init(np.random.default_rng(0), dtype)
        Y, state, tape = layer.forward(params, np.ones(shape, dtype))
        layer.backward(np.ones_like(Y), tape)
"""


def all_scripts() -> dict[str, str]:
    """Write every one of them, by its name."""
    return {
        "core": CORE_SCRIPT,
        **{source.stem: notebook_code(source) for source in browser_notebooks()},
    }


def browser_notebooks() -> list[Path]:
    """List the sources of the notebooks that take seconds."""
    found = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.py"))
    return [source for source in found if int(source.stem[:2]) <= LAST]


def notebook_code(source: Path) -> str:
    """Join the cells of a notebook's source that are code, with their solutions."""
    cells = source.read_text("utf-8").split("\n# %%")[1:]
    code = [cell for cell in cells if not cell.startswith(" [markdown]")]
    return "\n".join(cell.partition("\n")[2] for cell in code)
