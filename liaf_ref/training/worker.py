"""A worker process of :class:`DataParallel`: its requests, its responses, and shared memory."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import RawArray
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import RunError
from liaf_ref._core.system import block_sigint_in_children, tune_malloc
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.protocols import Trainable

ParamShapes = dict[str, tuple[int, ...]]


@runtime_checkable
class DataParallelNetwork(Protocol):
    """What :class:`DataParallel` needs of a network."""

    def param_shapes(self) -> ParamShapes:
        """Shapes of the parameters by name."""

    def unchecked_functions(self) -> Trainable:
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
            raise RunError(
                "a worker process has ended unexpectedly; its memory may have run out"
            ) from error

    def receive(self) -> Any:
        """Wait for the response; RunError if it is a failure or the process has ended."""
        try:
            answer, failure = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise RunError(
                "a worker process has ended unexpectedly; its memory may have run out"
            ) from error
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
        self.network, self.functions = network, network.unchecked_functions()
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
    methods: dict[str, Callable[..., Any]] = {
        "forward": server.forward,
        "backward": server.backward,
        "statistics": server.statistics,
    }
    # The main process checks the results for overflow.
    with threadpool_limits(1), np.errstate(over="ignore", invalid="ignore"):
        try:
            while True:
                method, args = pipe.recv()
                try:
                    pipe.send((methods[method](*args), None))
                except Exception as error:  # noqa: BLE001 - sent to the main process
                    pipe.send((None, f"{type(error).__name__}: {error}"))
        except (EOFError, OSError):  # the main process has closed the pipe
            return
