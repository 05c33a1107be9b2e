# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 1 · One neuron, equation by equation
#
# A neuron of LIAF-Net keeps one number from step to step: its membrane potential $V$.  At every step it adds what comes
# in, asks whether the sum has reached a threshold, is reset if it has, leaks, and sends something out.  Five lines of
# code do it.  Here you write them, watch them run, and turn every knob they have.
#
# You need nothing but NumPy and high-school algebra.  The gradient comes in
# notebook 2.

# %% tags=["setup"]
import numpy as np

from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.plotting import SliderRange, plot_traces, show_with_sliders

# %% [markdown]
# ## The input
#
# The synapses have done their part, [Eq. (2)](eq:2), and deliver one number $I^t$ a step.  Take sixteen of them: silence, a
# weak steady input, silence again, and one strong kick.

# %%
I = np.array([0, 0, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0, 0, 0, 0.9, 0, 0, -0.4, 0])

# %% [markdown]
# ## Five lines
#
# | | says | in words |
# |---|---|---|
# | [Eq. (3)](eq:3) | $U^t = I^t + V^{t-1}$ | add the input to what was left |
# | [Eq. (4)](eq:4) | $F^t = S(U^t - V_{th})$ | fire if the threshold is reached: $S(x) = 1$ for $x \ge 0$, else 0 |
# | [Eq. (5)](eq:5) | $R^t = F^t V_{reset} + (1 - F^t)\,U^t$ | a neuron that fired starts again from $V_{reset}$ |
# | [Eq. (6)](eq:6) | $V^t = \alpha R^t + \beta$ | leak: keep the share $\alpha$, add $\beta$ |
# | [Eq. (8)](eq:8) | $Y^t = \mathrm{Act}(U^t - V_{th})$ | send the *analog* potential on, through an activation |
#
# The first four are the classical leaky integrate-and-fire neuron, LIF, which sends $F^t$.  The last line is what makes
# it LIAF: the spike still resets the neuron, but what travels to the next layer is a real number.

# %%
v_th, v_reset, alpha, beta = 0.5, 0.0, 0.8, 0.0

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
# Follow step 3 to step 5.  An input of 0.3 alone never reaches the threshold 0.5; it is what $V$ has kept that lets the
# neuron fire at step 4.  This is the neuron's memory, all of it.
#
# The gate in (5) is written as arithmetic and not as an `if`.  That is not for beauty: an `if` has no
# derivative, $F V_{reset} + (1 - F) U$ has one in every letter.
#
# ## The same from the library
#
# `liaf_ref.kernels.neuron.forward` is these lines, for any number of neurons and samples at once.  Time is the second axis:
# $(B, T, L)$ is samples, steps, neurons.

# %%
p = neuron.Params(*(np.array([z]) for z in (v_th, v_reset, alpha, beta)))
Y, V_T, tape = neuron.forward(
    I.reshape(1, -1, 1), np.zeros((1, 1)), p, spike.paper(0.3), activation.relu, neuron.TR
)
print("fires at steps", 1 + np.flatnonzero(tape.F))

# %% [markdown]
# ## Turn the knobs
#
# The line is the membrane before the reset, circles are what the reset leaves, diamonds what the leak leaves of that.
# Try these:
#
# - $\alpha = 0$: no memory.  What is left of the neuron?
# - $\alpha = 1$: nothing leaks.  How many kicks does it remember?
# - $\beta$ above $(1 - \alpha)\,V_{th}$: it fires with no input at all.  How often?
# - $V_{reset} > 0$, near $V_{th}$: a neuron that has fired once fires easily again.
# - $\mu$ changes nothing here.  It belongs to the gradient, notebook 2; the shaded band shows where it will look.


# %%
def draw(alpha, beta, v_th, v_reset, mu):
    p = neuron.Params(*(np.array([z]) for z in (v_th, v_reset, alpha, beta)))
    Y, _, tape = neuron.forward(
        I.reshape(1, -1, 1), np.zeros((1, 1)), p, spike.paper(mu), activation.relu, neuron.TR
    )
    title = f"{int(tape.F.sum())} spikes, sum of Y {Y.sum():.2f}"
    figure = plot_traces(I.reshape(1, -1, 1), Y, tape, title)
    figure.axes[1].axhspan(v_th - mu, v_th + mu, color="#E69F00", alpha=0.15, lw=0)
    return figure


show_with_sliders(
    draw,
    alpha=SliderRange(0, 1, 0.8),
    beta=SliderRange(-0.2, 0.5, 0),
    v_th=SliderRange(0.1, 1.5, 0.5),
    v_reset=SliderRange(-0.5, 0.5, 0),
    mu=SliderRange(0.05, 1, 0.3),
)

# %% [markdown]
# ## A spike is one bit; Y is not
#
# Both neurons below have the same membrane and fire at the same steps.  LIF says *that* the threshold was
# reached, LIAF by how much.  The library has no second neuron for LIF: it is the same one, whose activation is the
# spike.

# %%
args = I.reshape(1, -1, 1), np.zeros((1, 1)), p, spike.paper(0.3)
liaf, _, tape_liaf = neuron.forward(*args, activation.relu, neuron.TR)
lif, _, tape_lif = neuron.forward(*args, spike.paper(0.3), neuron.TR)
assert np.array_equal(tape_liaf.U, tape_lif.U)
assert np.array_equal(lif, tape_lif.F)
print("LIAF", liaf.ravel().round(2) + 0)
print("LIF ", lif.ravel())

# %% [markdown]
# <div class="alert alert-info">
#
# **What to remember**
#
# - One number, $V$, is all that passes from a step to the next.
# - $F$ decides the reset; LIF also sends it.  LIAF sends $\mathrm{Act}(U - V_{th})$, or $\mathrm{Act}(U)$ in the mode
#   that does not see the threshold.
# - The threshold counts as reached at equality: $S(0) = 1$.
# - The reset is arithmetic, so that it can be differentiated.
#
# </div>
#
# ## Exercises
#
# **1.**  A neuron starts at $V^0 = 0$ with $V_{th} = 1$, $V_{reset} = 0$, $\beta = 0$ and gets the same input $I = 0.4$ for ever.
# Below which $\alpha$ does it never fire?  (Where would $U$ go if there were no threshold?)

# %% tags=["solution"]
# alpha_min: the smallest alpha at which the neuron would ever get to the threshold.

# U = I + alpha U has its fixed point at I / (1 - alpha); it must not stay below V_th.
alpha_min = 1 - 0.4 / 1.0

# %% tags=["check"]
for alpha, fires in ((alpha_min - 0.01, False), (alpha_min + 0.01, True)):
    p = neuron.Params(*(np.array([z]) for z in (1.0, 0.0, alpha, 0.0)))
    _, _, tape = neuron.forward(
        np.full((1, 1000, 1), 0.4),
        np.zeros((1, 1)),
        p,
        spike.paper(0.3),
        activation.relu,
        neuron.TR,
    )
    assert bool(tape.F.any()) == fires, f"alpha = {alpha:.2f}"

# %% [markdown]
# **2.**  Write the five lines for many neurons and samples: `I` has the shape $(B, T, L)$, the parameters are
# numbers, and what comes back are `U` and `Y` of the same shape, with ReLU.  One loop over $t$ is allowed, no other.


# %% tags=["solution"]
# def liaf(I, v_th, v_reset, alpha, beta) -> U, Y
def liaf(I, v_th, v_reset, alpha, beta):
    V = np.zeros_like(I[:, 0])
    U = np.empty_like(I)
    for t in range(I.shape[1]):
        U[:, t] = I[:, t] + V  # (3)
        F = (U[:, t] >= v_th).astype(I.dtype)  # (4)
        R = F * v_reset + (1 - F) * U[:, t]  # (5)
        V = alpha * R + beta  # (6)
    return U, np.maximum(U - v_th, 0)  # (8)


# %% tags=["check"]
many = np.random.default_rng(0).normal(size=(3, 20, 5))
U, Y = liaf(many, 0.5, 0.1, 0.8, 0.02)
p = neuron.Params(*(np.array([z]) for z in (0.5, 0.1, 0.8, 0.02)))
expected, _, tape = neuron.forward(
    many, np.zeros((3, 5)), p, spike.paper(0.3), activation.relu, neuron.TR
)
assert np.array_equal(U, tape.U), "U differs from the library's"
assert np.array_equal(Y, expected), "Y differs from the library's"

# %% [markdown]
# **3.**  Find values with $\alpha < 1$ for which the neuron, without any input, fires exactly at every third step: steps
# 3, 6, 9 …  (Why is it not enough that it fires at step 3?)

# %% tags=["solution"]
# p = neuron.Params(v_th, v_reset, alpha, beta), each of shape (1,)

# What the reset leaves must end at V = 0 again, where it all began: alpha V_reset + beta = 0.
# From there U is 0, beta, beta (1 + alpha): the threshold lies between the last two.
alpha, beta = 0.5, 0.4
p = neuron.Params(*(np.array([z]) for z in (0.5, -beta / alpha, alpha, beta)))

# %% tags=["check"]
_, _, tape = neuron.forward(
    np.zeros((1, 12, 1)), np.zeros((1, 1)), p, spike.paper(0.3), activation.relu, neuron.TR
)
assert (p.alpha < 1).all()
assert list(1 + np.flatnonzero(tape.F)) == [3, 6, 9, 12], 1 + np.flatnonzero(tape.F)
