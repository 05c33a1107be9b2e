# %% [markdown]
# # 7 · Gates: RNN, LSTM and GRU compared with LIAF
#
# In this notebook you compare four recurrent layers: RNN, LSTM, GRU and LIAF.
#
# For each layer you see its equations as code, how long it remembers an input, how far back its gradient reaches, and
# how many operations a time step costs.  You also see which operations LIAF saves and which task it cannot solve.
#
# You should know notebook 1.  Notebook 2 helps with the gradients.

# %% tags=["setup"]
import numpy as np
from matplotlib.figure import Figure

from liaf_ref.analysis import op_count
from liaf_ref.exercises import check, compare, mark_quiz
from liaf_ref.kernels import gru, lstm, neuron, rnn, spike
from liaf_ref.kernels.activation import identity, sigmoid, tanh
from liaf_ref.layers import GRU, LSTM, RNN, DenseLIAF, DenseLIF
from liaf_ref.plotting import SliderRange, palette, show, show_with_sliders

COLOURS = {
    name: palette.CELL_COLORS[name.lower()] for name in ("LIAF", "LIF", "RNN", "LSTM", "GRU")
}

# %% [markdown]
# ## The equations of one time step
#
# All four layers receive the same drive (synaptic input) from the layer below, [Eq. (2)](eq:2): $A^t = x^t W + b$.
# They differ in how they update their state.
#
# **RNN**, [Eq. (14)](eq:14).  A matrix $U$ connects every unit to every unit.  A tanh keeps the state between $-1$ and
# 1.
#
# **LSTM**, [Eq. (15)](eq:15).  Each unit has a cell $c$ and three *gates*.  A gate is a factor between 0 and 1:
#
# - $f$ is the share of the old cell that is kept,
# - $i$ is the share of the new candidate $\tilde c$ that is added,
# - $o$ is the share of the cell that is sent.
#
# Each gate is computed from input *and* state, with its own weights.  So the matrices are four times as wide.
#
# **GRU**, [Eq. (16)](eq:16).  One gate $z$ controls both keeping and adding:
# $h^t = (1 - z) \circ h^{t-1} + z \circ \tilde h$.  A second gate $r$ sets the share of the state that enters the
# candidate.  The matrices are three times as wide (exercise 1).
#
# **LIAF**, (3) to (6).  There is no recurrent matrix.  The share that is kept is the parameter $\alpha$, unless the
# neuron has fired.


# %%
def rnn_step(A, c, U):
    return np.tanh(A + c @ U)  # (14)


def lstm_step(A, h, c, U):
    f, i, o, c_tilde = np.split(A + h @ U, 4, axis=-1)
    f, i, o = (1 / (1 + np.exp(-gate)) for gate in (f, i, o))
    c = f * c + i * np.tanh(c_tilde)
    return o * np.tanh(c), c  # (15)


def liaf_step(A, V, v_th, v_reset, alpha, beta):
    U = A + V  # (3)
    F = U >= v_th  # (4)
    V = alpha * (F * v_reset + (1 - F) * U) + beta  # (5), (6)
    return U, V


# %% [markdown]
# In code, one array holds all gates of the LSTM, in the order of (15): $f, i, o, \tilde c$.  The library's kernels
# have the same order and process whole sequences $(B, T, L)$.  The cell compares them with the code above:

# %%
rng = np.random.default_rng(0)
B, T, L = 2, 12, 5
zero = np.zeros((B, L))
A, U = rng.normal(size=(B, T, 4 * L)), rng.normal(size=(L, 4 * L)) / 2
p = neuron.Params(*(np.array([z]) for z in (0.5, 0.0, 0.8, 0.0)))

Y_rnn, _, _ = rnn.forward(A[..., :L], zero, U[:, :L], tanh)
Y_lstm, _, _ = lstm.forward(A, zero, zero, U, sigmoid, tanh, tanh)
Y_liaf, _, _ = neuron.forward(A[..., :L], zero, p, spike.paper(0.5), identity, neuron.NTR)

c_rnn, h, c, V = zero, zero, zero, zero
for t in range(T):
    c_rnn = rnn_step(A[:, t, :L], c_rnn, U[:, :L])
    h, c = lstm_step(A[:, t], h, c, U)
    Y, V = liaf_step(A[:, t, :L], V, *p)
    assert np.allclose(c_rnn, Y_rnn[:, t])
    assert np.allclose(h, Y_lstm[:, t])
    assert np.allclose(Y, Y_liaf[:, t])

# %% [markdown]
# ## How long does each layer remember?
#
# Take one unit of each kind, without connections from other units.  Give it one input pulse and then nothing.  One
# number determines how fast its state decays:
#
# | | share kept at each step | source |
# |---|---|---|
# | RNN | $u$, times the slope of tanh | the weight of the unit to itself |
# | LSTM | $f = \sigma(b_f)$ | the forget gate |
# | GRU | $1 - z = 1 - \sigma(b_z)$ | the update gate |
# | LIAF | $\alpha$ | a parameter; 0 when the neuron fires |
#
# The slider sets this share in all four.  Blue is a pulse of 0.4, orange a pulse of 1.2, and the dotted line is
# $\text{share}^t$.


# %%
def logit(share):
    return np.log(share / (1 - share))


def states(kick, share, T=40):
    """State of one unit of each kind after an input pulse at step 1, relative to its first value."""
    x = np.zeros((1, T, 1))
    x[0, 0] = kick
    none, still = np.zeros((1, 1)), np.zeros_like(x)
    open_ = still + 40  # drive of a gate that is fully open
    p = neuron.Params(*(np.array([z]) for z in (0.5, 0.0, share, 0.0)))
    drive = np.concatenate((still + logit(share), open_, open_, x), axis=-1)
    _, _, tape = lstm.forward(drive, none, none, np.zeros((1, 4)), sigmoid, tanh, tanh)
    drive = np.concatenate((still - logit(share), open_, x), axis=-1)
    found = {
        "RNN": rnn.forward(x, none, np.array([[share]]), tanh)[0],
        "LSTM": tape.c[:, 1:],
        "GRU": gru.forward(drive, none, np.zeros((1, 3)), sigmoid, tanh)[0],
        "LIAF": neuron.forward(x, none, p, spike.paper(0.5), identity, neuron.NTR)[0],
    }
    return {name: state.ravel() / state.ravel()[0] for name, state in found.items()}


# %% tags=["hide-input"]
def draw_memory(share):
    figure = Figure(figsize=(7.4, 2.9), layout="constrained")
    panels = figure.subplots(1, 4, sharey=True)
    small, large, steps = states(0.4, share), states(1.2, share), np.arange(40)
    for axes, name in zip(panels, small, strict=True):
        axes.plot(steps, share**steps, ":", color="0.4", label="share ** t")
        axes.plot(steps, small[name], color=palette.BLUE, label="pulse 0.4")
        axes.plot(steps, large[name], "--", color=palette.ORANGE, label="pulse 1.2")
        axes.set(title=name, xlim=(-1, 40), ylim=(-0.05, 1.05))
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("state / first state")
    figure.supxlabel("steps since the pulse", fontsize=10)
    figure.legend(*panels[0].get_legend_handles_labels(), ncols=3, loc="outside upper center")
    return figure


show_with_sliders(draw_memory, share=SliderRange(0.5, 0.99, 0.9, 0.01))

# %% [markdown]
# The leak, the forget gate and the update gate do the same: as long as nothing else happens, they multiply the state by
# a constant at each step.  The figure shows two differences.
#
# - The tanh of the RNN also reduces the state at every step.  So the RNN forgets faster than its weight says.  For a
#   share near 1, the tanh is almost the only cause of forgetting.
# - LIAF loses the large pulse **at once**.  The pulse reached the threshold, so the neuron sent it at the same step and
#   was reset.  A LIAF neuron remembers only input that was too small to make it fire.
#
# ## A task that needs a gate
#
# The leak $\alpha$ is a constant, but a gate is computed at each step.  Some tasks need this.  Suppose a value arrives
# at every step, and a *flag* sometimes marks a value as important.  The unit must hold the last marked value and ignore
# all others.
#
# GRU and LSTM solve this task with weights chosen by hand.  With the flag, the drive of the GRU's update gate and of
# the LSTM's input gate is $+10$, so the gate is open.  Without the flag, it is $-10$, so the gate is closed.

# %%
T = 30
value, flag = rng.uniform(-0.9, 0.9, T), np.zeros(T)
flag[[3, 11, 20]] = 1
x = np.stack((value, flag), axis=-1).reshape(1, T, 2)
none = np.zeros((1, 1))

W_gru, b_gru = np.array([[0, 0, 1], [20, 0, 0]]), np.array([-10, 40, 0])  # z, r, h~
held_gru, _, _ = gru.forward(x @ W_gru + b_gru, none, np.zeros((1, 3)), sigmoid, tanh)
W_lstm, b_lstm = np.array([[0, 0, 0, 1], [-20, 20, 0, 0]]), np.array([10, -10, 40, 0])
_, _, tape = lstm.forward(x @ W_lstm + b_lstm, none, none, np.zeros((1, 4)), sigmoid, tanh, tanh)
held_lstm = tape.c[:, 1:]

# %% [markdown]
# A unit of an RNN or of LIAF receives $w_1 \cdot \text{value} + w_2 \cdot \text{flag}$, a *sum*.  In a sum, the flag
# cannot switch the value off.  This needs a product of two inputs, or of an input and the state.  For comparison, the
# figure also shows LIAF with $\alpha = 0.9$ and an RNN with $u = 0.9$:

# %%
p = neuron.Params(*(np.array([z]) for z in (2.0, 0.0, 0.9, 0.0)))
U_liaf, _, _ = neuron.forward(x[..., :1], none, p, spike.paper(0.5), identity, neuron.NTR)
c_rnn, _, _ = rnn.forward(x[..., :1], none, np.array([[0.9]]), tanh)
states_by_layer = {"GRU": held_gru, "LSTM": held_lstm, "RNN": c_rnn, "LIAF": U_liaf}

last = np.maximum.accumulate(np.where(flag, np.arange(T), -1))
expected = np.where(last >= 0, np.tanh(value[last]), 0)
assert np.abs(held_gru.ravel() - expected).max() < 0.01
assert np.abs(held_lstm.ravel() - expected).max() < 0.01

# %% tags=["hide-input"]
figure = Figure(figsize=(7.4, 5.4), layout="constrained")
panels = figure.subplots(5, 1, sharex=True)
steps = np.arange(1, T + 1)
panels[0].stem(steps, value, linefmt="0.7", markerfmt=".", basefmt=" ")
panels[0].plot(steps[flag > 0], value[flag > 0], "o", color="black", label="flagged")
panels[0].set_ylabel("value")
for axes, (name, state) in zip(panels[1:], states_by_layer.items(), strict=True):
    axes.step(steps, expected, where="mid", color="0.75", lw=4, label="target")
    axes.step(steps, state.ravel(), where="mid", color=COLOURS[name], label=name)
    axes.set_ylabel("state")
for axes in panels:
    axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.spines[["top", "right"]].set_visible(False)
panels[-1].set_xlabel("time step t")
show(figure)

# %% [markdown]
# LIAF also has a kind of gate, the factor $1 - F$ in [Eq. (5)](eq:5).  But only the neuron's own potential controls it,
# and it can only forget: a neuron that fires starts from $V_{reset}$.  Whether this is enough depends on the task.
# Notebook 8 examines one task.
#
# ## How far back does the gradient reach?
#
# To learn that the output at step 40 depends on the input at step 1, a gradient must survive 39 steps back.  Each step
# back multiplies the gradient by the derivative of the state in the previous state.  This derivative is the share from
# above plus the contributions of all other connections.
#
# The figure shows the gradient in the input, step by step back, for untrained layers of 32 units and random input.  The
# loss depends on the last output only.  The slider sets the share of all four: $\alpha$, the biases of the gates, and
# the factor of the RNN's recurrent matrix, which is orthogonal.


# %%
def reach(share, matrices=1.0, T=40, K=16, L=32):
    """Root mean square of the gradient in the input, relative to that of the last step."""
    rng = np.random.default_rng(1)
    X, found = rng.normal(size=(8, T, K)), {}
    layers = {"RNN": RNN(K, L), "LSTM": LSTM(K, L), "GRU": GRU(K, L)}
    layers["LIAF"] = DenseLIAF(K, L, mode="NTR", alpha=share)
    for name, layer in layers.items():
        params = layer.init(np.random.default_rng(2))
        if name != "LIAF":
            params["U"] = params["U"] * (share if name == "RNN" else matrices)
        if name == "LSTM":
            params["b"][:L] = logit(share)
        if name == "GRU":
            params["b"][:L] = -logit(share)
        Y, _, tape = layer.forward(params, X)
        dY = np.zeros_like(Y)
        dY[:, -1] = rng.normal(size=dY[:, -1].shape)
        dX, _, _ = layer.backward(dY, tape)
        size = np.sqrt((dX**2).mean(axis=(0, 2)))[::-1]
        found[name] = size / size[0]
    return found


# %% tags=["hide-input"]
def draw_reach(share):
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    found, styles = reach(share), ("-", "--", "-.", "o-")
    for (name, size), style in zip(found.items(), styles, strict=True):
        axes.semilogy(size, style, color=COLOURS[name], label=name, lw=1.8, ms=4)
    axes.semilogy(share ** np.arange(40), ":", color="0.4", label="share ** t")
    axes.set(xlabel="steps back from the last step", ylabel="gradient / that of the last step")
    axes.set(ylim=(1e-9, 3), title=f"share {share:.2g}")
    axes.legend(frameon=False, loc="lower left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


show_with_sliders(draw_reach, share=SliderRange(0.3, 0.99, 0.9, 0.01))

# %% [markdown]
# On this scale, a straight line means a constant factor at each step.  Try 0.3, the library's default for LIAF, and
# 0.99:
#
# - The gradient of LIAF follows $\alpha^t$ and stays a little below it, because neurons that fired pass on little.
# - The gradient of the RNN decays faster than its matrix alone would cause, because of the slope of tanh at each step.
# - The gradients of LSTM and GRU reach further than the share of their gates, because the recurrent matrices are
#   additional paths.  Without the matrices, only the share is left:

# %%
for name in ("LSTM", "GRU"):
    with_U, without = (reach(0.7, matrices)[name][39] for matrices in (1, 0))
    print(
        f"{name:4} 39 steps back: {with_U:.0e}, without U {without:.0e}; 0.7 ** 39 = {0.7**39:.0e}"
    )

# %% [markdown]
# Is the gradient of LIAF small everywhere, or exactly zero in some neurons?  We use the exact derivative of the spike,
# 0, and count the neurons whose last output depends on the input at step $t$:

# %%
K = L = 32
layer = DenseLIAF(K, L, mode="NTR", alpha=0.9, spike=spike.detached())
X = np.random.default_rng(1).normal(size=(8, 40, K))
params = layer.init(np.random.default_rng(2))
A = X @ params["W"] + params["b"]
p = neuron.Params(*(params[name] for name in neuron.Params._fields))
Y, V, tape = neuron.forward(A, np.zeros((8, L)), p, spike.detached(), identity, neuron.NTR)
dY = np.zeros_like(Y)
dY[:, -1] = 1
dA, _, _ = neuron.backward(dY, 0 * V, tape, spike.detached(), identity, neuron.NTR)
for back in (1, 5, 10, 20, 39):
    reached = dA[:, -1 - back] != 0
    mean_U = tape.U[:, -1][reached].mean()
    print(f"{back:2d} steps back: {100 * reached.mean():3.0f} % of the neurons,", end=" ")
    print(f"gradient {0.9**back:.3f} each, mean U at the last step {mean_U:5.2f}")

# %% [markdown]
# Each neuron remembers the input since its last spike, reduced by $\alpha^t$, and nothing before it.  The neurons that
# remember longest have negative potentials, far below the threshold of 0.5.
#
# ## What a time step costs
#
# The table counts the multiplications of one unit in one step, for $K$ inputs and $L$ units:
#
# | | multiplications | state |
# |---|---|---|
# | LIF | 1: the leak; spikes only select weights | $V$ |
# | LIAF | $K$ for [Eq. (2)](eq:2), 1 for the leak | $V$ |
# | RNN | $K$ and $L$ | $c$ |
# | GRU | $3 (K + L)$, and 3 for the gates | $h$ |
# | LSTM | $4 (K + L)$, and 3 for the gates | $h, c$ |
#
# This is the paper's Table I.  `liaf_ref.analysis.op_count` counts the operations of a given layer.  The paper's Table
# IV is for the bAbI network, with $K = 50$, $L = 100$ and a story of $T = 66$ tokens.  The last column has the paper's
# numbers:

# %%
K, L, T = 50, 100, 66
layers = {
    "LIAF": DenseLIAF(K, L, mode="NTR"),
    "LIF": DenseLIF(K, L),
    "RNN": RNN(K, L),
    "GRU": GRU(K, L),
    "LSTM": LSTM(K, L),
}
printed = {"LIAF": "3.3e5", "LIF": "6.6e3", "RNN": "9.9e5", "GRU": "3.0e6", "LSTM": "4.0e6"}
print("            MULs       ADDs   weights   MULs in the paper")
for name, layer in layers.items():
    n = op_count.count_as_printed(layer, T)
    print(f"{name:5} {n.muls:10,} {n.adds:10,} {n.weights:9,}   {printed[name]}")

# %% [markdown]
# LIAF needs one twelfth of the LSTM's multiplications and weights.  Without a recurrent matrix, twice as many units
# cost twice as much, not four times.  Set the sizes with the sliders:


# %%
def cost(K, L):
    makers = {"LIF": DenseLIF, "LIAF": DenseLIAF, "RNN": RNN, "GRU": GRU, "LSTM": LSTM}
    return {name: op_count.count_as_printed(make(K, L)) for name, make in makers.items()}


# %% tags=["hide-input"]
def draw_cost(K, L):
    K, L = int(K), int(L)
    counts = cost(K, L)
    figure = Figure(figsize=(7.4, 4.4), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    titles = "multiplications in one step", "weights"
    for axes, column, title in zip(panels, ("muls", "weights"), titles, strict=True):
        for name, count in counts.items():
            n, base = getattr(count, column), getattr(counts["LIAF"], column)
            axes.barh(name, n, color=COLOURS[name])
            axes.text(n, name, f" {n:,} ({n / base:.2g} × LIAF)", va="center", fontsize=9)
        axes.set(xscale="log", xlim=(1, 1e8), xlabel=title)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"K = {K} inputs, L = {L} units")
    return figure


show_with_sliders(draw_cost, K=SliderRange(10, 500, 50, 10), L=SliderRange(10, 500, 100, 10))

# %% [markdown]
# The paper's formulas omit a few operations.  `count_exact` counts all operations of the equations:

# %%
for name, layer in layers.items():
    a, b = op_count.count_as_printed(layer, T), op_count.count_exact(layer, T)
    more = [
        f"{n:+,} {what}"
        for what in ("muls", "adds", "weights")
        if (n := getattr(b, what) - getattr(a, what))
    ]
    print(f"{name:5}", ", ".join(more) or "no difference")

# %% [markdown]
# For LIAF, the difference is the multiplications and additions of the reset (5), and four parameters for each neuron.
# For GRU, it is the subtraction $1 - z$.  These differences are small.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - The leak $\alpha$, the forget gate $f$ and the factor $1 - z$ of the update gate are all the share of the state that
#   is kept.
# - A gate depends on input and state, so it can hold a value while other values pass.  The constant $\alpha$ cannot.
# - The only gate of LIAF is its own spike.  It keeps input that was too small to make it fire, and forgets when it
#   fires.
# - The gradient is multiplied by the same share at each step back.  In LIAF, with the exact derivative of the spike, it
#   is zero before the last spike.
# - Gates cost matrices.  A GRU has three times and an LSTM four times the matrices of an RNN.  LIAF has no recurrent
#   matrix.
#
# </div>
#
# ## Quiz
#
# **1.**  An LSTM and a LIAF neuron both keep 0.9 of their state at each step.  What can only the LSTM do?
#
# - **a**  keep a value longer than the neuron does, as long as nothing else happens
# - **b**  keep a marked value and ignore the values that follow
# - **c**  forget its state within one step
#
# **2.**  A LIAF neuron fires at step 20.  How much of the input of step 10 is left in its potential at step 21?
#
# - **a**  $\alpha^{11}$ of it
# - **b**  half of it, because the reset moves $U$ to $V_{reset}$ half-way
# - **c**  nothing, because the reset has removed all earlier input
#
# **3.**  Twice as many units $L$ with the same inputs $K$: how does the number of weights of LIAF change?
#
# - **a**  It doubles, because there is no recurrent matrix.
# - **b**  It grows four times, as in an RNN.
# - **c**  It does not change, because $\alpha$ is shared.

# %% tags=["solution"]
# answers: three letters
answers = "bca"
# 1b: Both keep 0.9 per step.  But only a gate is computed from the input, so only a gate can open
# and close.
# 2c: At step 20 the state is set to the reset potential; whatever came before has no effect any
# more.
# 3a: LIAF has K weights and a bias for each unit.  A recurrent matrix would have L weights for
# each unit.

# %% tags=["check"]
mark_quiz(
    "answers",
    "2ee396 ae044f e1a651 fcca78",
    "A task that needs a gate",
    "How long does each layer remember?",
    "What a time step costs",
)

# %% [markdown]
# ## Exercises
#
# **1.**  Write one step of the GRU, [Eq. (16)](eq:16), for the drive $A = (A_z, A_r, A_h)$:
#
# $$z = \sigma(A_z + h\,U_z),\quad r = \sigma(A_r + h\,U_r),\quad \tilde h = \tanh(A_h + (r \circ h)\,U_h),\quad
# h \leftarrow (1 - z) \circ h + z \circ \tilde h$$


# %% tags=["solution"]
# def gru_step(A, h, U) -> h, with A of shape (B, 3 L) and U (L, 3 L), each in the order z, r, h
def gru_step(A, h, U):
    A_z, A_r, A_h = np.split(A, 3, axis=-1)
    U_z, U_r, U_h = np.split(U, 3, axis=-1)
    z = 1 / (1 + np.exp(-(A_z + h @ U_z)))
    r = 1 / (1 + np.exp(-(A_r + h @ U_r)))
    h_tilde = np.tanh(A_h + (r * h) @ U_h)
    return (1 - z) * h + z * h_tilde


# %% tags=["check"]
@check("gru_step")
def _():
    rng = np.random.default_rng(5)
    A, U = rng.normal(size=(2, 12, 15)), rng.normal(size=(5, 15))
    expected, _, _ = gru.forward(A, np.zeros((2, 5)), U, sigmoid, tanh)
    other, h = np.r_[5:10, 0:5, 10:15], np.zeros((2, 5))
    for t in range(12):
        drive = A[:, t, :10] + h @ U[:, :10]
        z, r = np.split(sigmoid.value(drive), 2, axis=1)
        new = np.tanh(A[:, t, 10:] + (r * h) @ U[:, 10:])
        outside = np.tanh(A[:, t, 10:] + r * (h @ U[:, 10:]))
        wrong = {"r multiplies h, not the product": (1 - z) * h + z * outside}
        wrong |= {"z is the share of the candidate": z * h + (1 - z) * new}
        swapped = gru.forward(A[:, t : t + 1, other], h, U[:, other], sigmoid, tanh)[0][:, 0]
        wrong |= {"the order is z, r, h": swapped, "h is not gated": h + z * new}
        compare(f"h at step {t + 1}", gru_step(A[:, t], h, U), expected[:, t], wrong)
        h = expected[:, t]


# %% [markdown]
# **2.**  An LSTM cell has no input.  For which bias of the forget gate does it lose one half of its value in 20 steps?

# %% tags=["solution"]
# b_f: a number

# The share kept must have share ** 20 = 1 / 2.
b_f = logit(0.5 ** (1 / 20))


# %% tags=["check"]
@check("b_f", mistakes={"this is the gate itself": 0.5**0.05, "this halves at each step": 0})
def _():
    silent = np.zeros((1, 20, 4)) + np.array([float(np.squeeze(b_f)), 0, 0, 0])
    _, (_, c), _ = lstm.forward(silent, none, none + 1, np.zeros((1, 4)), sigmoid, tanh, tanh)
    kept = f"{c[0, 0]:.3f} of the cell is left after 20 steps, {c[0, 0] ** 0.05:.3f} after one"
    assert abs(c[0, 0] - 0.5) < 1e-9, kept


# %% [markdown]
# **3.**  There are $K = 50$ inputs.  What is the smallest number of units $L$ for which a GRU has more than ten times
# the weights of LIAF?  Count the weights as in Table I: $L (K + 1)$ for LIAF and $3 L (L + K + 1)$ for GRU.  (You do
# not need a computer.)

# %% tags=["solution"]
# smallest: the smallest such L

# L drops out: 3 (L + 51) > 10 * 51, so L > 119.
smallest = 120


# %% tags=["check"]
@check("smallest")
def _():
    def ratio(L):
        counts = cost(50, L)
        return counts["GRU"].weights / counts["LIAF"].weights

    L = int(np.ceil(smallest))
    assert smallest == L, f"{smallest} is not a whole number"
    assert ratio(L) > 10, f"with {L} units, a GRU has only {ratio(L):.3f} times the weights"
    assert ratio(L - 1) <= 10, f"{L - 1} units are enough"


# %% [markdown]
# **4.**  Build an LSTM of one unit that **counts**.  At every step it receives 0 or 1.  Its cell $c$ must hold the
# exact number of ones so far, over a hundred steps.  You need no recurrent weights.  (In floating point, $\sigma(40)$
# and $\tanh(40)$ are exactly 1.)

# %% tags=["solution"]
# W_count of shape (1, 4) and b_count of shape (4,): the drive is x @ W_count + b_count, in the order f, i, o, c~

# Keep everything and add every candidate.  The candidate is 1 for a one and 0 for a zero.
W_count, b_count = np.array([[0, 0, 0, 40]]), np.array([40, 40, 0, 0])


# %% tags=["check"]
@check("W_count", "b_count")
def _():
    ones = np.random.default_rng(6).integers(0, 2, (8, 100, 1)).astype(float)
    start = np.zeros((8, 1))
    _, _, tape = lstm.forward(
        ones @ W_count + b_count, start, start, np.zeros((1, 4)), sigmoid, tanh, tanh
    )
    inputs, cell = ones[0, :5].ravel(), tape.c[0, 1:6].ravel()
    assert np.array_equal(tape.c[:, 1:], np.cumsum(ones, axis=1)), (
        f"for the inputs {inputs} the cell holds {cell}"
    )
