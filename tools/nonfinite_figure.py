"""Draw why the gradient of a bAbI run overflows: the factors of Eq. (12), batch by batch.

``python tools/nonfinite_figure.py FIGURE [--task N] [--cell C] [--seed S] [--data DIR]``
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from bench.command import run_command
from bench.errors import BenchError

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import NonFiniteError
from liaf_ref._core.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION
from liaf_ref._core.png import figure_to_png
from liaf_ref.cli.options import Parser, bounded_int, dir_path, file_path
from liaf_ref.experiments import spawn_generators
from liaf_ref.experiments.babi import EXPERIMENT, BabiConfig
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.kernels import loss, neuron
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Neurons
from liaf_ref.layers.kernel_set import TRACING
from liaf_ref.networks.nonfinite.growth import Growth, factors_of_samples, largest_growth
from liaf_ref.training.loop import iter_training
from liaf_ref.training.protocols import Trainable
from liaf_ref.training.state import EpochDone, initial_training_state

FLOAT32_MAX = float(np.log10(np.finfo(np.float32).max))
LAST_BATCHES = 40
NAMES = {"alpha": "α", "v_reset": "$V_{reset}$", "v_th": "$V_{th}$"}
COLORS = {"alpha": VERMILION, "v_reset": GREEN, "v_th": PURPLE}


class Batch(NamedTuple):
    """The story's neurons before a batch, their input at a token of padding, and the gradient."""

    epoch: int
    p: neuron.Params
    I: Array  # of a token of padding, (L,)
    norm: float  # of the gradient; infinite or NaN in the last batch


@dataclass
class Recorder:
    """A network that notes what the figure shows."""

    network: Trainable
    batches_per_epoch: int
    batches: list[Batch] = field(default_factory=list)
    params: Mapping[str, Array] = field(default_factory=dict)

    def forward(self, params: Mapping[str, Array], *inputs: Array) -> tuple[Array, Any]:
        self.params = params
        return self.network.forward(params, *inputs)

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, dlogits: Array, tape: Any) -> dict[str, Array]:
        grads = self.network.backward(dlogits, tape)
        own = {name.removeprefix("story."): v for name, v in self.params.items()}
        norm = np.sqrt(sum(float((g.astype(np.float64) ** 2).sum()) for g in grads.values()))
        p = neuron.Params(*(own[name] for name in neuron.Params._fields))
        epoch = len(self.batches) // self.batches_per_epoch + 1
        self.batches.append(Batch(epoch, p, own["E"][0] @ own["W"] + own["b"], float(norm)))
        return grads


class Failure(NamedTuple):
    """The run up to the batch that failed, and the potentials and factors in that batch."""

    batches: list[Batch]
    growth: Growth
    factors: Array  # of Eq. (12), (B, T, L)
    U: Array  # of the neuron in its story, (T,)
    F: Array
    padding: int  # steps before the first token of the story

    @property
    def steps(self) -> int:
        """Length of the story with its padding."""
        return len(self.U)


def train_until_failure(config: BabiConfig, source: DataSource) -> Failure:
    """Train, and keep what explains the first gradient that is not finite."""
    data = EXPERIMENT.load(config, source)
    splits, network = EXPERIMENT.split(data, config), EXPERIMENT.build_network(data, config)
    init, _, order = spawn_generators(config.seed)
    optimizer = EXPERIMENT.make_optimizer(config, network)
    state = initial_training_state(network.init(init), optimizer, order, None)
    batches = -(-len(splits.train) // config.batch_size)
    recorder = Recorder(network.unchecked_functions(), batches)
    parts, settings = (splits.train, splits.validation), config.loop_settings()
    try:
        for event in iter_training(recorder, loss, optimizer, parts, settings, state):
            if isinstance(event, EpochDone):
                print(f"\repoch {event.state.epoch}", end="", file=sys.stderr, flush=True)
    except NonFiniteError as error:
        print(f"\r{error}", file=sys.stderr)
        (failed,) = error.samples
    else:
        raise BenchError(f"expected a run whose gradient overflows, got {config.epochs} epochs")
    story, query = failed.inputs
    _, tape = network._forward(recorder.params, story, query, TRACING)
    layer = network.temporal_layer.dynamics
    if not isinstance(layer, Neurons):
        raise BenchError(f"expected a cell with Eq. (12), got {config.cell}")
    factors = factors_of_samples(layer, tape.story.runs)
    growth = largest_growth(factors)
    row = story[growth.row : growth.row + 1]
    (run,) = network._forward(recorder.params, row, query[:1], TRACING)[1].story.runs
    U, F = (a[0, :, growth.neuron] for a in run.dynamics_tape.kernel_tape[:2])
    return Failure(recorder.batches, growth, factors, U, F, int((row[0] != 0).argmax()))


def factor_in_padding(batch: Batch, k: int, steps: int, mu: float = 0.5) -> float:
    """The factor of a neuron, Eq. (12), after so many steps of padding."""
    v_th, v_reset, alpha, beta = (float(np.broadcast_to(x, batch.I.shape)[k]) for x in batch.p)
    I = float(batch.I[k])

    def advance(V: float, _: int) -> float:
        U = I + V
        return alpha * (v_reset if v_th <= U else U) + beta

    *_, V = accumulate(range(steps), advance, initial=0.0)
    U = I + V
    window, fired = abs(U - v_th) < mu, v_th <= U
    return alpha * window * (v_reset - U) + alpha * (1 - fired)  # (12)


def draw(failure: Failure, title: str) -> bytes:
    """Draw parameters by epoch, the last batches, the story, and the products; a PNG image."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    figure = Figure(figsize=(10.5, 7.2), layout="constrained")
    figure.suptitle(f"{title}: neuron {failure.growth.neuron}")
    (top_left, top_right), (left, right) = figure.subplots(2, 2)
    _draw_params(top_left, failure)
    _draw_last_batches(top_right, failure)
    _draw_story(left, failure)
    _draw_products(right, failure)
    for axes in figure.axes:
        axes.spines["top"].set_visible(False)
    return figure_to_png(figure, dpi=110)


def _draw_params(axes: Any, failure: Failure) -> None:
    n, batches = failure.growth.neuron, failure.batches
    first = [k for k, b in enumerate(batches) if not k or b.epoch != batches[k - 1].epoch]
    epochs = [batches[k].epoch - 1 for k in first]
    for name, color in COLORS.items():
        values = [
            np.broadcast_to(getattr(batches[k].p, name), batches[k].I.shape)[n] for k in first
        ]
        axes.plot(epochs, values, color=color, label=NAMES[name])
    factors = [abs(factor_in_padding(batches[k], n, failure.padding)) for k in first]
    axes.plot(epochs, factors, color=ORANGE, lw=2.5, label="|factor (12)| in padding")
    axes.axhline(1, color=GREY, lw=0.8, ls="--")
    axes.set(xlabel="epochs trained", title="a. training raises α and $V_{reset}$")
    axes.legend(fontsize=9)


def _draw_last_batches(axes: Any, failure: Failure) -> None:
    last = failure.batches[-LAST_BATCHES:]
    number = range(len(failure.batches) - len(last) + 1, len(failure.batches) + 1)
    n = failure.growth.neuron
    factors = [abs(factor_in_padding(batch, n, failure.padding)) for batch in last]
    axes.plot(number, factors, ".-", color=ORANGE)
    axes.axhline(1, color=GREY, lw=0.8, ls="--")
    axes.set(xlabel="batch", title=f"b. the last {len(last)} batches")
    axes.set_ylabel("|factor (12)| in padding", color=ORANGE)
    norms = axes.twinx()
    norms.semilogy(number, [b.norm for b in last], ".-", color=BLUE)
    norms.set_ylabel("norm of the gradient", color=BLUE)
    top = norms.get_xaxis_transform()
    norms.plot(number[-1:], [1], "x", color=BLUE, transform=top, clip_on=False)
    norms.annotate("not finite", (number[-1], 1), xycoords=top, xytext=(-8, -3),
                   textcoords="offset points", ha="right", color=BLUE, fontsize=9)  # fmt: skip


def _draw_story(axes: Any, failure: Failure) -> None:
    n, steps = failure.growth.neuron, np.arange(1, failure.steps + 1)
    last = failure.batches[-1]
    v_th = float(np.broadcast_to(last.p.v_th, last.I.shape)[n])
    axes.axhspan(v_th - 0.5, v_th + 0.5, color=ORANGE, alpha=0.2, lw=0, label="window of (13)")
    axes.axhline(v_th, color=PURPLE, lw=1, label="$V_{th}$")
    axes.plot(steps, failure.U, color=GREEN, lw=1, label="U")
    _mark_first_token(axes, failure)
    axes.set(xlabel="step", ylabel="U", title="c. U in the story, after its padding")
    axes.legend(fontsize=9, loc="lower left")


def _draw_products(axes: Any, failure: Failure) -> None:
    row, n, *_ = failure.growth
    steps = np.arange(1, failure.steps + 1)
    with np.errstate(divide="ignore"):
        logs = np.log10(np.abs(failure.factors[row].astype(np.float64)))
    products = np.cumsum(logs[::-1], axis=0)[::-1]
    products[~(products > -FLOAT32_MAX)] = np.nan  # also those that a reset ended
    others = np.delete(products, n, axis=1)
    axes.plot(steps, others, color=GREY, lw=0.5, alpha=0.5)
    axes.plot([], [], color=GREY, lw=0.5, label="other neurons")
    axes.plot(steps, products[:, n], color=VERMILION, lw=2, label=f"neuron {n}")
    last = failure.batches[-1]
    alpha = float(np.broadcast_to(last.p.alpha, last.I.shape)[n])
    with np.errstate(divide="ignore"):
        detached = np.cumsum(np.log10(alpha * (1 - failure.F[::-1])))[::-1]
    detached[~(detached > -FLOAT32_MAX)] = np.nan
    axes.plot(steps, detached, color=BLUE, lw=2, label=f"neuron {n}, reset detached")
    axes.axhline(FLOAT32_MAX, color=GREY, lw=0.8, ls="--")
    above = {"xytext": (0, 3), "textcoords": "offset points", "fontsize": 9}
    axes.annotate("largest float32", (failure.padding, FLOAT32_MAX), **above)
    _mark_first_token(axes, failure)
    axes.set_title("d. product from the last step back")
    axes.set(xlabel="step, from the last back to the first", ylabel="log10 |product of (12)|")
    axes.invert_xaxis()
    axes.legend(fontsize=9, loc="center right")


def _mark_first_token(axes: Any, failure: Failure) -> None:
    axes.axvline(failure.padding + 0.5, color=GREY, lw=0.8, ls=":")


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="nonfinite_figure.py",
        description="Train a bAbI network until its gradient is not finite. Draw the factors of\n"
        "Eq. (12) of the neuron that multiplies the gradient most.",
        epilog="example: python tools/nonfinite_figure.py nonfinite.png --data tasks_1-20_v1-2",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("figure", type=file_path, metavar="FIGURE", help="PNG image to write")
    option("--task", type=bounded_int(1, 20), default=3, metavar="N", help="task (default: 3)")
    option("--cell", choices=("lif", "liaf"), default="lif", help="cell (default: lif)")
    option("--seed", type=bounded_int(0), default=0, metavar="S", help="seed (default: 0)")
    option("--alpha", type=float, metavar="X", help="initial decay (default: 0.3)")
    option("--data", type=dir_path, metavar="DIR", help="folder of the published text")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Draw a run. Exit codes: 0 success, 1 the run did not fail, 2 invalid input."""
    return run_command(make_parser(), _draw_run, argv)


def _draw_run(args: argparse.Namespace) -> None:
    config = BabiConfig(args.task, args.cell, seed=args.seed, alpha=args.alpha)
    failure = train_until_failure(config, DataSource(folder=args.data))
    title = f"QA{args.task}, {args.cell.upper()}, seed {args.seed}"
    write_atomic(Path(args.figure), draw(failure, title))


if __name__ == "__main__":
    sys.exit(main())
