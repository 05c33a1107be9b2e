"""The stand-in for PyTorch gives PyTorch's gradients, and those of the kernels."""

from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.array import Array
from liaf_ref.teach import tinytorch

rng = np.random.default_rng(0)
X, W, b = (rng.normal(size=size).astype(np.float32) for size in ((2, 5, 3), (3, 4), (4,)))


def _spike(torch: Any) -> Any:
    class Spike(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any, mu: float) -> Any:
            ctx.save_for_backward(x)
            ctx.mu = mu
            return (x >= 0).to(x.dtype)

        @staticmethod
        def backward(ctx: Any, dF: Any) -> Any:
            (x,) = ctx.saved_tensors
            return dF * (x.abs() < ctx.mu), None

    return Spike.apply


def _answer(torch: Any, act: str) -> dict[str, Array]:
    """A dense layer of neurons, and the gradients of a sum over its output."""
    given = {"X": X, "W": W, "b": b, "v_th": np.array([0.5], np.float32)}
    t = {name: torch.tensor(array).requires_grad_() for name, array in given.items()}
    fires, V, outputs = _spike(torch), torch.tensor(np.zeros((2, 4), np.float32)), []
    for I in (t["X"] @ t["W"] + t["b"]).unbind(1):
        U = I + V
        F = fires(U - t["v_th"], 0.3)
        V = 0.8 * ((1 - F) * U + F * -0.1) + 0.05
        outputs.append(F if act == "spike" else getattr(torch, act)(U - t["v_th"]))
    Y = torch.stack(outputs, 1)
    (Y * Y).sum().backward()
    return {"Y": Y.detach().numpy(), **{name: z.grad.numpy() for name, z in t.items()}}


@pytest.mark.parametrize("act", ["spike", "relu", "tanh", "sigmoid"])
def test_pytorch_says_the_same(act: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = _answer(tinytorch, act), _answer(torch, act)
    for name, wanted in theirs.items():
        assert ours[name].dtype == np.float32
        np.testing.assert_allclose(ours[name], wanted, rtol=1e-4, atol=1e-5, err_msg=name)


def test_the_kernel_says_the_same() -> None:
    got = _answer(tinytorch, "relu")
    p = neuron.Params(*(np.array([z], np.float32) for z in (0.5, -0.1, 0.8, 0.05)))
    choices = spike.paper(0.3), activation.relu, neuron.TR
    I = X @ W + b
    Y, V, tape = neuron.forward(I, np.zeros((2, 4), np.float32), p, *choices)
    dI, _, dp = neuron.backward(2 * Y, np.zeros_like(V), tape, *choices)
    np.testing.assert_allclose(got["Y"], Y, rtol=1e-5)
    np.testing.assert_allclose(got["b"], dI.sum(axis=(0, 1)), rtol=1e-4)
    np.testing.assert_allclose(got["v_th"], dp.v_th, rtol=1e-4)


def test_what_is_detached_has_no_gradient() -> None:
    x = tinytorch.tensor(np.array([2.0, 3.0])).requires_grad_()
    (x * x.detach()).sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, 3.0])


def test_gradients_of_two_backwards_add_up() -> None:
    x = tinytorch.tensor(np.array([2.0, 3.0])).requires_grad_()
    for _ in range(2):
        (x * x).sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy(), [8.0, 12.0])
