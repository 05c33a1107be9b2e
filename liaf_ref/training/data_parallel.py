"""Data-parallel training: each process runs the network on its shard of a batch.

BLAS threads split one matrix product; processes split the batch, and so all of the work. The main
process takes the first shard. Parameters and gradients are in shared memory; the inputs and logits
of the other shards go through queues.

The result equals that of one process, except for the order in which gradients are summed. But batch
normalisation normalises each shard by its own statistics, as PyTorch's DistributedDataParallel
does. Its running statistics follow the mean and variance of the whole batch, independent of the
number of processes.
"""

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import pairwise
from multiprocessing.sharedctypes import RawArray
from typing import Any, NamedTuple, Self

import numpy as np
from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import InputError, RunError, unexpected
from liaf_ref._core.system import begin_worker, block_sigint_in_children, tune_malloc
from liaf_ref._core.validation import check_positive_int
from liaf_ref.kernels.array import Array
from liaf_ref.training.protocols import ArrayDict, check_matching_arrays

ParamShapes = dict[str, tuple[int, ...]]
ENDED = "a worker process has ended unexpectedly; its memory may have run out"


class Worker(NamedTuple):
    """A pool of one process, which keeps the tape, and the gradients it writes."""

    pool: ProcessPoolExecutor
    grads: ArrayDict


def start_worker(network: Any, params: Any) -> Worker:
    """Start a process."""
    grads, context = allocate_shared(network.param_shapes()), multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, context, _begin, (network, params, grads))
    with block_sigint_in_children():  # the main process handles it
        pool.submit(os.getpid)  # which starts the process
    return Worker(pool, array_views(grads, network.param_shapes()))


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


_servers: list[WorkerServer] = []  # of a worker process: its one


def _begin(network: Any, params: Any, grads: Any) -> None:
    begin_worker()
    tune_malloc()
    threadpool_limits(1)
    np.seterr(over="ignore", invalid="ignore")  # the main process checks the results
    shapes = network.param_shapes()
    _servers.append(WorkerServer(network, array_views(params, shapes), array_views(grads, shapes)))


def _answer(method: str, args: tuple[Any, ...]) -> Any:
    try:
        return getattr(_servers[0], method)(*args)
    except Exception as error:  # noqa: BLE001 - sent to the main process
        raise RunError(f"a worker process failed: {type(error).__name__}: {error}") from None


class Tape(NamedTuple):
    """The main process's tape and the shards of the batch; each worker keeps its own tape."""

    own_tape: Any
    shards: tuple[slice, ...]


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
        if not (hasattr(network, "param_shapes") and hasattr(network, "passes")):
            expected = "a network with param_shapes and passes"
            raise unexpected("network", network, "DataParallel", expected)
        self.network = network
        self.num_workers = check_positive_int("num_workers", num_workers, "DataParallel")
        self.functions = network.passes()
        self.workers: list[Worker] = []
        self.params: ArrayDict = {}
        self._last: Tape | None = None  # of the last forward pass

    def __enter__(self) -> Self:
        shapes = self.network.param_shapes()
        memory = allocate_shared(shapes)
        self.params = array_views(memory, shapes)
        self.workers = [start_worker(self.network, memory) for _ in range(self.num_workers - 1)]
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self.workers:
            worker.pool.shutdown(cancel_futures=True)
        self.workers = []

    def forward(self, params: ArrayDict, *inputs: Any) -> tuple[Array, Tape]:
        """Logits of the whole batch, and the tape for :meth:`backward`."""
        params = check_matching_arrays(params, self.params, "parameters", "DataParallel")
        batch = len(inputs[0])
        ends = [-(-batch * k // self.num_workers) for k in range(self.num_workers + 1)]
        shards = tuple(slice(*pair) for pair in pairwise(ends) if pair[0] < pair[1])
        self._last = None
        for name, value in params.items():
            self.params[name][...] = value
        first, *others = (tuple(_shard(inputs, shard)) for shard in shards)
        responses = self._ask("forward", others)
        own, tape = self.functions.forward(params, *first)
        logits = np.concatenate([own, *responses])
        self._last = Tape(tape, shards)
        return logits, self._last

    def backward(self, dlogits: Array, tape: Tape) -> ArrayDict:
        """Gradients of the last :meth:`forward`, summed over the shards."""
        self._check_last_tape(tape)
        first, *others = (dlogits[shard] for shard in tape.shards)
        responses = self._ask("backward", [(part,) for part in others])
        grads: ArrayDict = self.functions.backward(first, tape.own_tape)
        for worker, _ in zip(self.workers, responses, strict=False):
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
        self._check_last_tape(tape)
        responses = self._ask("statistics", [() for _ in tape.shards[1:]])
        shares = [self.network.statistics(tape.own_tape), *responses]
        moved: ArrayDict = self.network.update(running_stats, shares)
        return moved

    def _check_last_tape(self, tape: object) -> None:
        """Check that the tape is the last one: a worker keeps no other."""
        if tape is None or tape is not self._last:
            reason = "expected the tape of the last forward, got another"
            raise InputError.for_argument("tape", "DataParallel", reason)

    def _ask(self, method: str, shares: list[tuple[Any, ...]]) -> Iterator[Any]:
        """Send a request to the workers that have a shard; the responses, in order."""
        try:
            sent = [
                worker.pool.submit(_answer, method, arguments)
                for worker, arguments in zip(self.workers, shares, strict=False)
            ]
        except BrokenProcessPool as error:
            raise RunError(ENDED) from error
        return map(_wait, sent)


def _wait(response: Future[Any]) -> Any:
    try:
        return response.result()
    except BrokenProcessPool as error:
        raise RunError(ENDED) from error


def _shard(inputs: tuple[Any, ...], shard: slice) -> Iterator[Any]:
    """The samples of a shard of all inputs; of the buffers, only masks have samples."""
    for value in inputs:
        if isinstance(value, Mapping):
            yield {name: a[shard] if name.endswith(".M") else a for name, a in value.items()}
        else:
            yield value[shard]
