# %% [markdown]
# # 6 · LIF, perceptron and RNN as special cases of LIAF
#
# In this notebook you choose parameters for which LIAF is a LIF neuron, a perceptron, a convolution or a recurrent
# network.
#
# Section II-C of the paper makes three claims.
#
# 1. With the right activation, LIAF is LIF.
# 2. Without memory, LIAF is a perceptron or a convolution.
# 3. Written as one equation, LIAF is a recurrent network of an unusual kind.
#
# You can run each claim as an equality.  Most hold **bit for bit**.  One holds up to rounding, and you will see a
# rounding error that decides whether a neuron fires.
#
# You should know notebook 1 (the five equations).  Gradients only show here which outputs depend on which inputs.

# %% tags=["setup"]
import math
from fractions import Fraction

import numpy as np
from matplotlib.figure import Figure

from liaf_ref.exercises import check, compare, mark_quiz
from liaf_ref.kernels import activation, neuron, rnn, spike
from liaf_ref.kernels.neuron import NTR, TR
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import Conv2D, ConvLIAF, Dense, DenseLIAF, DenseLIF
from liaf_ref.plotting import SliderRange, palette, plot_matrix, show, show_with_sliders

# %% [markdown]
# All sections use the same random input for 2 samples, 16 time steps and 3 neurons.


# %%
def params(v_th, v_reset, alpha, beta):
    return neuron.Params(*(np.array([float(z)]) for z in (v_th, v_reset, alpha, beta)))


rng = np.random.default_rng(0)
I = rng.normal(0.3, 0.5, (2, 16, 3))
V0 = np.zeros((2, 3))
mu = 0.5

# %% [markdown]
# ## Special case 1: LIF
#
# The activation Act determines what a neuron sends, [Eq. (8)](eq:8).  It does not influence when the neuron fires, how
# it is reset or how it leaks: Act is not part of the loop over time.  To see this, compare the dynamics for
# four activations.  The last one is the spike function $S$ itself.

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
# $U$, $F$ and $R$ are equal bit for bit; only the outputs differ.  Take $S$ as the activation, with the
# threshold subtracted from its argument (TR mode).  Then the output *is* $F$, [Eq. (7)](eq:7), and the neuron is LIF.
#
# The library implements LIF in exactly this way: `DenseLIF` is `DenseLIAF` with the spike as Act.  The gradients of
# both layers agree too, all seven of them.

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
# You can also approach LIF gradually, with a sigmoid that becomes steeper, $\mathrm{Act}(x) = \sigma(k x)$.
# At $k = 1$ the output changes smoothly; at $k = 50$ it is almost a spike.  For which values of $U$ do the two outputs
# still differ when $k$ is large?


# %% tags=["hide-input"]
def draw_steep(k):
    sigmoid = activation.sigmoid
    act = Pair(lambda x: sigmoid.value(k * x), lambda x: k * sigmoid.slope(k * x))
    Y, _, tape = neuron.forward(I, V0, p, spike.paper(mu), act, TR)
    figure = Figure(figsize=(7.4, 2.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 2))
    x = np.linspace(-1, 1, 401)
    left.step(x, x >= 0, color=palette.CELL_COLORS["lif"], label="S, Eq. (4)")
    left.plot(x, act.value(x), color=palette.CELL_COLORS["liaf"], label=f"sigmoid({k:g} x)")
    left.set(xlabel="$U - V_{th}$", ylabel="Act", xlim=(-1, 1), ylim=(-0.05, 1.05))
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1), "ncols": 2}
    left.legend(frameon=False, fontsize=9, handlelength=1, **above)
    steps = np.arange(1, 17)
    right.vlines(
        steps,
        0,
        tape.F[0, :, 0],
        color=palette.CELL_COLORS["lif"],
        lw=5,
        alpha=0.4,
        label="F of LIF",
    )
    right.plot(steps, Y[0, :, 0], "o", color=palette.CELL_COLORS["liaf"], label="Y of LIAF")
    right.set(xlabel="time step t", ylabel="output", ylim=(-0.05, 1.05), xticks=range(2, 17, 2))
    right.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


show_with_sliders(draw_steep, k=SliderRange(1, 50, 6, 1))

# %% [markdown]
# ## Special case 2: the perceptron
#
# Set $\alpha = 0$ and $\beta = 0$.  Then [Eq. (6)](eq:6) gives $V^t = 0$, so the neuron keeps nothing from one step to
# the next.  [Eq. (3)](eq:3) becomes $U^t = I^t$, and the output is $\mathrm{Act}(I^t - V_{th})$.  This is a perceptron,
# applied to each time step separately.  Its bias is $-V_{th}$.

# %%
no_memory = params(0.5, -0.1, 0, 0)
Y, V_T, _ = neuron.forward(I, V0, no_memory, spike.paper(mu), activation.tanh, TR)
assert np.array_equal(Y, np.tanh(I - 0.5))
assert not V_T.any()

# %% [markdown]
# The results are equal bit for bit, on one condition that the paper does not mention.  The first step uses $V^0$, so
# $V^0$ must be 0.

# %%
Y, _, _ = neuron.forward(I, V0 + 0.7, no_memory, spike.paper(mu), activation.tanh, TR)
print("time steps that differ:", 1 + np.flatnonzero((Y != np.tanh(I - 0.5)).any(axis=(0, 2))))

# %% [markdown]
# To test that a neuron has no memory, shuffle the time steps of the input.  Without memory, the outputs are shuffled in
# the same way.  With memory, the outputs change.

# %%
order = np.random.default_rng(5).permutation(16)
for name, p in (("without", no_memory), ("with", params(0.5, -0.1, 0.8, 0))):
    run = [
        neuron.forward(x, V0, p, spike.paper(mu), activation.tanh, TR)[0] for x in (I, I[:, order])
    ]
    print(
        f"{name} memory: outputs shuffled in the same way?",
        np.array_equal(run[0][:, order], run[1]),
    )

# %% [markdown]
# The derivative of each output $Y^t$ in each input $I^{t'}$ shows the same.  One call of `backward`, for one output,
# gives one row of this matrix.  (The spike is detached here: its derivative is set to 0.  A row then shows how an input
# *really* changes the output; see notebook 2.)


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


# %% tags=["hide-input"]
def draw_influence(alpha):
    J, F = influence(alpha)
    figure = Figure(figsize=(5.4, 4.6), layout="constrained")
    axes = figure.subplots()
    plot_matrix(axes, J.round(2))
    axes.set_xticks(range(10), [f"{t + 1}{'*' if F[t] else ''}" for t in range(10)])
    axes.set_yticks(range(10), range(1, 11))
    axes.set(xlabel="input at step t' (*: the neuron fires)", ylabel="output at step t")
    axes.set_title(f"dY[t] / dI[t'], alpha = {alpha:.2g}")
    return figure


show_with_sliders(draw_influence, alpha=SliderRange(0, 1, 0.8))

# %% [markdown]
# At $\alpha = 0$ only the diagonal is left.  With memory, the entries of a column shrink by the factor $\alpha$ at each
# step, and are **zero after the neuron has fired**, because the reset removes everything before it.
#
# Training can bring the memory back, because the gradient with respect to $\alpha$ is not zero:

# %%
Y, V, tape = neuron.forward(I, V0, no_memory, spike.paper(mu), activation.tanh, TR)
_, _, d = neuron.backward(np.ones_like(Y), 0 * V, tape, spike.paper(mu), activation.tanh, TR)
print(
    f"at alpha = 0: d alpha = {d.alpha[0]:.3f}, d beta = {d.beta[0]:.3f}, d v_reset = {d.v_reset[0]:.3f}"
)

# %% [markdown]
# Only $V_{reset}$ has the gradient 0.  It enters the next step as $\alpha V_{reset}$, which is 0 for $\alpha = 0$.
#
# ## Special case 2: the convolution
#
# The same holds if the synapses are a convolution.  `ConvLIAF` with $\alpha = \beta = 0$ equals `Conv2D` with an
# activation, applied to each frame of the video separately.  In NTR mode the activation does not subtract the
# threshold, so there is no additional bias.

# %%
layer, plain = ConvLIAF((6, 6, 2), 3, mode="NTR"), Conv2D((6, 6, 2), 3)
weights = layer.init(np.random.default_rng(2)) | {"alpha": np.zeros(3), "beta": np.zeros(3)}
video = rng.normal(size=(2, 5, 6, 6, 2))
Y, _, _ = layer.forward(weights, video)
expected, _, _ = plain.forward({"W": weights["W"], "b": weights["b"]}, video)
assert np.array_equal(Y, expected)
print(Y.shape, "equal bit for bit")

# %% [markdown]
# ## Special case 3: a recurrent network
#
# [Eq. (9)](eq:9) combines (3) to (6) into one equation: it inserts $V^{t-1}$ into (3).  The result is a recursion for
# $U$:
#
# $$U^t = I^t + \alpha\, S(U^{t-1} - V_{th})\, V_{reset} + \alpha\,[1 - S(U^{t-1} - V_{th})]\, U^{t-1} + \beta$$


# %%
def nine(I, v_th, v_reset, alpha, beta):
    """Compute U by Eq. (9) for one neuron with V^0 = 0; floats or fractions."""
    U = [I[0]]
    for I_t in I[1:]:
        S = U[-1] >= v_th
        U.append(I_t + alpha * S * v_reset + alpha * (1 - S) * U[-1] + beta)
    return U


def four_lines(I, v_th, v_reset, alpha, beta):
    """Compute U by Eqs. (3)-(6) for the same neuron."""
    V, U = 0, []
    for I_t in I:
        U.append(I_t + V)
        F = U[-1] >= v_th
        V = alpha * (F * v_reset + (1 - F) * U[-1]) + beta
    return U


# %% [markdown]
# Does (9) give the same numbers as (3) to (6)?  With exact fractions it does.  In floating point, the two add the same
# numbers in a different order, so their rounding errors differ:

# %%
exact = [Fraction(int(n), 10) for n in rng.integers(-3, 9, 16)]
setting = tuple(Fraction(n, 10) for n in (5, -1, 8, 1))
assert nine(exact, *setting) == four_lines(exact, *setting)

U_nine = np.array(nine(I[0, :, 0], 0.5, -0.1, 0.8, 0.05))
U_four = tapes["identity"].U[0, :, 0]
print("largest difference", abs(U_nine - U_four).max())

# %% [markdown]
# A difference in the last digit matters at the threshold.  In the next example, in exact arithmetic, $U$ is *equal* to
# the threshold, so by (4) the neuron fires:

# %%
I_tie, setting_tie = (0.5, 0.6), (0.8, 0.0, 0.2, 0.1)  # 0.6 + 0.2 * 0.5 + 0.1 = 0.8
for numbers in (I_tie, [Fraction(str(x)) for x in I_tie]):
    as_given = setting_tie if numbers is I_tie else [Fraction(str(x)) for x in setting_tie]
    for name, way in (("(9)", nine), ("(3)-(6)", four_lines)):
        U = way(numbers, *as_given)
        print(f"{name:8} U = {U[-1]!s:22}", "fires" if U[-1] >= as_given[0] else "does not fire")

# %% [markdown]
# One rounding error has changed a spike.  So "equal up to rounding" is a weak criterion for spiking networks.  A
# comparison of two programs needs numbers for which nothing is rounded, for instance small multiples of $\frac1{64}$.
# With such numbers, (9) is equal bit for bit in ordinary floats:

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
# ## How this recurrent network differs from an RNN
#
# An Elman network, [Eq. (14)](eq:14), computes $c^t = \tanh(W x^t + U c^{t-1})$ with a full matrix $U$: each unit
# depends on the previous state of every unit.  Equation (9) has no such matrix: a neuron receives the output of
# the layer below and **only its own** previous state.  The figure compares, for four units, how the state depends on
# the previous state:

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

# %% tags=["hide-input"]
figure = Figure(figsize=(6.6, 3.2), layout="constrained")
left, right = figure.subplots(1, 2)
plot_matrix(left, J_rnn.round(2), title="RNN: d c[t] / d c[t-1]")
plot_matrix(right, J_liaf.round(2), title="LIAF: d V[t] / d V[t-1]")
for axes in (left, right):
    axes.set(xlabel="unit at step t-1", ylabel="unit at step t")
show(figure)

# %% [markdown]
# The matrix of LIAF is diagonal.  Its entries are $\alpha$, and 0 for the neuron that has just fired.  So the recurrent
# weight is *not a constant*: the state itself selects $\alpha$ or 0.  The state is multiplied by a function of the
# state, $[1 - S(U)]\,U$.  The paper calls this property high order.
#
# To see the effect of this jump, take one neuron with a constant input.  The left panel shows the map from one $U$ to
# the next.  The black line follows $U$ over time: vertically to the curve, horizontally to the dotted line, vertically
# to the curve, and so on.  The right panel shows $U$ in time.
#
# - $I = 0.05$: the map crosses the dotted line below the threshold.  $U$ converges to the crossing, as in every leaky
#   average.
# - Raise $I$ until the crossing would lie above the threshold, but keep $I$ below the threshold.  Now $U$ cannot
#   converge.
# - For $I \ge V_{th}$ the neuron fires at every step, and $U = I$.
# - A unit of (14) with a positive weight always converges.  Why?


# %% tags=["hide-input"]
def draw_map(I, alpha, v_th):
    one = np.full((1, 40, 1), I)
    p = params(v_th, 0, alpha, 0)
    _, _, tape = neuron.forward(one, np.zeros((1, 1)), p, spike.paper(mu), activation.identity, NTR)
    U = tape.U.ravel()
    c, _, _ = rnn.forward(one, np.zeros((1, 1)), np.array([[alpha]]), activation.tanh)
    figure = Figure(figsize=(7.4, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.3))
    high = 2.0
    below, above = np.array([0, v_th]), np.array([v_th, high])
    left.plot([0, high], [0, high], ":", color="0.5", label="next U = U")
    left.plot(below, I + alpha * below, color=palette.VARIABLE_COLORS["U"], label="next U, Eq. (9)")
    left.plot(above, I + 0 * above, color=palette.VARIABLE_COLORS["U"])
    left.axvline(v_th, color=palette.PURPLE, ls="--", lw=1, label="$V_{th}$")
    walk = np.repeat(U, 2)
    left.plot(walk[:-1], np.r_[0, walk[2:], U[-1]][: len(walk) - 1], color=palette.BLACK, lw=0.8)
    left.set(xlabel="U", ylabel="next U", xlim=(0, high), ylim=(0, high))
    right.plot(
        np.arange(1, 41), U, "o-", ms=3, color=palette.VARIABLE_COLORS["U"], label="U of LIAF"
    )
    right.plot(
        np.arange(1, 41), c.ravel(), "-", color=palette.ORANGE, label="c of an RNN, same weight"
    )
    right.axhline(v_th, color=palette.PURPLE, ls="--", lw=1)
    right.set(xlabel="time step t", ylabel="state", ylim=(0, high))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return figure


show_with_sliders(
    draw_map,
    I=SliderRange(0, 0.8, 0.2),
    alpha=SliderRange(0, 1, 0.9),
    v_th=SliderRange(0.2, 1.2, 0.8),
)

# %% [markdown]
# The RNN's map is increasing.  So its state rises step by step to the crossing.  The map of (9) jumps down at the
# threshold.  So the neuron can answer a constant input with periodic spikes.  This is another kind of memory: the
# *times* of the spikes show how much input has arrived.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - Act does not influence the dynamics.  If Act is the spike, LIAF is LIF, including its gradients.
# - With $\alpha = \beta = 0$ and $V^0 = 0$, LIAF is a perceptron or a convolution at each time step.  In TR mode its
#   bias is $-V_{th}$.
# - Equation (9) is a recurrent network in which each unit depends only on its own state.  Its weight is $\alpha$, or 0
#   after a spike.
# - LIF, perceptron and convolution are equal bit for bit.  Equation (9) is equal up to rounding, and rounding at the
#   threshold can change a spike.  Exact numbers avoid this.
#
# </div>
#
# ## Quiz
#
# **1.**  Which equations does the activation Act influence?
#
# - **a**  all of (3) to (8)
# - **b**  only the output, (8)
# - **c**  the reset, (5)
#
# **2.**  When is LIAF a perceptron with the bias $-V_{th}$, applied to each step?
#
# - **a**  for $\alpha = \beta = 0$, $V^0 = 0$, in TR mode
# - **b**  for $\alpha = 1$ and $\beta = 0$, in TR mode
# - **c**  for $V_{th} = 0$, in NTR mode
#
# **3.**  Equation (9) and equations (3) to (6) can give different spikes in floats.  Why?
#
# - **a**  (9) is an approximation.
# - **b**  (9) omits the leak.
# - **c**  They add in another order, and rounding matters at the threshold.

# %% tags=["solution"]
# answers: a string of three letters.
answers = "bac"

# 1: The loop over time does not use Act.
# 2: Then V = 0 at every step, and U = I.
# 3: With fractions the two are equal.

# %% tags=["check"]
mark_quiz(
    "answers",
    "1c0949 5ec079 a051ef d34e4e",
    "Special case 1: LIF",
    "Special case 2: the perceptron",
    "Special case 3: a recurrent network",
)

# %% [markdown]
# ## Exercises
#
# **1.**  The paper does not list this special case.  Choose parameters, activation and mode such that the neuron sends
# the running sum of its input, $Y^t = I^1 + \dots + I^t$, equal to `np.cumsum` bit for bit.

# %% tags=["solution"]
# sum_params = params(v_th, v_reset, alpha, beta); sum_act = activation. ...; sum_mode = TR or NTR

# Keep everything, and set a threshold that no input reaches.  TR mode would subtract it from Y.
sum_params = params(1e300, 0, 1, 0)
sum_act, sum_mode = activation.identity, NTR


# %% tags=["check"]
@check("sum_params", "sum_act", "sum_mode")
def _():
    many = np.random.default_rng(3).normal(size=(4, 100, 5))
    choices = spike.paper(mu), sum_act, sum_mode
    Y, _, tape = neuron.forward(many, np.zeros((4, 5)), sum_params, *choices)
    assert not tape.F.any(), "the neuron fires, and the reset (5) deletes the sum"
    total = np.cumsum(many, axis=1)
    assert np.array_equal(tape.U, total), "U is not the running sum: see what (6) does to it"
    assert np.array_equal(Y, total), "U is the running sum, but Y is not: see what (8) does to it"


# %% [markdown]
# **2.**  Write a perceptron as a dense LIAF layer.  The weights of $\mathrm{ReLU}(X W + b)$ are given.  Return the
# parameters of `DenseLIAF(4, 3, act="relu", mode="TR")` that compute the same function **without the bias of the
# layer**: its `b` must be 0.


# %% tags=["solution"]
# def as_liaf(W, b) -> dict with W, b, v_th, v_reset, alpha, beta; all but W of shape (3,)


# The threshold is a bias with the opposite sign.
def as_liaf(W, b):
    zero = np.zeros_like(b)
    return {"W": W, "b": zero, "v_th": -b, "v_reset": zero, "alpha": zero, "beta": zero}


# %% tags=["check"]
@check("as_liaf")
def _():
    given = {"W": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}
    made = {name: np.asarray(z, float) for name, z in as_liaf(given["W"], given["b"]).items()}
    assert not made["b"].any(), "b is not 0"
    Y, V, _ = DenseLIAF(4, 3, act="relu", mode="TR").forward(made, X)
    assert not np.any(V), "V is not 0: a perceptron has no memory"
    wrong = {"the threshold is subtracted": np.maximum(X @ given["W"] - given["b"], 0)}
    wrong |= {"the bias is missing": np.maximum(X @ given["W"], 0)}
    compare("Y", Y, np.maximum(Dense(4, 3).forward(given, X)[0], 0), wrong)


# %% [markdown]
# **3.**  Let the input $I > 0$ be constant, $V_{reset} = \beta = 0$, $V^0 = 0$ and $0 < \alpha < 1$.  After how many
# steps does the neuron fire first?  (From then on, it fires periodically with this period.)  Write a formula, without a
# loop.  Return `math.inf` if the neuron never fires.  (Without a spike, $U^n$ is a geometric sum.)


# %% tags=["solution"]
# def period(I, alpha, v_th) -> steps from a reset to the next spike


# U^n = I (1 - alpha^n) / (1 - alpha) has to reach v_th.
def period(I, alpha, v_th):
    left = 1 - v_th * (1 - alpha) / I
    return math.inf if left <= 0 else max(1, math.ceil(math.log(left) / math.log(alpha)))


# %% tags=["check"]
@check("period")
def _():
    for I_c, alpha, v_th in (
        (0.1, 0.9, 0.5),
        (0.3, 0.9, 0.5),
        (0.7, 0.5, 0.5),
        (0.1, 0.5, 0.5),
        (0.07, 0.97, 1.3),
    ):
        constant, p = np.full((1, 400, 1), I_c), params(v_th, 0, alpha, 0)
        choices = spike.paper(mu), activation.relu, TR
        _, _, tape = neuron.forward(constant, np.zeros((1, 1)), p, *choices)
        fired = (1 + np.flatnonzero(tape.F)).tolist()
        n = period(I_c, alpha, v_th)
        expected = [] if n == math.inf else list(range(int(n), 401, int(n)))
        at = f"I = {I_c}, alpha = {alpha}, V_th = {v_th}"
        assert fired == expected, f"{at}: it fires at {fired[:3] or 'no step'}, not every {n} steps"


# %% [markdown]
# **4.**  LIF is also possible in NTR mode, if Act contains the threshold: $\mathrm{Act}(U) = S(U - 0.5)$, with the
# window of [Eq. (13)](eq:13) as its slope.  The output equals that of LIF bit for bit.  One of the gradients
# $\mathrm dI$, $\mathrm dV_{th}$, $\mathrm dV_{reset}$, $\mathrm d\alpha$, $\mathrm d\beta$ **cannot** be equal.  Which
# one, and why?  Decide first, then run the check.

# %% tags=["solution"]
# differs = "dI", "v_th", "v_reset", "alpha" or "beta"

# Act contains the threshold as a constant, so no gradient reaches V_th through (8): s = 0.
differs = "v_th"


# %% tags=["check"]
@check("differs")
def _():
    paper = spike.paper(mu)
    knows = Pair(lambda U: paper.value(U - 0.5), lambda U: paper.slope(U - 0.5))
    p = params(0.5, -0.1, 0.8, 0.05)
    found = {}
    for name, act, s in (("LIF", paper, TR), ("NTR", knows, NTR)):
        Y, V, tape = neuron.forward(I, V0, p, paper, act, s)
        dI, _, d = neuron.backward(np.ones_like(Y), 0 * V, tape, paper, act, s)
        found[name] = {"Y": Y, "dI": dI, **d._asdict()}
    unequal = [k for k in found["LIF"] if not np.array_equal(found["LIF"][k], found["NTR"][k])]
    right = unequal == [str(differs).lower().removeprefix("d")]
    assert right, f"{differs} is equal in both: through which equations does it reach the loss?"
