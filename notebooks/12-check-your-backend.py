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
# Here is such a layer, with two mistakes that are often made.  You will see that the usual tests do not find
# them, then ask the *oracle*: several hundred small networks whose every number is known.  It says what is wrong, where, and
# usually also why.
#
# The layer is written in [autograd](https://github.com/HIPS/autograd), which differentiates NumPy code and installs
# anywhere.  The same layer in PyTorch stands at the end.

# %% tags=["setup"]
from dataclasses import replace

import autograd.numpy as np
from autograd import make_vjp, value_and_grad
from autograd.builtins import tuple as traced_tuple
from autograd.extend import defvjp, notrace_primitive, primitive
from matplotlib.figure import Figure

from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.oracle import Declined, check_backend, golden_cases
from liaf_ref.oracle.checker import Waiver
from liaf_ref.plotting import show

# %% [markdown]
# ## The layer
#
# The spike has no derivative, so autograd needs a definition of what to use in its place: a `primitive` with a backward
# pass of its own, its vector-Jacobian product.  Forward it is $S$ of [Eq. (4)](eq:4), backward the window of
# [Eq. (13)](eq:13).


# %%
@primitive
def above(x, mu):
    return (x > 0).astype(x.dtype)


def window(F, x, mu):
    return lambda dF: dF * (abs(x) < mu)


defvjp(above, window, None)  # no gradient in mu

# %% [markdown]
# The layer is a loop over time.  Autograd differentiates everything but the spike.


# %%
@notrace_primitive
def detach(x):
    """The value as a constant: no gradient flows through it."""
    return x


def detached(U, F, p):
    reset = detach(F)
    return reset * p["v_reset"] + (1 - reset) * U  # (5)


def liaf(spike, reset):
    def layer(p, I, V, mu, act):
        """Neurons on their synaptic input, (B, T, L); parameters broadcast against one step."""
        outputs = []
        for t in range(I.shape[1]):
            U = I[:, t] + V  # (3)
            F = spike(U - p["v_th"], mu)  # (4)
            V = p["alpha"] * reset(U, F, p) + p["beta"]  # (5), (6)
            outputs.append(act(U - p["v_th"], F))  # (7), (8)
        return np.stack(outputs, 1), V

    layer.__name__ = f"liaf({spike.__name__}, {reset.__name__})"
    return layer


first_draft = liaf(above, detached)
ACT = {
    "spike": lambda x, F: F,  # LIF
    "identity": lambda x, F: x,
    "relu": lambda x, F: np.where(x > 0, x, 0.0),
    "tanh": lambda x, F: np.tanh(x),
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
Y, _ = first_draft(start, I, np.zeros((4, 6)), 0.3, ACT["relu"])

expected, _, tape = neuron.forward(
    I, np.zeros((4, 6)), neuron.Params(**start), spike.paper(0.3), activation.relu, neuron.TR
)
difference = abs(Y - expected).max()
print(f"{int(tape.F.sum())} spikes; largest difference {difference:.1e}")
assert difference < 1e-12

# %% [markdown]
# *It learns.*  One parameter, gradient descent: shift the threshold until the mean output is 0.3.


# %%
def loss(v_th):
    Y, _ = first_draft({**start, "v_th": v_th}, I, np.zeros((4, 6)), 0.3, ACT["relu"])
    return (Y.mean() - 0.3) ** 2


v_th, losses = start["v_th"], []
for _ in range(30):
    value, gradient = value_and_grad(loss)(v_th)
    losses.append(value)
    v_th = v_th - 0.5 * gradient
print(f"loss {losses[0]:.4f} at first, {losses[-1]:.1e} in the end; v_th {v_th[0]:.2f}")
assert losses[-1] < 0.01 * losses[0]

# %% [markdown]
# Right values, and it learns.  What more can one ask?  (A finite difference would not help: a spike is flat, notebook 4.)
#
# ## An adapter
#
# The oracle asks in its own words: a *case* is a small network, with all arrays that it is given.

# %%
cases = {golden.case.name: golden for golden in golden_cases()}
golden = cases["l0_lif_all_mu0300"]
print(len(cases), "cases; this one is", golden.case.nodes[0])
print("given   ", ", ".join(f"{name} {array.shape}" for name, array in golden.case.items()))
print("required", ", ".join(sorted(golden.required)))

# %% [markdown]
# `in/` goes in, `par/` are parameters, `up/` are gradients that come from above.  Back come the output, `exp/n.Y`, and a
# gradient for all that is `in/` or `par/`.  An adapter translates; what your backend cannot do, it declines.
#
# The backward pass starts from the gradients that come from above, $dY$ and $dV$: the adapter asks autograd for the
# vector-Jacobian product.  (A framework that differentiates scalars alone gets
# $\langle dY, Y\rangle + \langle dV, V^T\rangle$.)


# %%
def adapter(layer):
    """What the oracle calls: from a case to its answer."""

    def answer(case):
        node, *more = case.nodes
        options = node.options
        known = not more and node.op == "neuron" and options["act"] in ACT
        if not known or options["mode"] != "TR" or options["reset"] != "paper":
            raise Declined("one layer of threshold-related neurons, and the paper's gradient")
        n, act = node.name, ACT[options["act"]]
        own = list(case.node_arrays(node))

        def forward(arrays):
            p = {name: arrays[f"par/{n}.{name}"] for name in own}
            return traced_tuple(layer(p, arrays["in/X"], arrays[f"in/{n}.V0"], options["mu"], act))

        names = ["in/X", f"in/{n}.V0", *(f"par/{n}.{name}" for name in own)]
        backward, (Y, V) = make_vjp(forward)({name: case[name] for name in names})
        gradients = backward((case[f"up/{n}.Y"], case.get(f"up/{n}.VT", np.zeros_like(V))))
        return {f"exp/{n}.Y": Y, **{f"grad/{name}": g for name, g in gradients.items()}}

    answer.__qualname__ = f"adapter({layer.__name__})"
    return answer


# %% [markdown]
# ## The verdict

# %%
first = check_backend(adapter(first_draft), levels=["L0"])
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
# `reset = detach(F)` makes the reset a constant for the backward pass, and some frameworks do so by default.  It is a choice one
# can defend, and notebook 2 compares the two.  But it is not the paper's [Eq. (12)](eq:12), where $\partial R/\partial U$ has the term
# $(V_{reset} - U)\,\bar\delta$.  What does it do to the gradient?  Here is one neuron of a case, step by step; the gradient in
# its input is the sum of all that it does to the steps behind it.

# %%
golden = cases["l0_identity_tr_channel_mu0500"]
case = golden.case
ours, theirs = golden.expected["grad/in/X"], adapter(first_draft)(case)["grad/in/X"]
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
def differentiated(U, F, p):
    return F * p["v_reset"] + (1 - F) * U  # (5)


second = check_backend(adapter(liaf(above, differentiated)), levels=["L0"])
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
@primitive
def reached(x, mu):
    return (x >= 0).astype(x.dtype)  # (4): reached counts


defvjp(reached, window, None)
right = liaf(reached, differentiated)
third = check_backend(adapter(right), levels=["L0"])
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
reason = "the reset is detached on purpose"
waivers = [Waiver("l0_*", "grad/*", reason)]
waived = check_backend(adapter(liaf(reached, detached)), levels=["L0"], waivers=waivers)
print(
    f"{len(waived.passed)} passed, {len(waived.waived)} waived, {len(waived.failed)} failed: ok is {waived.ok}"
)
assert waived.ok

# %% [markdown]
# Outside of a notebook the same is a command, `liaf-ref oracle check --backend my_backend:answer`, and a pytest plugin with one test for
# each case; a program in C takes part by reading and writing files.
#
# ## The same layer in PyTorch
#
# In PyTorch the spike is an `autograd.Function`, and its backward pass the window:
#
# ```{literalinclude} liaf_ref/oracle/adapters/torch_backend.py
# :pyobject: Spike
# ```
#
# A step of the neuron is the same in every framework.  PyTorch differentiates the loop over the steps:
#
# ```{literalinclude} liaf_ref/oracle/adapters/framework.py
# :pyobject: Framework.neuron
# ```
#
# This is the text of the adapter that the library's tests check.  Where PyTorch is installed, it answers all 417 cases:
# `liaf-ref oracle check --backend liaf_ref.oracle.adapters.torch_backend:backend`.
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
# **1.**  Break `right` once more: write a function `soft(U, F, p)` for the *soft* reset, where a spike takes $V_{th} - V_{reset}$ off $U$ in
# place of setting it to $V_{reset}$.  First guess which of the oracle's arrays go wrong: the output, the gradients, or both?


# %% tags=["solution"]
# def soft(U, F, p): R after a soft reset
def soft(U, F, p):
    return U - F * (p["v_th"] - p["v_reset"])


# Both: another R is another V, and with it everything behind.

# %% tags=["check"]
report = check_backend(adapter(liaf(reached, soft)), levels=["L0"], pattern="l0_lif_*")
print(report.diagnosis)
named = [name for found in report.diagnosis.explanations for name in found.names]
assert "soft reset" in named, named

# %% [markdown]
# **2.**  A colleague says: "My window has the area 1, as Dirac's delta has."  Write `unit(x, mu)`, a spike whose slope is $1/(2\mu)$
# in place of 1 inside of the window.  For which $\mu$ does nobody notice?


# %% tags=["solution"]
# def unit(x, mu) as a primitive, its defvjp; unnoticed: the value of mu
@primitive
def unit(x, mu):
    return (x >= 0).astype(x.dtype)


defvjp(unit, lambda F, x, mu: lambda dF: dF * (abs(x) < mu) / (2 * mu), None)
unnoticed = 0.5  # 2 mu = 1

# %% tags=["check"]
report = check_backend(adapter(liaf(unit, differentiated)), levels=["L0"])
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
# def both(case): as answer in the adapter of right, for TR and NTR
def both(case):
    node, *more = case.nodes
    options = node.options
    known = not more and node.op == "neuron" and options["act"] in ACT
    if not known or options["reset"] != "paper":
        raise Declined("one layer of neurons, and the paper's gradient")
    if options["mode"] == "TR":
        return adapter(right)(case)

    def untied(p, I, V, mu, act):
        return right(p, I, V, mu, lambda x, F: act(x + p["v_th"], F))

    as_tr = node._replace(options={**options, "mode": "TR"})
    return adapter(untied)(replace(case, nodes=(as_tr,)))


# %% tags=["check"]
report = check_backend(both, levels=["L0"])
modes = {v.golden.case.nodes[0].options["mode"] for v in report.passed}
assert modes == {"TR", "NTR"}, modes
assert report.ok
assert len(report.passed) > len(third.passed)
