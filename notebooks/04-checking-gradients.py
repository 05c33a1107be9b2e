# %% [markdown]
# # 4 · Checking gradients: why finite differences fail, and four checks that work
#
# In this notebook you check the backward pass of a spiking network in four independent ways.  You need notebooks 2 and 3.
#
# The usual check of a hand-written backward pass is the finite difference: change a weight a little and measure the change of
# the loss.  For a spiking network its answer is wrong.  You will see why, learn four checks that work, and find out which
# errors each of them misses.

# %% tags=["setup"]
from fractions import Fraction

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from liaf_ref.exercises import check, compare, mark_quiz
from liaf_ref.kernels import activation, dense, neuron, spike
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import DenseLIAF
from liaf_ref.oracle import Case, Node, layer_target
from liaf_ref.oracle.gradcheck import gradcheck
from liaf_ref.oracle.table import FRACTION, run
from liaf_ref.oracle.table.tape import T, backward
from liaf_ref.plotting import SliderRange, palette, show, show_with_sliders

# %% [markdown]
# ## A network to check
#
# The network has three inputs and two LIF neurons, and runs for eight steps on eight samples.  The loss compares the spikes
# with target spikes.  `value` computes the loss, and `gradient` is the backward pass to be checked.  Both take arrays by name,
# and the spike as a pair: a function and the slope that the backward pass uses for it.

# %%
MU = 0.25
NAMES = ("W", "v_th", "v_reset", "alpha", "beta")


def forward(a, pair, act):
    I, synapses = dense.forward(a["X"], dense.Params(a["W"], np.zeros(())))
    p = neuron.Params(*(a[name] for name in NAMES[1:]))
    Y, _, tape = neuron.forward(I, np.zeros_like(I[:, 0]), p, pair, act, neuron.TR)
    return Y, synapses, tape


def value(a, pair, act=None):
    """The loss; without an activation, that of LIF."""
    Y, _, _ = forward(a, pair, act or pair)
    return 0.5 * ((Y - a["D"]) ** 2).sum() / a["D"].size


def gradient(a, pair, act=None, backward=neuron.backward):
    Y, synapses, tape = forward(a, pair, act or pair)
    dY = (Y - a["D"]) / a["D"].size
    dI, _, dp = backward(dY, np.zeros_like(dY[:, 0]), tape, pair, act or pair, neuron.TR)
    return {"W": dense.backward_params(dI, synapses).W, **dp._asdict()}


rng = np.random.default_rng(7)
at = {
    "X": rng.normal(0.3, 0.8, (8, 8, 3)),
    "D": rng.integers(0, 2, (8, 8, 2)).astype(float),
    "W": rng.normal(0.2, 0.6, (3, 2)),
    "v_th": np.array([0.4, 0.6]),
    "v_reset": np.array([0.0, -0.2]),
    "alpha": np.array([0.8, 0.6]),
    "beta": np.array([0.05, -0.02]),
}
paper = spike.paper(MU)
_, _, tape = forward(at, paper, paper)
inside = abs(tape.U - tape.p.v_th) < MU
print(f"fired {tape.F.mean():.0%}, inside the window {inside.mean():.0%}, loss {value(at, paper)}")
print("gradient with respect to W\n", gradient(at, paper)["W"])

# %% [markdown]
# ## Why a finite difference fails
#
# Change one weight and plot the loss.  The left panel shows LIF, the right panel the same neurons with an analog output, LIAF.


# %%
def with_weight(w):
    W = at["W"].copy()
    W[0, 0] = w
    return {**at, "W": W}


ws = np.linspace(-1.2, 0.8, 801)
losses = {
    name: [value(with_weight(w), paper, act) for w in ws]
    for name, act in (("LIF", paper), ("LIAF, tanh", activation.tanh))
}

# %% tags=["hide-input"]
here = at["W"][0, 0]
figure = Figure(figsize=(7.2, 3.2), layout="constrained")
for panel, (name, each) in zip(figure.subplots(1, 2), losses.items(), strict=True):
    color = palette.CELL_COLORS[name.partition(",")[0].lower()]
    panel.plot(ws, each, ".", ms=1.5, color=color)
    panel.axvline(here, color="0.6", ls=":", lw=1)
    panel.set(title=name, xlabel="$W_{00}$   (dotted: where we are)", ylabel="loss")
    panel.spines[["top", "right"]].set_visible(False)
show(figure)

# %% [markdown]
# The loss of LIF is a staircase.  Every stair is exactly flat: as long as the spikes do not change, the loss does not change.
# The loss of LIAF has a slope between its jumps.  It jumps where a reset appears or disappears.
#
# A finite difference is the slope of a chord of this curve.  With a small $h$, both ends of the chord are on the same stair, and
# its slope is 0.  With a larger $h$, the slope depends on the jumps in between, and so on $h$.  Move $h$, then the weight.


# %%
def chord(w, h):
    """The finite difference."""
    return (value(with_weight(w + h), paper) - value(with_weight(w - h), paper)) / (2 * h)


# %% tags=["hide-input"]
def draw_chord(weight, log10_h):
    h = 10.0**log10_h
    low, high = min(losses["LIF"]), max(losses["LIF"])
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(ws, losses["LIF"], color="0.75", lw=1)
    ends = np.array([weight - h, weight + h])
    here = value(with_weight(weight), paper)
    chord_ends = [value(with_weight(w), paper) for w in ends]
    left.plot(ends, chord_ends, "o-", color=palette.ORANGE, ms=4, label="finite difference")
    g = gradient(with_weight(weight), paper)["W"][0, 0]
    reach = np.array([-0.4, 0.4])
    left.plot(weight + reach, here + g * reach, color=palette.BLACK, label="paper's gradient")
    left.set(xlabel="$W_{00}$", ylabel="loss", xlim=(-1.2, 0.8), ylim=(low - 0.01, high + 0.01))
    hs = 10.0 ** np.linspace(-5, 0, 61)
    slopes = [chord(weight, each) for each in hs]
    right.plot(hs, slopes, ".-", color=palette.ORANGE, ms=3, lw=0.7)
    right.plot(h, chord(weight, h), "o", color=palette.ORANGE)
    right.axhline(g, color=palette.BLACK)
    right.set(xscale="log", xlabel="$h$", ylabel="slope", ylim=(-0.25, 0.25))
    for panel in (left, right):
        panel.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure


show_with_sliders(
    draw_chord, weight=SliderRange(-1.1, 0.7, -0.36, 0.01), log10_h=SliderRange(-5, 0, -1, 0.1)
)

# %% [markdown]
# No $h$ gives the black line, except by accident.  More precision would not help.  The black line is a surrogate gradient, and
# the loss has no such slope.  At this weight the surrogate says that the loss falls as the weight grows, but the next stairs
# rise: a step along it would raise the loss.  So a surrogate may be wrong for one weight at one point.
#
# There are two different questions.  Is the surrogate a *good* gradient?  Training answers this, notebook 2.  Does the backward
# pass *compute* the surrogate?  This is the question here, and a finite difference cannot answer it.  It rejects the correct
# backward pass, and it accepts one that returns zeros.


# %%
def finite_difference(a, pair, h=1e-6):
    found = {}
    for name in NAMES:
        found[name] = np.empty(a[name].shape)
        for index in np.ndindex(a[name].shape):
            up, down = a[name].copy(), a[name].copy()
            up[index] += h
            down[index] -= h
            rise = value({**a, name: up}, pair) - value({**a, name: down}, pair)
            found[name][index] = rise / (2 * h)
    return found


def error(given, expected):
    """Largest difference in any array, relative to the largest expected entry."""
    scale = max(abs(expected[name]).max() for name in NAMES) or 1.0
    return max(abs(given[name] - expected[name]).max() for name in NAMES) / scale


differences = finite_difference(at, paper)
print("largest finite difference  ", max(abs(g).max() for g in differences.values()))
print("largest correct gradient   ", max(abs(g).max() for g in gradient(at, paper).values()))

# %% [markdown]
# ## Check 1: a complex step through the frozen linearisation
#
# This check combines two ideas.  The first is about derivatives.  Take the step along the imaginary axis, not along the real
# one.  For an analytic $f$,
#
# $$f(x + ih) = f(x) + ih f'(x) - \tfrac12 h^2 f''(x) - \dots,\qquad\text{so}\quad \frac{\operatorname{Im} f(x + ih)}{h} = f'(x) + O(h^2).$$
#
# Nothing is subtracted, so no digits cancel.  We can use $h = 10^{-40}$, and the error is far below rounding.
#
# The second idea is about spikes.  Replace each spike by a straight line through its current point $x_0$, with the
# *surrogate's* slope: $S(x_0) + \bar\delta(x_0)\,(x - x_0)$, where $x_0$ is the real part of $x$.  The result is called the
# frozen linearisation, `spike.frozen`.  For real numbers nothing changes.  The imaginary part is multiplied by the slope.


# %%
def complex_step(a, pair, act=None):
    found = {}
    for name in NAMES:
        found[name] = np.empty(a[name].shape)
        for index in np.ndindex(a[name].shape):
            moved = {key: array.astype(complex) for key, array in a.items()}
            moved[name][index] += 1e-40j
            found[name][index] = value(moved, spike.frozen(pair), act).imag / 1e-40
    return found


first = error(gradient(at, paper), complex_step(at, paper))
print(f"paper's gradient against the complex step: {first:.1e}")
assert first < 1e-14

# %% [markdown]
# The two gradients agree to the last bits, for the real spiking network.  But both take the window from the same pair.  If the
# width of *this* window is wrong, the check does not notice it.
#
# ## Check 2: finite differences of the relaxed network
#
# In the *relaxed* network of session 3, a ramp with a true slope replaces the step.  The backward pass is the same code; only the
# forward pass is different.  So we can check this backward pass with finite differences.
#
# The ramp has corners, and a finite difference across a corner is wrong again.  So choose a point away from the corners, and a
# small $h$.  If $h$ is too small, the two values are nearly equal, and rounding dominates their difference.

# %%
relaxed = spike.relaxed(MU)
best = complex_step(at, relaxed)
hs = 10.0 ** np.arange(-13, -0.9, 0.5)
errors = [error(finite_difference(at, relaxed, h), best) for h in hs]
second = error(gradient(at, relaxed), finite_difference(at, relaxed))
print(f"relaxed gradient against differences with h = 1e-6: {second:.1e}")
assert second < 1e-7

# %% tags=["hide-input"]
figure = Figure(figsize=(7, 3), layout="constrained")
panel = figure.subplots()
panel.loglog(hs, errors, "o-", ms=3, color=palette.ORANGE, label="finite difference")
exact = error(gradient(at, relaxed), best)
panel.axhline(exact, color=palette.BLACK, ls="--", label="backward pass")
panel.text(1e-12, 1e-8, "rounding / h", color="0.35", fontsize=9)
panel.text(3e-4, 1e-9, "curvature,\nthen corners", color="0.35", fontsize=9)
panel.set(xlabel="$h$", ylabel="relative error", ylim=(1e-17, 1e4))
panel.legend(frameon=False, loc="upper center", ncols=2)
panel.spines[["top", "right"]].set_visible(False)
show(figure)

# %% [markdown]
# This check gives fewer digits than the complex step.  But it does not take the window from the pair: the ramp is computed from
# $\mu$ alone.  It never tests the step itself.
#
# ## Check 3: an independent implementation, in fractions
#
# A tape remembers where each number came from.  Compute the forward pass with such numbers, and the gradient follows by the
# chain rule (check 4 builds one).  No backward pass of the network is needed.  If the values are fractions, the gradient is exact.

# %%
x = T(Fraction(1, 3))
y = x * x - 2 * x
backward([(y, Fraction(1))])
print("at 1/3, x² - 2x is", y.v, "and its slope 2x - 2 is", x.gradient)

# %% [markdown]
# `liaf_ref.oracle.table` is an independent implementation of the paper's equations.  It was written from the paper alone,
# without the kernels, and has no backward pass.  The slope of its spike is the window, as in the paper.
#
# The values below are multiples of $\tfrac18$.  For these, *floats* do not round either.  Ties $U = V_{th}$ and window edges
# $\lvert U - V_{th}\rvert = \mu$ are common here; with random numbers they never occur.

# %%
rng = np.random.default_rng(0)
grid = {
    "X": rng.integers(-1, 3, (4, 4, 2)) / 2,
    "D": rng.integers(0, 2, (4, 4, 2)).astype(float),
    "W": rng.integers(-1, 4, (2, 2)) / 4,
    "v_th": np.array([0.5, 0.375]),
    "v_reset": np.array([0.0, -0.25]),
    "alpha": np.array([0.5, 0.5]),
    "beta": np.array([0.125, 0.0]),
}


NODES = (
    Node("d", "dense", ("in/X",), {}),
    Node(
        "n",
        "neuron",
        ("d",),
        {"act": "spike", "mode": "TR", "sharing": "channel", "mu": MU, "reset": "paper"},
    ),
)


def independent(a):
    arrays = {"in/X": a["X"], "par/d.W": a["W"], "in/n.V0": np.zeros((4, 2))}
    arrays |= {f"par/n.{name}": a[name] for name in NAMES[1:]}
    case = Case("exact", "L1", NODES, arrays | {"up/n.Y": np.zeros_like(a["D"])})
    Y = run(case, FRACTION)["exp/n.Y"]
    dY = (Y - a["D"]) / a["D"].size  # the gradient of the loss in the output
    answer = run(case.with_arrays({"up/n.Y": dY}), FRACTION)
    return {"W": answer["grad/par/d.W"], **{n: answer[f"grad/par/n.{n}"] for n in NAMES[1:]}}


exactly, floats = independent(grid), gradient(grid, paper)
for name in NAMES:
    print(f"{name:8}", *exactly[name].ravel())
    assert (exactly[name] == floats[name]).all(), name
_, _, tape = forward(grid, paper, paper)
x = abs(tape.U - tape.p.v_th)
print("ties:", (x == 0).sum(), " window edges:", (x == MU).sum(), " of", x.size)

# %% [markdown]
# The comparison uses `==` without any tolerance: each float is exactly that fraction.
#
# ## Check 4: automatic differentiation
#
# PyTorch, JAX and similar frameworks differentiate the forward pass for you.  The idea fits in one cell.  Each operation
# stores its inputs.  For each input it also stores a rule that computes the input's gradient from the output's gradient.  The
# spike is the only operation whose rule we choose ourselves.


# %%
class Var:
    def __init__(self, value, *inputs):
        self.value, self.inputs, self.grad = np.asarray(value), inputs, 0.0

    def __add__(self, other):
        return Var(self.value + other.value, (self, lambda g: g), (other, lambda g: g))

    def __mul__(self, other):
        a, b = self.value, other.value
        return Var(a * b, (self, lambda g: g * b), (other, lambda g: g * a))

    def __sub__(self, other):
        return self + other * Var(-1.0)

    def __matmul__(self, other):
        a, b = self.value, other.value
        return Var(a @ b, (self, lambda g: g @ b.T), (other, lambda g: a.T @ g))

    def spike(self):
        x = self.value
        return Var(1.0 * (x >= 0), (self, lambda g: g * (abs(x) < MU)))  # (4), (13)

    def backward(self):
        order, seen = [], set()

        def visit(var):
            if id(var) not in seen:
                seen.add(id(var))
                for source, _ in var.inputs:
                    visit(source)
                order.append(var)

        visit(self)
        self.grad = np.ones_like(self.value)
        for var in reversed(order):
            for source, rule in var.inputs:
                g = rule(var.grad)
                while np.ndim(g) > source.value.ndim:  # shared: sum over the uses
                    g = g.sum(axis=0)
                source.grad = source.grad + g


def by_autograd(a):
    v = {name: Var(array) for name, array in a.items()}
    V, one, total = Var(np.zeros((len(a["X"]), 2))), Var(1.0), Var(np.zeros(()))
    for t in range(a["X"].shape[1]):
        U = Var(a["X"][:, t]) @ v["W"] + V
        F = (U - v["v_th"]).spike()
        R = F * v["v_reset"] + (one - F) * U
        V = v["alpha"] * R + v["beta"]
        miss = F - Var(a["D"][:, t])
        total = total + miss * miss  # an array; the loss is the sum of its entries
    total.backward()
    return {name: v[name].grad * 0.5 / a["D"].size for name in NAMES}


for point in (at, grid):
    fourth = error(gradient(point, paper), by_autograd(point))
    print(f"paper's gradient against autograd: {fourth:.1e}")
    assert fourth < 1e-14

# %% [markdown]
# A framework differentiates the equations that *you* wrote for it.  So write them from the paper, not from your kernel.
#
# ## Do the checks find errors?
#
# A check that never fails is worth nothing.  So put errors into the backward pass, one at a time, and see which checks find them.


# %%
def broken(flaw):
    """The library's backward pass with one error in it."""

    def backward(dY, dV, tape, pair, act, s):
        p, dI = tape.p, np.empty_like(dY)
        d = {name: np.zeros_like(dV) for name in p._fields}
        for t in reversed(range(dY.shape[1])):
            U, F, R = tape.U[:, t], tape.F[:, t], tape.R[:, t]
            dz = dY[:, t] * act.slope(U - s * p.v_th)
            d["alpha"] += dV * (U if flaw == "α from U, not R" else R)
            d["beta"] += dV
            dR = dV if flaw == "leak missing" else dV * p.alpha
            d["v_reset"] += dR * F
            dF = dR * (U - p.v_reset if flaw == "sign of V_reset − U" else p.v_reset - U)
            dx = 0 * dF if flaw == "reset detached" else dF * pair.slope(U - p.v_th)
            d["v_th"] -= dx if flaw == "V_th without the output" else dx + s * dz
            saved = dR if flaw == "1 − F dropped" else dR * (1 - F)
            dV = dI[:, t] = saved + dx + dz
        collect = np.mean if flaw == "mean instead of sum" else np.sum
        return dI, dV, neuron.Params(*(collect(d[name], axis=0) for name in p._fields))

    return backward


PAIRS = {
    "window of height 1/2μ": Pair(spike.step, lambda x: spike.Window(MU)(x) / (2 * MU)),
    "window closed, |x| ≤ μ": Pair(spike.step, lambda x: 1.0 * (abs(x.real) <= MU)),
    "fires on >": Pair(lambda x: (x.real > 0).astype(x.dtype), spike.Window(MU)),
}
FLAWS = [
    "no error",
    "α from U, not R",
    "leak missing",
    "sign of V_reset − U",
    "reset detached",
    "V_th without the output",
    "1 − F dropped",
    "mean instead of sum",
    *PAIRS,
]

CHECKS = {
    "difference,\nhard": (at, lambda pair: pair, lambda a, _: finite_difference(a, paper)),
    "complex\nstep": (at, lambda pair: pair, complex_step),
    "difference,\nrelaxed": (
        at,
        lambda pair: pair._replace(value=relaxed.value),
        lambda a, _: finite_difference(a, relaxed),
    ),
    "independent\nimplementation": (grid, lambda pair: pair, lambda a, _: independent(a)),
    "autograd": (grid, lambda pair: pair, lambda a, _: by_autograd(a)),
}

table = np.empty((len(FLAWS), len(CHECKS)))
for i, flaw in enumerate(FLAWS):
    for j, (point, for_forward, reference) in enumerate(CHECKS.values()):
        pair = for_forward(PAIRS.get(flaw, paper))
        given = gradient(point, pair, backward=broken(flaw))
        expected = {name: g.astype(float) for name, g in reference(point, pair).items()}
        table[i, j] = error(given, expected)

# %% tags=["hide-input"]
caught = table > 1e-6
figure = Figure(figsize=(7.2, 4.6), layout="constrained")
panel = figure.subplots()
panel.imshow(caught, cmap=ListedColormap(["#F0F0F0", "#9CC9E6"]), aspect="auto")
for (i, j), off in np.ndenumerate(table):
    panel.text(j, i, f"{off:.0e}", ha="center", va="center", fontsize=9)
panel.set_xticks(range(len(CHECKS)), CHECKS)
panel.set_yticks(range(len(FLAWS)), FLAWS)
panel.set_title("measured error; blue: the check rejects the backward pass", fontsize=10)
panel.xaxis.tick_top()
show(figure)

# %% [markdown]
# Read the table by columns.
#
# - The finite difference of the spiking network itself (the **hard difference**) reports an error everywhere, even for the
#   correct backward pass.
# - The **complex step** takes the pair from the code under test.  It does not notice a different window or firing rule.
# - The **relaxed difference** notices a window of the wrong height.  It does not test the step, because the relaxed network has
#   none.  It does not test the edges of the window, because no $U$ lies on an edge.
# - The **independent implementation** and **autograd** have their own pairs.  They find the last two errors only because the
#   *point* contains ties and edges.  With random numbers, `>` and `>=` give the same result.
#
# One check is not enough, and one point is not enough.  If no neuron had been inside the window, no check would have found
# a wrong sign of $V_{reset} - U$.  For this reason the first cell printed how many are inside.
#
# ## The same checks in the library
#
# `gradcheck` contains the first two checks, as the modes `complex` and `relaxed`.  The mode `hard` compares the hard
# difference with a *detached* gradient; for LIAF, this is the only gradient that it can check.  `gradcheck` raises an error
# if a difference would cross a corner.

# %%
layer = layer_target(lambda pair: DenseLIAF(3, 2, act="tanh", spike=pair), np.random.default_rng(4))
for mode in ("complex", "relaxed", "hard"):
    report = gradcheck(layer, mode=mode)
    print(f"{mode:8}", str(report).splitlines()[0], f" largest error {report.worst.error:.0e}")
    report.assert_passed()

# %% [markdown]
# To check a whole backend, the library has hundreds of small networks with known gradients, computed by the independent
# implementation.  Notebook 12 uses them.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - The loss of a spiking network is a staircase.  A finite difference cannot confirm a surrogate gradient, and accepts zeros.
# - Complex step: all digits, for the real spiking network.  It does not check the window.
# - Relaxed differences: check height and width of the window, not its edges and not the step.
# - An independent implementation (a tape with fractions, or autograd) finds a misread equation.  It needs points with
#   ties and edges.
# - Break the backward pass on purpose, to learn which errors each check finds.
#
# </div>
#
# ## Quiz
#
# **1.**  What does the finite difference of a LIF network's loss give for a very small $h$?
#
# - **a**  0 at nearly every point
# - **b**  the surrogate gradient, with rounding errors
# - **c**  the gradient of the relaxed network
#
# **2.**  Which error does the complex step with the code's own pair *not* find?
#
# - **a**  a missing term in the backward pass
# - **b**  a wrong sign
# - **c**  a window of the wrong width
#
# **3.**  Why does the independent implementation use multiples of $\tfrac18$?
#
# - **a**  Fractions are then faster.
# - **b**  Floats do not round, and ties and window edges occur.
# - **c**  The surrogate gradient exists only there.

# %% tags=["solution"]
# answers: a string of three letters.
answers = "acb"

# 1: The loss is a staircase, and both ends of the chord are on the same stair.
# 2: The complex step multiplies by the slope of the same pair.
# 3: So > differs from >= at some points, and the comparison needs no tolerance.

# %% tags=["check"]
mark_quiz(
    "answers",
    "d651bf 92ad8e 391b99 748c09",
    "Why a finite difference fails",
    "Check 1: a complex step through the frozen linearisation",
    "Check 3: an independent implementation, in fractions",
)

# %% [markdown]
# ## Exercises
#
# **1.**  The complex step works for any analytic function.  Write it for functions of one number.


# %% tags=["solution"]
# def derivative(f, x) -> float
def derivative(f, x):
    return f(x + 1e-40j).imag / 1e-40


# %% tags=["check"]
@check("derivative")
def _():
    for f, x, slope in (
        (np.exp, 1.0, np.e),
        (lambda z: z**3, -2.0, 12.0),
        (lambda z: np.tanh(z) ** 2, 0.7, 2 * np.tanh(0.7) * (1 - np.tanh(0.7) ** 2)),
    ):
        found = derivative(f, x)
        assert not np.iscomplexobj(found), f"at {x}: expected a real number, got {found}"
        off = abs(found - slope) / abs(slope)
        why = "a difference loses digits, the imaginary part does not" if off < 0.1 else ""
        assert off < 1e-14, f"at {x}: {found}, but the slope is {slope}; {why}"


# %% [markdown]
# **2.**  A colleague's neuron fires on `>` instead of `>=`.  Find an input of shape $(1, 4, 1)$ and parameters for which
# the colleague's $dI$ differs from the paper's.  Rounding must not be the reason: use only multiples of $\tfrac14$.

# %% tags=["solution"]
# I_tie, and p_tie = neuron.Params(v_th, v_reset, alpha, beta) of shape (1,) each

# A tie at step 1: U = v_th.  It must not be at the last step, so that the reset changes a later one.
I_tie = np.array([0.5, 0.25, 0.25, 0.25]).reshape(1, 4, 1)
p_tie = neuron.Params(*(np.array([z]) for z in (0.5, 0.0, 0.5, 0.0)))


# %% tags=["check"]
@check("I_tie", "p_tie")
def _():
    given, p = np.asarray(I_tie, float), neuron.Params(*(np.ravel(z) * 1.0 for z in p_tie))
    assert given.shape == (1, 4, 1), f"I_tie has the shape {given.shape}"
    assert all((4 * z % 1 == 0).all() for z in (given, *p)), "multiples of a quarter only"
    dY, dV, V0 = np.ones((1, 4, 1)), np.zeros((1, 1)), np.zeros((1, 1))
    found = []
    for pair in (paper, PAIRS["fires on >"]):
        choices = pair, activation.identity, neuron.TR
        _, _, tape = neuron.forward(given, V0, p, *choices)
        found.append(neuron.backward(dY, dV, tape, *choices)[0])
    ties = 1 + np.flatnonzero(tape.U == p.v_th)
    why = (
        f"ties at steps {ties}, but dI does not depend on them" if ties.size else "no U is at v_th"
    )
    assert not np.array_equal(*found), f"> and >= give the same gradient: {why}"


# %% [markdown]
# **3.**  The backward pass below is for LIAF with $\mathrm{Act}(x) = x$, and it has an error.  Use a check to find the array that is
# wrong.  Find the missing path to the loss, and write `corrected`.  (`complex_step` also takes an activation.)


# %%
def suspect(dY, dV, tape, pair, act, s):
    p, dI = tape.p, np.empty_like(dY)
    d = {name: np.zeros_like(dV) for name in p._fields}
    for t in reversed(range(dY.shape[1])):
        U, F, R = tape.U[:, t], tape.F[:, t], tape.R[:, t]
        dz = dY[:, t]
        d["alpha"] += dV * R
        d["beta"] += dV
        dR = dV * p.alpha
        d["v_reset"] += dR * F
        dx = dR * (p.v_reset - U) * pair.slope(U - p.v_th)
        d["v_th"] -= dx
        dV = dI[:, t] = dR * (1 - F) + dx + dz
    return dI, dV, neuron.Params(*(d[name].sum(axis=0) for name in p._fields))


given = gradient(at, paper, activation.identity, suspect)


# %% tags=["solution"]
# def corrected(dY, dV, tape, pair, act, s): suspect without its error

# Compared with the complex step, only v_th is wrong: its path through the output is missing.
expected = complex_step(at, paper, activation.identity)
print({name: float(abs(given[name] - expected[name]).max()) for name in NAMES})


def corrected(dY, dV, tape, pair, act, s):
    dI, dV, dp = suspect(dY, dV, tape, pair, act, s)
    return dI, dV, dp._replace(v_th=dp.v_th - s * dY.sum(axis=(0, 1)))


# %% tags=["check"]
@check("corrected")
def _():
    right = gradient(at, paper, activation.identity)
    found = gradient(at, paper, activation.identity, corrected)
    for name in NAMES:
        wrong = {"this is what suspect gives": given[name]}
        wrong |= {"the term is subtracted: -dz": 2 * given[name] - right[name]}
        compare(f"the gradient of {name}", found[name], right[name], wrong)
