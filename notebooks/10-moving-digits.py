# %% [markdown]
# # 10 · LIAF against LIF on moving digits
#
# In this notebook you train two networks on event-camera recordings and test whether one is significantly better.
#
# A digit moves in front of an event camera, and a network classifies it into ten classes.  The paper reports that a network of
# LIAF neurons is more accurate than the same network of LIF neurons.  You train both at a size that takes seconds.
# A single run cannot show whether one of them *is* better, so you compare several.
#
# The digits are simulated (notebook 9).  The networks are small versions of those in the paper's Fig. 6.

# %% tags=["setup"]
from functools import cache

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

import liaf_ref as lr
from liaf_ref.analysis import op_count
from liaf_ref.exercises import check, compare, mark_quiz
from liaf_ref.experiments.dvs import DVSConfig, load_frames
from liaf_ref.layers import FAST
from liaf_ref.networks import dvs_network, summary
from liaf_ref.plotting import palette, plot_frames, show

COLOURS = {cell: palette.CELL_COLORS[cell] for cell in ("liaf", "lif")}
SEEDS, EPOCHS = range(5), 6

# %% [markdown]
# ## The recordings
#
# The library's experiments have several scales; `smoke` is the smallest.  A recording contains 100 ms of a moving
# digit, counted into 5 frames of 20 × 20 pixels.  The training set has 40 recordings of each digit.  The test set has
# 10 of each, made from other handwritten images.

# %%
config = DVSConfig("mnist-dvs", "liaf", "smoke")
data = load_frames(config, None)
X, X_test = (part.counts.astype(np.float32) for part in (data.train, data.test))
print("training set", X.shape, "  test set", X_test.shape)

# %% tags=["hide-input"]
one_each = [int(np.flatnonzero(data.train.labels == digit)[0]) for digit in range(10)]
show(plot_frames(X[one_each].sum(axis=1), [str(digit) for digit in range(10)]))

# %% [markdown]
# Each picture is the sum of the five frames that the network receives.
#
# ## The two networks
#
# The networks differ in the neurons.  The LIAF neurons directly follow the convolution, [Eq. (2)](eq:2), and send the
# analog value of [Eq. (8)](eq:8); norm, ReLU and pooling come after them.  The LIF neurons come after norm and pooling
# and send the spike of [Eq. (4)](eq:4).

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
# Both networks have the same number of weights.  The layer `sum`, before the dense layers, is the mean over time.  The
# layers before it process each frame; the layers after it process the recording as a whole.
#
# ## Training
#
# `lr.train` trains a network in one call.  After each epoch it scores the validation set, and it returns the parameters
# of the epoch that is best there.
#
# The random *seed* determines everything that is random: which 200 of the 400 recordings are the training set and which
# 40 are the validation set, the initial weights, the order of the batches, and the dropout masks.  We chose the
# learning rate and the number of epochs so that both networks reach about 90 % on the training set.  The test set was
# not used for this choice.


# %%
@cache
def fit(cell, seed):
    """Train one network on 200 recordings."""
    order = np.random.default_rng(seed).permutation(len(X))
    learn, held = order[:200], order[200:240]
    return lr.train(
        networks[cell],
        (X[learn], data.train.labels[learn]),
        validation=(X[held], data.train.labels[held]),
        epochs=EPOCHS,
        batch_size=10,
        optimizer=lr.Adam(6e-3),
        seed=seed,
    )


def predict(cell, run, X):
    """Return a trained network's predictions."""
    return networks[cell].forward(run.params, X)[0].argmax(axis=1)


first = fit("liaf", seed=0)
for epoch in first.history:
    print(
        f"epoch {epoch.epoch}: loss {epoch.train_loss:.3f}, training accuracy "
        f"{epoch.train_accuracy:4.0%}, validation {epoch.val_accuracy:4.0%}"
    )
accuracy = (predict("liaf", first, X_test) == data.test.labels).mean()
print(f"test accuracy {accuracy:.0%}; always the same digit would give 10 %")

# %% [markdown]
# ## Five seeds for each network
#
# Both networks get the same seeds, and so the same recordings.  The test set is used once for each network, with the
# parameters of the selected epoch.

# %%
runs = {"liaf": [fit("liaf", seed) for seed in SEEDS]}

# %%
runs["lif"] = [fit("lif", seed) for seed in SEEDS]

# %%
predictions = {
    cell: np.array([predict(cell, run, X_test) for run in runs[cell]]) for cell in networks
}
right = {cell: (predictions[cell] == data.test.labels).mean(axis=1) for cell in networks}

# %% tags=["hide-input"]
figure = Figure(figsize=(7, 3.2), layout="constrained")
panels = figure.subplots(1, 2, sharex=True)
for cell, colour in COLOURS.items():
    for k, run in enumerate(runs[cell]):
        label = cell.upper() if k == 0 else None
        style = {"color": colour, "label": label, "ls": "-" if cell == "liaf" else "--", "lw": 1.2}
        epochs = range(1, EPOCHS + 1)
        panels[0].plot(epochs, [epoch.train_loss for epoch in run.history], **style)
        panels[1].plot(epochs, [100 * epoch.val_accuracy for epoch in run.history], **style)
panels[0].set(ylabel="training loss in nats", xlabel="epoch", ylim=(0, None))
panels[1].set(ylabel="validation accuracy in %", xlabel="epoch", ylim=(0, 102))
panels[0].legend(frameon=False)
show(figure)

# %%
print("seed      " + "".join(f"{seed:7d}" for seed in SEEDS) + "    mean")
for cell in networks:
    print(
        f"{cell.upper():4s} test "
        + "".join(f"{r:7.0%}" for r in right[cell])
        + f"{right[cell].mean():8.1%}"
    )

# %% [markdown]
# Compare the columns: from one seed you could have concluded the opposite.
#
# ## Which digits are confused?
#
# A *confusion matrix* counts, for each true digit (row), the predictions of the network (column).  The diagonal
# contains the correct answers.  The figure adds up all five seeds.


# %%
def confusion(cell):
    table = np.zeros((10, 10), int)
    for answer in predictions[cell]:
        np.add.at(table, (data.test.labels, answer), 1)
    return table


# %% tags=["hide-input"]
figure = Figure(figsize=(7.4, 3.9), layout="constrained")
for panel, cell in zip(figure.subplots(1, 2), networks, strict=True):
    table = confusion(cell)
    panel.imshow(table, cmap="Blues", vmin=0, vmax=50)
    for (row, column), n in np.ndenumerate(table):
        if n:
            colour = "white" if n > 25 else "black"
            panel.text(column, row, n, ha="center", va="center", fontsize=9, color=colour)
    panel.set(title=cell.upper(), xlabel="predicted", ylabel="true digit")
    panel.set(xticks=range(10), yticks=range(10))
show(figure)

# %% [markdown]
# Which error is the most frequent?

# %%
for cell in networks:
    wrong = confusion(cell) * (1 - np.eye(10, dtype=int))
    true, answer = np.unravel_index(wrong.argmax(), wrong.shape)
    worst = np.argmin(np.diag(confusion(cell)))
    print(
        f"{cell.upper():4s} predicts {answer} for {true} in {wrong.max()} of 50 cases; lowest accuracy: digit {worst}"
    )

# %% [markdown]
# ## Is the difference significant?
#
# The result is random for two reasons.
#
# **The test set is small.**  Of $n = 100$ recordings, the share $p$ is classified correctly.  If the answers are
# independent, the standard deviation of this share is $\sqrt{p(1-p)/n}$.  The interval of ±1.96 standard deviations
# contains the true accuracy in about 95 of 100 cases.

# %%
n, p = len(data.test), right["liaf"][0]
half = 1.96 * np.sqrt(p * (1 - p) / n)
print(f"LIAF, seed 0: accuracy {p:.0%}, interval {p - half:.1%} to {p + half:.1%}")

# %% [markdown]
# So if two networks differ by two or three points, one run on 100 recordings cannot show which one is better.
#
# **Training is random too.** Other initial weights and batches give another result.  So compare the two networks
# *in pairs*.  In a pair, both have the same seed, the same recordings and the same test set.  Effects of the seed that
# are the same for both networks cancel in the *difference* $d_k$.  From $K$ differences with mean $\bar d$ and standard
# deviation $s$, the *confidence interval* is
#
# $$\bar d \pm t_{K-1}\, s / \sqrt{K},$$
#
# where $t_4 = 2.78$ replaces 1.96, because $s$ is only estimated, from five numbers.


# %%
def interval(values, level=0.95):
    """Return the mean and the ends of its confidence interval by Student's t."""
    K = len(values)
    half = stats.t.ppf((1 + level) / 2, K - 1) * np.std(values, ddof=1) / np.sqrt(K)
    return np.mean(values), np.mean(values) - half, np.mean(values) + half


differences = 100 * (right["liaf"] - right["lif"])
mean, low, high = interval(differences)
print("LIAF - LIF in points:", differences.round(1))
print(f"mean {mean:+.1f}, 95 % interval {low:+.1f} to {high:+.1f}")
if low > 0:
    print("The interval is above 0: with these settings, LIAF is significantly better.")
elif high < 0:
    print("The interval is below 0: with these settings, LIF is significantly better.")
else:
    print("The interval contains 0: these five pairs show no significant difference.")

# %% tags=["hide-input"]
figure = Figure(figsize=(7, 2.6), layout="constrained")
left, rest = figure.subplots(1, 2, width_ratios=(1.5, 1))
for a, b in zip(right["liaf"], right["lif"], strict=True):
    left.plot([100 * a, 100 * b], [1, 0], color="0.75", lw=1, zorder=0)
for place, cell in ((1, "liaf"), (0, "lif")):
    left.plot(100 * right[cell], np.full(5, place), "o", color=COLOURS[cell])
left.set(yticks=(0, 1), yticklabels=("LIF", "LIAF"), xlabel="test accuracy in %", ylim=(-0.4, 1.4))
rest.plot(differences, np.linspace(-0.06, 0.06, 5), "o", color=palette.GREY)
rest.errorbar(mean, 0.5, xerr=[[mean - low], [high - mean]], fmt="s", color="black", capsize=4)
rest.axvline(0, color="0.7", ls=":")
rest.set(
    yticks=(0, 0.5), yticklabels=("pairs", "95 %"), xlabel="LIAF − LIF in points", ylim=(-0.3, 0.8)
)
show(figure)

# %% [markdown]
# The meaning of the interval: if this experiment were repeated many times, about 95 of 100 such intervals would contain
# the true mean difference *of these networks, at this size, trained in this way, on these simulated digits*.
#
# The interval has limits:
#
# - An interval that contains 0 does not prove that both networks are equally good.  It can simply be too wide.
# - It says nothing about another data set or about the paper's.  Simulated digits are easier than recorded ones.
# - It says nothing about another learning rate.  Replace 6e-3 by 3e-3 in `fit` and run all cells again.  Six epochs are
#   then too few for both networks, and the network that learns faster is ahead.
# - All five seeds use the same 100 test recordings.  If these happen to suit one network, all seeds show it.
#
# How many seeds are needed?  The half-width shrinks as $1/\sqrt K$, and faster for small $K$, where $t_{K-1}$ also
# falls.  With the standard deviation found here:

# %%
s = np.std(differences, ddof=1)
for K in (5, 10, 20, 50, 100, 200):
    print(f"{K:4d} seeds: +- {stats.t.ppf(0.975, K - 1) * s / np.sqrt(K):.1f} points")

# %% [markdown]
# ## What LIF saves
#
# Accuracy is not the only criterion.  A spike is 0 or 1, so a weight times a spike needs no multiplication, and most
# spikes are 0.  `measure_sparsity` counts both effects on data.

# %%
for cell, network in networks.items():
    rows = op_count.measure_sparsity(network.sequential, runs[cell][0].params, X_test[:20], FAST)
    full, left = (
        op_count.total(row.dense for row in rows),
        op_count.total(row.effective for row in rows),
    )
    print(f"{cell.upper():4s} MULs {full.muls:9,}, of these with a nonzero input {left.muls:9,}")

# %% [markdown]
# <div class="alert alert-info">
#
# **What to remember**
#
# - One run with one seed proves nothing.  Report several seeds and a confidence interval.
# - Compare in pairs: same seed, same recordings, then look at the differences.
# - The size of the test set limits what you can distinguish.  With 100 recordings, a few points are not significant.
# - "The interval contains 0" means *not decided*; it does not mean *equal*.
# - Use the test set once, after everything has been chosen.
#
# </div>
#
# ## Quiz
#
# **1.**  The 95 % interval of the difference LIAF − LIF is −2.1 to +4.3 points.  What follows?
#
# - **a**  LIAF is better, because the mean is positive.
# - **b**  Both networks are equally good.
# - **c**  These runs do not decide which network is better.
#
# **2.**  Why does a pair of runs have the same seed?
#
# - **a**  The result becomes more accurate on the test set.
# - **b**  Effects of the seed that both networks share cancel in the difference.
# - **c**  The training is faster.
#
# **3.**  You have 50 seeds and want an interval of half the width.  About how many seeds do you need?
#
# - **a**  four times as many
# - **b**  twice as many
# - **c**  as many, but a larger test set

# %% tags=["solution"]
# answers: three letters
answers = "cba"
# 1c: The interval contains 0, so either sign is possible.
# 2b: Both have the same recordings and the same split, so the difference varies less.
# 3a: The width is proportional to 1 / sqrt(K); from 50 seeds on, t hardly changes.

# %% tags=["check"]
mark_quiz(
    "answers",
    "83ac7e 50b227 976cec 04c683",
    "Is the difference significant?",
    "Is the difference significant?",
    "Is the difference significant?",
)

# %% [markdown]
# ## Exercises
#
# **1.**  Near 100 % the simple interval fails: if 100 of 100 answers are right, its width is zero.  Wilson's interval
# is better.  Its ends are the two values of $q$ for which the distance between $p$ and $q$ is exactly $z$ standard
# deviations $\sqrt{q(1-q)/n}$.  Write it.  (Square both sides and solve the quadratic equation in $q$.)


# %% tags=["solution"]
# def wilson(right, n, z=1.96) -> low, high
def wilson(right, n, z=1.96):
    # (p - q)^2 = z^2 q (1 - q) / n, a quadratic in q: (1 + z^2/n) q^2 - (2p + z^2/n) q + p^2 = 0.
    p, w = right / n, z * z / n
    root = np.sqrt((2 * p + w) ** 2 - 4 * (1 + w) * p * p)
    return (2 * p + w - root) / (2 * (1 + w)), (2 * p + w + root) / (2 * (1 + w))


# %% tags=["check"]
@check("wilson")
def _():
    z = stats.norm.ppf(0.975)
    for k, total in ((100, 100), (0, 40), (87, 100), (96, 100)):
        expected = stats.binomtest(k, total).proportion_ci(method="wilson")
        p, half = k / total, z * np.sqrt(k / total * (1 - k / total) / total)
        wrong = {"this is the simple interval": (p - half, p + half)}
        wrong |= {"the lower end comes first": (expected.high, expected.low)}
        compare(f"{k} of {total}", wilson(k, total, z), (expected.low, expected.high), wrong)


# %% [markdown]
# **2.**  One network is right in 97 % and another in 96 % of the cases.  Each is tested on $n$ recordings of its own.
# What is the smallest $n$ for which the difference is at least 1.96 standard deviations of the difference?  (Variances add.)

# %% tags=["solution"]
# needed: the smallest such n

# 0.01 >= 1.96 sqrt((0.97 0.03 + 0.96 0.04) / n)
needed = int(np.ceil((1.96 / 0.01) ** 2 * (0.97 * 0.03 + 0.96 * 0.04)))


# %% tags=["check"]
@check("needed", mistakes={"n stands below a root: square both sides": 14})
def _():
    def half_width(n):
        return 1.96 * np.sqrt((0.97 * 0.03 + 0.96 * 0.04) / n)

    assert needed == int(needed), f"{needed} is not a whole number"
    assert half_width(needed) <= 0.01, f"with {needed} recordings it is {half_width(needed):.5f}"
    assert half_width(needed - 1) > 0.01, f"{needed - 1} recordings are enough"


# %% [markdown]
# **3.**  Does LIAF need the *order* of the frames?  Reverse the test recordings in time and compute the accuracy of the
# trained network of seed 0, `runs["liaf"][0]`.  Then explain the result.  Which layer combines the frames, and does
# it depend on their order?

# %% tags=["solution"]
# backwards: the accuracy on reversed recordings
reverse = np.ascontiguousarray(X_test[:, ::-1])
backwards = (predict("liaf", runs["liaf"][0], reverse) == data.test.labels).mean()
print(f"forwards {right['liaf'][0]:.0%}, backwards {backwards:.0%}")
# The mean over time does not depend on the order.  Only the membranes before it do, and these digits need no order.


# %% tags=["check"]
@check("backwards")
def _():
    flipped = predict("liaf", runs["liaf"][0], np.flip(X_test, axis=1).copy())
    expected = (flipped == data.test.labels).mean()
    assert np.isclose(backwards, expected), f"{backwards:.0%}, not {expected:.0%}: reverse the time"
