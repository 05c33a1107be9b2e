"""The paper's neuron in any framework whose arrays have NumPy's operators, and cases with it.

The rest of a case is the oracle's own text, computed with the framework's arrays, but for the parts
that the framework has itself.  The framework differentiates all of it; the oracle's tape is not
used.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from liaf_ref.oracle.case import Array, Case, Declined, lookup_or_decline
from liaf_ref.oracle.opset import OPS, OPTIMIZERS
from liaf_ref.oracle.table.functions import ACTIVATIONS
from liaf_ref.oracle.table.interpreter import PAPER, Pass, Text, train
from liaf_ref.oracle.table.numbers import Numbers, current, floats, using
from liaf_ref.oracle.table.tape import T, stack

Tensor = Any  # a framework's array
Tensors = dict[str, Tensor]
Options = Mapping[str, Any]
SUPPORTED_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


class Framework(ABC):
    """A framework as a backend."""

    xp: Any  # its module with NumPy's names
    tensor: Callable[[Array], Tensor]  # an array of the framework
    detach: Callable[[Tensor], Tensor]  # the value without its history
    spike: Callable[[Tensor, float], Tensor]  # S of Eq. (4), whose slope is the window of Eq. (13)
    activations: Mapping[str, Callable[[Tensor], Tensor]]
    parts: ClassVar[Text] = {}  # of the oracle's text, by the framework's own functions

    def numpy(self, tensor: Tensor) -> Array:
        """An array of NumPy, also within a gradient."""
        return np.array(self.detach(tensor))

    @abstractmethod
    def differentiate(
        self, f: Callable[[Tensors], tuple[Tensor, Tensors]], at: Tensors
    ) -> tuple[Tensors, Tensors]:
        """The gradients of f's first value, a scalar, and its second as it is."""

    @abstractmethod
    def convolve(self, X: Tensor, W: Tensor, stride: Any, pad: Any) -> Tensor:
        """Convolve ``(N, *size, K)`` with zeros around, as many axes as W has beside K and L."""

    def neuron(
        self,
        options: Options,
        I: Tensor,
        V: Tensor,
        *,
        F: Tensor | None = None,
        window: Tensor | None = None,
        positive: Tensor | None = None,
        **p: Tensor,
    ) -> tuple[Tensor, ...]:
        """One step of LIAF; of LIF if ``act`` is ``spike``; with the decisions that are given."""
        U = I + V  # (3)
        x = U - p["v_th"]
        F = self.spike(x, options["mu"]) if F is None else self.given_spike(F, window, x)  # (4)
        gate = self.detach(F) if options["reset"] == "detached" else F
        R = gate * p["v_reset"] + (1 - gate) * U  # (5)
        V = p["alpha"] * R + p["beta"]  # (6)
        if options["act"] == "spike":
            return U, F, R, V, F  # (7)
        z = x if options["mode"] == "TR" else U
        return U, F, R, V, self.act(options["act"], z, positive)  # (8)

    def given_spike(self, F: Tensor, window: Tensor, x: Tensor) -> Tensor:
        """F, which answers with the window: what is added is 0 and has its slope."""
        return F + window * (x - self.detach(x))

    def act(self, act: str, x: Tensor, positive: Array | None = None) -> Tensor:
        """An activation; ReLU and SELU may be given where x is above 0."""
        native = lookup_or_decline("act", act, self.activations)
        return native(x) if positive is None else ACTIVATIONS[act](T(x), positive).v

    def over_time(self, z: SimpleNamespace, I: T, **options: Any) -> dict[str, T]:
        """The neuron of a node, step after step."""
        V, steps = z.states["V"].v, list[tuple[Tensor, ...]]()
        p = {name: value.v for name, value in z.parameters.items()}
        for t in range(I.shape[1]):
            given = {
                name: gate[:, t] if name == "positive" else current().make(gate[:, t])
                for name, gate in z.gates.items()
            }
            steps.append(self.neuron(options, I.v[:, t], V, **p, **given))
            V = steps[-1][3]
        z.final["V"] = T(V)
        return {
            name: stack(map(T, s))
            for name, s in zip("UFRVY", zip(*steps, strict=True), strict=True)
        }

    def _convolve(self, X: T, W: T, stride: Any, pad: Any) -> T:
        """Over the last axes but one of X: as many as W has beside K and L."""
        outer = X.shape[: 1 - len(W.shape)]
        I = self.convolve(X.v.reshape(-1, *X.shape[len(outer) :]), W.v, stride, pad)
        return T(I.reshape(*outer, *I.shape[1:]))

    @property
    def text(self) -> Text:
        """The oracle's text with the neuron, the activations and the parts of the framework."""
        return {
            **PAPER,
            "neuron": self.over_time,
            "convolve": self._convolve,
            **{
                f"act:{act}": lambda x, positive=None, act=act: T(self.act(act, x.v, positive))
                for act in self.activations
            },
            **self.parts,
        }

    def numbers(self, dtype: np.dtype[Any]) -> Numbers:
        """The arithmetic of the framework."""
        xp = self.xp
        return Numbers(
            lambda a: self.tensor(np.asarray(a, dtype)),
            self.numpy,
            *(xp.exp, xp.expm1, xp.log, xp.tanh, xp.sqrt, self.activations["sigmoid"]),
            stack=xp.stack,
            concatenate=xp.concatenate,
            where=lambda mask, a, b: xp.where(self.tensor(mask), a, b),
            stop=self.detach,
        )

    def answer(self, case: Case) -> dict[str, Array]:
        """Answer a case: traces, gradients, and training for L4."""
        dtype = floating_dtype(case)
        for node in case.nodes:
            lookup_or_decline("op", node.op, OPS)
        once = _FrameworkPass(case, self)
        found = once.forward(dict(case)) | once.backward({})
        if case.optimizer is not None:
            lookup_or_decline("optimizer", case.optimizer["name"], OPTIMIZERS)
            with using(floats(dtype)):
                found |= train(case, dict(case), found, once)
        return found


class _FrameworkPass(Pass):
    """One run of a case, in arrays of a framework, which differentiates it."""

    def __init__(self, case: Case, framework: Framework) -> None:
        super().__init__(case, framework.text, lambda node: self.text)
        self.framework, self.numbers = framework, framework.numbers(floating_dtype(case))

    def forward(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The traces of all nodes, and aside the gradients."""
        framework, last = self.framework, self.case.nodes[-1].name
        given = {
            name: framework.tensor(a) if a.dtype.kind == "f" and name[:5] != "gate/" else a
            for name, a in arrays.items()
        }

        def objective(at: Tensors) -> tuple[Tensor, Tensors]:
            """The last output, a loss, or the product with what is upstream."""
            with using(self.numbers):
                traces = super(_FrameworkPass, self).forward({**given, **at})
            Y, up = self.Y[last].v, given.get(f"up/{last}.Y")
            total = Y if up is None else (up * Y).sum()
            for state, g in self.seeds:
                total = total + (g * state.v).sum()
            return total, traces

        leaves = {name: given[name] for name in leaf_arrays(self.case)}
        grads, traces = framework.differentiate(objective, leaves)
        self.gradients = {f"grad/{name}": framework.numpy(g) for name, g in grads.items()}
        return {name: framework.numpy(x) for name, x in traces.items()}

    def backward(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """All gradients."""
        return self.gradients


def floating_dtype(case: Case) -> np.dtype[Any]:
    """The one dtype of a case's floating arrays."""
    found = {array.dtype for array in case.values() if array.dtype.kind == "f"}
    if len(found) != 1 or not found.issubset(SUPPORTED_DTYPES):
        raise Declined(f"dtype {sorted(map(str, found))}: expected float32 or float64 throughout")
    return found.pop()


def leaf_arrays(case: Case) -> dict[str, Array]:
    """What gets a gradient: every floating array that goes in, and every parameter."""
    return {
        name: array
        for name, array in case.items()
        if name.startswith(("in/", "par/")) and array.dtype.kind == "f"
    }
