# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 12 · Check your own backend
#
# You have written a LIAF layer for your own framework.  It runs, it trains, the loss goes down.  Is it *right*?  A layer with a
# wrong gradient also trains, only not as well, and you will blame the learning rate.
#
# Here is such a layer, in PyTorch, with two mistakes that are often made.  You will see that the usual tests do not find
# them, then ask the *oracle*: several hundred small networks whose every number is known.  It says what is wrong, where, and
# usually also why.

# %% tags=["setup"]
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.oracle import Declined, check_backend
from liaf_ref.oracle.checker import Waiver, load_golden_cases
from liaf_ref.plotting import show

try:
    import torch
except ImportError:  # a stand-in, in NumPy, for the dozen of its functions that are used here
    from liaf_ref.plotting import tinytorch as torch

# %%
print(f"The layer below runs in {torch.__name__}.")
if torch.__name__ != "torch":
    print("PyTorch is not installed; this is a stand-in with the same names, written in NumPy.")

# %% [markdown]
# ## The layer
#
# The spike has no derivative, so PyTorch needs a definition of what to use in its place: a `Function` with a backward pass of its own.
# Forward it is $S$ of [Eq. (4)](eq:4), backward the window of [Eq. (13)](eq:13).


# %%
class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, mu):
        ctx.save_for_backward(x)
        ctx.mu = mu
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, dF):
        (x,) = ctx.saved_tensors
        return dF * (x.abs() < ctx.mu), None


# %% [markdown]
# The layer is a loop over time.  Everything but the spike is differentiated by PyTorch.


# %%
class LIAF(torch.nn.Module):
    """Neurons on their synaptic input, (B, T, L); parameters broadcast against one step."""

    spike = Spike

    def __init__(self, params, mu, act):
        super().__init__()
        for name in ("v_th", "v_reset", "alpha", "beta"):
            setattr(self, name, torch.nn.Parameter(torch.tensor(params[name])))
        self.mu, self.act = mu, act

    def forward(self, I, V):
        outputs = []
        for I_t in I.unbind(1):
            U = I_t + V  # (3)
            F = self.spike.apply(U - self.v_th, self.mu)  # (4)
            reset = F.detach()
            R = reset * self.v_reset + (1 - reset) * U  # (5)
            V = self.alpha * R + self.beta  # (6)
            outputs.append(self.act(U - self.v_th, F))  # (7), (8)
        return torch.stack(outputs, 1), V


ACT = {
    "spike": lambda x, F: F,  # LIF
    "identity": lambda x, F: x,
    "relu": lambda x, F: torch.relu(x),
    "tanh": lambda x, F: torch.tanh(x),
}

# %% [markdown]
# Both mistakes are in it.  Have you seen them?  Read on in any case; in a file of a thousand lines nobody sees them.
#
# ## The usual tests
#
# *It computes the same as the paper's equations.*  On random input, compared with the library:

# %%
rng = np.random.default_rng(0)
I = rng.normal(size=(4, 20, 6))
start = {"v_th": [0.5], "v_reset": [0.0], "alpha": [0.8], "beta": [0.0]}
start = {name: np.array(value) for name, value in start.items()}
layer = LIAF(start, 0.3, ACT["relu"])
Y, _ = layer(torch.tensor(I), torch.tensor(np.zeros((4, 6))))

expected, _, tape = neuron.forward(
    I, np.zeros((4, 6)), neuron.Params(**start), spike.paper(0.3), activation.relu, neuron.TR
)
difference = abs(Y.detach().numpy() - expected).max()
print(f"{int(tape.F.sum())} spikes; largest difference {difference:.1e}")
assert difference < 1e-12

# %% [markdown]
# *It learns.*  One parameter, gradient descent: shift the threshold until the mean output is 0.3.

# %%
layer, losses = LIAF(start, 0.3, ACT["relu"]), []
for _ in range(30):
    layer.v_th.grad = None
    Y, _ = layer(torch.tensor(I), torch.tensor(np.zeros((4, 6))))
    error = Y.sum() * (1 / I.size) - 0.3
    (error * error).backward()
    losses.append(float(error.detach().numpy() ** 2))
    moved = layer.v_th.detach().numpy() - 0.5 * layer.v_th.grad.numpy()
    layer.v_th = torch.nn.Parameter(torch.tensor(moved))
print(f"loss {losses[0]:.4f} at first, {losses[-1]:.1e} in the end; v_th {moved[0]:.2f}")
assert losses[-1] < 0.01 * losses[0]

# %% [markdown]
# Right values, and it learns.  What more can one ask?  (A finite difference would not help: a spike is flat, notebook 4.)
#
# ## An adapter
#
# The oracle asks in its own words: a *case* is a small network, with all arrays that it is given.

# %%
cases = {golden.case.name: golden for golden in load_golden_cases()}
golden = cases["l0_lif_all_mu0300"]
print(len(cases), "cases; this one is", golden.case.nodes[0])
print("given   ", ", ".join(f"{name} {array.shape}" for name, array in golden.case.items()))
print("required", ", ".join(sorted(golden.required)))

# %% [markdown]
# `in/` goes in, `par/` are parameters, `up/` are gradients that come from above.  Back come the output, `exp/n.Y`, and a
# gradient for all that is `in/` or `par/`.  An adapter translates; what your backend cannot do, it declines.
#
# Gradients that come from above belong to the scalar $\langle dY, Y\rangle + \langle dV, V^T\rangle$: differentiating that is
# the same as starting the backward pass with $dY$ and $dV$.


# %%
def adapter(Layer):
    """What the oracle calls: from a case to its answer."""

    def answer(case):
        node, *more = case.nodes
        options = node.options
        known = not more and node.op == "neuron" and options["act"] in ACT
        if not known or options["mode"] != "TR" or options["reset"] != "paper":
            raise Declined("one layer of threshold-related neurons, and the paper's gradient")
        n = node.name
        layer = Layer(case.node_arrays(node), options["mu"], ACT[options["act"]])
        I = torch.tensor(case["in/X"]).requires_grad_()
        V0 = torch.tensor(case[f"in/{n}.V0"]).requires_grad_()
        Y, V = layer(I, V0)
        total = (Y * torch.tensor(case[f"up/{n}.Y"])).sum()
        if f"up/{n}.VT" in case:
            total = total + (V * torch.tensor(case[f"up/{n}.VT"])).sum()
        total.backward()
        leaves = {"in/X": I, f"in/{n}.V0": V0}
        leaves |= {f"par/{n}.{name}": getattr(layer, name) for name in case.node_arrays(node)}
        return {
            f"exp/{n}.Y": Y.detach().numpy(),
            **{f"grad/{name}": gradient(leaf) for name, leaf in leaves.items()},
        }

    answer.__qualname__ = f"adapter({Layer.__name__})"
    return answer


def gradient(leaf):
    """PyTorch leaves None where no gradient came; the oracle wants zeros."""
    return np.zeros(tuple(leaf.shape), np.float32) if leaf.grad is None else leaf.grad.numpy()


# %% [markdown]
# ## The verdict

# %%
first = check_backend(adapter(LIAF), levels=["L0"])
print(first)

# %% [markdown]
# Read it from the top.  *Declined* is no shame; it says what was not looked at.  Each line *failed* names the case, and the place
# that broke first, forward through the network and then backward, last step first: array, entry, what was expected, what
# came, and by how many times the tolerance it is off.  Tolerances are no guesses: each is how far rounding alone can take a
# right backend.
#
# And then the *diagnosis*: the oracle has run some two hundred known mistakes on the cases that failed, and looked for those that
# give exactly what you gave.
#
# Two mistakes at once explain all failures here, and the oracle names both.  One after the other.
#
# ## The first mistake: the reset is detached
#
# `reset = F.detach()` makes the reset a constant for the backward pass, and some frameworks do so by default.  It is a choice one
# can defend, and notebook 2 compares the two.  But it is not the paper's [Eq. (12)](eq:12), where $\partial R/\partial U$ has the term
# $(V_{reset} - U)\,\bar\delta$.  What does it do to the gradient?  Here is one neuron of a case, step by step; the gradient in
# its input is the sum of all that it does to the steps behind it.

# %%
golden = cases["l0_identity_tr_channel_mu0500"]
case = golden.case
ours, theirs = golden.expected["grad/in/X"], adapter(LIAF)(case)["grad/in/X"]
inside = abs(golden.expected["exp/n.U"] - case["par/n.v_th"]) < 0.5  # its mu
sample, number = np.unravel_index(
    abs(ours - theirs).sum(axis=1).argmax(), (ours.shape[0], ours.shape[2])
)

figure = Figure(figsize=(7, 3.2), layout="constrained")
axes = figure.subplots()
steps = np.arange(1, ours.shape[1] + 1)
for k in steps[inside[sample, :, number]]:
    axes.axvspan(k - 0.5, k + 0.5, color="#E69F00", alpha=0.15, lw=0)
axes.axhline(0, color="0.8", lw=0.8)
axes.plot(steps, ours[sample, :, number], "o-", color="#0072B2", label="the paper's")
axes.plot(steps, theirs[sample, :, number], "s--", color="#D55E00", label="reset detached")
axes.set(xlabel="time step t", ylabel="gradient in $I^t$", xticks=steps)
axes.set_title("shaded: U lies in the window around the threshold", fontsize=10)
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
show(figure)

# %% [markdown]
# The two part where $U$ is in the window, and an error that was made at a late step is carried to the earlier ones.  Where no
# potential is near the threshold all is well: that is why it goes unnoticed.
#
# Put it right, and ask again.


# %%
class Differentiated(LIAF):
    def forward(self, I, V):
        outputs = []
        for I_t in I.unbind(1):
            U = I_t + V  # (3)
            F = self.spike.apply(U - self.v_th, self.mu)  # (4)
            R = F * self.v_reset + (1 - F) * U  # (5), differentiated
            V = self.alpha * R + self.beta  # (6)
            outputs.append(self.act(U - self.v_th, F))  # (7), (8)
        return torch.stack(outputs, 1), V


second = check_backend(adapter(Differentiated), levels=["L0"])
print(f"{len(first.passed)} passed before, {len(second.passed)} now; {len(second.failed)} fail")
print("the first of these:", second.failed[0].name, "", second.failed[0].summary())
print(second.diagnosis)
assert all("exact" in verdict.name for verdict in second.failed)

# %% [markdown]
# ## The second mistake: `>` for `>=`
#
# All that fail now are *exact* cases, and in them it is the output that is wrong.  On random input $U$ never hits $V_{th}$ exactly,
# and nobody sees the difference.  In hardware with few bits, or with round numbers such as inputs of 0.5 and a threshold of
# 1, it happens all the time.  The exact cases have such ties, and in them nothing rounds: their tolerance is 0.

# %%
exact = cases["l0_exact_lif_all_mu0500"]
U, F = exact.expected["exp/n.U"], exact.expected["exp/n.F"]
ties = exact.case["par/n.v_th"] == U
print(f"{ties.sum()} of {U.size} potentials are exactly at the threshold; they fire: {F[ties]}")


# %%
class Reached(Spike):
    @staticmethod
    def forward(ctx, x, mu):
        ctx.save_for_backward(x)
        ctx.mu = mu
        return (x >= 0).to(x.dtype)  # (4): reached counts


class Right(Differentiated):
    spike = Reached


third = check_backend(adapter(Right), levels=["L0"])
print(third)
assert third.ok

# %%
figure = Figure(figsize=(7, 2.4), layout="constrained")
axes = figure.subplots()
left = np.zeros(3)
for status, colour in (("passed", "#009E73"), ("failed", "#D55E00")):
    counts = np.array([len(report.with_status(status)) for report in (first, second, third)])
    bars = axes.barh(range(3), counts, left=left, color=colour, label=status)
    axes.bar_label(bars, [str(c) if c else "" for c in counts], label_type="center", color="white")
    left += counts
axes.set_yticks(range(3), ("first draft", "reset differentiated", "fires at equality"))
axes.invert_yaxis()
axes.set(xlabel="cases that were not declined")
figure.legend(frameon=False, ncols=2, loc="outside upper center")
show(figure)

# %% [markdown]
# *Passed* is not all one can read: the line below it says how near to its tolerance the worst of what passed has come.  Anything
# from a hundredth to one is usual for sums in another order.
#
# ## A deviation on purpose
#
# Suppose you *want* the reset detached, with all else right.  Then say so, with a reason: a waiver.  What is waived does not fail, everything else still
# does; and a waiver that has nothing to waive fails itself, so that the list stays true.


# %%
class Detached(LIAF):
    spike = Reached


reason = "the reset is detached on purpose"
waived = check_backend(adapter(Detached), levels=["L0"], waivers=[Waiver("l0_*", "grad/*", reason)])
print(
    f"{len(waived.passed)} passed, {len(waived.waived)} waived, {len(waived.failed)} failed: ok is {waived.ok}"
)
assert waived.ok

# %% [markdown]
# Outside of a notebook the same is a command, `liaf-ref oracle check --backend my_backend:answer`, and a pytest plugin with one test for
# each case; a program in C takes part by reading and writing files.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - "It runs, it learns, the values agree" does not say that the gradient is right.
# - Check against numbers that somebody else has derived, at ties and window edges too.
# - An adapter is thirty lines.  Decline what your backend does not do.
# - The first place that broke is where to look; the diagnosis often names the mistake.
# - Deviations on purpose are waived with a reason, not forgotten.
#
# </div>
#
# ## Exercises
#
# **1.**  Break `Right` once more: write a class `Soft(Right)` with the *soft* reset, where a spike takes $V_{th} - V_{reset}$ off $U$ in
# place of setting it to $V_{reset}$.  First guess which of the oracle's arrays go wrong: the output, the gradients, or both?


# %% tags=["solution"]
# class Soft(Right), with a forward of its own
class Soft(Right):
    def forward(self, I, V):
        outputs = []
        for I_t in I.unbind(1):
            U = I_t + V
            F = self.spike.apply(U - self.v_th, self.mu)
            R = U - F * (self.v_th - self.v_reset)
            V = self.alpha * R + self.beta
            outputs.append(self.act(U - self.v_th, F))
        return torch.stack(outputs, 1), V


# Both: another R is another V, and with it everything behind.

# %% tags=["check"]
report = check_backend(adapter(Soft), levels=["L0"], pattern="l0_lif_*")
print(report.diagnosis)
named = [name for found in report.diagnosis.explanations for name in found.names]
assert "soft reset" in named, named

# %% [markdown]
# **2.**  A colleague says: "My window has the area 1, as Dirac's delta has."  Write `Unit(Reached)`, a spike whose slope is $1/(2\mu)$
# in place of 1 inside of the window, and the layer `UnitArea(Right)` that uses it.  For which $\mu$ does nobody notice?


# %% tags=["solution"]
# class Unit(Reached), class UnitArea(Right), unnoticed: the value of mu
class Unit(Reached):
    @staticmethod
    def backward(ctx, dF):
        (x,) = ctx.saved_tensors
        return dF * (x.abs() < ctx.mu) / (2 * ctx.mu), None


class UnitArea(Right):
    spike = Unit


unnoticed = 0.5  # 2 mu = 1

# %% tags=["check"]
report = check_backend(adapter(UnitArea), levels=["L0"])
named = [name for found in report.diagnosis.explanations for name in found.names]
assert "unit-area window" in named, named
widths = {v.golden.case.nodes[0].options["mu"] for v in report.passed if "_t1" not in v.name}
assert unnoticed in widths, "cases with this mu fail"
assert all(v.golden.case.nodes[0].options["mu"] != unnoticed for v in report.failed)

# %% [markdown]
# **3.**  Add NTR to the adapter, the mode that does not see the threshold, $Y = \mathrm{Act}(U)$ in [Eq. (8)](eq:8), so that fewer cases are
# declined.  `case.nodes[0].options["mode"]` is `"TR"` or `"NTR"`.  A way that leaves the layer alone: give it an activation that
# gets back $U$ from $U - V_{th}$.  It needs the layer's own threshold, so that the gradient comes out right as well.  (A case with
# another node: `replace(case, nodes=(node,))`; another option: `node._replace(options={**node.options, "mode": "TR"})`.)


# %% tags=["solution"]
# def both(case): as answer in the adapter of Right, for TR and NTR
def both(case):
    node, *more = case.nodes
    options = node.options
    known = not more and node.op == "neuron" and options["act"] in ACT
    if not known or options["reset"] != "paper":
        raise Declined("one layer of neurons, and the paper's gradient")
    if options["mode"] == "TR":
        return adapter(Right)(case)

    class Untied(Right):
        def __init__(self, params, mu, act):
            super().__init__(params, mu, lambda x, F: act(x + self.v_th, F))

    as_tr = node._replace(options={**options, "mode": "TR"})
    return adapter(Untied)(replace(case, nodes=(as_tr,)))


# %% tags=["check"]
report = check_backend(both, levels=["L0"])
modes = {v.golden.case.nodes[0].options["mode"] for v in report.passed}
assert modes == {"TR", "NTR"}, modes
assert report.ok
assert len(report.passed) > len(third.passed)
