"""Equations on frames, and losses, against PyTorch in float64: values and gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from liaf_ref.oracle import exact
from liaf_ref.oracle.exact import conv, loss, norm, pool
from liaf_ref.oracle.exact.dual import constant
from liaf_ref.oracle.exact.network import values
from liaf_ref.oracle.exact.optimizers import OPTIMIZERS
from oracle.exact_cases import Array, NormalDraw
from oracle.rounding_tolerance import assert_close

torch = pytest.importorskip("torch")
F = torch.nn.functional
EPS = 1e-3


def assert_same(
    ours: Callable[..., Any], theirs: Callable[..., Any], arrays: dict[str, Array]
) -> None:
    """One function by both, and the gradient of its product with a random array."""
    tensors = {
        name: torch.tensor(a, requires_grad=a.dtype.kind == "f") for name, a in arrays.items()
    }
    Y = theirs(**tensors)
    up = np.asarray(NormalDraw(99)(*Y.shape))
    (Y * torch.tensor(up)).sum().backward()
    found, grads = exact.differentiate(ours, arrays, up)
    expected = {
        f"grad/{name}": tensor.grad.numpy()
        for name, tensor in tensors.items()
        if tensor.grad is not None
    }
    assert_close(
        {f"grad/{name}": g for name, g in grads.items()} | {"exp/Y": found},
        expected | {"exp/Y": Y.detach().numpy()},
    )


@pytest.mark.parametrize("padding", [((0, 0), (0, 0)), ((1, 1), (1, 1)), ((0, 1), (2, 1))])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (2, 1)])
@pytest.mark.parametrize("size", [(1, 1), (3, 3), (4, 3)])
def test_conv2d(size: Any, stride: Any, padding: Any) -> None:
    draw = NormalDraw(1)
    arrays = {"X": draw(5, 6, 2), "W": draw(*size, 2, 3), "b": draw(3)}

    def theirs(X: Any, W: Any, b: Any) -> Any:
        padded = F.pad(X.permute(2, 0, 1)[None], (*padding[1], *padding[0]))
        Y = F.conv2d(padded, W.permute(3, 2, 0, 1), b, stride)
        return Y[0].permute(1, 2, 0)

    assert_same(lambda X, W, b: conv.conv2d(X, W, b, stride, padding), theirs, arrays)


@pytest.mark.parametrize("front", [1, 2], ids=["same", "causal"])
def test_conv3d(front: int) -> None:
    draw = NormalDraw(2)
    arrays = {"X": draw(4, 3, 3, 2), "W": draw(3, 3, 3, 2, 2), "b": draw(2)}

    def theirs(X: Any, W: Any, b: Any) -> Any:
        padded = F.pad(X.permute(3, 0, 1, 2)[None], (1, 1, 1, 1, front, 2 - front))
        return F.conv3d(padded, W.permute(4, 3, 0, 1, 2), b)[0].permute(1, 2, 3, 0)

    assert_same(
        lambda X, W, b: conv.conv3d(X, W, b, (1, 1), ((1, 1), (1, 1)), front), theirs, arrays
    )


def test_convlstm() -> None:
    draw = NormalDraw(3)
    arrays = {"X": draw(3, 2, 2), "h": draw(3, 2, 2), "c": draw(3, 2, 2), "b": draw(8)}
    arrays |= {"W": draw(3, 3, 2, 8), "U": draw(3, 3, 2, 8)}

    def same(X: Any, W: Any) -> Any:
        return F.conv2d(X.permute(2, 0, 1)[None], W.permute(3, 2, 0, 1), padding=1)[0]

    def theirs(X: Any, h: Any, c: Any, b: Any, W: Any, U: Any) -> Any:
        f, i, o, a = ((same(X, W) + same(h, U)).permute(1, 2, 0) + b).split(2, dim=-1)
        c = f.sigmoid() * c + i.sigmoid() * a.tanh()
        return torch.stack((o.sigmoid() * c.tanh(), c))

    assert_same(lambda X, h, c, b, W, U: list(conv.convlstm(X, h, c, W, U, b)), theirs, arrays)


@pytest.mark.parametrize("axes", [(2, 3, 2), (2,)], ids=["HWL", "L"])
def test_layer_norm(axes: tuple[int, ...]) -> None:
    draw = NormalDraw(4)
    arrays = {"X": draw(2, 3, 2), "gamma": draw(*axes), "beta": draw(*axes)}

    def ours(X: Any, gamma: Any, beta: Any) -> Any:
        if len(axes) == 1:
            return [[norm.layer_norm(x, gamma, beta, EPS) for x in row] for row in X]
        return norm.layer_norm(X, gamma, beta, EPS)

    assert_same(ours, lambda X, gamma, beta: F.layer_norm(X, axes, gamma, beta, EPS), arrays)


@pytest.mark.parametrize("sites", [(2, 3), ()], ids=["BTHW", "BT"])
def test_batch_norm(sites: tuple[int, ...]) -> None:
    draw = NormalDraw(5)
    arrays = {"X": draw(2, 3, *sites, 2), "gamma": draw(2), "beta": draw(2)}
    mean, variance = torch.zeros(2).double(), torch.ones(2).double()

    def theirs(X: Any, gamma: Any, beta: Any) -> Any:
        flat = X.reshape(-1, 2)
        return F.batch_norm(flat, mean, variance, gamma, beta, True, 0.25, EPS).reshape(X.shape)

    def ours(X: Any, gamma: Any, beta: Any) -> Any:
        return norm.batch_norm(X, norm.channel_moments(X), gamma, beta, EPS)

    assert_same(ours, theirs, arrays)
    first = norm.Moments(constant(0.0), constant(1.0))
    X = [[constant(float(x)) for x in row] for row in arrays["X"].reshape(-1, 2)]
    after = [norm.update_running_moments(first, of, len(X), 0.25) for of in norm.channel_moments(X)]
    found = {"exp/mean": np.array(values([of.mean for of in after]))}
    found["exp/variance"] = np.array(values([of.variance for of in after]))
    assert_close(found, {"exp/mean": mean.numpy(), "exp/variance": variance.numpy()})


def test_batch_norm_in_evaluation() -> None:
    draw = NormalDraw(6)
    arrays = {"X": draw(2, 3, 2), "gamma": draw(2), "beta": draw(2)}
    mean, variance = draw(2), draw(2) ** 2
    of = [
        norm.Moments(constant(float(m)), constant(float(v)))
        for m, v in zip(mean, variance, strict=True)
    ]

    def theirs(X: Any, gamma: Any, beta: Any) -> Any:
        m, v = torch.tensor(mean), torch.tensor(variance)
        flat = X.reshape(-1, 2)
        return F.batch_norm(flat, m, v, gamma, beta, False, 0.1, EPS).reshape(X.shape)

    assert_same(lambda X, gamma, beta: norm.batch_norm(X, of, gamma, beta, EPS), theirs, arrays)


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("size", [(2, 2), (3, 2)])
@pytest.mark.parametrize(
    ("ours", "theirs"), [(pool.average, F.avg_pool2d), (pool.maximum, F.max_pool2d)]
)
def test_pooling_with_ties(ours: Any, theirs: Any, size: Any, stride: Any) -> None:
    X = np.random.default_rng(7).integers(0, 2, (6, 7, 2)).astype(float)

    def pooled(X: Any) -> Any:
        return theirs(X.permute(2, 0, 1)[None], size, stride)[0].permute(1, 2, 0)

    assert_same(lambda X: ours(X, size, stride), pooled, {"X": X})


def cross_entropy(Z: Any, y: Any) -> Any:
    return F.cross_entropy(Z, y)


def softmax_bce(Z: Any, y: Any) -> Any:
    return F.binary_cross_entropy(Z.softmax(-1), F.one_hot(y, Z.shape[-1]).double())


def sigmoid_bce(Z: Any, y: Any) -> Any:
    return F.binary_cross_entropy_with_logits(Z, F.one_hot(y, Z.shape[-1]).double())


def mse(Z: Any, y: Any) -> Any:
    return F.mse_loss(Z, F.one_hot(y, Z.shape[-1]).double())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (loss.softmax_ce, cross_entropy),
        (loss.softmax_bce, softmax_bce),
        (loss.sigmoid_bce, sigmoid_bce),
        (loss.mse, mse),
    ],
)
def test_losses(ours: Any, theirs: Any) -> None:
    assert_same(ours, theirs, {"Z": 2 * NormalDraw(8)(3, 4), "y": np.array([3, 0, 1])})


@pytest.mark.parametrize("ours", [loss.softmax_ce, loss.softmax_bce, loss.sigmoid_bce])
def test_losses_of_logits_whose_exponentials_overflow(ours: Any) -> None:
    Z, y = np.array([[1e3, -1e3], [-1e3, 1e3]]), np.array([0, 0])
    found, grads = exact.differentiate(ours, {"Z": Z, "y": y}, np.array(1.0))
    assert np.isfinite(found)
    assert np.isfinite(grads["Z"]).all()
    assert found > 100


@pytest.mark.parametrize(
    ("name", "theirs", "options"),
    [
        ("sgd", torch.optim.SGD, {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1}),
        ("adam", torch.optim.Adam, {"lr": 0.1, "weight_decay": 0.1}),
        ("adamw", torch.optim.AdamW, {"lr": 0.1, "weight_decay": 0.1}),
    ],
)
def test_optimizers_on_the_square(name: str, theirs: Any, options: dict[str, float]) -> None:
    x = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    optimizer, descent = theirs([x], **options), OPTIMIZERS[name](1.5, **options)
    path, expected = [next(descent)], [x.item()]
    for _ in range(8):
        optimizer.zero_grad()
        (x * x).backward()
        optimizer.step()
        expected.append(x.item())
        path.append(descent.send(2 * path[-1]))
    assert_close({"exp/x": np.array(path)}, {"exp/x": np.array(expected)})
