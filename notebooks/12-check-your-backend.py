# %% [markdown]
# # 12 · Check your own backend
#
# In this notebook you check the gradients of your own LIAF layer with the library's oracle.  A layer
# that trains need not be *correct*: with a wrong gradient it also trains, only worse.
#
# This layer has two common mistakes, which the usual tests do not find.  The *oracle*, several hundred small
# networks with known outputs and gradients, reports which array is wrong, where, and usually why.
#
# The layer is written in [autograd](https://github.com/HIPS/autograd), which differentiates NumPy code and is easy to
# install.  The same layer in PyTorch is at the end.

# %% tags=["setup"]
from dataclasses import replace

import autograd.numpy as np
from autograd import make_vjp, value_and_grad
from autograd.builtins import tuple as traced_tuple
from autograd.extend import defvjp, notrace_primitive, primitive
from matplotlib.figure import Figure

from liaf_ref.exercises import check, mark_quiz
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.oracle import Declined, check_backend, golden_cases
from liaf_ref.oracle.checker import Waiver
from liaf_ref.plotting import palette, show

# %% [markdown]
# ## The layer
#
# The spike has no useful derivative, so autograd needs a substitute.  A `primitive` has its own backward pass, called
# the vector-Jacobian product.  Its forward pass is $S$ of [Eq. (4)](eq:4), and its backward pass is the window of
# [Eq. (13)](eq:13), a rectangle of half-width $\mu$ around the threshold.


# %%
@primitive
def above(x, mu):
    return (x > 0).astype(x.dtype)


def window(F, x, mu):
    return lambda dF: dF * (abs(x) < mu)


defvjp(above, window, None)  # no gradient in mu

# %% [markdown]
# The layer is a loop over time.  Autograd differentiates everything except the spike.


# %%
@notrace_primitive
def detach(x):
    """Return x as a constant: no gradient flows through it."""
    return x


def detached(U, F, p):
    reset = detach(F)
    return reset * p["v_reset"] + (1 - reset) * U  # (5)


def liaf(spike, reset):
    def layer(p, I, V, mu, act):
        """Run the neurons on I of shape (B, T, L); parameters broadcast against one step."""
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
# Can you find the two mistakes?
#
# ## The usual tests
#
# *The outputs agree with the paper's equations.*  We compare them with the library on random input:

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
# *The layer learns.*  We train one parameter by gradient descent: the threshold changes until the mean output is 0.3.


# %%
def loss(v_th):
    Y, _ = first_draft({**start, "v_th": v_th}, I, np.zeros((4, 6)), 0.3, ACT["relu"])
    return (Y.mean() - 0.3) ** 2


v_th, losses = start["v_th"], []
for _ in range(30):
    value, gradient = value_and_grad(loss)(v_th)
    losses.append(value)
    v_th = v_th - 0.5 * gradient
print(f"loss {losses[0]:.4f} before, {losses[-1]:.1e} after training; v_th {v_th[0]:.2f}")
assert losses[-1] < 0.01 * losses[0]

# %% [markdown]
# The outputs are right and the layer learns, so both tests pass.  (Finite differences would not help, because the spike
# is constant almost everywhere; see notebook 4.)
#
# ## An adapter
#
# The oracle describes its networks in its own format.  A *case* is a small network with all its input arrays.

# %%
cases = {golden.case.name: golden for golden in golden_cases("L0")}
golden = cases["l0_lif_all_mu0300"]
print(len(cases), "cases; the node of this one is", golden.case.nodes[0])
print("given   ", ", ".join(f"{name} {array.shape}" for name, array in golden.case.items()))
print("required", ", ".join(sorted(golden.required)))

# %% [markdown]
# The prefix of an array shows its role.
#
# - `in/` is an input and `par/` is a parameter.
# - `up/` is the gradient that arrives from the layer above.
# - The answer contains the output `exp/n.Y` and the gradients `grad/...` of all `in/` and `par/` arrays.
#
# An adapter translates between this format and your layer.  It declines the cases that your layer does not support.
#
# The backward pass starts from the gradients from above, $dY$ and $dV$.  The adapter calls autograd's vector-Jacobian
# product.  (If your framework only differentiates scalars, differentiate
# $\langle dY, Y\rangle + \langle dV, V^T\rangle$.)


# %%
def adapter(layer, reset="paper"):
    """Return the function that the oracle calls: it computes the answer to a case."""

    def answer(case):
        node, *more = case.nodes
        options = node.options
        known = not more and node.op == "neuron" and options["act"] in ACT
        if not known or options["mode"] != "TR" or options["reset"] != reset:
            raise Declined(f"one layer of threshold-related neurons, reset = {reset}")
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
# ## The report

# %%
first = check_backend(adapter(first_draft), cases=cases.values())
print(first)

# %% [markdown]
# Read the report from the top.
#
# - *Declined* is not an error.  It shows what was not checked.
# - Each line *failed* names a case and the first wrong entry.  "First" follows the order of the computation: forward
#   through the network, then backward, last time step first.  The line shows the array, the entry, the expected and the
#   actual value, and the error as a multiple of the tolerance.  The tolerance is the largest error that rounding alone
#   can cause in a correct backend.
# - The *diagnosis* compares your results with about two hundred known mistakes.  The oracle computes the failed cases
#   with each mistake and looks for the mistakes that give exactly your numbers.
#
# Here the diagnosis names two mistakes, which together explain all failures.  We correct them one after the other.
#
# ## The first mistake: the reset is detached
#
# `reset = detach(F)` makes the reset a constant in the backward pass.  Some frameworks do this by default.  It is a
# legitimate choice, and notebook 2 compares both variants.  But it is not the paper's [Eq. (12)](eq:12), in which
# $\partial R/\partial U$ contains the term $(V_{reset} - U)\,\bar\delta$.
#
# How does it change the gradient?  The figure shows one neuron of a case, step by step.  The gradient in the input at a
# step contains the effect on all later steps.

# %%
golden = cases["l0_identity_tr_channel_mu0500"]
case = golden.case
ours, theirs = golden.expected["grad/in/X"], adapter(first_draft)(case)["grad/in/X"]
inside = abs(golden.expected["exp/n.U"] - case["par/n.v_th"]) < 0.5  # mu of this case
sample, number = np.unravel_index(
    abs(ours - theirs).sum(axis=1).argmax(), (ours.shape[0], ours.shape[2])
)

# %% tags=["hide-input"]
figure = Figure(figsize=(7, 3.2), layout="constrained")
axes = figure.subplots()
steps = np.arange(1, ours.shape[1] + 1)
for k in steps[inside[sample, :, number]]:
    axes.axvspan(k - 0.5, k + 0.5, color=palette.ORANGE, alpha=0.2, lw=0)
axes.axhline(0, color="0.8", lw=0.8)
axes.plot(steps, ours[sample, :, number], "o-", color=palette.BLUE, label="the paper's")
axes.plot(steps, theirs[sample, :, number], "s--", color=palette.VERMILION, label="reset detached")
axes.set(xlabel="time step t", ylabel="gradient in $I^t$", xticks=steps)
axes.set_title("shaded: U is in the window around the threshold", fontsize=10)
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
show(figure)

# %% [markdown]
# The two gradients differ where $U$ is in the window.  An error at a late step is passed to the earlier steps.  If no
# potential is near the threshold, there is no error, so tests can miss it.
#
# Correct the mistake and run the oracle again.


# %%
def differentiated(U, F, p):
    return F * p["v_reset"] + (1 - F) * U  # (5)


second = check_backend(adapter(liaf(above, differentiated)), cases=cases.values())
print(f"{len(first.passed)} passed before, {len(second.passed)} now; {len(second.failed)} failed")
print("first failure:", second.failed[0].name, "", second.failed[0].summary())
print(second.diagnosis)
assert all("exact" in verdict.name for verdict in second.failed)

# %% [markdown]
# ## The second mistake: `>` instead of `>=`
#
# All remaining failures are *exact* cases, and in these the output is wrong.  On random input, $U$ is never exactly
# equal to $V_{th}$, so the mistake has no effect.  With few bits, or with round numbers such as inputs of 0.5 and a
# threshold of 1, it happens often.  The exact cases contain such ties ($U = V_{th}$).  They need no rounding, so their
# tolerance is 0.

# %%
exact = cases["l0_exact_lif_all_mu0500"]
U, F = exact.expected["exp/n.U"], exact.expected["exp/n.F"]
ties = exact.case["par/n.v_th"] == U
print(f"{ties.sum()} of {U.size} potentials are equal to the threshold; F of these: {F[ties]}")


# %%
@primitive
def reached(x, mu):
    return (x >= 0).astype(x.dtype)  # (4): equality counts


defvjp(reached, window, None)
right = liaf(reached, differentiated)
third = check_backend(adapter(right), cases=cases.values())
print(third)
assert third.ok

# %% tags=["hide-input"]
figure = Figure(figsize=(7, 2.4), layout="constrained")
axes = figure.subplots()
left = np.zeros(3)
for status, colour in (("passed", palette.GREEN), ("failed", palette.VERMILION)):
    counts = np.array([len(report.with_status(status)) for report in (first, second, third)])
    bars = axes.barh(range(3), counts, left=left, color=colour, label=status)
    axes.bar_label(bars, [str(c) if c else "" for c in counts], label_type="center", color="white")
    left += counts
axes.set_yticks(range(3), ("first draft", "reset differentiated", "fires at equality"))
axes.invert_yaxis()
axes.set(xlabel="number of cases (declined cases not counted)")
figure.legend(frameon=False, ncols=2, loc="outside upper center")
show(figure)

# %% [markdown]
# The line after the number of passed cases shows the largest error among them, as a multiple of the tolerance.  Values
# between 0.01 and 1 are normal if your backend adds in another order.
#
# ## An intended deviation
#
# Suppose that you *want* a detached reset and everything else is correct.  There are three ways to say so:
#
# - *Declare* it.  The oracle computes all answers with a detached reset, so every gradient is checked.
# - *Decline* the cases that want the other gradient.  Those that ask for a detached reset check yours.
# - *Waive* the gradients, with a reason.  Then the outputs are checked, and no gradient.
#
# Declare where you can.  A waiver that covers no failure is itself a failure, so the list stays up to date.


# %%
ours = liaf(reached, detached)
waivers = [Waiver("l0_*", "grad/*", "the reset is detached on purpose")]
own = adapter(ours, reset="detached")
ways = {
    "declared": check_backend(own, levels="L0", declaration={"reset_gradient": "never"}),
    "declined": check_backend(own, cases=cases.values()),
    "waived": check_backend(adapter(ours), cases=cases.values(), waivers=waivers),
}
for name, report in ways.items():
    print(f"{name:<10}{len(report.passed)} passed, {len(report.waived)} waived, ok is {report.ok}")
    assert report.ok

# %% [markdown]
# Outside a notebook, use the command `liaf-ref oracle check --backend my_backend:answer`, or the pytest plugin, which
# has one test for each case.  A program in C can take part by reading and writing files.
#
# ## The same layer in PyTorch
#
# In PyTorch the spike is an `autograd.Function` whose backward pass is the window:
#
# ```{literalinclude} liaf_ref/oracle/adapters/torch_backend.py
# :pyobject: Spike
# ```
#
# A step of the neuron is the same in every framework.  PyTorch differentiates the loop over the steps:
#
# ```{literalinclude} liaf_ref/oracle/table/neuron.py
# :pyobject: LINES
# ```
#
# The library's tests check exactly this code.  If PyTorch is installed, it answers all 925 cases:
# `liaf-ref oracle check --backend liaf_ref.oracle.adapters.torch_backend:backend`.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - A layer can run, learn and have the right outputs, and still have a wrong gradient.
# - Compare with independently derived numbers, also at ties and at the edges of the window.
# - An adapter has about thirty lines.  Decline the cases that your backend does not support.
# - Begin with the first wrong entry; the diagnosis often names the mistake.
# - Declare an intended deviation, so that every gradient is checked; waive what cannot be declared, with a reason.
#
# </div>
#
# ## Quiz
#
# **1.**  Why do finite differences not find a wrong gradient of a spiking layer?
#
# - **a**  They need too much time.
# - **b**  They are less precise than float64.
# - **c**  The spike is constant almost everywhere, so they see no slope.
#
# **2.**  The oracle reports that all random cases passed and all exact cases failed in the output.  Which mistake is
# likely?
#
# - **a**  The reset is detached.
# - **b**  The comparison with the threshold treats equality in the wrong way.
# - **c**  The window is too wide.
#
# **3.**  When is a waiver right?
#
# - **a**  when the cause of a failure is not known yet
# - **b**  when a deviation is intended and has a reason
# - **c**  when a case takes too long

# %% tags=["solution"]
# answers: three letters
answers = "cbb"
# 1c: The surrogate gradient replaces this slope, so only known gradients can check it.
# 2b: Only the exact cases contain potentials that are equal to the threshold.
# 3b: A waiver documents a decision; an unknown failure is something to find out.

# %% tags=["check"]
mark_quiz(
    "answers",
    "6da064 bd3b1e 59d2c2 991b27",
    "The usual tests",
    "The second mistake: `>` instead of `>=`",
    "An intended deviation",
)

# %% [markdown]
# ## Exercises
#
# **1.**  Change `right` once more: write a function `soft(U, F, p)` for the *soft* reset.  It subtracts
# $V_{th} - V_{reset}$ from $U$ at a spike, instead of setting $U$ to $V_{reset}$.  First guess which arrays will be
# wrong: the output, the gradients, or both?


# %% tags=["solution"]
# def soft(U, F, p) -> R after a soft reset
def soft(U, F, p):
    return U - F * (p["v_th"] - p["v_reset"])


# Both: a different R changes V, and so all later steps.


# %% tags=["check"]
@check("soft")
def _():
    report = check_backend(adapter(liaf(reached, soft)), cases=cases.values(), pattern="l0_lif_*")
    print(report.diagnosis)
    named = [name for found in report.diagnosis.explanations for name in found.names]
    assert "soft reset by v_th - v_reset" in named, f"the diagnosis is {named or 'empty'}"


# %% [markdown]
# **2.**  A colleague says: "My window has the area 1, like Dirac's delta."  Write `unit(x, mu)`, a spike whose slope
# inside the window is $1/(2\mu)$ instead of 1.  For which $\mu$ does the oracle report no failure?


# %% tags=["solution"]
# def unit(x, mu) as a primitive, its defvjp; unnoticed: the value of mu
@primitive
def unit(x, mu):
    return (x >= 0).astype(x.dtype)


defvjp(unit, lambda F, x, mu: lambda dF: dF * (abs(x) < mu) / (2 * mu), None)
unnoticed = 0.5  # 2 mu = 1


# %% tags=["check"]
@check("unit", "unnoticed")
def _():
    report = check_backend(adapter(liaf(unit, differentiated)), cases=cases.values())
    named = [name for found in report.diagnosis.explanations for name in found.names]
    assert "unit-area window, height 1 / (2 mu)" in named, f"the diagnosis is {named or 'empty'}"

    def widths(verdicts):
        return {v.golden.case.nodes[0].options["mu"] for v in verdicts if "_t1" not in v.name}

    assert unnoticed in widths(report.passed), (
        f"no case with mu = {unnoticed} passed: where is 1 / (2 mu) = 1?"
    )
    assert unnoticed not in widths(report.failed), f"cases with mu = {unnoticed} failed"


# %% [markdown]
# **3.**  Add NTR mode to the adapter, so that it declines fewer cases.  In NTR mode the output does not subtract the
# threshold: $Y = \mathrm{Act}(U)$ in [Eq. (8)](eq:8).  `case.nodes[0].options["mode"]` is `"TR"` or `"NTR"`.
#
# You need not change the layer.  Pass it an activation that recovers $U$ from $U - V_{th}$.  Use the layer's own
# threshold for this, so that the gradient is right too.  (To replace a node of a case, use
# `replace(case, nodes=(node,))`.  To replace an option, use `node._replace(options={**node.options, "mode": "TR"})`.)


# %% tags=["solution"]
# def both(case) -> the answer to a case in TR or NTR mode, from the layer `right`
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
@check("both")
def _():
    report = check_backend(both, cases=cases.values())
    failed = [v.name for v in report.failed]
    assert not failed, f"{len(failed)} cases failed, the first is {failed[0]}; in NTR, Act gets U"
    modes = {v.golden.case.nodes[0].options["mode"] for v in report.passed}
    assert modes == {"TR", "NTR"}, f"cases passed in the modes {modes} only"
    assert len(report.passed) > len(third.passed), "no more cases passed than before"
