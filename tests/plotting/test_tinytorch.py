"""The stand-in for PyTorch gives PyTorch's gradients, and those of the kernels."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.array import Array
from liaf_ref.plotting import tinytorch

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
    for name, expected in theirs.items():
        assert ours[name].dtype == np.float32
        np.testing.assert_allclose(ours[name], expected, rtol=1e-4, atol=1e-5, err_msg=name)


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


DIFFERENTIATED: dict[str, Callable[[Any, Any], Any]] = {
    "x / 2": lambda x, w: x / 2,
    "2 / w": lambda x, w: 2 / w,
    "x / w": lambda x, w: x / w,
    "a NumPy scalar / w": lambda x, w: np.float64(3) / w,
    "-x": lambda x, w: -x * x,
    "x ** 2": lambda x, w: x**2,
    "x ** 0": lambda x, w: x**0 + x,
    "w ** -1.5": lambda x, w: w**-1.5,
    "2 ** x": lambda x, w: 2**x,
    "w ** x": lambda x, w: w**x,
    "(x + 1.5) ** 2w": lambda x, w: (x + 1.5) ** (2 * w),
    "|x|": lambda x, w: abs(x) * w,
    "x <= w": lambda x, w: x * (x <= w),
    "x >= w": lambda x, w: x * (x >= w),
    "x < w": lambda x, w: x * (x < w),
    "a NumPy scalar > x": lambda x, w: x * (np.float64(1) > x),
    "x == 0.3": lambda x, w: x * (x == 0.3),
    "x != w": lambda x, w: w * (x != w),
    "within": lambda x, w: x * ((x > -1) & (x <= 1) | ~(x < 2)),
    "a mask / 0.6": lambda x, w: x * ((abs(x) < 1) / 0.6),
    "a mask * 2": lambda x, w: x * ((abs(x) < 1) * 2),
}
each_operator = pytest.mark.parametrize("f", DIFFERENTIATED.values(), ids=DIFFERENTIATED)
AT = np.array([[-1.5, 0.3, 0.5, 0.0], [0.7, -0.2, 1.4, 3.0]])
BY = np.array([0.5, 1.7, 0.5, 2.5])
WEIGHTS = np.arange(1.0, 9).reshape(2, 4)


def _of(
    torch: Any, f: Callable[[Any, Any], Any], dtype: Any = np.float64, x: Array = AT
) -> tuple[Array, ...]:
    """The values, and the gradients of a weighted sum of them."""
    leaves = [torch.tensor(z.astype(dtype)).requires_grad_() for z in (x, BY)]
    y = f(*leaves)
    (y * torch.tensor(WEIGHTS.astype(dtype))).sum().backward()
    found = (np.zeros(z.shape, dtype) if z.grad is None else z.grad.numpy() for z in leaves)
    return y.detach().numpy(), *found


@each_operator
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pytorch_says_the_same_of_an_operator(f: Callable[[Any, Any], Any], dtype: Any) -> None:
    torch = pytest.importorskip("torch")
    for ours, theirs in zip(_of(tinytorch, f, dtype), _of(torch, f, dtype), strict=True):
        assert ours.dtype == theirs.dtype == dtype
        # float32's powers and logarithms are each library's own
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


@each_operator
def test_an_operator_is_numpys(f: Callable[[Any, Any], Any]) -> None:
    # a mask times or by a number is float32, as in PyTorch
    np.testing.assert_allclose(_of(tinytorch, f)[0], f(AT, BY), rtol=1e-6)


@each_operator
def test_slopes_are_those_of_small_steps(f: Callable[[Any, Any], Any]) -> None:
    x, h = AT + 0.01, 1e-6  # at no kink and no jump
    _, dx, dw = _of(tinytorch, f, x=x)
    # a difference: eps / h of rounding, h ** 2 of curvature
    np.testing.assert_allclose(dx, WEIGHTS * (f(x + h, BY) - f(x - h, BY)) / (2 * h), atol=1e-6)
    by_w = WEIGHTS * (f(x, BY + h) - f(x, BY - h)) / (2 * h)
    np.testing.assert_allclose(dw, by_w.sum(axis=0), atol=1e-6)


def test_slopes_of_powers_at_zero() -> None:
    x, b = (tinytorch.tensor(np.zeros(2)).requires_grad_() for _ in range(2))
    (x**0 + x**2 + x ** (b + 1)).sum().backward()
    assert x.grad is not None
    assert b.grad is not None
    np.testing.assert_array_equal(x.grad.numpy(), [1, 1])
    np.testing.assert_array_equal(b.grad.numpy(), [0, 0])


def test_of_one_entry_alone_it_is_known_whether_it_is_true() -> None:
    x = tinytorch.tensor(np.array([2.0, 3.0]))
    assert x[0] == 2
    assert not bool(x[0] == 3)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x == x.detach())


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
