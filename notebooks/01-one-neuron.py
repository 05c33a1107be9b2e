# %% [markdown]
# # 1 · One neuron, equation by equation
#
# In this notebook you take one neuron apart: you run it step by step, change each of its parameters, and see what it remembers.
# You need NumPy and school algebra, but not notebook 0, which trains 64 neurons.  Notebook 2 adds the gradient.
#
# ## One time step
#
# A neuron of LIAF-Net keeps one number from step to step: its membrane potential $V$ after the leak.  At every time step the neuron does
# five things.  It adds its input to $V$, compares the sum with a threshold, resets the sum if it has reached the threshold,
# leaks, and sends an output.
#
# ![Boxes for I, U, F, R, V and Y. At each of four time steps the five equations light up one after the other and their results appear in the boxes; a plot below shows U, the threshold, spikes, and Y as the distance from the threshold](../docs/animations/neuron-animated.svg)

# %% tags=["setup"]
import numpy as np

from liaf_ref.exercises import check, compare, mark_quiz
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.pair import Pair
from liaf_ref.plotting import SliderRange, palette, plot_traces, show_with_sliders

# %% [markdown]
# ## The input
#
# The synapses, [Eq. (2)](eq:2), give the neuron one number per step, $I^t$.  Here we choose sixteen of these numbers: no
# input, a weak constant input, no input again, one strong pulse, and later a negative one.  At which steps will the neuron fire?

# %%
I = np.array([0, 0, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0, 0, 0, 0.9, 0, 0, -0.4, 0])
v_th, v_reset, alpha, beta = 0.5, 0.0, 0.8, 0.0
print("step ", *(f"{t:4}" for t in range(1, 17)))
print("input", *(f"{I_t:4}" for I_t in I))

# %% [markdown]
# ## The five equations
#
# | | equation | in words |
# |---|---|---|
# | [Eq. (3)](eq:3) | $U^t = I^t + V^{t-1}$ | add the input to the potential from the step before |
# | [Eq. (4)](eq:4) | $F^t = S(U^t - V_{th})$ | fire if the threshold is reached: $S(x) = 1$ for $x \ge 0$, else 0 |
# | [Eq. (5)](eq:5) | $R^t = F^t V_{reset} + (1 - F^t)\,U^t$ | reset: a neuron that fired starts again from $V_{reset}$ |
# | [Eq. (6)](eq:6) | $V^t = \alpha R^t + \beta$ | leak: keep the fraction $\alpha$, add $\beta$ |
# | [Eq. (8)](eq:8) | $Y^t = \mathrm{Act}(U^t - V_{th})$ | send the *analog* potential through an activation function |
#
# The first four equations are the classical leaky integrate-and-fire neuron, LIF.  LIF sends the spike $F^t$.  The last
# equation makes it LIAF, leaky integrate and *analog* fire.  A spike still resets the neuron, but the next layer receives a
# real number.
#
# The reset (5) is arithmetic and not an `if` statement, so that it can be differentiated: $F V_{reset} + (1 - F)\,U$ has a
# derivative with respect to each of its variables.  The step $S$ has no useful one; notebook 2 puts another in its place.

# %%
V = 0.0
print("  t      I      U  F      R      V      Y")
for t, I_t in enumerate(I, start=1):
    U = I_t + V  # (3)
    F = float(U >= v_th)  # (4)
    R = F * v_reset + (1 - F) * U  # (5)
    V = alpha * R + beta  # (6)
    Y = max(U - v_th, 0)  # (8) with ReLU
    print(f"{t:3d} {I_t:6.2f} {U:6.2f}  {F:.0f} {R:6.2f} {V:6.2f} {Y:6.2f}")

# %% [markdown]
# An input of 0.3 alone stays below the threshold.  Step 4 fires because $V$ still holds 0.24 of step 3.  $V$ is the
# neuron's only memory.  At step 4 the reset makes $R = 0$, but (8) uses $U$ before the reset, so $Y = 0.04$.
#
# ## The same with the library
#
# `liaf_ref.kernels.neuron.forward` computes these equations for many neurons and samples at once.  Its arrays have the shape
# $(B, T, L)$, which means samples (the batch), time steps, neurons.  It also returns a *tape*, which stores the values that the backward
# pass needs.  The argument `TR` means "threshold related": Act receives $U - V_{th}$.  With `NTR` it receives $U$.  The
# number 0.3 is $\mu$, half the width of a window that only the gradient uses, in notebook 2.

# %%
p = neuron.Params(*(np.array([z]) for z in (v_th, v_reset, alpha, beta)))
args = I.reshape(1, -1, 1), np.zeros((1, 1)), p, spike.paper(0.3)
Y, V_T, tape = neuron.forward(*args, activation.relu, neuron.TR)
print("fires at steps", 1 + np.flatnonzero(tape.F))

# %% [markdown]
# ## Change the parameters
#
# In the second panel, the line is the membrane potential $U$ before the reset, circles are $R$ after the reset, and diamonds are
# $V$ after the leak, on its way to the next step.  Move the sliders with the mouse; try:
#
# - $\alpha = 0$: no memory.  What does the neuron compute now?  (A ReLU of $I - V_{th}$, step by step.)
# - $\alpha = 1$, no leak, and $V_{th} = 1.2$.  How many earlier inputs does the neuron remember?  (All since its last spike.)
# - `times_input` 0, and $\beta$ above $(1 - \alpha)\,V_{th}$: the neuron fires without any input.  How often?  (At 0.15, every
#   fifth step; at 0.20, every fourth.)
# - $V_{reset} > 0$, near $V_{th}$: a neuron that has fired once needs little input to fire again.
# - $\alpha = 1$ and $V_{th} = 0.9$: step 5 should fire, since $S(0) = 1$, but 0.3 + 0.3 + 0.3 is 0.8999… in a computer.
# - $\mu$: only the shaded band changes.  It shows the values of $U$ that are *less than $\mu$* away from the threshold.


# %% tags=["hide-input"]
def draw(alpha, beta, v_th, v_reset, mu, times_input):
    I_t = times_input * I.reshape(1, -1, 1)
    p = neuron.Params(*(np.array([z]) for z in (v_th, v_reset, alpha, beta)))
    Y, _, tape = neuron.forward(
        I_t, np.zeros((1, 1)), p, spike.paper(mu), activation.relu, neuron.TR
    )
    title = f"{int(tape.F.sum())} spikes, sum of Y {Y.sum():.2f}"
    figure = plot_traces(I_t, Y, tape, title)
    figure.axes[0].tick_params(labeltop=True)
    window = palette.VARIABLE_COLORS["window"]
    band = {"color": window, "alpha": 0.15, "lw": 0, "label": r"$V_{th} \pm \mu$"}
    figure.axes[1].axhspan(v_th - mu, v_th + mu, **band)
    figure.axes[1].legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9)
    figure.axes[1].set(ylabel="potential", ylim=(-1, 2))
    figure.axes[3].set(ylabel="output", ylim=(-0.1, 1.2))
    return figure


show_with_sliders(
    draw,
    alpha=SliderRange(0, 1, 0.8),
    beta=SliderRange(-0.2, 0.5, 0),
    v_th=SliderRange(0.1, 1.5, 0.5),
    v_reset=SliderRange(-0.5, 0.5, 0),
    mu=SliderRange(0.05, 1, 0.3),
    times_input=SliderRange(0, 1, 1),
)

# %% [markdown]
# ## Spikes and analog outputs
#
# Both neurons have the same membrane potential and fire at the same steps.  LIF sends *whether* the threshold was
# reached.  LIAF sends *by how much*.  The library has no separate LIF neuron: it is the same function, and its activation is
# the spike.

# %%
liaf, _, tape_liaf = neuron.forward(*args, activation.relu, neuron.TR)
lif, _, tape_lif = neuron.forward(*args, spike.paper(0.3), neuron.TR)
assert np.array_equal(tape_liaf.U, tape_lif.U)
assert np.array_equal(lif, tape_lif.F)
print("step", *(f"{t:4}" for t in range(3, 13)))
for name, Y in (("LIAF", liaf), ("LIF", lif)):
    print(f"{name:4}", *(f"{y:z.2f}" for y in Y.ravel()[2:12]))  # z: no -0.00

# %% [markdown]
# <div class="alert alert-info">
#
# **What to remember**
#
# - $V$ is the only value that passes from one step to the next.
# - $F$ controls the reset.  In LIF, $F$ is also the output.
# - LIAF sends $\mathrm{Act}(U - V_{th})$ in the threshold-related mode (TR), and $\mathrm{Act}(U)$ in the other mode (NTR).
# - A neuron exactly at the threshold fires: $S(0) = 1$.
# - The reset is arithmetic, so that it can be differentiated.
#
# </div>
#
# ## Quiz
#
# **1.**  Which value passes from one step to the next?
#
# - **a**  the spike $F$
# - **b**  the potential $V$ after the leak
# - **c**  the output $Y$
#
# **2.**  A neuron has $V_{th} = 0.5$ and $U = 0.5$.  What happens?
#
# - **a**  It does not fire: $U$ must exceed the threshold.
# - **b**  It fires half of the time.
# - **c**  It fires.
#
# **3.**  A LIF and a LIAF neuron have the same input and the same parameters.  What differs?
#
# - **a**  only the output
# - **b**  the steps at which they fire
# - **c**  the reset

# %% tags=["solution"]
# answers: a string of three letters.
answers = "bca"

# 1: See (3): U = I + V of the step before.
# 2: S(0) = 1.
# 3: Both have (3) to (6).  LIF sends F, LIAF sends Act(U - V_th).

# %% tags=["check"]
mark_quiz(
    "answers",
    "140498 950d65 4e869f feabe7",
    "One time step",
    "The five equations",
    "Spikes and analog outputs",
)

# %% [markdown]
# ## Exercises
#
# **1.**  A neuron starts at $V^0 = 0$ with $V_{th} = 1$, $V_{reset} = 0$ and $\beta = 0$.  It receives the same input $I = 0.4$
# at every step.  Below which $\alpha$ does it never fire?  (Which value would $U$ approach if there were no threshold?)

# %% tags=["solution"]
# alpha_min: a number. Below it the neuron never reaches the threshold.

# U = I + alpha U has the fixed point I / (1 - alpha). The neuron fires if this is above V_th.
alpha_min = 1 - 0.4 / 1.0


# %% tags=["check"]
@check("alpha_min", mistakes={"this is the input I": 0.4, "(4) compares U, not V": 1 / 1.4})
def _():
    for alpha, fires in ((alpha_min - 1e-6, False), (alpha_min + 1e-6, True)):
        p = neuron.Params(*(np.array([float(np.squeeze(z))]) for z in (1.0, 0.0, alpha, 0.0)))
        constant = np.full((1, 1000, 1), 0.4)
        _, _, tape = neuron.forward(
            constant, np.zeros((1, 1)), p, spike.paper(0.3), activation.relu, neuron.TR
        )
        does = "fires" if tape.F.any() else f"does not fire: U stays below {tape.U.max():.4f}"
        assert bool(tape.F.any()) == fires, f"with alpha = {p.alpha[0]:.6f} the neuron {does}"


# %% [markdown]
# **2.**  Go the other way: from the potential back to the input.  `U` has the shape $(B, T, L)$, the parameters are numbers, and
# $V^0 = 0$.  Return the `I` with which the neurons have these potentials.  You need no loop.


# %% tags=["solution"]
# def input_of(U, v_th, v_reset, alpha, beta) -> I
def input_of(U, v_th, v_reset, alpha, beta):
    F = (U >= v_th).astype(U.dtype)  # (4)
    R = F * v_reset + (1 - F) * U  # (5)
    V = alpha * R + beta  # (6)
    return U - np.insert(V[:, :-1], 0, 0, axis=1)  # (3), with V = 0 before the first step


# %% tags=["check"]
@check("input_of")
def _():
    many, given = np.random.default_rng(0).normal(size=(3, 20, 5)), (0.5, 0.1, 0.8, 0.02)
    many[:, 0] = 0.5  # at step 1 every neuron is at its threshold

    def run(I, p=given, fires=spike.step):
        p, pair = neuron.Params(*(np.array([z]) for z in p)), Pair(fires, spike.Window(0.3))
        _, V, tape = neuron.forward(I, 0 * I[:, 0], p, pair, activation.relu, neuron.TR)
        return tape.U, V

    U, _ = run(many)

    def V_of(p=given, fires=spike.step):
        return run(U.reshape(-1, 1, 5), p, fires)[1].reshape(U.shape)

    def mistaken(p=given, fires=spike.step, first=0):
        return U - np.insert(V_of(p, fires)[:, :-1], 0, first, axis=1)

    wrong = {
        "(3) has V of the step before, not of the same step": U - V_of(),
        "before step 1 there is V = 0, not V of the last step": U - np.roll(V_of(), 1, axis=1),
        "(3) has V of the step before, not of the next": U - np.roll(V_of(), -1, axis=1),
        "before step 1 V is 0, not beta": mistaken(first=0.02),
        "S(0) is 1: at the threshold the neuron fires": mistaken(fires=lambda x: 1.0 * (x > 0)),
        "v_reset of (5) is missing": mistaken((0.5, 0, 0.8, 0.02)),
        "the reset (5) is missing": mistaken(fires=lambda x: 0 * x),
        "alpha of (6) is missing": mistaken((0.5, 0.1, 1, 0.02)),
        "beta of (6) is missing": mistaken((0.5, 0.1, 0.8, 0)),
        "this is V of the step before": U - many,
    }
    compare("I", input_of(U, *given), many, wrong)


# %% [markdown]
# **3.**  Find parameters with $\alpha < 1$ for which the neuron, without any input, fires at exactly every third step: steps
# 3, 6, 9 …  You may choose all four.  (Why is it not enough that it fires at step 3?)

# %% tags=["solution"]
# every_third = neuron.Params(v_th, v_reset, alpha, beta), each of shape (1,)

# Simplest: after a spike V is 0 again, as at the start: alpha V_reset + beta = 0.
# From there U is 0, beta, beta (1 + alpha): the threshold lies between the last two.
alpha, beta = 0.5, 0.4
every_third = neuron.Params(*(np.array([z]) for z in (0.5, -beta / alpha, alpha, beta)))


# %% tags=["check"]
@check("every_third")
def _():
    p, I = neuron.Params(*map(np.atleast_1d, every_third)), np.zeros((1, 12, 1))
    _, _, tape = neuron.forward(
        I, np.zeros((1, 1)), p, spike.paper(0.3), activation.relu, neuron.TR
    )
    steps = [int(t) for t in 1 + np.flatnonzero(tape.F)]
    assert (p.alpha < 1).all(), f"expected alpha below 1, got {p.alpha}"
    text = f"in 12 steps it fires at {steps}, expected [3, 6, 9, 12]"
    V, U = p.alpha * p.v_reset + p.beta, p.beta / (1 - p.alpha)
    text += f"; after a spike V is {V[0]:.3g}, and 0 before step 1" if steps and V[0] else ""
    text += "" if steps else f"; U approaches {U[0]:.3g}, and V_th is {p.v_th[0]:.3g}"
    assert steps == [3, 6, 9, 12], text
