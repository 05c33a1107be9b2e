"""LIAF-Net in one file: the neuron, its gradient by hand, a network, training, a gradient check.

Read it from top to bottom; it needs NumPy and nothing else of this package.  Numbers in brackets
are equations of the paper (arXiv:2011.06176).  Run it, in about ten seconds:

    python -m liaf_ref.minimal
"""

# The shapes: B samples, T time steps, K inputs, L neurons, N tokens. dA is the gradient of the
# loss with respect to A. Each function has its backward pass below it, lines in reverse order.

import os
import time
from collections.abc import Callable
from typing import Any

if __name__ == "__main__":  # before NumPy loads: such small products lose time on more threads
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MKL_NUM_THREADS", "1")

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Pair = tuple[Callable[[Array], Array], Callable[[Array], Array]]  # function and slope
MU = 0.5  # half-width of the window (13)


# --- 1. The spike has no useful derivative: the paper puts a window in its place. ---


def step(x: Array) -> Array:
    """The spike: 1 where x >= 0, else 0."""
    return (x >= 0).astype(x.dtype)  # (4)


def window(x: Array) -> Array:
    """The surrogate gradient: 1 where |x| < mu, else 0."""
    return (np.abs(x) < MU).astype(x.dtype)  # (13)


def ramp(x: Array) -> Array:
    """The relaxed spike, whose true slope is the window."""
    return np.clip(x + MU, 0, 2 * MU)


def identity(x: Array) -> Array:
    """An activation: LIAF sends the potential itself."""
    return x


def one(x: Array) -> Array:
    """The slope of the identity."""
    return np.ones_like(x)


SPIKE: Pair = step, window
RELAXED: Pair = ramp, window  # for the gradient check: finite differences see it
ANALOG: Pair = identity, one


# --- 2. The neuron: (3) to (8) forward, and the same lines backward. ---


def neuron(I: Array, p: dict[str, Array], spike: Pair, act: Pair) -> tuple[Array, Any]:
    """Output of LIAF for the input I (B, T, L); with the spike as activation it is LIF."""
    U, F, R, Y = (np.empty_like(I) for _ in range(4))
    V = np.zeros_like(I[:, 0])
    for t in range(I.shape[1]):
        U[:, t] = I[:, t] + V  # (3) accumulate
        F[:, t] = spike[0](U[:, t] - p["v_th"])  # (4) fire
        R[:, t] = F[:, t] * p["v_reset"] + (1 - F[:, t]) * U[:, t]  # (5) reset
        V = p["alpha"] * R[:, t] + p["beta"]  # (6) leak
        Y[:, t] = act[0](U[:, t] - p["v_th"])  # (7), (8) send
    return Y, (U, F, R)


def neuron_backward(
    dY: Array, tape: Any, p: dict[str, Array], spike: Pair, act: Pair
) -> tuple[Array, dict[str, Array]]:
    """Backpropagation through time: the last step first, (10) to (12)."""
    dI, dV = np.empty_like(dY), np.zeros_like(dY[:, 0])
    d = {name: np.zeros_like(dV) for name in ("v_th", "v_reset", "alpha", "beta")}
    for t in reversed(range(dY.shape[1])):
        U, F, R = (each[:, t] for each in tape)
        dz = dY[:, t] * act[1](U - p["v_th"])  # (7), (8)
        d["alpha"] += dV * R  # (6)
        d["beta"] += dV
        dR = dV * p["alpha"]
        d["v_reset"] += dR * F  # (5)
        dF = dR * (p["v_reset"] - U)
        dx = dF * spike[1](U - p["v_th"])  # (4), (13)
        d["v_th"] -= dx + dz
        dV = dI[:, t] = dR * (1 - F) + dx + dz  # (12), (3)
    return dI, {name: value.sum(axis=0) for name, value in d.items()}


# --- 3. The other parts of the network. ---


def dense(X: Array, W: Array, b: Array) -> Array:
    """Synaptic input (..., L) of X (..., K)."""
    return X @ W + b  # (2)


def dense_backward(dI: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """Gradients with respect to X, W and b."""
    (K, L), db = W.shape, dI.sum(axis=tuple(range(dI.ndim - 1)))
    return dI @ W.T, X.reshape(-1, K).T @ dI.reshape(-1, L), db


def embedding_backward(dX: Array, ids: Array, E: Array) -> Array:
    """Gradient with respect to the rows E (N, K), of which ids (B, T) were looked up."""
    dE = np.zeros_like(E)
    np.add.at(dE, ids, dX)  # a token that occurs twice receives both gradients
    return dE


def softmax_loss(Z: Array, y: Array) -> tuple[float, Array]:
    """Mean cross-entropy over the batch, for logits Z (B, C), and its gradient dZ."""
    Z = Z - Z.max(axis=-1, keepdims=True)
    e = np.exp(Z)
    total = e.sum(axis=-1, keepdims=True)
    loss = (np.log(total[:, 0]) - Z[np.arange(len(y)), y]).sum() / len(y)
    return float(loss), (e / total - np.eye(Z.shape[1])[y]) / len(y)


# --- 4. The network: tokens -> embedding -> dense layer of neurons -> dense layer of classes. ---


def init(rng: np.random.Generator, N: int, K: int, L: int, C: int) -> dict[str, Array]:
    """Draw the parameters; the neurons' are trained like all others."""

    def uniform(*shape: int) -> Array:
        limit = np.sqrt(6 / sum(shape))
        return rng.uniform(-limit, limit, shape)

    neurons = {"v_th": 0.5, "v_reset": 0.0, "alpha": 0.9, "beta": 0.0}
    return {
        "E": 0.5 * rng.normal(size=(N, K)),
        **{"W": uniform(K, L), "b": np.zeros(L)},
        **{name: np.full(L, value) for name, value in neurons.items()},
        **{"W_out": uniform(L, C), "b_out": np.zeros(C)},
    }


def forward(p: dict[str, Array], ids: Array, spike: Pair, act: Pair) -> tuple[Array, Any]:
    """Logits (B, C) of token sequences (B, T): the class is read at the last step."""
    X = p["E"][ids]
    Y, tape = neuron(dense(X, p["W"], p["b"]), p, spike, act)
    return dense(Y[:, -1], p["W_out"], p["b_out"]), (ids, X, Y, tape)


def backward(dZ: Array, tape: Any, p: dict[str, Array], spike: Pair, act: Pair) -> dict[str, Array]:
    """Gradients of all parameters, by name."""
    ids, X, Y, neuron_tape = tape
    dY, g = np.zeros_like(Y), {}
    dY[:, -1], g["W_out"], g["b_out"] = dense_backward(dZ, Y[:, -1], p["W_out"])
    dI, of_neurons = neuron_backward(dY, neuron_tape, p, spike, act)
    dX, g["W"], g["b"] = dense_backward(dI, X, p["W"])
    return {**g, **of_neurons, "E": embedding_backward(dX, ids, p["E"])}


# --- 5. Adam, and stories to train on. ---


def adam(p: dict[str, Array], g: dict[str, Array], state: dict[str, Any], lr: float = 0.01) -> None:
    """One step of Adam (Kingma and Ba 2015), in place."""
    state["t"] = t = state.get("t", 0) + 1
    for name, value in p.items():
        m, v = state.get(name, (0.0, 0.0))
        m, v = 0.9 * m + (1 - 0.9) * g[name], 0.999 * v + (1 - 0.999) * g[name] * g[name]
        state[name] = m, v
        p[name] = value - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


PLACES, WAYS = ("kitchen", "garden", "cellar", "attic", "hall"), ("north", "east")
WORDS = ("The", "the", "is", "of", "What", "?", *WAYS, *PLACES)


def questions(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Two facts and a question about one of them, in two forms; tokens, and the place to answer."""
    texts, answers = [], []
    for _ in range(n):
        (a, b, c), ways = rng.permutation(len(PLACES))[:3], rng.permutation(WAYS)
        facts = [(a, ways[0], b), (b, ways[1], c)]
        left, way, right = facts[rng.integers(2)]
        if rng.integers(2):
            question, answer = f"What is {way} of the {PLACES[right]} ?", left
        else:
            question, answer = f"What is the {PLACES[left]} {way} of ?", right
        statements = [f"The {PLACES[i]} is {way} of the {PLACES[k]}" for i, way, k in facts]
        texts.append(" ".join([*statements, question]).split())
        answers.append(answer)
    return np.array([[WORDS.index(word) for word in text] for text in texts]), np.array(answers)


# --- 6. Train, and check the gradient. ---


def train(act: Pair, seed: int = 0, epochs: int = 60) -> tuple[dict[str, Array], list[float]]:
    """Parameters, and the test accuracy after each epoch; prints every tenth."""
    rng = np.random.default_rng(seed)
    (ids, y), test = questions(rng, 1000), questions(rng, 500)
    p, state, accuracies = init(rng, len(WORDS), 16, 64, len(PLACES)), dict[str, Any](), []
    for _ in range(epochs):
        order = rng.permutation(len(y)).reshape(-1, 50)
        for batch in order:
            Z, tape = forward(p, ids[batch], SPIKE, act)
            _, dZ = softmax_loss(Z, y[batch])
            adam(p, backward(dZ, tape, p, SPIKE, act), state)
        Z, _ = forward(p, test[0], SPIKE, act)
        accuracies.append(float((Z.argmax(axis=-1) == test[1]).mean()))
        if len(accuracies) % 10 == 0:
            print(f"  epoch {len(accuracies)}: {accuracies[-1]:6.1%}", flush=True)
    return p, accuracies


def gradient_error(act: Pair, seed: int = 0, h: float = 1e-6) -> float:
    """Largest error against central differences, relative per array."""
    rng = np.random.default_rng(seed)
    ids, y = questions(rng, 4)
    p, worst = init(rng, len(WORDS), 5, 4, len(PLACES)), 0.0
    p |= {name: rng.uniform(0.1, 0.9, 4) for name in ("v_th", "v_reset", "alpha", "beta")}
    Z, tape = forward(p, ids, RELAXED, act)
    g = backward(softmax_loss(Z, y)[1], tape, p, RELAXED, act)
    for name, array in p.items():
        numeric = np.empty_like(array)
        for index in np.ndindex(array.shape):
            sides = []
            for sign in (1, -1):
                array[index] += sign * h
                sides.append(softmax_loss(forward(p, ids, RELAXED, act)[0], y)[0])
                array[index] -= sign * h
            numeric[index] = (sides[0] - sides[1]) / (2 * h)
        worst = max(worst, float(np.abs(g[name] - numeric).max() / np.abs(numeric).max()))
    return worst


def main() -> None:
    """Train LIAF and LIF on the same questions, and check the gradient."""
    ids, y = questions(np.random.default_rng(0), 1)
    print(*(WORDS[word] for word in ids[0]), "->", PLACES[y[0]])
    print(f"Accuracy on other questions; chance is {1 / len(PLACES):.0%}.")
    for name, act in (("LIAF", ANALOG), ("LIF", SPIKE)):
        began = time.perf_counter()
        print(name)
        train(act)
        print(f"  in {time.perf_counter() - began:.1f} s")
    errors = [gradient_error(act) for act in (ANALOG, RELAXED)]
    print("Gradient by hand against finite differences of the relaxed network:")
    print("  LIAF {:.0e}, LIF {:.0e} apart".format(*errors))


if __name__ == "__main__":
    main()
