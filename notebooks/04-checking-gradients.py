# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 4 · Why a finite difference lies, and four ways to check all the same
#
# A backward pass that you wrote by hand is wrong until something that does not use it says otherwise.  The usual witness is the
# finite difference: move a weight a little, see what the loss does.  For a spiking network this witness lies, and it lies with
# confidence.  Here you see why, meet four that do not, and find out what each of them cannot see.
#
# You need notebooks 2 and 3.

# %% tags=["setup"]
from fractions import Fraction

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from liaf_ref.kernels import activation, dense, neuron, spike
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import DenseLIAF
from liaf_ref.oracle.exact import differentiate, functions
from liaf_ref.oracle.exact.dense import dense as exact_dense
from liaf_ref.oracle.exact.dual import constant, variable
from liaf_ref.oracle.exact.neuron import NeuronOptions, step
from liaf_ref.oracle.gradcheck import gradcheck, layer_target
from liaf_ref.plotting import SliderRange, show, show_with_sliders

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"

# %% [markdown]
# ## A network to check
#
# Three inputs, two LIF neurons, eight steps, eight samples.  The loss compares the spikes with target spikes.  `value` is the loss,
# `gradient` the backward pass under suspicion; both get their numbers by name and the spike as a pair.

# %%
MU = 0.25
NAMES = ("W", "v_th", "v_reset", "alpha", "beta")


def forward(a, pair, act):
    I, synapses = dense.forward(a["X"], dense.Params(a["W"], np.zeros(())))
    p = neuron.Params(*(a[name] for name in NAMES[1:]))
    Y, _, tape = neuron.forward(I, np.zeros_like(I[:, 0]), p, pair, act, neuron.TR)
    return Y, synapses, tape


def value(a, pair, act=None):
    """The loss; LIF unless there is an activation."""
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
print("gradient in W\n", gradient(at, paper)["W"])

# %% [markdown]
# ## The lie
#
# Turn one weight and draw the loss.  On the left is LIF; on the right the same neurons with an analog output, LIAF.


# %%
def with_weight(w):
    W = at["W"].copy()
    W[0, 0] = w
    return {**at, "W": W}


ws = np.linspace(-1.2, 0.8, 801)
here = at["W"][0, 0]
figure = Figure(figsize=(7.5, 3.2), layout="constrained")
for panel, (name, act) in zip(
    figure.subplots(1, 2), (("LIF", None), ("LIAF, tanh", activation.tanh)), strict=True
):
    panel.plot(ws, [value(with_weight(w), paper, act) for w in ws], ".", ms=1.5, color=BLUE)
    panel.axvline(here, color="0.6", ls=":", lw=1)
    panel.set(title=name, xlabel="$W_{00}$   (dotted: where we are)", ylabel="loss")
    panel.spines[["top", "right"]].set_visible(False)
show(figure)

# %% [markdown]
# LIF's loss is a staircase.  Every stair is exactly flat: the spikes do not change, so nothing does.  LIAF's has slopes
# between its jumps, but it jumps where a reset comes or goes.
#
# A finite difference is the slope of a chord over this.  With a small $h$ both ends stand on one stair, and it says 0.
# With a larger one it counts the jumps in between, and says what you please.  Move $h$, then the weight.


# %%
def draw_chord(weight, log10_h):
    h = 10.0**log10_h
    low, high = min(LIF_LOSS), max(LIF_LOSS)
    figure = Figure(figsize=(7.5, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(ws, LIF_LOSS, color="0.75", lw=1)
    ends = np.array([weight - h, weight + h])
    losses = [value(with_weight(w), paper) for w in ends]
    left.plot(ends, losses, "o-", color=ORANGE, ms=4, label="chord")
    g = gradient(with_weight(weight), paper)["W"][0, 0]
    middle = value(with_weight(weight), paper)
    reach = np.array([-0.4, 0.4])
    left.plot(weight + reach, middle + g * reach, color=BLUE, label="paper's gradient")
    left.set(xlabel="$W_{00}$", ylabel="loss", xlim=(-1.2, 0.8), ylim=(low - 0.01, high + 0.01))
    left.legend(frameon=False, fontsize=8)
    hs = 10.0 ** np.linspace(-5, 0, 61)
    slopes = [chord(weight, each) for each in hs]
    right.plot(hs, slopes, ".-", color=ORANGE, ms=3, lw=0.7, label="finite difference")
    right.plot(h, chord(weight, h), "o", color=ORANGE)
    right.axhline(g, color=BLUE, label="paper's gradient")
    right.set(xscale="log", xlabel="$h$", ylabel="slope")
    right.legend(frameon=False, fontsize=8)
    for panel in (left, right):
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def chord(w, h):
    return (value(with_weight(w + h), paper) - value(with_weight(w - h), paper)) / (2 * h)


LIF_LOSS = [value(with_weight(w), paper) for w in ws]
show_with_sliders(
    draw_chord, weight=SliderRange(-1.1, 0.7, -0.36, 0.01), log10_h=SliderRange(-5, 0, -1, 0.1)
)

# %% [markdown]
# No $h$ gives the blue line, but by accident.  That is no matter of precision: the blue number is a surrogate, and the loss
# that we run has no such slope.  At this weight it even points the other way than the stairs nearby; a surrogate promises
# nothing about one weight at one place.  Whether it is a *good* one is a question for training, notebook 2.  Whether the
# backward pass *computes* it is the question here, and a finite difference cannot answer it: it rejects the right backward pass,
# and accepts one that returns zeros.


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
    """The largest difference of all arrays, in units of the largest expected entry."""
    scale = max(abs(expected[name]).max() for name in NAMES) or 1.0
    return max(abs(given[name] - expected[name]).max() for name in NAMES) / scale


lies = finite_difference(at, paper)
print("its largest entry     ", max(abs(g).max() for g in lies.values()))
print("the right gradient's  ", max(abs(g).max() for g in gradient(at, paper).values()))

# %% [markdown]
# ## First way: a complex step through the frozen tangent
#
# Two tricks.  The first is about derivatives.  Step not along the real axis but along the imaginary one: for an analytic $f$,
#
# $$f(x + ih) = f(x) + ih f'(x) - \tfrac12 h^2 f''(x) - \dots,\qquad\text{so}\quad \frac{\operatorname{Im} f(x + ih)}{h} = f'(x) + O(h^2).$$
#
# Nothing is subtracted, so nothing cancels, and $h = 10^{-40}$ is fine: the error is far below rounding.
#
# The second is about spikes.  Take the point at which the network works, and replace each spike by the line through that point
# with the *surrogate's* slope: $S(x_0) + \bar\delta(x_0)\,(x - x_0)$, where $x_0$ is the real part.  For real numbers nothing
# has changed; the imaginary part sees the slope.  This is `spike.frozen`.


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
# Agreement to the last bits, at the very point where the hard network works.  But note where the window came from: from the
# pair that we handed in.  If *that* has the wrong width, both sides have it.
#
# ## Second way: differences of the relaxed network
#
# Notebook 2 had a network with true slopes: the ramp in place of the step.  Its backward pass is the same code, with another
# forward pass.  So check that one by finite differences.
#
# The ramp has corners, and a difference that reaches over a corner lies again.  So it takes a point away from them, and an $h$
# that is small, but not too small: values that are nearly equal get subtracted.

# %%
relaxed = spike.relaxed(MU)
best = complex_step(at, relaxed)
hs = 10.0 ** np.arange(-13, -0.9, 0.5)
errors = [error(finite_difference(at, relaxed, h), best) for h in hs]
figure = Figure(figsize=(7, 3), layout="constrained")
panel = figure.subplots()
panel.loglog(hs, errors, "o-", ms=3, color=ORANGE, label="finite difference")
panel.axhline(error(gradient(at, relaxed), best), color=BLUE, ls="--", label="backward pass")
panel.text(1e-12, 1e-8, "rounding / h", color="0.35", fontsize=9)
panel.text(3e-4, 1e-9, "curvature,\nthen corners", color="0.35", fontsize=9)
panel.set(xlabel="$h$", ylabel="error", ylim=(1e-17, 1e4))
panel.legend(frameon=False, loc="upper center", ncols=2)
panel.spines[["top", "right"]].set_visible(False)

second = error(gradient(at, relaxed), finite_difference(at, relaxed))
print(f"relaxed gradient against differences with h = 1e-6: {second:.1e}")
assert second < 1e-7
show(figure)

# %% [markdown]
# Eight digits, no more, but this witness brings its own window: the ramp is written from $\mu$ alone.  What it never
# meets is the step itself.
#
# ## Third way: an independent implementation, in fractions
#
# A dual number carries its derivatives along: from $a + a'\varepsilon$ and $b + b'\varepsilon$ with
# $\varepsilon^2 = 0$ follows $ab + (a'b + ab')\varepsilon$.  Compute forward with such numbers, and the gradient is there at the
# end; no backward pass exists.  Let the values be fractions, and it is there exactly.

# %%
x = variable(Fraction(1, 3))
y = x * x - 2 * x
print("at 1/3, x² - 2x is", y.x, "and its slope 2x - 2 is", y.derivative(x))

# %% [markdown]
# `liaf_ref.oracle.exact` holds the paper's equations a second time, one number after the other, written without a look at
# the kernels.  It is slow, and that is all that is wrong with it.  A spike answers $dx$ with the window, as the
# paper says.
#
# We give it a point of multiples of $\tfrac18$ and the like.  There the *floats* do not round either, and ties $U = V_{th}$ and
# window edges $\lvert U - V_{th}\rvert = \mu$ happen all the time, which random numbers never meet.

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


def by_loops(X, D, W, v_th, v_reset, alpha, beta):
    fires = functions.spike(Fraction(MU))
    law, zero = NeuronOptions(S=fires, f=fires, mode="TR"), constant(Fraction(0))
    total = zero
    for X_b, D_b in zip(X, D, strict=True):
        for l in range(2):
            V = zero
            for X_t, D_t in zip(X_b, D_b, strict=True):
                I = exact_dense(X_t, W, [zero, zero])[l]
                now = step(law, I, V, v_th[l], v_reset[l], alpha[l], beta[l])
                V, miss = now.V, now.Y - D_t[l]
                total = total + miss * miss
    return total / Fraction(2 * len(X) * len(X[0]) * 2)


def second_author(a):
    return differentiate(by_loops, a, np.array(1.0), Fraction)[1]


exactly, floats = second_author(grid), gradient(grid, paper)
for name in NAMES:
    print(f"{name:8}", *exactly[name].ravel())
    assert (exactly[name] == floats[name]).all(), name
_, _, tape = forward(grid, paper, paper)
x = abs(tape.U - tape.p.v_th)
print("ties:", (x == 0).sum(), " window edges:", (x == MU).sum(), " of", x.size)

# %% [markdown]
# `==`, without any tolerance: each float is that fraction.
#
# ## Fourth way: let a framework do the chain rule
#
# PyTorch, JAX and the like differentiate your forward pass for you.  How they do it fits in a cell: every operation remembers its
# inputs, and how a gradient in its output becomes one in each of them.  The spike is the one operation whose rule we
# write ourselves.


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
                while np.ndim(g) > source.value.ndim:  # shared: a sum
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
        total = total + miss * miss  # stays an array; its gradient is 1 everywhere
    total.backward()
    return {name: v[name].grad * 0.5 / a["D"].size for name in NAMES}


for point in (at, grid):
    fourth = error(gradient(point, paper), by_autograd(point))
    print(f"paper's gradient against autograd: {fourth:.1e}")
    assert fourth < 1e-14

# %% [markdown]
# A framework sees the equations as *you* wrote them for it, so write them from the paper and not from your kernel.
#
# ## Do they catch anything?
#
# A check that never fails is worth nothing.  So break things, one at a time, and look who notices.


# %%
def broken(flaw):
    """The library's backward pass, written once more with one mistake."""

    def backward(dY, dV, tape, pair, act, s):
        p, dI = tape.p, np.empty_like(dY)
        d = {name: np.zeros_like(dV) for name in p._fields}
        for t in reversed(range(dY.shape[1])):
            U, F, R = tape.U[:, t], tape.F[:, t], tape.R[:, t]
            dA = dY[:, t] * act.slope(U - s * p.v_th)
            d["alpha"] += dV * (U if flaw == "α from U, not R" else R)
            d["beta"] += dV
            dR = dV if flaw == "leak forgotten" else dV * p.alpha
            d["v_reset"] += dR * F
            dF = dR * (U - p.v_reset if flaw == "sign of V_reset − U" else p.v_reset - U)
            dx = 0 * dF if flaw == "reset detached" else dF * pair.slope(U - p.v_th)
            d["v_th"] -= dx if flaw == "V_th without the output" else dx + s * dA
            saved = dR if flaw == "1 − F dropped" else dR * (1 - F)
            dV = dI[:, t] = saved + dx + dA
        collect = np.mean if flaw == "mean for a sum" else np.sum
        return dI, dV, neuron.Params(*(collect(d[name], axis=0) for name in p._fields))

    return backward


PAIRS = {
    "window of height 1/2μ": Pair(spike.step, lambda x: spike.Window(MU)(x) / (2 * MU)),
    "window closed, |x| ≤ μ": Pair(spike.step, lambda x: 1.0 * (abs(x.real) <= MU)),
    "fires on >": Pair(lambda x: (x.real > 0).astype(x.dtype), spike.Window(MU)),
}
FLAWS = [
    "nothing",
    "α from U, not R",
    "leak forgotten",
    "sign of V_reset − U",
    "reset detached",
    "V_th without the output",
    "1 − F dropped",
    "mean for a sum",
    *PAIRS,
]

WITNESSES = {
    "difference,\nhard": (at, lambda pair: pair, lambda a, _: finite_difference(a, paper)),
    "complex\nstep": (at, lambda pair: pair, complex_step),
    "difference,\nrelaxed": (
        at,
        lambda pair: pair._replace(value=relaxed.value),
        lambda a, _: finite_difference(a, relaxed),
    ),
    "second\nauthor": (grid, lambda pair: pair, lambda a, _: second_author(a)),
    "autograd": (grid, lambda pair: pair, lambda a, _: by_autograd(a)),
}

table = np.empty((len(FLAWS), len(WITNESSES)))
for i, flaw in enumerate(FLAWS):
    for j, (point, for_forward, witness) in enumerate(WITNESSES.values()):
        pair = for_forward(PAIRS.get(flaw, paper))
        given = gradient(point, pair, backward=broken(flaw))
        expected = {name: g.astype(float) for name, g in witness(point, pair).items()}
        table[i, j] = error(given, expected)

caught = table > 1e-6
figure = Figure(figsize=(7.5, 4.6), layout="constrained")
panel = figure.subplots()
panel.imshow(caught, cmap=ListedColormap(["#F0F0F0", "#9CC9E6"]), aspect="auto")
for (i, j), off in np.ndenumerate(table):
    panel.text(j, i, f"{off:.0e}", ha="center", va="center", fontsize=9)
panel.set_xticks(range(len(WITNESSES)), WITNESSES)
panel.set_yticks(range(len(FLAWS)), FLAWS)
panel.set_title("error reported; blue: the backward pass is called wrong", fontsize=10)
panel.xaxis.tick_top()
show(figure)

# %% [markdown]
# Read it by columns.
#
# - The **hard difference** calls everything wrong, what is right too.
# - The **complex step** takes the pair on trust: another window, or another firing rule, is all the same to it.
# - The **relaxed difference** sees a window of the wrong height.  It does not see the step, for it has none, nor an
#   edge, for no $U$ lies on it.
# - The **independent implementation** and **autograd** have pairs of their own.  But the last two rows show only because the *point* has
#   ties and edges in it.  On random numbers `>` and `>=` are the same.
#
# No witness alone is enough, and neither is one point: had no neuron been inside the window, a wrong sign of
# $V_{reset} - U$ would have got past them all.  This is why the first cell printed how many are.
#
# ## The same from the library
#
# `gradcheck` does the first two ways, dual numbers through your own lines, and the hard difference against a *detached*
# gradient, which for LIAF is the one thing it can judge.  It looks out for corners by itself.

# %%
layer = layer_target(lambda pair: DenseLIAF(3, 2, act="tanh", spike=pair), np.random.default_rng(4))
for mode in ("complex", "dual", "relaxed", "hard"):
    report = gradcheck(layer, mode=mode)
    print(f"{mode:8}", str(report).splitlines()[0], f" largest error {report.worst.error:.0e}")
    report.assert_passed()

# %% [markdown]
# For whole backends there are hundreds of small networks with known gradients, from the independent implementation: that is
# notebook 12.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - A finite difference of a spiking network measures stairs.  It cannot confirm a surrogate, and confirms zeros.
# - Complex step through the frozen tangent: all digits, at the true operating point; trusts the window.
# - Relaxed differences: bring their own window; never meet the step.
# - An independent implementation, in dual fractions or by autograd: sees a misread equation; needs points with ties and edges.
# - Break the backward pass on purpose.  A check that stays silent is no check.
#
# </div>
#
# ## Exercises
#
# **1.**  The complex step is good for any analytic function.  Write it, for functions of one number.


# %% tags=["solution"]
# def derivative(f, x) -> float
def derivative(f, x):
    return f(x + 1e-40j).imag / 1e-40


# %% tags=["check"]
for f, x, slope in (
    (np.exp, 1.0, np.e),
    (lambda z: z**3, -2.0, 12.0),
    (lambda z: np.tanh(z) ** 2, 0.7, 2 * np.tanh(0.7) * (1 - np.tanh(0.7) ** 2)),
):
    found = derivative(f, x)
    assert abs(found - slope) < 1e-15 * abs(slope), f"at {x}: {found}, but the slope is {slope}"

# %% [markdown]
# **2.**  A colleague's neuron fires on `>`.  Give an input `I` of shape $(1, 4, 1)$ and a parameter set `p` on which their gradient
# $dI$ differs from the paper's, without rounding: all your numbers multiples of $\tfrac14$.

# %% tags=["solution"]
# I, and p = neuron.Params(v_th, v_reset, alpha, beta) of shape (1,) each

# A tie at step 1: U = v_th.  It must not be last, so that the reset has something to change.
I = np.array([0.5, 0.25, 0.25, 0.25]).reshape(1, 4, 1)
p = neuron.Params(*(np.array([z]) for z in (0.5, 0.0, 0.5, 0.0)))

# %% tags=["check"]
assert I.shape == (1, 4, 1)
assert all((4 * z % 1 == 0).all() for z in (I, *p)), "multiples of a quarter only"
answers = []
for pair in (paper, PAIRS["fires on >"]):
    _, _, tape = neuron.forward(I, np.zeros((1, 1)), p, pair, activation.identity, neuron.TR)
    dY, dV = np.ones((1, 4, 1)), np.zeros((1, 1))
    answers.append(neuron.backward(dY, dV, tape, pair, activation.identity, neuron.TR)[0])
assert not np.array_equal(*answers), "the same gradient, on > and on >="

# %% [markdown]
# **3.**  Here is a backward pass for LIAF with $\mathrm{Act}(x) = x$.  It is wrong.  Ask a witness which array is off, find the
# way into the loss that was forgotten, and write `mended`.  (`complex_step` takes an activation, too.)


# %%
def suspect(dY, dV, tape, pair, act, s):
    p, dI = tape.p, np.empty_like(dY)
    d = {name: np.zeros_like(dV) for name in p._fields}
    for t in reversed(range(dY.shape[1])):
        U, F, R = tape.U[:, t], tape.F[:, t], tape.R[:, t]
        dA = dY[:, t]
        d["alpha"] += dV * R
        d["beta"] += dV
        dR = dV * p.alpha
        d["v_reset"] += dR * F
        dx = dR * (p.v_reset - U) * pair.slope(U - p.v_th)
        d["v_th"] -= dx
        dV = dI[:, t] = dR * (1 - F) + dx + dA
    return dI, dV, neuron.Params(*(d[name].sum(axis=0) for name in p._fields))


given = gradient(at, paper, activation.identity, suspect)


# %% tags=["solution"]
# def mended(dY, dV, tape, pair, act, s): as suspect, put right

# By the complex step v_th alone is off: it has a second way into the loss, through the output.
expected = complex_step(at, paper, activation.identity)
print({name: float(abs(given[name] - expected[name]).max()) for name in NAMES})


def mended(dY, dV, tape, pair, act, s):
    dI, dV, dp = suspect(dY, dV, tape, pair, act, s)
    return dI, dV, dp._replace(v_th=dp.v_th - s * dY.sum(axis=(0, 1)))


# %% tags=["check"]
right = gradient(at, paper, activation.identity)
given = gradient(at, paper, activation.identity, mended)
for name in NAMES:
    np.testing.assert_allclose(given[name], right[name], atol=1e-15, err_msg=name)
