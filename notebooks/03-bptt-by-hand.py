# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 3 · Backpropagation through time, by hand
#
# One neuron, four time steps, and every number of the way there and back.  The numbers are chosen such that a computer
# rounds none of them: what is printed is all there is, and at the end it has to agree with the library to the last
# digit.
#
# Afterwards you can write the backward pass of a spiking neuron on paper.  You need notebooks 1 and 2.  A pencil helps.

# %% tags=["setup"]
from decimal import Decimal
from fractions import Fraction

import numpy as np

from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.plotting import plot_unrolled, show


def exact(x):
    """All digits of a number, as text."""
    return f"{Decimal(float(x)) + 0:f}"


# %% [markdown]
# ## There
#
# The threshold is 1, a fired neuron starts again from a quarter, half of the membrane leaks, a quarter is added.
# The output is $\mathrm{ReLU}(U - V_{th})$, and the window of [Eq. (13)](eq:13) reaches half a unit to either side of the
# threshold.  Fill in the next line of the table yourself before you look at it.

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
# Four steps, and all four cases there are:
#
# | step | fired? | in the window, $0.5 < U < 1.5$? |
# |---|---|---|
# | 1 | no | yes |
# | 2 | yes | yes |
# | 3 | no | no |
# | 4 | yes | no |
#
# Now the same as a graph: a box for every number, an arrow wherever one enters another.  This is the neuron
# *unrolled* in time.  It has no loop any more, so the chain rule applies as to any formula.

# %%
values = {"I": I, "U": U, "F": F, "R": R, "V": V, "Y": Y}
texts = {name: [exact(x) for x in numbers] for name, numbers in values.items()}
show(plot_unrolled(texts))

# %% [markdown]
# ## And back
#
# Say $dZ$ for the gradient of the loss in $Z$: how much the loss grows per unit of $Z$.  Something above has used
# $Y^1 \dots Y^4$, something later has used $V^4$, and both have sent down what they know.  Any numbers will do; the loss that
# has these gradients is $L = Y^1 + Y^2 - Y^3 + \tfrac12 Y^4 + V^4$.
#
# There is one rule.  Go through the graph from right to left; along each arrow, multiply by its slope; where several
# arrows leave a box, add up what they bring back.
#
# $U$ has three arrows: to the output, to the spike, to the reset.  So its gradient is a sum of three.  Take the last step.

# %%
dY, dV4 = [1.0, 1.0, -1.0, 0.5], 1.0

dR = alpha * dV4  # (6): V = alpha R + beta
dF = dR * (v_reset - U[3])  # (5): R = F v_reset + (1 - F) U, its slope in F
dx = dF * 0  # (4), (13): 1.6875 is outside the window, there the spike has slope 0
dA = dY[3] * 1  # (8): ReLU has slope 1 where the threshold is passed
dU = (1 - F[3]) * dR + dx + dA  # (3): all that U has sent out
for name, number in {"dR": dR, "dF": dF, "dx": dx, "dA": dA, "dU": dU}.items():
    print(name, "=", exact(number))

# %% [markdown]
# The neuron fired, so $(1 - F)\,dR$ is 0, and it was outside the window, so $dx$ is 0: of what $V^4$ was worth to the loss
# nothing comes through.  Only the output's half is left.
#
# $U^4 = I^4 + V^3$, so this number is $dI^4$ and $dV^3$ at once.  The three steps before are the same five lines.

# %%
d = {name: [0.0] * 4 for name in ("R", "F", "x", "A", "U")}
dV = [0.0, 0.0, 0.0, 0.0, dV4]


def back(t):
    """Step t = 1 ... 4, with every product spelled out."""
    k = t - 1
    window = float(abs(U[k] - v_th) < mu)  # (13)
    relu = float(U[k] > v_th)
    d["R"][k] = alpha * dV[t]  # (6)
    d["F"][k] = d["R"][k] * (v_reset - U[k])  # (5)
    d["x"][k] = d["F"][k] * window  # (4), (13)
    d["A"][k] = dY[k] * relu  # (8)
    d["U"][k] = (1 - F[k]) * d["R"][k] + d["x"][k] + d["A"][k]  # (12), (3)
    dV[t - 1] = d["U"][k]
    g = {name: exact(numbers[k]) for name, numbers in d.items()}
    print(f"step {t}: dV{t} = {exact(dV[t])}")
    print(f"  dR = alpha dV           = {exact(alpha)} * {exact(dV[t])} = {g['R']}")
    print(f"  dF = dR (v_reset - U)   = {g['R']} * ({exact(v_reset)} - {exact(U[k])}) = {g['F']}")
    print(f"  dx = dF window          = {g['F']} * {exact(window)} = {g['x']}")
    print(f"  dA = dY slope of ReLU   = {exact(dY[k])} * {exact(relu)} = {g['A']}")
    saved = f"{exact(1 - F[k])} * {g['R']}"
    print(f"  dU = (1 - F) dR + dx + dA = {saved} + {g['x']} + {g['A']} = {g['U']}")


back(4)
back(3)

# %% [markdown]
# Step 3 was silent and far from the threshold.  Its output is cut off by ReLU, so the $-1$ that came from above is lost.  What
# is left is the leak: half of $dV^3$ passes.

# %%
back(2)

# %% [markdown]
# Step 2 fired inside the window.  By (5) alone nothing would pass.  But a little more $U$ would have made the spike a little
# "more certain", says the window, and a spike pulls $R$ down to $V_{reset}$; hence the negative $dx$.

# %%
back(1)

# %% [markdown]
# Step 1 was silent but inside the window: both ways are open, and they pull in opposite directions.
#
# Here is the graph again, with each gradient below its number.  Check a few of the boxes with the rule.

# %%
gradients = {"I": d["U"], "U": d["U"], "F": d["F"], "R": d["R"], "V": dV, "Y": dY}
show(
    plot_unrolled(
        texts,
        {name: [exact(x) for x in numbers] for name, numbers in gradients.items()},
        "numbers, and below each (orange) the loss's gradient in it",
    )
)

# %% [markdown]
# ## What does the library say?
#
# Not "about the same": the same.

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
# ## One factor a step
#
# Between $dV^t$ and $dV^{t-1}$ stands one multiplication.  Put the lines for $dR$, $dF$ and $dx$ into each other, and the factor
# is the paper's [Eq. (12)](eq:12):
#
# $$J^t = \alpha\,\bar\delta(U^t - V_{th})\,(V_{reset} - U^t) + \alpha\,(1 - F^t),\qquad dV^{t-1} = J^t\,dV^t + dA^t.$$

# %%
print("t  fired  window  J")
for k in range(4):
    window = float(abs(U[k] - v_th) < mu)
    J = alpha * window * (v_reset - U[k]) + alpha * (1 - F[k])  # (12)
    assert dV[k] == J * dV[k + 1] + d["A"][k]
    print(f"{k + 1}  {F[k]:3.0f} {window:8.0f}     {exact(J)}")

# %% [markdown]
# Silent outside the window: $\alpha$, the leak.  Silent inside: less.  Fired inside: negative here.  Fired outside:
# 0, the end of memory.
#
# ## The parameters
#
# $V_{th}$, $V_{reset}$, $\alpha$ and $\beta$ are learned as well, and the paper does not print their gradients.  They need no new
# idea: each enters the graph at every step, so each collects at every step.
#
# | parameter | where it enters | step $t$ adds |
# |---|---|---|
# | $\beta$ | $V = \alpha R + \beta$ | $dV$ |
# | $\alpha$ | the same | $dV \cdot R$ |
# | $V_{reset}$ | $R = F V_{reset} + (1 - F)\,U$ | $dR \cdot F$ |
# | $V_{th}$ | $x = U - V_{th}$ under the spike, and $U - V_{th}$ under Act | $-dx - dA$ |

# %%
added = {
    "v_th": [-d["x"][k] - d["A"][k] for k in range(4)],  # (4), (8)
    "v_reset": [d["R"][k] * F[k] for k in range(4)],  # (5)
    "alpha": [dV[k + 1] * R[k] for k in range(4)],  # (6)
    "beta": [dV[k + 1] for k in range(4)],  # (6)
}
print(f"{'':8} {'step 1':>12} {'step 2':>12} {'step 3':>12} {'step 4':>12} {'sum':>12}")
for name, steps in added.items():
    print(f"{name:8}", *(f"{exact(x):>12}" for x in (*steps, sum(steps))))
    assert sum(steps) == getattr(dp_lib, name).item()

# %% [markdown]
# The same digits as the library's again.  Three things to see:
#
# - $V_{th}$ has two entrances, and they may disagree: at step 2 the output wants a higher threshold (−1: the loss falls as
#   it rises), the reset a lower one (+0.109375).  In NTR mode the output does not see the threshold and only the second is left.
# - $V_{reset}$ hears only from steps that fired.
# - Had the state been thrown away after the last step, $dV^4 = 0$, the last column would be empty but for $V_{th}$.
#
# If neurons or samples *share* a parameter, it enters the graph at each of them, so it collects from each: a sum, never a mean.

# %%
rng = np.random.default_rng(0)
I3, dY3, V3 = rng.normal(0.4, 0.6, (3, 6, 2)), rng.normal(size=(3, 6, 2)), np.zeros((3, 2))
numbers = v_th, v_reset, alpha, beta


def parameter_gradients(shape):
    """Of 3 samples of 2 neurons, whose parameters have the given shape."""
    p = neuron.Params(*(np.full(shape, z) for z in numbers))
    _, _, tape = neuron.forward(I3, V3, p, *choices)
    return neuron.backward(dY3, V3, tape, *choices)[2]


each, all_sharing = parameter_gradients((3, 2)), parameter_gradients((1,))
for name in neuron.Params._fields:
    six, one = getattr(each, name), getattr(all_sharing, name)
    print(f"{name:8}", *six.ravel().round(3), " sum", one.round(3))
    np.testing.assert_allclose(six.sum(), one[0])

# %% [markdown]
# ## Numbers that do not come out even
#
# With $\alpha = \tfrac13$ a computer has to round.  But the kernels only add, multiply and compare, so they run on
# fractions too, and nothing is lost.  How far off is the ordinary answer?


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
# Wait: $U^2$ is now $\tfrac12 + \tfrac13 \cdot \tfrac34 + \tfrac14 = 1$ exactly, a tie.  In fractions it fires, $S(0) = 1$.  In
# floating point it may come out a hair below or above, and then the spike flips, and with it everything after.  Here
# both fire; that is luck.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - Unroll in time, then: multiply along arrows, add where they meet.
# - $U$ gets gradient from three sides: its output, its spike, its reset.  $dI^t = dV^{t-1} = dU^t$.
# - One factor a step, $J^t$ of Eq. (12): $\alpha$, less, negative or 0, depending on fired and inside.
# - A parameter collects at every step, from every neuron and sample that shares it.  A sum.
#
# </div>
#
# ## Exercises
#
# **1.**  Detach the reset: let the spike have slope 0 everywhere, and all else be as above.  Work out $dI^1 \dots dI^4$ on paper.

# %% tags=["solution"]
# dI: a list of four numbers.

# dx = 0 at every step, so J is alpha for the silent and 0 for the fired, and dI = J dV + dA.
dI4 = 0 * 1 + 0.5
dI3 = 0.5 * dI4 + 0
dI2 = 0 * dI3 + 1
dI1 = 0.5 * dI2 + 0
dI = [dI1, dI2, dI3, dI4]

# %% tags=["check"]
detached = spike.detached(), activation.relu, neuron.TR
expected, _, _ = neuron.backward(np.reshape(dY, (1, 4, 1)), np.array([[dV4]]), tape, *detached)
assert expected.ravel().tolist() == list(dI), "not what the library gets"

# %% [markdown]
# **2.**  Silent inside the window, $J$ is smaller than $\alpha$, and it can even be 0: choose $V_{reset}$ such that nothing of $dV^1$
# passes through step 1, although the neuron neither fires there nor is cut off by its output.

# %% tags=["solution"]
# v_reset: a number.

# J = alpha (V_reset - U) + alpha = 0 for U = 0.75.
v_reset = 0.75 - 1

# %% tags=["check"]
p = neuron.Params(*(np.array([z]) for z in (v_th, v_reset, alpha, beta)))
_, _, tape = neuron.forward(np.reshape(I, (1, 4, 1)), np.zeros((1, 1)), p, *choices)
dI_check, _, _ = neuron.backward(np.reshape(dY, (1, 4, 1)), np.array([[dV4]]), tape, *choices)
assert tape.F[0, 0, 0] == 0, "it has fired"
assert dI_check[0, 1, 0] != 0, "there is nothing to pass"
assert dI_check[0, 0, 0] == 0, f"{dI_check[0, 0, 0]} passes"

# %% [markdown]
# **3.**  Write the backward pass for arrays $(B, T, L)$, with $\mathrm{Act}(x) = x$ in TR mode, parameters that are plain
# numbers, and $dV^T = 0$.  It gets `dY`, and `U` from the forward pass; all else follows from them.


# %% tags=["solution"]
# def bptt(dY, U, v_th, v_reset, alpha, mu) -> dI, and {"v_th": ..., "v_reset": ..., "alpha": ..., "beta": ...}
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
given = 0.8, 0.1, 0.9, 0.05
p = neuron.Params(*(np.array([z]) for z in given))
linear = spike.paper(0.3), activation.identity, neuron.TR
_, _, tape = neuron.forward(I3, V3, p, *linear)
expected, _, dp = neuron.backward(dY3, V3, tape, *linear)
dI, total = bptt(dY3, tape.U, *given[:3], 0.3)
np.testing.assert_allclose(dI, expected, err_msg="dI")
for name, grad in dp._asdict().items():
    np.testing.assert_allclose(total[name], grad[0], err_msg=name)
