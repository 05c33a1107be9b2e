# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 10 · LIAF against LIF on moving digits
#
# A camera that sends events, a digit that moves, ten classes.  The paper says that a network of LIAF neurons tells the digits
# apart better than the same network of LIF neurons.  Here you train both, at a size that takes seconds, and then ask the
# question that a single run cannot answer: *is* one of them better, and how would you know?
#
# The digits are simulated (notebook 9); the networks are those of the paper's Fig. 6, made small.

# %% tags=["setup"]
from functools import cache

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from liaf_ref.analysis import op_count
from liaf_ref.experiments.dvs import DVSConfig, load_frames
from liaf_ref.layers import FAST
from liaf_ref.networks import dvs_network, summary
from liaf_ref.plotting import plot_frames, show
from liaf_ref.training.loop import iter_training
from liaf_ref.training.optimizers import Adam
from liaf_ref.training.state import EpochDone, TrainingSettings, initial_training_state

COLOURS = {"liaf": "#0072B2", "lif": "#D55E00"}
SEEDS, EPOCHS = range(5), 6

# %% [markdown]
# ## The recordings
#
# Experiments have sizes; `smoke` is the smallest.  Its recordings are 100 ms of a moving digit, counted into 5 frames of
# 20 × 20: 40 for each digit to learn from, and 10 others, of other handwritten images, for the test.

# %%
config = DVSConfig("mnist-dvs", "liaf", "smoke")
data = load_frames(config, None)
print("to learn from", data.train.counts.shape, "  to test", data.test.counts.shape)

one_each = [int(np.flatnonzero(data.train.labels == digit)[0]) for digit in range(10)]
show(plot_frames(data.train.counts[one_each].sum(axis=1), [str(digit) for digit in range(10)]))

# %% [markdown]
# This is a whole recording in one picture; the network sees it as five.
#
# ## Two networks
#
# They differ in one place.  Behind its convolution, [Eq. (2)](eq:2), LIAF sends the analog value of [Eq. (8)](eq:8); LIF the
# spike of [Eq. (4)](eq:4).

# %%
networks = {
    cell: dvs_network(config.scale_settings.network_config, cell, dropout=0.2)
    for cell in ("liaf", "lif")
}
for cell, network in networks.items():
    layers = " > ".join(part.name for part in network.sequential.layers)
    print(f"{cell.upper():4s} {network.count_params():,} weights: {layers}")
print(summary(networks["lif"], batch=10))

# %% [markdown]
# The number of weights is the same.  In front of the dense layers stands the mean over time, `sum`: up to there every frame
# is worked on, from there on the recording as a whole.
#
# ## The training loop
#
# `iter_training` is a generator: it takes a state, does a step, and hands you an event that carries the next state.  After every
# epoch there is an `EpochDone`, with the scores on the examples learned from and on those held out.
#
# A *seed* decides all that is left to chance: which 200 of the 400 recordings are learned from, which 40 are held out to
# watch, the first weights, the order of batches, and what dropout drops.  Learning rate and number of epochs are such that
# both networks reach about 90 % on what they learn from; the test had no say in that.


# %%
@cache
def fit(cell, seed):
    """Train one network; its curves and its parameters after the last epoch."""
    network, rule = networks[cell], Adam(6e-3)
    draw, init, order = (np.random.default_rng([seed, k]) for k in range(3))
    some = draw.permutation(len(data.train))
    parts = data.train.subset(some[:200]), data.train.subset(some[200:240])
    state = initial_training_state(network.init(init), rule, order, network.initial_running_stats())
    settings = TrainingSettings(epochs=EPOCHS, batch_size=10)
    passes = (
        network.unchecked_functions()
    )  # forward and backward, for arrays that are known to be right
    curves = []
    for event in iter_training(passes, network.loss, rule, parts, settings, state, network):
        state = event.state
        if isinstance(event, EpochDone):
            curves.append((event.train.loss, event.train.accuracy, event.validation.accuracy))
    return np.array(curves), state.params


def answers(cell, params):
    """What a trained network says to the test recordings."""
    logits, _ = networks[cell].forward(params, data.test.counts.astype(np.float32))
    return logits.argmax(axis=1)


curves, params = fit("liaf", seed=0)
for epoch, (loss, learned, held_out) in enumerate(curves, 1):
    print(
        f"epoch {epoch}: loss {loss:.3f}, {learned:4.0%} right, of those held out {held_out:4.0%}"
    )
first = (answers("liaf", params) == data.test.labels).mean()
print(f"on the test recordings {first:.0%} right; always the same digit would be 10 %")

# %% [markdown]
# ## Five seeds of each
#
# Both networks get the same seeds, and so the same recordings.  We look at the test once for each network, after its last
# epoch, and choose nothing by it.

# %%
runs = {"liaf": [fit("liaf", seed) for seed in SEEDS]}

# %%
runs["lif"] = [fit("lif", seed) for seed in SEEDS]

# %%
predictions = {cell: np.array([answers(cell, p) for _, p in runs[cell]]) for cell in networks}
right = {cell: (predictions[cell] == data.test.labels).mean(axis=1) for cell in networks}

figure = Figure(figsize=(7, 3.2), layout="constrained")
panels = figure.subplots(1, 2, sharex=True)
for cell, colour in COLOURS.items():
    for k, (curves, _) in enumerate(runs[cell]):
        label = cell.upper() if k == 0 else None
        style = {"color": colour, "label": label, "ls": "-" if cell == "liaf" else "--", "lw": 1.2}
        panels[0].plot(range(1, EPOCHS + 1), curves[:, 0], **style)
        panels[1].plot(range(1, EPOCHS + 1), 100 * curves[:, 2], **style)
panels[0].set(ylabel="loss on what is learned from", xlabel="epoch", ylim=(0, None))
panels[1].set(ylabel="% right, 40 held out", xlabel="epoch", ylim=(0, 102))
panels[0].legend(frameon=False)
show(figure)

# %%
print("seed      " + "".join(f"{seed:7d}" for seed in SEEDS) + "    mean")
for cell in networks:
    print(
        f"{cell.upper():5s} right"
        + "".join(f"{r:7.0%}" for r in right[cell])
        + f"{right[cell].mean():8.1%}"
    )

# %% [markdown]
# Look at one column alone, then at its neighbour: with one seed each you could have told different stories.
#
# ## Which digits are confused
#
# A *confusion matrix* counts, for each true digit (row), what the network predicted (column).  On the diagonal it was right; what is
# off it says more than a percentage.  These are the answers of all five seeds together.


# %%
def confusion(cell):
    table = np.zeros((10, 10), int)
    for answer in predictions[cell]:
        np.add.at(table, (data.test.labels, answer), 1)
    return table


figure = Figure(figsize=(7.4, 3.9), layout="constrained")
for panel, cell in zip(figure.subplots(1, 2), networks, strict=True):
    table = confusion(cell)
    panel.imshow(table, cmap="Blues", vmin=0, vmax=50)
    for (row, column), n in np.ndenumerate(table):
        if n:
            colour = "white" if n > 25 else "black"
            panel.text(column, row, n, ha="center", va="center", fontsize=8, color=colour)
    panel.set(title=cell.upper(), xlabel="predicted", ylabel="true digit")
    panel.set(xticks=range(10), yticks=range(10))
show(figure)

# %% [markdown]
# Which mistake is made most often?

# %%
for cell in networks:
    wrong = confusion(cell) * (1 - np.eye(10, dtype=int))
    true, answer = np.unravel_index(wrong.argmax(), wrong.shape)
    worst = np.argmin(np.diag(confusion(cell)))
    print(
        f"{cell.upper():4s} takes {true} for {answer} {wrong.max()} times of 50; the hardest is {worst}"
    )

# %% [markdown]
# ## How sure can we be?
#
# Chance enters in two ways.
#
# **The test is small.**  Of $n = 100$ recordings a share $p$ is right; another hundred would give another share.  If answers are
# independent, the standard deviation of that share is $\sqrt{p(1-p)/n}$, and about 95 times in 100 the truth is within 1.96
# of them.

# %%
n, p = len(data.test), right["liaf"][0]
half = 1.96 * np.sqrt(p * (1 - p) / n)
print(f"LIAF, seed 0: {p:.0%} right, {p - half:.1%} to {p + half:.1%}")

# %% [markdown]
# So two networks that differ by two or three points cannot be distinguished by one run of 100 recordings, whichever is ahead.
#
# **Training is chance too.**  Other first weights, other batches, another result.  To compare two cells, compare them *pair by
# pair*: the same seed means the same recordings and the same test, so what is hard or easy for both cancels in the
# difference $d_k$.  From $K$ differences with mean $\bar d$ and standard deviation $s$, the interval is
#
# $$\bar d \pm t_{K-1}\, s / \sqrt{K},$$
#
# where $t_4 = 2.78$ and not 1.96, since $s$ itself is only guessed from five numbers.


# %%
def interval(values, level=0.95):
    """Mean, and the ends of its interval by Student's t."""
    K = len(values)
    half = stats.t.ppf((1 + level) / 2, K - 1) * np.std(values, ddof=1) / np.sqrt(K)
    return np.mean(values), np.mean(values) - half, np.mean(values) + half


differences = 100 * (right["liaf"] - right["lif"])
mean, low, high = interval(differences)
print("LIAF - LIF, points:", differences.round(1))
print(f"mean {mean:+.1f}, 95 % interval {low:+.1f} to {high:+.1f}")
if low > 0:
    print("The interval is above 0: with these settings LIAF is better.")
elif high < 0:
    print("The interval is below 0: with these settings LIF is better.")
else:
    print("0 is inside: these five pairs do not say which is better.")

# %%
figure = Figure(figsize=(7, 2.6), layout="constrained")
left, rest = figure.subplots(1, 2, width_ratios=(1.5, 1))
for a, b in zip(right["liaf"], right["lif"], strict=True):
    left.plot([100 * a, 100 * b], [1, 0], color="0.75", lw=1, zorder=0)
for place, cell in ((1, "liaf"), (0, "lif")):
    left.plot(100 * right[cell], np.full(5, place), "o", color=COLOURS[cell])
left.set(yticks=(0, 1), yticklabels=("LIF", "LIAF"), xlabel="% right on the test", ylim=(-0.4, 1.4))
rest.plot(differences, np.linspace(-0.06, 0.06, 5), "o", color="#555555")
rest.errorbar(mean, 0.5, xerr=[[mean - low], [high - mean]], fmt="s", color="#009E73", capsize=4)
rest.axvline(0, color="0.7", ls=":")
rest.set(
    yticks=(0, 0.5), yticklabels=("pairs", "95 %"), xlabel="LIAF − LIF, points", ylim=(-0.3, 0.8)
)
show(figure)

# %% [markdown]
# What the interval says: if such experiments were repeated many times, 95 of 100 intervals made this way would contain the
# true mean difference, *of these networks, at this size, trained in this way, on these simulated digits*.
#
# What it does not say:
#
# - An interval that contains 0 is no proof that both are equally good.  It may only be wide.
# - It is not about another data set, or the paper's.  Simulated digits are easier than recorded ones.
# - It is not about another learning rate.  Put 3e-3 in place of 6e-3 in `fit`, run everything again, and see what becomes
#   of it: six epochs are then too few for both, and who is ahead is who learns faster.
# - All five seeds share the same 100 test recordings.  If these happen to suit one network, every seed says so.
#
# How many seeds would it take?  The half-width shrinks as $1/\sqrt K$.  With the spread seen here:

# %%
s = np.std(differences, ddof=1)
for K in (5, 10, 20, 50, 100, 200):
    print(f"{K:4d} seeds: +- {stats.t.ppf(0.975, K - 1) * s / np.sqrt(K):.1f} points")

# %% [markdown]
# ## What LIF saves
#
# Accuracy is not all.  A spike is 0 or 1, so that a weight times a spike needs no multiplication, and most outputs are 0.
# `measure_sparsity` counts both on data.

# %%
some = data.test.counts[:20].astype(np.float32)
for cell, network in networks.items():
    rows = op_count.measure_sparsity(network.sequential, runs[cell][0][1], some, FAST)
    full, left = (
        op_count.total(row.dense for row in rows),
        op_count.total(row.effective for row in rows),
    )
    print(f"{cell.upper():4s} MULs {full.muls:9,}, of which on what is not 0 {left.muls:9,}")

# %% [markdown]
# <div class="alert alert-info">
#
# **What to remember**
#
# - One run of one seed is an anecdote.  Give several, and an interval.
# - Compare pairs: same seed, same recordings, and look at the differences.
# - The test's own size bounds what can be distinguished: with 100 recordings a few points are nothing.
# - "0 is inside" means *not decided*, and not *equal*.
# - The test is looked at once, after everything has been chosen.
#
# </div>
#
# ## Exercises
#
# **1.**  Near 100 % the simple interval goes wrong: for 100 of 100 right it has no width at all.  Wilson's does better.  Its ends are
# the two $q$ for which $p$ is exactly $z$ standard deviations $\sqrt{q(1-q)/n}$ away from $q$.  Write it.  (Square, and solve the
# quadratic equation in $q$.)


# %% tags=["solution"]
# def wilson(right, n, z=1.96) -> low, high
def wilson(right, n, z=1.96):
    # (p - q)^2 = z^2 q (1 - q) / n, a quadratic in q: (1 + z^2/n) q^2 - (2p + z^2/n) q + p^2 = 0.
    p, w = right / n, z * z / n
    root = np.sqrt((2 * p + w) ** 2 - 4 * (1 + w) * p * p)
    return (2 * p + w - root) / (2 * (1 + w)), (2 * p + w + root) / (2 * (1 + w))


# %% tags=["check"]
for k, total in ((100, 100), (0, 40), (87, 100), (96, 100)):
    z = stats.norm.ppf(0.975)
    expected = stats.binomtest(k, total).proportion_ci(method="wilson")
    assert np.allclose(wilson(k, total, z), (expected.low, expected.high)), (k, total)

# %% [markdown]
# **2.**  How many test recordings does it take before a network that is right in 97 % and one that is right in 96 %, each tested on
# recordings of its own, differ by 1.96 standard deviations of the difference?  (Variances add.)

# %% tags=["solution"]
# needed: the smallest such n

# 0.01 >= 1.96 sqrt((0.97 0.03 + 0.96 0.04) / n)
needed = int(np.ceil((1.96 / 0.01) ** 2 * (0.97 * 0.03 + 0.96 * 0.04)))

# %% tags=["check"]
for size, enough in ((needed - 1, False), (needed, True)):
    deviation = np.sqrt((0.97 * 0.03 + 0.96 * 0.04) / size)
    assert (0.01 >= 1.96 * deviation) == enough, size

# %% [markdown]
# **3.**  Does LIAF need the *order* of the frames?  Show the trained network of seed 0, `runs["liaf"][0][1]`, the test recordings with
# time reversed, and get its share of right answers.  Then think: which layer mixes the frames, and does it know their order?

# %% tags=["solution"]
# backwards: the share of right answers on reversed recordings
reverse = np.ascontiguousarray(data.test.counts[:, ::-1]).astype(np.float32)
logits, _ = networks["liaf"].forward(runs["liaf"][0][1], reverse)
backwards = (logits.argmax(axis=1) == data.test.labels).mean()
print(f"forwards {right['liaf'][0]:.0%}, backwards {backwards:.0%}")
# The mean over time does not know the order; only the membranes below it do, and these digits need no order.

# %% tags=["check"]
flipped, _ = networks["liaf"].forward(
    runs["liaf"][0][1], np.flip(data.test.counts, axis=1).astype(np.float32)
)
assert backwards == (flipped.argmax(axis=1) == data.test.labels).mean()
assert not np.allclose(
    flipped, networks["liaf"].forward(runs["liaf"][0][1], data.test.counts.astype(np.float32))[0]
)
