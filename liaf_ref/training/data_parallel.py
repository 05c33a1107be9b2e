"""Data-parallel training: each process runs the network on its shard of a batch.

BLAS threads split one matrix product; processes split the batch, and so all of the work. The main
process takes the first shard. Parameters and gradients are in shared memory; the inputs and logits
of the other shards go through pipes.

The result equals that of one process, except for the order in which gradients are summed. But batch
normalisation normalises each shard by its own statistics, as PyTorch's DistributedDataParallel
does. Its running statistics follow the mean and variance of the whole batch, independent of the
number of processes.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import RawArray
from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.system import block_sigint_in_children, tune_malloc
from liaf_ref._core.validation import check_instance, check_positive_int
from liaf_ref.kernels.array import Array
from liaf_ref.training.array_dict import ArrayDict, check_matching_arrays
from liaf_ref.training.protocols import Trainable

ParamShapes = dict[str, tuple[int, ...]]
ENDED = "a worker process has ended unexpectedly; its memory may have run out"


@runtime_checkable
class DataParallelNetwork(Protocol):
    """What :class:`DataParallel` needs of a network."""

    def param_shapes(self) -> ParamShapes:
        """Shapes of the parameters by name."""

    def passes(self) -> Trainable:
        """Forward and backward pass in float32, without checks."""


class Worker(NamedTuple):
    """A worker process, the pipe to it, and the gradients it writes."""

    process: Any
    pipe: Connection
    grads: ArrayDict

    def send(self, method: str, *args: Any) -> None:
        """Send a request; RunError if the process has ended."""
        try:
            self.pipe.send((method, args))
        except OSError as error:
            raise RunError(ENDED) from error

    def receive(self) -> Any:
        """Wait for the response; RunError if it is a failure or the process has ended."""
        try:
            answer, failure = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise RunError(ENDED) from error
        if failure is not None:
            raise RunError(f"a worker process failed: {failure}")
        return answer


def start_worker(network: DataParallelNetwork, params: Any) -> Worker:
    """Start a process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    grads = allocate_shared(network.param_shapes())
    process = context.Process(target=worker_main, args=(network, there, params, grads), daemon=True)
    with block_sigint_in_children():  # the main process handles it
        process.start()
    there.close()
    return Worker(process, here, array_views(grads, network.param_shapes()))


def allocate_shared(shapes: ParamShapes) -> Any:
    """Memory that processes share, for float32 arrays of these shapes."""
    return RawArray("f", sum(int(np.prod(shape)) for shape in shapes.values()))


def array_views(memory: Any, shapes: ParamShapes) -> ArrayDict:
    """Arrays by name in shared memory, one behind the other."""
    flat, found, first = np.frombuffer(memory, np.float32), {}, 0
    for name, shape in shapes.items():
        last = first + int(np.prod(shape))
        found[name] = flat[first:last].reshape(shape)
        first = last
    return found


class WorkerServer:
    """The methods a worker can be asked for; it keeps the tape between two requests."""

    def __init__(self, network: Any, params: ArrayDict, grads: ArrayDict) -> None:
        self.network, self.functions = network, network.passes()
        self.params, self.grads = params, grads
        self.tape: Any = None

    def forward(self, *inputs: Any) -> Any:
        """Logits of a shard."""
        self.tape = None  # or two would be in memory
        logits, self.tape = self.functions.forward(self.params, *inputs)
        return logits

    def backward(self, dlogits: Any) -> None:
        """Write the gradients of a shard."""
        for name, grad in self.functions.backward(dlogits, self.tape).items():
            self.grads[name][...] = grad

    def statistics(self) -> Any:
        """Batch statistics of a shard."""
        return self.network.statistics(self.tape)


def worker_main(network: DataParallelNetwork, pipe: Connection, params: Any, grads: Any) -> None:
    """Answer requests until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for where it cannot be blocked
    tune_malloc()
    shapes = network.param_shapes()
    server = WorkerServer(network, array_views(params, shapes), array_views(grads, shapes))
    # The main process checks the results for overflow.
    with threadpool_limits(1), np.errstate(over="ignore", invalid="ignore"):
        try:
            while True:
                method, args = pipe.recv()
                try:
                    pipe.send((getattr(server, method)(*args), None))
                except Exception as error:  # noqa: BLE001 - sent to the main process
                    pipe.send((None, f"{type(error).__name__}: {error}"))
        except (EOFError, OSError):  # the main process has closed the pipe
            return


class Tape(NamedTuple):
    """The main process's tape and the ends of all shards; each worker keeps its own tape."""

    own_tape: Any
    shard_ends: tuple[int, ...]
    pass_id: object  # of the forward pass that wrote it


class DataParallel:
    """Run the float32 passes of a network in several processes, within a ``with`` statement.

    Parameters
    ----------
    network : Network
        The network.
    num_workers : int
        Number of processes, this one included.

    Raises
    ------
    InputError
        If ``network`` is no network, or ``num_workers`` is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.training import DataParallel
    >>> net = lr.BabiNetwork(10, "gru")
    >>> params, inputs = net.init(0), net.example_inputs(4)
    >>> with DataParallel(net, num_workers=2) as parallel:
    ...     logits, tape = parallel.forward(params, *inputs)
    >>> bool(np.allclose(logits, net.forward(params, *inputs)[0], rtol=1e-5, atol=1e-6))
    True
    """

    def __init__(self, network: Any, num_workers: int = 2) -> None:
        kind: type[DataParallelNetwork] = DataParallelNetwork  # type: ignore[type-abstract]
        expected = "a network with param_shapes and passes"
        self.network: Any = check_instance("network", network, kind, "DataParallel", expected)
        self.num_workers = check_positive_int("num_workers", num_workers, "DataParallel")
        self.functions = network.passes()
        self.workers: list[Worker] = []
        self.params: ArrayDict = {}
        self._pending: list[Worker] = []  # whose response has not been read
        self._pass_id = object()  # of the last forward pass

    def __enter__(self) -> Self:
        shapes = self.network.param_shapes()
        memory = allocate_shared(shapes)
        self.params = array_views(memory, shapes)
        self.workers = [start_worker(self.network, memory) for _ in range(self.num_workers - 1)]
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self.workers:
            worker.pipe.close()  # which ends the process
        for worker in self.workers:
            worker.process.join()
        self.workers, self._pending = [], []

    def forward(self, params: ArrayDict, *inputs: Any) -> tuple[Array, Tape]:
        """Logits of the whole batch, and the tape for :meth:`backward`."""
        params = check_matching_arrays(params, self.params, "parameters", "DataParallel")
        batch = len(inputs[0])
        bounds = tuple(-(-batch * k // self.num_workers) for k in range(1, self.num_workers + 1))
        self._pass_id = object()
        for name, value in params.items():
            self.params[name][...] = value
        self._send_requests("forward", bounds, lambda low, high: _shard(inputs, low, high))
        own, tape = self.functions.forward(params, *_shard(inputs, 0, bounds[0]))
        logits = [own, *(answer for _, answer in self._iter_responses())]
        return np.concatenate(logits), Tape(tape, bounds, self._pass_id)

    def backward(self, dlogits: Array, tape: Tape) -> ArrayDict:
        """Gradients of the last :meth:`forward`, summed over the shards."""
        tape = self._check_last_tape(tape)
        self._send_requests("backward", tape.shard_ends, lambda low, high: (dlogits[low:high],))
        grads: ArrayDict = self.functions.backward(dlogits[: tape.shard_ends[0]], tape.own_tape)
        for worker, _ in self._iter_responses():
            grads = {name: grad + worker.grads[name] for name, grad in grads.items()}
        return grads

    def draw_masks(self, rng: np.random.Generator, batch: int) -> ArrayDict:
        """The network's masks, for a batch before it is sharded."""
        drawn: ArrayDict = self.network.draw_masks(rng, batch)
        return drawn

    def update_running_stats(self, running_stats: ArrayDict, tape: Tape) -> ArrayDict:
        """Move running statistics towards those of the whole batch."""
        # BatchNorm.update combines the statistics of the shards: up to rounding they are those of
        # the whole batch, however it is sharded.
        tape = self._check_last_tape(tape)
        self._send_requests("statistics", tape.shard_ends, lambda low, high: ())
        shares = [
            self.network.statistics(tape.own_tape),
            *(answer for _, answer in self._iter_responses()),
        ]
        moved: ArrayDict = self.network.update(running_stats, shares)
        return moved

    def _check_last_tape(self, tape: object) -> Tape:
        """Check that the tape is the last one: a worker keeps no other."""
        tape = check_instance("tape", tape, Tape, "DataParallel", "the tape that forward returned")
        if tape.pass_id is not self._pass_id:
            reason = (
                "expected the tape of the last forward, got that of an earlier forward or of "
                "another DataParallel"
            )
            raise InputError.for_argument("tape", "DataParallel", reason)
        return tape

    def _send_requests(
        self,
        method: str,
        shard_ends: tuple[int, ...],
        make_arguments: Callable[[int, int], Iterable[Any]],
    ) -> None:
        """Send a request to the workers that have a shard; discard pending responses first."""
        while self._pending:
            with suppress(RunError):
                self._next_response()
        for worker, low, high in zip(self.workers, shard_ends[:-1], shard_ends[1:], strict=True):
            if low < high:
                worker.send(method, *make_arguments(low, high))
                self._pending.append(worker)

    def _iter_responses(self) -> Iterator[tuple[Worker, Any]]:
        """The responses of the workers, in order."""
        while self._pending:
            yield self._next_response()

    def _next_response(self) -> tuple[Worker, Any]:
        """Wait for the next response; after an interrupt it is still pending."""
        worker = self._pending.pop(0)
        try:
            return worker, worker.receive()
        except KeyboardInterrupt:
            self._pending.insert(0, worker)
            raise


def _shard(inputs: tuple[Any, ...], low: int, high: int) -> Iterator[Any]:
    """Samples ``low:high`` of all inputs; of the buffers, only masks have samples."""
    for value in inputs:
        if isinstance(value, Mapping):
            yield {name: a[low:high] if name.endswith(".M") else a for name, a in value.items()}
        else:
            yield value[low:high]
