# %% [markdown]
# # 3 · Backpropagation through time, by hand
#
# In this notebook you compute the gradients of one neuron over four time steps, number by number.  Afterwards you write the
# backward pass in NumPy, and it trains neurons that draw a picture.  You need notebooks 1 and 2, and a pencil helps.
#
# The values are chosen so that a computer rounds none of them.  So every printed number is exact, and at the end it must
# equal the library's result in every digit.

# %% tags=["setup"]
from decimal import Decimal
from fractions import Fraction

import numpy as np
from matplotlib.figure import Figure

from liaf_ref.exercises import check, compare, mark_quiz
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.plotting import palette, plot_unrolled, show
from liaf_ref.training.optimizers import Adam


def exact(x):
    """All digits of a number, as a string."""
    return f"{Decimal(float(x)) + 0:f}"


# %% [markdown]
# ## Forward pass
#
# The threshold is 1.  A neuron that fired starts again from 0.25.  Each step keeps half of the potential and adds 0.25.  The
# output is $\mathrm{ReLU}(U - V_{th})$.  The window of [Eq. (13)](eq:13) contains every $U$ that is less than 0.5 away from the
# threshold.  Try to compute each line of the table before you look at it.

# %%
v_th, v_reset, alpha, beta, mu = 1.0, 0.25, 0.5, 0.25, 0.5
I = [0.75, 0.5, 0.0, 1.25]

U, F, R, Y, V = [], [], [], [], [0.0]
print("t   I      U       F  R      V       Y")
for t in range(4):
    U.append(I[t] + V[t])  # (3)
    F.append(float(U[t] >= v_th))  # (4)
    R.append(F[t] * v_reset + (1 - F[t]) * U[t])  # (5)
    V.append(alpha * R[t] + beta)  # (6)
    Y.append(max(U[t] - v_th, 0.0))  # (8)
    row = I[t], U[t], F[t], R[t], V[t + 1], Y[t]
    print(t + 1, " {:6} {:7} {:2} {:6} {:7} {}".format(*map(exact, row)))

# %% [markdown]
# The four steps show all four cases:
#
# | step | fired? | in the window, $0.5 < U < 1.5$? |
# |---|---|---|
# | 1 | no | yes |
# | 2 | yes | yes |
# | 3 | no | no |
# | 4 | yes | no |
#
# The figure shows the same values as a graph.  Each *box* is a number, and an *arrow* leads to every number that is computed from
# it.  This is the neuron *unrolled* in time.  The unrolled graph has no loop, so the chain rule applies as to any formula.

# %% tags=["hide-input"]
values = {"I": I, "U": U, "F": F, "R": R, "V": V, "Y": Y}
texts = {name: [exact(x) for x in numbers] for name, numbers in values.items()}
show(plot_unrolled(texts))

# %% [markdown]
# ## Backward pass
#
# $dZ$ denotes the gradient of the loss with respect to $Z$: how much the loss grows per unit of $Z$.  The next layer uses
# $Y^1 \dots Y^4$ and a later step uses $V^4$, so their gradients are given.  Any numbers will do here.  The ones below belong
# to the loss $\mathcal L = Y^1 + Y^2 - Y^3 + \tfrac12 Y^4 + V^4$.
#
# There is one rule.  Go through the graph from right to left.  Along each arrow, *multiply* by its slope.  Where several arrows
# leave a box, *add* the results.
#
# The animation shows these steps with other numbers:
#
# ![A plot of U with a band around the threshold, above a table. The table fills from step 4 back to step 1 with the gradients of V, R and U; in steps 1 and 2, where U lies in the band, the window is 1](../docs/animations/bptt-animated.svg)
#
# $U$ has three arrows: to the output, to the spike and to the reset.  So its gradient is a sum of three terms.  We begin with
# the last step.

# %%
dY, dV4 = [1.0, 1.0, -1.0, 0.5], 1.0

dR = alpha * dV4  # (6): V = alpha R + beta
dF = dR * (v_reset - U[3])  # (5): R = F v_reset + (1 - F) U, its slope in F
dx = dF * 0  # (4), (13): 1.6875 is outside the window, so the spike has slope 0
dz = dY[3] * 1  # (8): ReLU has slope 1 above the threshold
dU = (1 - F[3]) * dR + dx + dz  # (3): the sum over the three uses of U
for name, number in {"dR": dR, "dF": dF, "dx": dx, "dz": dz, "dU": dU}.items():
    print(name, "=", exact(number))

# %% [markdown]
# The neuron fired, so $(1 - F)\,dR$ is 0.  It was outside the window, so $dx$ is 0.  So no part of the gradient of $V^4$
# reaches $U^4$.  Only the gradient 0.5 of the output is left.
#
# $U^4 = I^4 + V^3$, so this number is both $dI^4$ and $dV^3$.  The three earlier steps use the same five lines.

# %%
d = {name: [0.0] * 4 for name in ("R", "F", "x", "z", "U")}
dV = [0.0, 0.0, 0.0, 0.0, dV4]


def back(t):
    """Compute and print the gradients of step t = 1 ... 4."""
    k = t - 1
    window = float(abs(U[k] - v_th) < mu)  # (13)
    relu = float(U[k] > v_th)
    d["R"][k] = alpha * dV[t]  # (6)
    d["F"][k] = d["R"][k] * (v_reset - U[k])  # (5)
    d["x"][k] = d["F"][k] * window  # (4), (13)
    d["z"][k] = dY[k] * relu  # (8)
    d["U"][k] = (1 - F[k]) * d["R"][k] + d["x"][k] + d["z"][k]  # (12), (3)
    dV[t - 1] = d["U"][k]
    g = {name: exact(numbers[k]) for name, numbers in d.items()}
    print(f"step {t}: dV{t} = {exact(dV[t])}")
    print(f"  dR = alpha dV           = {exact(alpha)} * {exact(dV[t])} = {g['R']}")
    print(f"  dF = dR (v_reset - U)   = {g['R']} * ({exact(v_reset)} - {exact(U[k])}) = {g['F']}")
    print(f"  dx = dF window          = {g['F']} * {exact(window)} = {g['x']}")
    print(f"  dz = dY slope of ReLU   = {exact(dY[k])} * {exact(relu)} = {g['z']}")
    saved = f"{exact(1 - F[k])} * {g['R']}"
    print(f"  dU = (1 - F) dR + dx + dz = {saved} + {g['x']} + {g['z']} = {g['U']}")


back(4)
back(3)

# %% [markdown]
# Step 3 did not fire, and $U$ is far from the threshold.  The slope of ReLU is 0, so the gradient $-1$ of the output is lost.
# Only the leak is left: half of $dV^3$ passes.

# %%
back(2)

# %% [markdown]
# Step 2 fired inside the window.  The factor $1 - F$ of (5) is 0, so of $dR$ only $dx$ is left.  It has the slope
# $V_{reset} - U$, which is negative: a larger $F$ lowers $R$.  As $dR$ is positive, $dx$ is negative.

# %%
back(1)

# %% [markdown]
# Step 1 did not fire, but $U$ is inside the window.  Both paths are open, and their gradients have opposite signs.
#
# The figure shows the graph again, with each gradient below its value.  Check some of the boxes with the rule.

# %% tags=["hide-input"]
gradients = {"I": d["U"], "U": d["U"], "F": d["F"], "R": d["R"], "V": dV, "Y": dY}
show(
    plot_unrolled(
        texts,
        {name: [exact(x) for x in numbers] for name, numbers in gradients.items()},
        "each value, and below it the gradient of the loss",
    )
)

# %% [markdown]
# ## Compare with the library
#
# The results are not only close, they are equal.

# %%
p = neuron.Params(*(np.array([z]) for z in (v_th, v_reset, alpha, beta)))
choices = spike.paper(mu), activation.relu, neuron.TR
Y_lib, V_lib, tape = neuron.forward(np.reshape(I, (1, 4, 1)), np.zeros((1, 1)), p, *choices)
dI_lib, dV0_lib, dp_lib = neuron.backward(
    np.reshape(dY, (1, 4, 1)), np.array([[dV4]]), tape, *choices
)
assert tape.U.ravel().tolist() == U
assert tape.F.ravel().tolist() == F
assert tape.R.ravel().tolist() == R
assert Y_lib.ravel().tolist() == Y
assert V_lib.item() == V[4]
assert dI_lib.ravel().tolist() == d["U"]
assert dV0_lib.item() == dV[0]
print("dI ", *map(exact, dI_lib.ravel()))
print("dV0", exact(dV0_lib.item()))

# %% [markdown]
# ## One factor per step
#
# From $dV^t$ to $dV^{t-1}$ there is one multiplication.  Substitute the lines for $dR$, $dF$ and $dx$ into each other.  The
# factor is the paper's [Eq. (12)](eq:12):
#
# $$J^t = \alpha\,\bar\delta(U^t - V_{th})\,(V_{reset} - U^t) + \alpha\,(1 - F^t),\qquad dV^{t-1} = J^t\,dV^t + dz^t.$$

# %%
print("t  fired  window  J")
for k in range(4):
    window = float(abs(U[k] - v_th) < mu)
    J = alpha * window * (v_reset - U[k]) + alpha * (1 - F[k])  # (12)
    assert dV[k] == J * dV[k + 1] + d["z"][k]
    print(f"{k + 1}  {F[k]:3.0f} {window:8.0f}     {exact(J)}")

# %% [markdown]
# $J$ has four cases:
#
# | fired? | in the window? | $J$ |
# |---|---|---|
# | no | no | $\alpha$, the leak factor |
# | no | yes | $\alpha\,(V_{reset} - U + 1)$; less than $\alpha$ if $V_{reset} < U$ |
# | yes | yes | $\alpha\,(V_{reset} - U)$; negative here |
# | yes | no | 0: earlier steps receive no gradient from later ones |
#
# ## The parameters
#
# $V_{th}$, $V_{reset}$, $\alpha$ and $\beta$ are trained as well, and the paper does not print their gradients.  The same rule
# gives them.  Each parameter is used at every step, so each step adds one term to its gradient.
#
# | parameter | where it is used | step $t$ adds |
# |---|---|---|
# | $\beta$ | $V = \alpha R + \beta$ | $dV$ |
# | $\alpha$ | $V = \alpha R + \beta$ | $dV \cdot R$ |
# | $V_{reset}$ | $R = F V_{reset} + (1 - F)\,U$ | $dR \cdot F$ |
# | $V_{th}$ | $x = U - V_{th}$ in the spike, and $z = U - V_{th}$ in Act | $-dx - dz$ |

# %%
added = {
    "v_th": [-d["x"][k] - d["z"][k] for k in range(4)],  # (4), (8)
    "v_reset": [d["R"][k] * F[k] for k in range(4)],  # (5)
    "alpha": [dV[k + 1] * R[k] for k in range(4)],  # (6)
    "beta": [dV[k + 1] for k in range(4)],  # (6)
}
print(f"{'':8} {'step 1':>12} {'step 2':>12} {'step 3':>12} {'step 4':>12} {'sum':>12}")
for name, steps in added.items():
    print(f"{name:8}", *(f"{exact(x):>12}" for x in (*steps, sum(steps))))
    assert sum(steps) == getattr(dp_lib, name).item()

# %% [markdown]
# These numbers, too, equal the library's.  Note three things:
#
# - $V_{th}$ is used in two places, and the two gradients can have opposite signs.  At step 2 the output adds −1: the loss
#   falls when the threshold rises.  The reset adds +0.109375.  In NTR mode Act does not receive the threshold, and only the
#   gradient through the reset is left.
# - $V_{reset}$ receives a gradient only from steps that fired.
# - If the state after the last step is discarded, then $dV^4 = 0$.  In that case the column of step 4 is 0, except for $V_{th}$.
#
# If neurons or samples *share* a parameter, each of them uses it.  The gradient is then the *sum* over all of them, never the mean.

# %%
rng = np.random.default_rng(0)
I3, dY3, V3 = rng.normal(0.4, 0.6, (3, 6, 2)), rng.normal(size=(3, 6, 2)), np.zeros((3, 2))
numbers = v_th, v_reset, alpha, beta


def parameter_gradients(shape):
    """Gradients of parameters of the given shape, for 3 samples of 2 neurons."""
    p = neuron.Params(*(np.full(shape, z) for z in numbers))
    _, _, tape = neuron.forward(I3, V3, p, *choices)
    return neuron.backward(dY3, V3, tape, *choices)[2]


each, all_sharing = parameter_gradients((3, 2)), parameter_gradients((1,))
for name in neuron.Params._fields:
    six, one = getattr(each, name), getattr(all_sharing, name)
    print(f"{name:8}", *six.ravel().round(3), " sum", one.round(3))
    np.testing.assert_allclose(six.sum(), one[0])

# %% [markdown]
# ## Rounding
#
# With $\alpha = \tfrac13$ a computer has to round.  But the kernels only add, multiply and compare, so they also run on exact
# fractions.  How large is the rounding error of the usual floating-point result?


# %%
def with_numbers(kind, dtype):
    numbers = v_th, v_reset, Fraction(1, 3), beta
    p = neuron.Params(*(np.array([kind(z)], dtype) for z in numbers))

    def array(numbers, *shape):
        return np.array([kind(z) for z in numbers], dtype).reshape(shape)

    _, _, tape = neuron.forward(array(I, 1, 4, 1), array([0], 1, 1), p, *choices)
    return neuron.backward(array(dY, 1, 4, 1), array([dV4], 1, 1), tape, *choices)[0].ravel()


fractions, floats = with_numbers(Fraction, object), with_numbers(float, float)
for t, (a, b) in enumerate(zip(fractions, floats, strict=True), start=1):
    print(f"dI{t} = {a!s:>6}   float: {b: .17f}   off by {float(Fraction(b) - a): .1e}")
    assert abs(Fraction(b) - a) < 1e-15

# %% [markdown]
# Note that $U^2$ is now exactly $\tfrac12 + \tfrac13 \cdot \tfrac34 + \tfrac14 = 1$, the threshold (a *tie*).  With fractions the
# neuron fires, because $S(0) = 1$.  In floating point $U^2$ may be slightly below the threshold.  Then the neuron does not fire,
# and all later values change.  Here it fires in both cases, by luck.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - Unroll in time.  Multiply along the arrows, and add where several of them leave a box.
# - $U$ has three gradients to add: from its output, its spike and its reset.  $dI^t = dV^{t-1} = dU^t$.
# - Each step multiplies by one factor, $J^t$ of Eq. (12).  Outside the window it is $\alpha$, or 0 if the neuron fired.
#   Inside the window it also depends on $V_{reset} - U$, and can be negative.
# - The gradient of a parameter is a sum over all steps, and over all neurons and samples that share it.
#
# </div>
#
# ## Quiz
#
# **1.**  At step $t$ the neuron fired, and $U^t$ is outside the window.  What part of $dV^t$ reaches $dV^{t-1}$?
#
# - **a**  $\alpha\, dV^t$
# - **b**  all of it
# - **c**  nothing
#
# **2.**  Three neurons share $\alpha$.  Alone, they would have the gradients 2, −1 and 5.  What is $d\alpha$?
#
# - **a**  2
# - **b**  6
# - **c**  5
#
# **3.**  A neuron never fires.  Which of its parameters has the gradient 0 for certain?
#
# - **a**  $V_{reset}$
# - **b**  $V_{th}$
# - **c**  $\alpha$

# %% tags=["solution"]
# answers: a string of three letters.
answers = "cba"

# 1: J = 0.  The gradient dz of the output is all that is left.
# 2: A shared parameter gets the sum, not the mean.
# 3: dV_reset adds up dR F, and F is 0.  V_th is also used in the output and inside the window.

# %% tags=["check"]
mark_quiz(
    "answers",
    "1654c6 feb384 96fd35 8ef61d",
    "One factor per step",
    "The parameters",
    "The parameters",
)

# %% [markdown]
# ## Exercises
#
# **1.**  Detach the reset: the spike has slope 0 everywhere, and nothing else changes.  Compute $dI^1 \dots dI^4$ on paper.

# %% tags=["solution"]
# dI_detached: a list of four numbers.

# dx = 0 at every step, so J is 0 at the steps that fired and alpha at the others; dI = J dV + dz.
dI4 = 0 * 1 + 0.5
dI3 = 0.5 * dI4 + 0
dI2 = 0 * dI3 + 1
dI1 = 0.5 * dI2 + 0
dI_detached = [dI1, dI2, dI3, dI4]


# %% tags=["check"]
@check("dI_detached")
def _():
    detached = spike.detached(), activation.relu, neuron.TR
    expected, _, _ = neuron.backward(np.reshape(dY, (1, 4, 1)), np.array([[dV4]]), tape, *detached)
    found = np.ravel(dI_detached).astype(float)
    assert found.size == 4, f"expected four numbers, got {found.size}"
    same = "these are the gradients with the window: the spike's term must be 0"
    assert not np.allclose(found, d["U"]), same
    for t in np.flatnonzero(~np.isclose(found, expected.ravel()))[::-1]:
        left = "it fired, so nothing of dV is left" if F[t] else "it is silent: alpha dV is left"
        raise AssertionError(f"dI is wrong at step {1 + t}; {left}")


# %% [markdown]
# **2.**  Inside the window, without a spike, $J$ is smaller than $\alpha$ if $V_{reset} < U$, and it can even be 0.  Choose
# $V_{reset}$ so that no part of $dV^1$ passes through step 1.  The neuron must not fire at step 1.

# %% tags=["solution"]
# closing_v_reset: a number.

# J = alpha (V_reset - U) + alpha = 0 for U = 0.75.
closing_v_reset = 0.75 - 1


# %% tags=["check"]
@check("closing_v_reset", mistakes={"the sign is wrong": 0.25, "this is U^1": 0.75})
def _():
    p = neuron.Params(
        *(np.array([float(np.squeeze(z))]) for z in (v_th, closing_v_reset, alpha, beta))
    )
    _, _, tape = neuron.forward(np.reshape(I, (1, 4, 1)), np.zeros((1, 1)), p, *choices)
    g, _, _ = neuron.backward(np.reshape(dY, (1, 4, 1)), np.array([[dV4]]), tape, *choices)
    J = g[0, 0, 0] / g[0, 1, 0]  # the loss uses Y^1, whose slope is 0 here
    assert abs(J) < 1e-12, f"{J:.3g} of the gradient passes: J must be 0"


# %% [markdown]
# **3.**  Write the backward pass for arrays of shape $(B, T, L)$, with $\mathrm{Act}(x) = x$ in TR mode, parameters that are plain
# numbers, and $dV^T = 0$.  The function receives `dY`, and `U` from the forward pass.  Compute everything else from these.


# %% tags=["solution"]
# def bptt(dY, U, v_th, v_reset, alpha, mu) -> dI, d
# d is a dict: the gradients of "v_th", "v_reset", "alpha" and "beta".
def bptt(dY, U, v_th, v_reset, alpha, mu):
    dV, dI = np.zeros_like(U[:, 0]), np.empty_like(U)
    total = dict.fromkeys(("v_th", "v_reset", "alpha", "beta"), 0.0)
    for t in reversed(range(U.shape[1])):
        F = (U[:, t] >= v_th).astype(U.dtype)  # (4)
        R = F * v_reset + (1 - F) * U[:, t]  # (5)
        dR = alpha * dV  # (6)
        dx = dR * (v_reset - U[:, t]) * (abs(U[:, t] - v_th) < mu)  # (5), (13)
        total["alpha"] += (dV * R).sum()  # (6)
        total["beta"] += dV.sum()  # (6)
        total["v_reset"] += (dR * F).sum()  # (5)
        total["v_th"] -= (dx + dY[:, t]).sum()  # (4), (8)
        dV = dI[:, t] = (1 - F) * dR + dx + dY[:, t]  # (12), (3)
    return dI, total


# %% tags=["check"]
@check("bptt")
def _():
    given, linear = (0.8, 0.1, 0.9, 0.05), (spike.paper(0.3), activation.identity, neuron.TR)

    def run(back=linear, v_reset=0.1, alpha=0.9, **parts):
        p = neuron.Params(*(np.array([z]) for z in given))
        _, _, tape = neuron.forward(I3, V3, p, *linear)
        p = p._replace(v_reset=np.array([v_reset]), alpha=np.array([alpha]))
        return tape.U, *neuron.backward(dY3, V3, tape._replace(p=p, **parts), *back)

    U, expected, _, dp = run()
    ways = {
        "the term of the spike, (4), is missing": run((spike.detached(), *linear[1:])),
        "the window has half-width mu": run((spike.paper(0.6), *linear[1:])),
        "alpha of (6) is missing": run(alpha=1.0),
        "v_reset of (5) is missing": run(v_reset=0.0),
        "the factor 1 - F of (5) is missing": run(F=np.zeros_like(U)),
    }
    dI, total = bptt(dY3, U, *given[:3], 0.3)
    compare("dI", dI, expected, {text: way[1] for text, way in ways.items()})
    for name, g in dp._asdict().items():
        wrong = {"it has the wrong sign": -g, "the samples are added, not averaged": g / 3}
        wrong |= {
            "the output uses V_th too, (8)": g + dY3.sum(),
            "the spike uses V_th too": -dY3.sum(),
        }
        compare(f"the gradient of {name}", total[name], g, wrong)


# %% [markdown]
# ## Your backward pass trains
#
# Thirty-two neurons move a pen.  Their outputs are multiplied by fixed random numbers, and the results are the two coordinates
# of the pen at each of 80 steps.  The input is a clock: each of 20 input lines is on for four steps.  The neurons have to
# learn to draw a heart.  Only the input weights and the four shared parameters are trained, so every gradient goes through
# your `bptt`.

# %%
T, LINES, NEURONS = 80, 20, 32
angle = np.linspace(0, 2 * np.pi, T)
heart = np.stack([16 * np.sin(angle) ** 3, 13 * np.cos(angle) - 5 * np.cos(2 * angle)], axis=1)
heart[:, 1] -= 2 * np.cos(3 * angle) + np.cos(4 * angle)
heart /= 16
clock = np.repeat(np.eye(LINES), T // LINES, axis=0)[None]  # (1, T, LINES)
rng = np.random.default_rng(0)
pens = rng.normal(size=(NEURONS, 2)) / np.sqrt(NEURONS)
start = {"W": 0.3 * rng.normal(size=(LINES, NEURONS))}
start |= {"v_th": np.array([0.5]), "v_reset": np.zeros(1), "alpha": np.array([0.7])}
start |= {"beta": np.zeros(1)}


def draw_with(params):
    """The pen's path (1, T, 2), and U of the neurons."""
    p = neuron.Params(*(params[name] for name in neuron.Params._fields))
    I, V0 = clock @ params["W"], np.zeros((1, NEURONS))
    Y, _, tape = neuron.forward(I, V0, p, spike.paper(0.5), activation.identity, neuron.TR)
    return Y @ pens, tape.U


# %% [markdown]
# The loss is the mean squared distance from the heart.  The next cell trains for 400 updates.

# %% tags=["check"]
paths = {}


@check("bptt")
def _():
    params, adam = start, Adam(0.02)
    state = adam.initial_state(params)
    for update in range(401):
        path, U = draw_with(params)
        miss = path - heart
        if update in (0, 20, 100, 400):
            paths[update] = path[0]
            print(f"update {update:3}: mean squared distance {(miss**2).mean():.4f}")
        p = (params[name].item() for name in ("v_th", "v_reset", "alpha"))
        dI, total = bptt(2 * miss @ pens.T / miss.size, U, *p, 0.5)
        grads = {name: np.reshape(g, 1) for name, g in total.items()}
        grads["W"] = clock[0].T @ dI[0]  # (2)
        params, state = adam.step(params, grads, state)
    assert (miss**2).mean() < 0.01, "the neurons did not learn to draw the heart"


# %% tags=["hide-input"]
def draw_paths():
    figure = Figure(figsize=(7.2, 2), layout="constrained")
    for panel, (update, path) in zip(
        figure.subplots(1, 4, sharex=True, sharey=True), paths.items(), strict=True
    ):
        panel.plot(*heart.T, color="0.8", lw=5)
        panel.plot(*path.T, ".-", ms=3, lw=1, color=palette.CELL_COLORS["liaf"])
        panel.set(title=f"update {update}", xlim=(-1.7, 1.7), ylim=(-1.6, 1.4), aspect="equal")
        panel.set(xticks=[], yticks=[])
    return figure


show(draw_paths()) if len(paths) == 4 else None

# %% [markdown]
# The grey line is the heart, and the dots are the pen's positions.  Replace `heart` by a curve of your own with 80 points, and
# train again.
