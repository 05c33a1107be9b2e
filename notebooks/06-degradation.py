# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 6 · What LIAF turns into at its corners
#
# A new model is easier to trust if old ones sit in its corners.  Section II-C of the paper says that LIAF has three:
# with the right activation it is LIF, without memory it is a perceptron or a convolution, and written in one line it
# is a recurrent network, if a strange one.  Each claim here is an equality that you can run.  Most hold **bit for
# bit**, one holds up to rounding, and you will see what a last digit can do to a spike.
#
# Needed: notebook 1 (the five lines).  Gradients appear, but only as arrows of influence: who depends on whom.

# %% tags=["setup"]
import math
from fractions import Fraction

import numpy as np
from matplotlib.figure import Figure

from liaf_ref.kernels import activation, neuron, rnn, spike
from liaf_ref.kernels.neuron import NTR, TR
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import Conv2D, ConvLIAF, Dense, DenseLIAF, DenseLIF
from liaf_ref.plotting import SliderRange, plot_matrix, show, show_with_sliders

# %% [markdown]
# One data set serves all: random input for 2 samples, 16 steps, 3 neurons.


# %%
def params(v_th, v_reset, alpha, beta):
    return neuron.Params(*(np.array([float(z)]) for z in (v_th, v_reset, alpha, beta)))


rng = np.random.default_rng(0)
I = rng.normal(0.3, 0.5, (2, 16, 3))
V0 = np.zeros((2, 3))
mu = 0.5

# %% [markdown]
# ## Corner 1: LIF
#
# What a neuron sends is decided by Act, [Eq. (8)](eq:8).  What it *does*, fire, reset, leak, is not: Act stands
# outside the loop.  Take four activations, the last of them the spike itself, and compare the dynamics.

# %%
p = params(0.5, -0.1, 0.8, 0.05)
choices = {
    "identity": activation.identity,
    "relu": activation.relu,
    "tanh": activation.tanh,
    "the spike S": spike.paper(mu),
}
sent, tapes = {}, {}
for name, act in choices.items():
    sent[name], _, tapes[name] = neuron.forward(I, V0, p, spike.paper(mu), act, TR)
    for variable in ("U", "F", "R"):
        same = np.array_equal(getattr(tapes[name], variable), getattr(tapes["identity"], variable))
        assert same, variable
    print(f"{name:12}", sent[name][0, :8, 0].round(2) + 0)
assert np.array_equal(sent["the spike S"], tapes["identity"].F)

# %% [markdown]
# Same $U$, $F$ and $R$ to the last bit, four different outputs.  With $S$ as activation and the threshold in its
# argument (TR), the output *is* $F$, [Eq. (7)](eq:7): LIF.  The library has no other LIF.  Its layer `DenseLIF` is
# `DenseLIAF` with the spike for Act, and the gradients agree too, all seven of them.

# %%
X = rng.normal(size=(2, 16, 4))
lif, liaf = DenseLIF(4, 3), DenseLIAF(4, 3, act=spike.paper(mu), mode="TR")
weights = lif.init(np.random.default_rng(1))
Y_lif, _, tape_lif = lif.forward(weights, X)
Y_liaf, _, tape_liaf = liaf.forward(weights, X)
assert np.array_equal(Y_lif, Y_liaf)
dX_lif, _, d_lif = lif.backward(np.ones_like(Y_lif), tape_lif)
dX_liaf, _, d_liaf = liaf.backward(np.ones_like(Y_liaf), tape_liaf)
assert np.array_equal(dX_lif, dX_liaf)
assert all(np.array_equal(d_lif[name], d_liaf[name]) for name in d_lif)
print("gradients in X and in", ", ".join(d_lif))

# %% [markdown]
# A corner can be walked to.  Take a sigmoid that gets steeper and steeper, $\mathrm{Act}(x) = \sigma(k x)$.  At
# $k = 1$ the neuron sends a smooth number, at $k = 50$ almost a spike.  Where do the last differences sit?


# %%
def draw_steep(k):
    sigmoid = activation.sigmoid
    act = Pair(lambda x: sigmoid.value(k * x), lambda x: k * sigmoid.slope(k * x))
    Y, _, tape = neuron.forward(I, V0, p, spike.paper(mu), act, TR)
    figure = Figure(figsize=(8, 2.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 2))
    x = np.linspace(-1, 1, 401)
    left.step(x, x >= 0, color="#D55E00", label="S, Eq. (4)")
    left.plot(x, act.value(x), color="#009E73", label=f"sigmoid({k:g} x)")
    left.set(xlabel="$U - V_{th}$", ylabel="Act")
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1), "ncols": 2}
    left.legend(frameon=False, fontsize=8, handlelength=1, **above)
    steps = np.arange(1, 17)
    right.vlines(steps, 0, tape.F[0, :, 0], color="#D55E00", lw=5, alpha=0.4, label="F of LIF")
    right.plot(steps, Y[0, :, 0], "o", color="#009E73", label="Y of LIAF")
    right.set(xlabel="time step t", ylim=(-0.05, 1.05))
    right.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


show_with_sliders(draw_steep, k=SliderRange(1, 50, 6, 1))

# %% [markdown]
# ## Corner 2: the perceptron
#
# Set $\alpha = 0$ and $\beta = 0$.  Then [Eq. (6)](eq:6) gives $V^t = 0$: nothing is left from one step to the next.
# What remains of [Eq. (3)](eq:3) is $U^t = I^t$, and the output is $\mathrm{Act}(I^t - V_{th})$.  That is a
# perceptron, at each step anew, and its bias is the threshold.

# %%
no_memory = params(0.5, -0.1, 0, 0)
Y, V_T, _ = neuron.forward(I, V0, no_memory, spike.paper(mu), activation.tanh, TR)
assert np.array_equal(Y, np.tanh(I - 0.5))
assert not V_T.any()

# %% [markdown]
# Bit for bit, on one condition that the paper does not print: the first step sees $V^0$, so $V^0$ has to be 0.

# %%
Y, _, _ = neuron.forward(I, V0 + 0.7, no_memory, spike.paper(mu), activation.tanh, TR)
print("steps that differ:", 1 + np.flatnonzero((Y != np.tanh(I - 0.5)).any(axis=(0, 2))))

# %% [markdown]
# What does it mean to have no memory?  Shuffle the steps of the input, and the outputs are shuffled alike.  A neuron
# with memory answers something else.

# %%
order = np.random.default_rng(5).permutation(16)
for name, p in (("without", no_memory), ("with", params(0.5, -0.1, 0.8, 0))):
    run = [
        neuron.forward(x, V0, p, spike.paper(mu), activation.tanh, TR)[0] for x in (I, I[:, order])
    ]
    print(f"{name} memory: shuffled alike?", np.array_equal(run[0][:, order], run[1]))

# %% [markdown]
# Or look at who depends on whom: the derivative of each output $Y^t$ in each input $I^{t'}$.  `backward` gives it row
# by row, when it is asked about one output at a time.  (The spike's slope is taken for 0 here: a row then says what
# an input *really* changes, notebook 2.)


# %%
def influence(alpha, T=10):
    """dY[t] / dI[t'] of one neuron."""
    p = params(0.5, 0, alpha, 0)
    one = I[:1, :T, :1]
    cut = spike.detached()
    _, V, tape = neuron.forward(one, np.zeros((1, 1)), p, cut, activation.identity, NTR)
    asked = np.eye(T).reshape(T, 1, T, 1)
    rows = [
        neuron.backward(dY, np.zeros_like(V), tape, cut, activation.identity, NTR)[0].ravel()
        for dY in asked
    ]
    return np.array(rows), tape.F.ravel()


def draw_influence(alpha):
    J, F = influence(alpha)
    figure = Figure(figsize=(5.4, 4.6), layout="constrained")
    axes = figure.subplots()
    plot_matrix(axes, J.round(2))
    axes.set_xticks(range(10), [f"{t + 1}{'*' if F[t] else ''}" for t in range(10)])
    axes.set_yticks(range(10), range(1, 11))
    axes.set(xlabel="input of step t' (* fires there)", ylabel="output of step t")
    axes.set_title(f"dY[t] / dI[t'], alpha = {alpha:.2g}")
    return figure


show_with_sliders(draw_influence, alpha=SliderRange(0, 1, 0.8))

# %% [markdown]
# At $\alpha = 0$ only the diagonal is left.  With memory, a column fades by $\alpha$ a step, and it **stops where the
# neuron fires**: the reset forgets everything before.
#
# Does a network that starts in this corner stay there?  No: the gradient in $\alpha$ is not zero, so training can
# grow a memory.

# %%
Y, V, tape = neuron.forward(I, V0, no_memory, spike.paper(mu), activation.tanh, TR)
_, _, d = neuron.backward(np.ones_like(Y), 0 * V, tape, spike.paper(mu), activation.tanh, TR)
print(
    f"at alpha = 0: d alpha = {d.alpha[0]:.3f}, d beta = {d.beta[0]:.3f}, d v_reset = {d.v_reset[0]:.3f}"
)

# %% [markdown]
# (Only $V_{reset}$ has no gradient: as $\alpha V_{reset}$ it does nothing yet.)
#
# ## Corner 2 again: convolution
#
# The same with a convolution for synapses: `ConvLIAF` at $\alpha = \beta = 0$ is `Conv2D` with an activation, at each
# step of the video alone.  The mode that does not see the threshold (NTR) leaves out even the shift.

# %%
layer, plain = ConvLIAF((6, 6, 2), 3, mode="NTR"), Conv2D((6, 6, 2), 3)
weights = layer.init(np.random.default_rng(2)) | {"alpha": np.zeros(3), "beta": np.zeros(3)}
video = rng.normal(size=(2, 5, 6, 6, 2))
Y, _, _ = layer.forward(weights, video)
expected, _, _ = plain.forward({"W": weights["W"], "b": weights["b"]}, video)
assert np.array_equal(Y, expected)
print(Y.shape, "equal to the last bit")

# %% [markdown]
# ## Corner 3: a recurrent network
#
# [Eq. (9)](eq:9) writes (3)–(6) in one line, by putting $V^{t-1}$ into (3).  $U$ calls itself:
#
# $$U^t = I^t + \alpha\, S(U^{t-1} - V_{th})\, V_{reset} + \alpha\,[1 - S(U^{t-1} - V_{th})]\, U^{t-1} + \beta$$


# %%
def nine(I, v_th, v_reset, alpha, beta):
    """Eq. (9) for one neuron that has V^0 = 0, on any kind of number."""
    U = [I[0]]
    for I_t in I[1:]:
        S = U[-1] >= v_th
        U.append(I_t + alpha * S * v_reset + alpha * (1 - S) * U[-1] + beta)
    return U


def four_lines(I, v_th, v_reset, alpha, beta):
    """Eqs. (3)-(6) for the same neuron."""
    V, U = 0, []
    for I_t in I:
        U.append(I_t + V)
        F = U[-1] >= v_th
        V = alpha * (F * v_reset + (1 - F) * U[-1]) + beta
    return U


# %% [markdown]
# Is it the same?  In exact fractions, yes.  In floating point the two add the same numbers in another order, and
# sums in another order round differently:

# %%
exact = [Fraction(int(n), 10) for n in rng.integers(-3, 9, 16)]
setting = tuple(Fraction(n, 10) for n in (5, -1, 8, 1))
assert nine(exact, *setting) == four_lines(exact, *setting)

U_nine = np.array(nine(I[0, :, 0], 0.5, -0.1, 0.8, 0.05))
U_four = tapes["identity"].U[0, :, 0]
print("largest difference", abs(U_nine - U_four).max())

# %% [markdown]
# Who cares about the sixteenth digit?  The threshold does.  Here is a neuron with ordinary decimal numbers whose $U$
# in truth lands exactly *on* the threshold, where (4) fires:

# %%
I_tie, setting_tie = (0.5, 0.6), (0.8, 0.0, 0.2, 0.1)  # 0.6 + 0.2 * 0.5 + 0.1 = 0.8
for numbers in (I_tie, [Fraction(str(x)) for x in I_tie]):
    as_given = setting_tie if numbers is I_tie else [Fraction(str(x)) for x in setting_tie]
    for name, way in (("(9)", nine), ("(3)-(6)", four_lines)):
        U = way(numbers, *as_given)
        print(f"{name:8} U = {U[-1]!s:22}", "fires" if U[-1] >= as_given[0] else "does not fire")

# %% [markdown]
# One bit of rounding has become a whole spike.  So "equal up to rounding" is a weak promise for spiking
# networks: a comparison of two programs has to use numbers that need no rounding, for instance multiples of
# $\frac1{64}$ with few digits.  In such numbers (9) is equal bit for bit, in plain floats:

# %%
dyadic = rng.integers(-64, 128, 16) / 64
setting = 0.5, -0.25, 0.5, 0.125
p = params(*setting)
_, _, tape = neuron.forward(
    dyadic.reshape(1, -1, 1), np.zeros((1, 1)), p, spike.paper(mu), activation.relu, TR
)
assert np.array_equal(nine(dyadic, *setting), tape.U.ravel())
print(tape.U.ravel()[:6])

# %% [markdown]
# ## Why strange?
#
# An Elman network, [Eq. (14)](eq:14), computes $c^t = \tanh(W x^t + U c^{t-1})$ with a full matrix $U$: every unit
# hears every other one.  In (9) there is no matrix.  A neuron hears the layer below, and of the step before **only
# itself**.  Ask both how their state depends on the state before, four units each:

# %%
L = 4
recurrent_U = rng.normal(size=(L, L))
now, before = np.array([[[0.1, 0.2, -0.3, 0]]]), np.array([[0.2, 0.9, 0.1, 0.4]])
_, c, tape_rnn = rnn.forward(now, before, recurrent_U, activation.tanh)
p = params(0.5, 0, 0.8, 0)
_, V, tape_liaf = neuron.forward(now, before, p, spike.detached(), activation.identity, NTR)
J_rnn, J_liaf = np.empty((L, L)), np.empty((L, L))
for k, one in enumerate(np.eye(L).reshape(L, 1, L)):
    J_rnn[k] = rnn.backward(np.zeros((1, 1, L)), one, tape_rnn, activation.tanh)[1]
    silent = np.zeros((1, 1, L))
    J_liaf[k] = neuron.backward(silent, one, tape_liaf, spike.detached(), activation.identity, NTR)[
        1
    ]
figure = Figure(figsize=(6.6, 3.2), layout="constrained")
left, right = figure.subplots(1, 2)
plot_matrix(left, J_rnn.round(2), title="RNN: d c[t] / d c[t-1]")
plot_matrix(right, J_liaf.round(2), title="LIAF: d V[t] / d V[t-1]")
for axes in (left, right):
    axes.set(xlabel="unit, step before", ylabel="unit, this step")
show(figure)

# %% [markdown]
# A diagonal of $\alpha$, with a blank for the neuron that has just fired.  The recurrent weight is *not a constant*:
# it is $\alpha$ or 0, as the state itself decides.  The state multiplies a function of the state, $[1 - S(U)]\,U$;
# this is what the paper calls high order.
#
# What such a jump can do shows best with one neuron and a constant input.  Below is the map from one $U$ to the next,
# and beside it the way that $U$ takes; follow it: up to the curve, across to the dotted line, up to the curve.
#
# - $I = 0.05$: the map meets the dotted line below the threshold.  $U$ settles there, as with any leaky average.
# - Raise $I$ until the meeting point would lie above the threshold, with $I$ itself below it.  Now $U$ cannot settle at all.
# - From $I = V_{th}$ on it fires at every step, and $U$ is $I$.
# - A unit of (14) with a positive weight always settles.  Why?


# %%
def draw_map(I, alpha, v_th):
    one = np.full((1, 40, 1), I)
    p = params(v_th, 0, alpha, 0)
    _, _, tape = neuron.forward(one, np.zeros((1, 1)), p, spike.paper(mu), activation.identity, NTR)
    U = tape.U.ravel()
    c, _, _ = rnn.forward(one, np.zeros((1, 1)), np.array([[alpha]]), activation.tanh)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.5))
    high = max(1.0, 1.15 * U.max(), 1.2 * v_th)
    below, above = np.array([0, v_th]), np.array([v_th, high])
    left.plot([0, high], [0, high], ":", color="0.5", label="stays as it is")
    left.plot(below, I + alpha * below, color="#0072B2", label="next U, Eq. (9)")
    left.plot(above, I + 0 * above, color="#0072B2")
    left.axvline(v_th, color="#CC79A7", ls="--", lw=1, label="$V_{th}$")
    walk = np.repeat(U, 2)
    left.plot(walk[:-1], np.r_[0, walk[2:], U[-1]][: len(walk) - 1], color="#D55E00", lw=0.8)
    left.set(xlabel="U", ylabel="next U", xlim=(0, high), ylim=(0, high))
    right.plot(np.arange(1, 41), U, "o-", ms=3, color="#0072B2", label="U of LIAF")
    right.plot(np.arange(1, 41), c.ravel(), "-", color="#E69F00", label="c of an RNN, same weight")
    right.axhline(v_th, color="#CC79A7", ls="--", lw=1)
    right.set(xlabel="time step t", ylim=(0, high))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


show_with_sliders(
    draw_map,
    I=SliderRange(0, 0.8, 0.2),
    alpha=SliderRange(0, 1, 0.9),
    v_th=SliderRange(0.2, 1.5, 0.8),
)

# %% [markdown]
# The RNN's map rises everywhere, and from 0 it climbs step by step to where it meets the dotted line.  The map of (9)
# falls at the threshold, and so a constant input can be answered with a rhythm.  That is a memory of another kind:
# *when* the neuron fires says how much has come in.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - Act does not touch the dynamics.  With Act the spike, LIAF is LIF, gradients included.
# - With $\alpha = \beta = 0$ and $V^0 = 0$ it is a perceptron or a convolution at each step, with the threshold for a
#   bias.
# - Written in one line, (9), it is a recurrent network whose units hear only themselves, with a weight that is
#   $\alpha$ or, after a spike, 0.
# - LIF, perceptron and convolution come out bit for bit; (9) up to rounding, and at the threshold rounding
#   can turn a spike.  Exact numbers settle it.
#
# </div>
#
# ## Exercises
#
# **1.**  A fourth corner that the paper does not list: choose parameters, activation and mode such that the neuron
# sends the running sum of its input, $Y^t = I^1 + \dots + I^t$, as `np.cumsum` does, to the last bit.

# %% tags=["solution"]
# p = params(v_th, v_reset, alpha, beta); act = activation. ...; mode = TR or NTR
# Keep everything, and never fire: a threshold that nothing reaches.  TR would send it along.
p = params(1e300, 0, 1, 0)
act, mode = activation.identity, NTR

# %% tags=["check"]
many = np.random.default_rng(3).normal(size=(4, 100, 5))
Y, _, _ = neuron.forward(many, np.zeros((4, 5)), p, spike.paper(mu), act, mode)
assert np.array_equal(Y, np.cumsum(many, axis=1)), (
    f"differs by {abs(Y - np.cumsum(many, axis=1)).max()}"
)

# %% [markdown]
# **2.**  A dense LIAF layer in the corner of the perceptron: given the weights of $\mathrm{ReLU}(X W + b)$, make the
# parameters of `DenseLIAF(4, 3, act="relu", mode="TR")` that compute it **without a bias of the layer**: its `b`
# stays 0.


# %% tags=["solution"]
# def as_liaf(W, b) -> dict with W, b, v_th, v_reset, alpha, beta; all but W of shape (3,)
# The threshold is a bias with the other sign.
def as_liaf(W, b):
    zero = np.zeros_like(b)
    return {"W": W, "b": zero, "v_th": -b, "v_reset": zero, "alpha": zero, "beta": zero}


# %% tags=["check"]
dense = Dense(4, 3)
given = {"W": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}
made = as_liaf(given["W"], given["b"])
assert not made["b"].any(), "b is not 0"
Y, _, _ = DenseLIAF(4, 3, act="relu", mode="TR").forward(made, X)
expected = np.maximum(dense.forward(given, X)[0], 0)
assert np.abs(Y - expected).max() < 1e-12, "not the perceptron"

# %% [markdown]
# **3.**  A constant input $I > 0$, $V_{reset} = \beta = 0$, $V^0 = 0$, and $0 < \alpha < 1$.  After how many steps
# does the neuron fire, and from then on, every how many?  A formula, no loop; `math.inf` if never.  (Without a spike
# $U^n$ is a geometric sum.)


# %% tags=["solution"]
# def period(I, alpha, v_th) -> steps from a reset to the next spike
# U^n = I (1 - alpha^n) / (1 - alpha) has to reach v_th.
def period(I, alpha, v_th):
    left = 1 - v_th * (1 - alpha) / I
    return math.inf if left <= 0 else max(1, math.ceil(math.log(left) / math.log(alpha)))


# %% tags=["check"]
for I_c, alpha, v_th in (
    (0.1, 0.9, 0.5),
    (0.3, 0.9, 0.5),
    (0.7, 0.5, 0.5),
    (0.1, 0.5, 0.5),
    (0.07, 0.97, 1.3),
):
    _, _, tape = neuron.forward(
        np.full((1, 400, 1), I_c),
        np.zeros((1, 1)),
        params(v_th, 0, alpha, 0),
        spike.paper(mu),
        activation.relu,
        TR,
    )
    fired = 1 + np.flatnonzero(tape.F)
    n = period(I_c, alpha, v_th)
    expected = [] if n == math.inf else list(range(n, 401, n))
    assert list(fired) == expected, (
        f"I = {I_c}, alpha = {alpha}, V_th = {v_th}: fires at {fired[:3]}"
    )

# %% [markdown]
# **4.**  LIF can also be had in the mode that does not see the threshold (NTR), if Act knows it:
# $\mathrm{Act}(U) = S(U - 0.5)$, with the window as its slope.  The output is the same as that of LIF, bit for bit.
# Of the gradients $\mathrm dI$, $\mathrm dV_{th}$, $\mathrm dV_{reset}$, $\mathrm d\alpha$, $\mathrm d\beta$, which
# one **cannot** be the same, and why?  Say it first, then run the check.

# %% tags=["solution"]
# differs = "dI", "v_th", "v_reset", "alpha" or "beta"
# Act hides the threshold in a constant of its own, through which nothing flows back: (8) with s = 0.
differs = "v_th"

# %% tags=["check"]
paper = spike.paper(mu)
knows = Pair(lambda U: paper.value(U - 0.5), lambda U: paper.slope(U - 0.5))
p = params(0.5, -0.1, 0.8, 0.05)
found = {}
for name, act, s in (("LIF", paper, TR), ("NTR", knows, NTR)):
    Y, V, tape = neuron.forward(I, V0, p, paper, act, s)
    dI, _, d = neuron.backward(np.ones_like(Y), 0 * V, tape, paper, act, s)
    found[name] = {"Y": Y, "dI": dI, **d._asdict()}
unequal = [k for k in found["LIF"] if not np.array_equal(found["LIF"][k], found["NTR"][k])]
assert unequal == [differs], f"differs: {', '.join(unequal)}"
