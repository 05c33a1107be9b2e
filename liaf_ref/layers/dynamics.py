"""Layers that one kernel runs step by step: neurons and recurrent cells."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers.base import Layer, State, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parametrized import Params


class Dynamics(Layer):
    """A layer that one kernel runs step by step."""

    # Fig. 5 drives it with tokens and reads its last output alone: the fast kernels take an
    # embedding that is not looked up, and the gradient of one step.

    @abstractmethod
    def _run_kernel(
        self, params: Mapping[str, Array], X: Any, state: State, kernel_set: KernelSet
    ) -> tuple[Any, State, Tape]:
        """Run without checks; a fast kernel may leave the output to be computed when it is read."""

    def _forward(
        self, params: Mapping[str, Array], X: Any, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        Y, state, tape = self._run_kernel(params, X, state, kernel_set)
        return np.asarray(Y), state, tape

    def _forward_last(
        self, params: Mapping[str, Array], X: Any, state: State, kernel_set: KernelSet
    ) -> tuple[Array, State, Tape]:
        Y, state, tape = self._run_kernel(params, X, state, kernel_set)
        return kernel_set.readout.last_forward(Y), state, tape

    def _backward_last(
        self, dy: Array, d_state: State, tape: Tape, T: int
    ) -> tuple[Any, State, Params]:
        return self._backward(tape.kernel_set.readout.last_backward(dy, T), d_state, tape)
