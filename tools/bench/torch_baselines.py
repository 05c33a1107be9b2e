"""The same computations in eager PyTorch.

Each function returns ``{name: step}`` where ``step()`` runs forward and backward
once, all gradients included.  The first is PyTorch as its users write it: the
neuron's equations as printed, in the fastest layout (time-major, contiguous, steps
unbound), and PyTorch's own module for a recurrent cell.  Others are what an
expert makes of it: ``lerp`` for the reset and ``addcmul`` for the leak, the
fastest of some 25 variants; subnormal numbers flushed to zero, since carried
gradients decay into them; and for the GRU of Eq. (16), which is another function
than ``nn.GRU``, a loop.  Importing this module does not import PyTorch; calling
it does.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array

Baselines = dict[str, Callable[[], object]]
PRINTED, TUNED = "PyTorch, as printed", "PyTorch, tuned"
FLUSHED = "PyTorch, tuned, subnormals flushed"
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def spike_function(torch: Any, mu: float) -> Callable[[Any], Any]:
    """S of Eq. (4) with the window of Eq. (13), as an ``autograd.Function``."""

    class Spike(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return (x >= 0).to(x.dtype)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            return grad * (x.abs() < mu)

    apply: Callable[[Any], Any] = Spike.apply
    return apply


def reset_as_printed(torch: Any, U: Any, F: Any, p: list[Any]) -> Any:
    """Eqs. (5) and (6) as they stand."""
    _, v_reset, alpha, beta = p
    R = F * v_reset + (1 - F) * U
    return alpha * R + beta


def reset_tuned(torch: Any, U: Any, F: Any, p: list[Any]) -> Any:
    """Eqs. (5) and (6) in two operations."""
    _, v_reset, alpha, beta = p
    return torch.addcmul(beta, torch.lerp(U, v_reset, F), alpha)


def run_neurons(
    torch: Any, I: Any, V: Any, p: list[Any], spike: Any, output: str, reset: Any
) -> list[Any]:
    """Eqs. (3)-(8) step by step; ``output`` is ``"U"``, ``"D"`` or ``"F"``."""
    v_th, outputs = p[0], []
    for I_t in I:
        U = I_t + V
        D = U - v_th
        F = spike(D)
        outputs.append({"U": U, "D": D, "F": F}[output])
        V = reset(torch, U, F, p)
    return outputs


def neuron_baselines(arrays: Mapping[str, Array], mu: float) -> Baselines:
    """LIAF neurons, threshold related, Act the identity, on the arrays of ``neuron_case``."""
    resets = {PRINTED: reset_as_printed, TUNED: reset_tuned}
    return {name: neuron_step(arrays, mu, reset) for name, reset in resets.items()}


def neuron_step(
    arrays: Mapping[str, Array], mu: float, reset: Any, wrap: Wrap = lambda run: run
) -> Callable[[], object]:
    """One of them; ``wrap`` may compile the loop over time."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    spike = spike_function(torch, mu)
    run = wrap(partial(run_neurons, torch, spike=spike, output="D", reset=reset))
    data = {name: torch.from_numpy(x) for name, x in arrays.items()}
    dY = list(data.pop("dY").unbind(0))

    def step() -> object:
        leaf = {name: x.detach().requires_grad_() for name, x in data.items() if name != "I"}
        I = [x.requires_grad_() for x in data["I"].detach().unbind(0)]
        p = [leaf[name] for name in ("v_th", "v_reset", "alpha", "beta")]
        torch.autograd.backward(run(I, leaf["V"], p), dY)
        return [x.grad for x in (*I, *leaf.values())]

    return step


def _gru_loop(torch: Any, x: Any, W: Any, b: Any, U: Any) -> Any:
    """Eq. (16) step by step; the last state."""
    L = U.shape[0]
    A_zr, A_h = torch.addmm(b, x.flatten(0, 1), W).view(*x.shape[:2], -1).split((2 * L, L), -1)
    U_zr, U_h = U.split((2 * L, L), 1)
    h = x.new_zeros(x.shape[1], L)
    for a_zr, a_h in zip(A_zr.unbind(0), A_h.unbind(0), strict=True):
        z, r = torch.sigmoid(torch.addmm(a_zr, h, U_zr)).chunk(2, 1)
        h = torch.lerp(h, torch.tanh(torch.addmm(a_h, r * h, U_h)), z)
    return h


def _branch(torch: Any, cell: str, L: int, K: int, mu: float) -> tuple[list[Any], Any]:
    """Parameters of a temporal layer and its last output as a function of (T, B, K)."""

    def new(*shape: int) -> Any:
        return (torch.randn(*shape) * 0.1).requires_grad_()

    if cell.partition(" ")[0] in {"liaf", "lif"}:
        kind, _, form = cell.partition(" ")
        reset, output = (
            {"": reset_as_printed, "tuned": reset_tuned}[form],
            {"liaf": "U", "lif": "F"}[kind],
        )
        spike = spike_function(torch, mu)
        values = (0.5, 0.1, 0.3, 0.05)
        neurons = [torch.full((L,), value).requires_grad_() for value in values]
        W, b = new(K, L), new(L)

        def last(x: Any) -> Any:
            I = torch.addmm(b, x.flatten(0, 1), W).view(*x.shape[:2], L).unbind(0)
            V = x.new_zeros(x.shape[1], L)
            return run_neurons(torch, I, V, neurons, spike, output, reset)[-1]

        return [W, b, *neurons], last
    if cell == "gru loop":
        W, b, U = new(K, 3 * L), new(3 * L), new(L, 3 * L)
        return [W, b, U], lambda x: _gru_loop(torch, x, W, b, U)
    module = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](K, L)
    return list(module.parameters()), lambda x: module(x)[0][-1]


def babi_baselines(
    cell: str, arrays: Mapping[str, Array], sizes: tuple[int, int, int, float]
) -> Baselines:
    """Fig. 5 with one of its temporal layers.

    Parameters
    ----------
    cell : str
        liaf, lif, rnn, lstm or gru.
    arrays : mapping of str to ndarray
        story, query and answer.
    sizes : tuple
        Vocabulary, width of the embedding, units, half width of the window.

    Returns
    -------
    Baselines
        PyTorch as its users write it first.
    """
    steps = {name: babi_step(form, arrays, sizes) for name, form in VARIANTS[cell].items()}
    if TUNED in steps:
        steps[FLUSHED] = _with_denormals_flushed(steps[TUNED])
    return steps


VARIANTS = {
    "liaf": {PRINTED: "liaf", TUNED: "liaf tuned"},
    "lif": {PRINTED: "lif", TUNED: "lif tuned"},
    "rnn": {"PyTorch, nn.RNN": "rnn"},
    "lstm": {"PyTorch, nn.LSTM": "lstm"},
    "gru": {"PyTorch, nn.GRU": "gru", "PyTorch, loop of (16)": "gru loop"},
}


def _with_denormals_flushed(step: Callable[[], object]) -> Callable[[], object]:
    import torch  # noqa: PLC0415

    def flushed() -> object:
        torch.set_flush_denormal(True)
        try:
            return step()
        finally:
            torch.set_flush_denormal(False)

    return flushed


def babi_step(
    cell: str,
    arrays: Mapping[str, Array],
    sizes: tuple[int, int, int, float],
    wrap: Wrap = lambda run: run,
) -> Callable[[], object]:
    """One of them, by a name of ``VARIANTS``; ``wrap`` may compile a branch."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    torch.manual_seed(0)
    vocab, K, L, mu = sizes
    ids = [torch.from_numpy(np.ascontiguousarray(arrays[name].T)) for name in ("story", "query")]
    answer = torch.from_numpy(arrays["answer"])
    tables = [torch.randn(vocab, K).requires_grad_() for _ in ids]
    branches = [_branch(torch, cell, L, K, mu) for _ in ids]
    runs = [wrap(run) for _, run in branches]
    head = torch.nn.Linear(2 * L, vocab)
    leaves = [*tables, *(x for params, _ in branches for x in params), *head.parameters()]
    embed, loss = torch.nn.functional.embedding, torch.nn.functional.cross_entropy

    def step() -> object:
        for leaf in leaves:
            leaf.grad = None
        last = [run(embed(i, E)) for i, E, run in zip(ids, tables, runs, strict=True)]
        loss(head(torch.cat(last, 1)), answer).backward()
        return [leaf.grad for leaf in leaves]

    return step
