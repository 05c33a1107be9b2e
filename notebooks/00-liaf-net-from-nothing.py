# %% [markdown]
# # 0 · LIAF-Net from nothing
#
# In this notebook you build a LIAF network in NumPy: neuron, gradient, training.  You write four functions, and the notebook
# contains the others.  At the end your functions train a network that answers questions about a short text.
#
# You need NumPy and the chain rule.  Notebooks 1 to 3 explain the neuron and its gradient slowly; if an exercise is too
# hard, come back to it after them.  Read the complete code, `liaf_ref/minimal.py`, after the exercises: it has their solutions.
#
# **Why spikes?**  Brains compute with little energy: a neuron is silent most of the time and sends a spike now and then.
# It has a *membrane potential*, which behaves like the water in a leaky bucket: input raises it, a leak lowers it, and at a
# threshold the neuron fires a spike and starts again.
#
# ![A bucket with a hole fills and leaks, beside it a capacitor charges and discharges through a resistor, and below them a curve of the potential rises with each input, decays, and falls to 0 after a spike](../docs/animations/membrane-animated.svg)
#
# **What is lost?**  The next neuron learns only *that* the threshold was reached.  Such a neuron is called LIF, leaky integrate and
# fire.  LIAF, leaky integrate and *analog* fire, keeps membrane and spike, but sends *how far the potential is from the threshold*.
#
# **Is it better?**  The paper claims that networks of LIAF neurons are more accurate than networks of LIF neurons.  We trained
# both again.  LIAF was *better* on questions about short stories and on recordings of gestures, and *worse* on recordings of
# moving digits.  [Why analog spikes?](../docs/learn/why-analog-spikes.md) tells the whole story, with sources and
# numbers.
#
# Shapes: $B$ samples (the batch), $T$ time steps, $K$ inputs, $L$ neurons, $N$ tokens, $C$ classes.  `dA` denotes the
# gradient of the loss with respect to `A`, and has the shape of `A`.

# %% tags=["setup"]
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from liaf_ref import minimal
from liaf_ref.exercises import check, compare, mark_quiz
from liaf_ref.plotting import palette, show

# %% [markdown]
# ## The task: questions about a text
#
# Each sample is a text of 21 tokens, words and a question mark: two facts and a question about one of them.  The network reads one word at each time
# step.  It must keep the facts until the question comes, so it needs memory.  The next cell makes as many texts as we want.

# %% tags=["definitions"]
from liaf_ref.minimal import PLACES, WORDS, Array, questions

# %%
ids, y = questions(np.random.default_rng(0), 3)
for text, answer in zip(ids, y, strict=True):
    print(*(WORDS[word] for word in text), PLACES[answer])
print("shape of the tokens:", ids.shape)
print("first text:", *ids[0])

# %% [markdown]
# The last word of each line is the answer.  A token is the number of a word.  The answer is one of five places, so a guess is right in 20 % of the cases.
#
# ## The spike and its window
#
# A neuron fires when its potential reaches its threshold, [Eq. (4)](eq:4).  The step function $S$ has the derivative 0 nearly
# everywhere, so the backward pass uses the *window* of [Eq. (13)](eq:13) in its place.  A `Pair` is a function and a slope, which the
# backward pass uses as its derivative.  There are two pairs: the spike, whose slope is not its derivative, and the identity, whose slope is.

# %% tags=["definitions"]
from liaf_ref.minimal import MU, SPIKE, Pair, step, window

# %% tags=["hide-input"]
x = np.linspace(-1.2, 1.2, 601)
figure = Figure(figsize=(7, 2.4), layout="constrained")
for panel, f, label in zip(
    figure.subplots(1, 2), SPIKE, ("spike, forward", "window, backward"), strict=True
):
    panel.plot(x, f(x), color=palette.VARIABLE_COLORS["F"])
    panel.set(xlabel="$U - V_{th}$", ylabel=label, ylim=(-0.1, 1.2))
    panel.spines[["top", "right"]].set_visible(False)
show(figure)

# %% tags=["definitions"]
from liaf_ref.minimal import ANALOG, identity, one

# %% [markdown]
# ## The neuron
#
# | | equation | in words |
# |---|---|---|
# | [Eq. (3)](eq:3) | $U^t = I^t + V^{t-1}$ | add the input to the potential; $V^0 = 0$ |
# | [Eq. (4)](eq:4) | $F^t = S(U^t - V_{th})$ | fire |
# | [Eq. (5)](eq:5) | $R^t = F^t V_{reset} + (1 - F^t)\,U^t$ | reset a neuron that fired |
# | [Eq. (6)](eq:6) | $V^t = \alpha R^t + \beta$ | leak |
# | [Eq. (8)](eq:8) | $Y^t = \mathrm{Act}(U^t - V_{th})$ | send an output: LIAF |
#
# If Act is the spike itself, the neuron is LIF.
#
# **Exercise 1.**  Write the neuron for arrays.  Loop over $t$ only.  Return $Y$, and $U$, $F$ and $R$ for the backward pass.

# %% tags=["solution", "definitions"]
# def neuron(I, p, spike, act) -> Y, (U, F, R)
# I, Y, U, F and R have the shape (B, T, L).
# p["v_th"], p["v_reset"], p["alpha"] and p["beta"] have the shape (L,).
# spike and act are pairs: spike[0] is the function S, act[0] is Act.
# Begin with V = 0, arrays `np.zeros_like(I)` for U, F, R and Y, and `for t in range(I.shape[1])`.
from liaf_ref.minimal import neuron

# %% tags=["check"]
rng = np.random.default_rng(1)
I_test, dY_test = rng.normal(0.2, 0.4, (4, 30, 5)), rng.normal(size=(4, 30, 5))
p_test = {name: rng.uniform(0.1, 0.9, 5) for name in ("v_th", "v_reset", "alpha", "beta")}
I_test[:, 0, 0] = p_test["v_th"][0]  # at step 1 this neuron is at its threshold
SOFT = lambda x: np.clip(x + 0.5, 0, 1), window  # a spike between 0 and 1
TANH = np.tanh, lambda x: 1 - np.tanh(x) ** 2
correct = set()


@check("neuron")
def _():
    v_th, v_reset, alpha, beta = p_test.values()
    for spike, act in ((SPIKE, ANALOG), (SOFT, TANH)):
        Y, tape = neuron(I_test, p_test, spike, act)
        U, F, R = map(np.asarray, tape)
        ways = {"": alpha * R + beta, "beta of (6) is missing": alpha * R}
        ways |= {"alpha of (6) is missing": R + beta, "V of (3) is missing": 0 * R}
        ways["(6) has R, not U"] = alpha * U + beta
        late = {text: np.insert(V, 0, 0, axis=1)[:, :-1] for text, V in ways.items()}
        compare("U", U, I_test + late.pop(""), {text: I_test + V for text, V in late.items()})
        wrong = {"S(0) is 1: at the threshold the neuron fires": 1.0 * (U > v_th)}
        wrong |= {"the spike is the function spike[0]": 1.0 * (U >= v_th)}
        compare("F", F, spike[0](U - v_th), wrong)
        wrong = {"(5) sets U to v_reset, it does not subtract": U - F * v_th}
        wrong |= {"(5) takes a part of both if 0 < F < 1": np.where(F > 0, v_reset, U)}
        wrong |= {"where F is 1, R is v_reset, not U": F * U + (1 - F) * v_reset}
        compare("R", R, F * v_reset + (1 - F) * U, wrong)
        wrong = {"Act receives U - V_th": act[0](U), "Act is the function act[0]": U - v_th}
        wrong |= {"Act receives U - V_th, not R": act[0](R), "(8) has U, not R": act[0](R - v_th)}
        compare("Y", Y, act[0](U - v_th), wrong)
    correct.add("neuron")


# %% tags=["hide-input"]
def draw_outputs():
    """The potential of one neuron, and below it what the neuron sends as LIAF and as LIF."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    panels, steps = figure.subplots(3, 1, sharex=True, height_ratios=(2, 1, 1)), np.arange(1, 31)
    (Y, (U, _, _)), (spikes, _) = (neuron(I_test, p_test, SPIKE, act) for act in (ANALOG, SPIKE))
    panels[0].step(steps, U[0, :, 0], where="mid", color=palette.VARIABLE_COLORS["U"], label="$U$")
    panels[0].axhline(p_test["v_th"][0], color=palette.PURPLE, ls="--", label="$V_{th}$")
    panels[1].step(
        steps, Y[0, :, 0], where="mid", color=palette.VARIABLE_COLORS["Y"], label="$Y$ of LIAF"
    )
    panels[2].vlines(
        steps, 0, spikes[0, :, 0], color=palette.VARIABLE_COLORS["F"], lw=2, label="$Y$ of LIF"
    )
    panels[2].set(xlabel="time step t", ylim=(0, 1.1))
    for panel in panels:
        panel.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
        panel.spines[["top", "right"]].set_visible(False)
    return figure


show(draw_outputs()) if "neuron" in correct else None

# %% [markdown]
# ## Backpropagation through time
#
# The backward pass receives `dY`, one gradient for each output.  Its loop runs from the last step to the first.  In each
# step it goes through the lines of the forward pass in reverse order.  Two rules are enough.
#
# - A line $b = f(a)$ gives $da$ the term $db \cdot f'(a)$.
# - If $a$ is used in several lines, $da$ is the sum of their terms.
#
# $U$ is used in three lines: in (8), in (4) and in (5).
#
# **Exercise 2.**  Go back through one step.  Given are the gradients of its two results, `dY` of $Y^t$ and `dV` of $V^t$.  Return
# the gradient of $U^t$.  Begin with $dz = dY \cdot \mathrm{Act}'(U - V_{th})$ for (8) and $dR = \alpha\, dV$ for (6).


# %% tags=["solution"]
# def step_backward(dY, dV, U, F, p, spike, act) -> dU
# dY, dV, U, F and dU have the shape (B, L).  spike[1] and act[1] are the slopes.
# Then dF from (5), dx of U - V_th from (4), and dU: the sum of three terms.
def step_backward(dY, dV, U, F, p, spike, act):
    dz = dY * act[1](U - p["v_th"])
    dR = p["alpha"] * dV
    dF = dR * (p["v_reset"] - U)
    dx = dF * spike[1](U - p["v_th"])
    return dR * (1 - F) + dx + dz


# %% tags=["check"]
def with_mistakes(dY, U, F, R):
    """The gradient of U with one mistake, by what the mistake is."""
    more, pair = {"alpha": np.ones(5)}, (step, lambda x: 0 * x)
    ways = {
        "the term of the spike, (4), is missing": ((U, F, R), p_test, pair),
        "the factor 1 - F of (5) is missing": ((U, 0 * F, R), p_test, SPIKE),
        "the term of the reset, (5), is missing": ((U, 0 * F + 1, R), p_test, SPIKE),
        "alpha of (6) is missing": ((U, F, R), p_test | more, SPIKE),
        "v_reset of (5) is missing": ((U, F, R), p_test | {"v_reset": np.zeros(5)}, SPIKE),
    }
    return {text: minimal.neuron_backward(dY, *way, TANH)[0] for text, way in ways.items()}


@check("step_backward")
def _():
    dY, tape = dY_test[:, :2], minimal.neuron(I_test[:, :2], p_test, SPIKE, TANH)[1]
    U, F = tape[0][:, 0], tape[1][:, 0]
    right = minimal.neuron_backward(dY, tape, p_test, SPIKE, TANH)[0]
    wrong = {text: array[:, 0] for text, array in with_mistakes(dY, *tape).items()}
    without = right[:, 0] - dY[:, 0] * TANH[1](U - p_test["v_th"])
    wrong |= {"the slope act[1] of (8) is missing": without + dY[:, 0]}
    wrong |= {"the term of the output, (8), is missing": without}
    open_ = p_test["alpha"] * right[:, 1] * window(U - p_test["v_th"])
    wrong |= {"U of dF, (5), is missing": right[:, 0] + open_ * U}
    dU = step_backward(dY[:, 0], right[:, 1], U, F, p_test, SPIKE, TANH)
    compare("dU", dU, right[:, 0], wrong)


# %% [markdown]
# $V^{t-1}$ and $I^t$ are only used in (3), so both receive the gradient of $U^t$.  Nothing uses $V^T$, so the loop begins with
# $dV = 0$.
#
# The four parameters are used at every step, so each step adds a term to their gradients.  All samples share them, so these
# gradients are also sums over the samples.
#
# **Exercise 3.**  Write the backward pass of all steps.  Copy the lines of exercise 2 into the loop, because the parameters need
# $dR$, $dx$ and $dz$ too.  The [*tape*](../docs/learn/glossary.md) is what the forward pass keeps for the backward pass.

# %% tags=["solution", "definitions"]
# def neuron_backward(dY, tape, p, spike, act) -> dI, d
# dY and dI have the shape (B, T, L).  d is a dict: "v_th", "v_reset", "alpha" and "beta" of shape (L,).
# tape is the triple U, F, R of the forward pass.
# Begin with dV = `np.zeros_like(dY[:, 0])`, dI = `np.zeros_like(dY)`, and a 0 for each name in d.
# The loop is `for t in reversed(range(dY.shape[1]))`.  Each name in d adds its term at every t.
from liaf_ref.minimal import neuron_backward


# %% tags=["check"]
@check("neuron_backward")
def _():
    tape = minimal.neuron(I_test, p_test, SPIKE, TANH)[1]
    right, right_d = minimal.neuron_backward(dY_test, tape, p_test, SPIKE, TANH)
    dz = dY_test * TANH[1](tape[0] - p_test["v_th"])
    alone = {"a step passes its dI on: it is dV of the step before": dz}
    dI, d = neuron_backward(dY_test, tape, p_test, SPIKE, TANH)
    compare("dI", dI, right, alone | with_mistakes(dY_test, *tape))
    dz = dz.sum(axis=(0, 1))
    for name, expected in right_d.items():
        assert name in d, f"the gradient of {name} is missing"
        wrong = {
            "it has the wrong sign": -expected,
            "the samples are added, not averaged": expected / 4,
        }
        wrong |= {
            "the output uses V_th too, (8)": expected + dz,
            "the spike uses V_th too, (4)": -dz,
            "(6) has dV here, not dR": expected * p_test["alpha"],
        }
        compare(f"the gradient of {name}", d[name], expected, wrong)


# %% [markdown]
# ## The other parts
#
# The synapses are a dense layer, [Eq. (2)](eq:2): a matrix product.  All samples and all time steps use the same weights.

# %% tags=["definitions"]
from liaf_ref.minimal import dense

# %% [markdown]
# **Exercise 4.**  Write the backward pass of the dense layer.

# %% tags=["solution", "definitions"]
# def dense_backward(dI, X, W) -> dX, dW, db
# dI has the shape (..., L), X has (..., K), W has (K, L).
# The dots are (B, T) or only (B,): `X.reshape(-1, X.shape[-1])` has one row for each.
from liaf_ref.minimal import dense_backward


# %% tags=["check"]
@check("dense_backward")
def _():
    rng = np.random.default_rng(2)
    W = rng.normal(size=(3, 2))
    for shape in ((4,), (4, 6)):
        X, dI = rng.normal(size=(*shape, 3)), rng.normal(size=(*shape, 2))
        right, n = minimal.dense_backward(dI, X, W), dI.size // 2
        found = dense_backward(dI, X, W)
        for name, array, expected in zip(("dX", "dW", "db"), found, right, strict=True):
            wrong = {"it is the sum over the samples, not the mean": expected / n}
            compare(f"{name}, for X of shape {X.shape}", array, expected, wrong)


# %% [markdown]
# Two parts remain.  The *embedding* `E[ids]` looks up a vector for each token, so its backward pass adds each gradient to
# the vector that was looked up.  The loss is the cross-entropy of a softmax of the [*logits*](../docs/learn/glossary.md).

# %% tags=["definitions"]
from liaf_ref.minimal import embedding_backward, softmax_loss

# %% [markdown]
# ## The network
#
# Tokens go through the embedding, a dense layer, the neurons and a second dense layer.  The network gives its answer at the
# last time step.  `backward` calls the backward passes in reverse order, with *your* functions.

# %% tags=["definitions"]
from liaf_ref.minimal import backward, forward, init

# %% [markdown]
# ## Check the gradient
#
# Change each parameter by $\pm h$ and measure the change of the loss.  This [*central difference*](../docs/learn/glossary.md)
# must agree with the gradient.  For a spike this check fails, because the step has no useful derivative (notebook 4).  So the
# check replaces the step by a ramp, whose true slope is the window.  The backward pass is the same code.

# %% tags=["definitions"]
from liaf_ref.minimal import RELAXED, gradient_error, ramp


# %% tags=["check"]
@check("neuron", "neuron_backward", "dense_backward", mark="whole network")
def _():
    for name, act in (("LIAF", ANALOG), ("LIF", RELAXED)):
        error = gradient_error(act)
        print(f"{name}: your gradient and finite differences are {error:.0e} apart")
        assert error < 1e-6, (
            f"the gradient of the whole network is wrong, with the output of {name}"
        )


# %% [markdown]
# ## Train
#
# Adam divides each update by a moving average of the size of the gradient.  The loop draws batches of 50 texts, computes the loss, goes
# back, and calls Adam.  It prints the accuracy on 500 other texts after every ten [epochs](../docs/learn/glossary.md).

# %% tags=["definitions"]
from liaf_ref.minimal import adam, train

# %% [markdown]
# The next cell trains LIAF and LIF, up to half a minute each in the browser.  They differ in what they send: potential or spike.

# %% tags=["check"]
nets, curves = {}, {}


@check("neuron", "neuron_backward", "dense_backward", mark="whole network")
def _():
    for name, act in (("LIAF", ANALOG), ("LIF", SPIKE)):
        print(name)
        nets[name], curves[name] = train(act, epochs=40)
    assert curves["LIAF"][-1] > 0.9, "LIAF did not learn the task"


# %% tags=["hide-input"]
def draw_learning(curves):
    """Test accuracy after each epoch, for each network."""
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    panel = figure.subplots()
    for name, accuracies in curves.items():
        color = palette.CELL_COLORS[name.lower()]
        panel.plot(range(1, len(accuracies) + 1), 100 * np.array(accuracies), color=color)
        panel.annotate(
            f" {name}", (len(accuracies), 100 * accuracies[-1]), color=color, va="center"
        )
    panel.axhline(100 / len(PLACES), color="0.6", ls=":")
    panel.annotate("chance", (40, 100 / len(PLACES)), color="0.4", va="bottom")
    panel.set(xlabel="epoch", ylabel="test accuracy in %", xlim=(0, 45), ylim=(0, 105))
    panel.spines[["top", "right"]].set_visible(False)
    return figure


show(draw_learning(curves)) if curves else None

# %% [markdown]
# After 40 epochs LIAF answers nearly all questions, LIF about half or less.  (Rounding differs from computer to computer, so
# your accuracies may, too.)  At the last step, LIF sends 64 zeros and ones, and LIAF 64 real numbers.  Notebook 8 tests the claim.
#
# ## Ask your network
#
# Write a text of your own.  Keep the form of the sentences, and replace only the places and the directions.

# %%
text = "The hall is north of the attic The attic is east of the garden What is east of the garden ?"


def ask(text, act=ANALOG, net="LIAF"):
    """Print the probability of each answer."""
    if unknown := {*text.split()} - {*WORDS}:
        return print("The network does not know:", *unknown, "\nIt knows:", *WORDS)
    Z, _ = forward(nets[net], np.array([[WORDS.index(word) for word in text.split()]]), SPIKE, act)
    for place, share in zip(PLACES, np.exp(Z[0]) / np.exp(Z[0]).sum(), strict=True):
        print(f"{place:8} {share:6.1%}")


if nets:
    ask(text)
else:
    print("There is no network to ask: solve exercises 1, 3 and 4 first.")

# %% [markdown]
# <div class="alert alert-info">
#
# **What to remember**
#
# - The neuron is five lines in a loop over time.  Its backward pass is the same lines in reverse order.
# - Where a value is used several times, its gradient is a sum: over the uses in a step, over the steps, over the samples.
# - The window replaces the derivative of the step.  All other slopes are true derivatives.
# - LIAF and LIF differ only in what they send.
# - A gradient by hand needs a check that does not use it, such as finite differences of the relaxed network.
#
# </div>
#
# ## Quiz
#
# **1.**  Why does the backward pass use the window in place of the derivative of the step?
#
# - **a**  The window is faster to compute.
# - **b**  The derivative of the step is 0 wherever it exists, so no gradient passes through the spike.
# - **c**  The window is the exact derivative of the step.
#
# **2.**  $U^t$ is used in three lines of a step.  What is $dU^t$?
#
# - **a**  the product of the three terms
# - **b**  the term of (5), because the reset comes last
# - **c**  the sum of the three terms
#
# **3.**  What makes this network a LIF network?
#
# - **a**  The pair `SPIKE` is also passed as the activation.
# - **b**  The membrane potential follows other equations.
# - **c**  The parameters of the neurons are not trained.

# %% tags=["solution"]
# answers: a string of three letters.
answers = "bca"

# 1: With a slope of 0, (4) would pass no gradient from F to U, and V_th would not learn from resets.
# 2: The chain rule adds the terms of all uses.
# 3: Then Y = F.  Equations (3) to (6) do not change.

# %% tags=["check"]
mark_quiz(
    "answers",
    "8d26dc 850293 35a1fb 74b56a",
    "The spike and its window",
    "Backpropagation through time",
    "The neuron",
)
