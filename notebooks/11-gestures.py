# %% [markdown]
# # 11 · Gestures: sparsity and activity of a trained network
#
# In this notebook you train a gesture network and examine its neurons: sparsity, activity in time and membrane
# potentials.
#
# A person waves in front of an event camera.  A single frame shows an arm; only several frames show that it *waves*.
# So this task needs memory.
#
# You train a small version of the network of the paper's Table VIII on simulated gestures.  Then you see how sparse each
# layer is, how many operations that could save, and how the membrane of a trained neuron changes from frame to frame.

# %% tags=["setup"]
from functools import cache

import numpy as np
from matplotlib.figure import Figure

import liaf_ref as lr
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import measure_sparsity
from liaf_ref.data.events import downsample, events_to_frames
from liaf_ref.data.simulator import simulate_gesture
from liaf_ref.exercises import check, mark_quiz
from liaf_ref.experiments.dvs import scale_settings
from liaf_ref.layers import FAST
from liaf_ref.networks import gesture_network
from liaf_ref.plotting import (
    SliderRange,
    palette,
    plot_frames,
    plot_traces,
    record_activity,
    show,
    show_with_sliders,
)
from liaf_ref.report.studies import sparsity_table

LAYERS = {  # layers of neurons, and their names in the figures
    "node1": "conv 1",
    "node2": "conv 2",
    "pooled2": "pool 2",
    "node3": "conv 3",
    "pooled3": "pool 3",
    "node4": "dense 4",
    "node5": "dense 5",
}
COLOURS = {cell: palette.CELL_COLORS[cell] for cell in ("liaf", "lif")}

# %% [markdown]
# ## The recordings
#
# There are eleven gestures.  People differ in build, clothes and speed.  The training set contains six people, the
# validation set one other person, and the test set two *other* people.  Otherwise the network could learn the people
# instead of the gestures.  Each recording lasts 1.5 s and becomes 10 frames of 16 × 16 pixels.

# %%
size = scale_settings("gesture", "smoke")
preprocessing, span = size.preprocessing, size.preprocessing.time_window * size.preprocessing.T
recordings = simulate_gesture(seed=0, lights=1, duration=span)
classes = recordings.train.classes


def prepare(part, first, last, names=classes):
    """Return frames and labels of people first to last - 1 of a part, for the gestures in names."""
    numbers = range(first * len(classes), last * len(classes))
    numbers = [k for k in numbers if classes[part.labels[k]] in names]
    items = [part.recordings[k] for k in numbers]
    counts = [preprocessing.to_frames(item.events(), item.start) for item in items]
    return np.array(counts), part.labels[numbers]


X, labels = prepare(recordings.train, 0, 6)
held_out = prepare(recordings.train, 6, 7)
X_test, true = prepare(recordings.test, 0, 2)
print("training set", X.shape, "  validation set", held_out[0].shape, "  test set", X_test.shape)

# %% [markdown]
# The first figure shows five frames of one person's arm roll at 64 × 64 pixels (the camera has 128 × 128).  The second
# figure shows the same frames as the network receives them.  The third figure shows all eleven gestures of this person,
# each as one picture of 1.5 s.  A pixel that became both brighter and darker has a mixed colour.

# %%
roll = classes.index("arm roll")


def camera_frames(recording, side=64, T=preprocessing.T):
    """Return the frames of a recording, in more detail than the network receives them."""
    fine = downsample(recording.events(), 128 // side)
    return events_to_frames(fine, (side, side), span // T, T, recording.start)


detailed = camera_frames(recordings.train.recordings[roll])

# %% tags=["hide-input"]
titles = [f"{150 * k} to {150 * k + 150} ms" for k in range(5)]
show(plot_frames(detailed[:5], titles, title="arm roll, 64 × 64 pixels"))

# %% tags=["hide-input"]
show(plot_frames(X[roll, :5], titles, title="the same frames as the network receives them"))

# %% tags=["hide-input"]
names = [name.replace(" arm ", " arm\n").replace(" hand ", " hand\n") for name in classes]
pictures = [camera_frames(item, T=1)[0] for item in recordings.train.recordings[: len(classes)]]
show(plot_frames(np.array(pictures), names, columns=4, title="eleven gestures, 1.5 s each"))

# %% [markdown]
# In these pictures, some gestures look the same.  *Clockwise* and *counter-clockwise* use the same positions; only the
# order differs.
#
# ## The network
#
# The network has three convolutions and two dense layers, with neurons after each of them.  The LIAF neurons send
# $\mathrm{SELU}(U)$, [Eq. (8)](eq:8) in NTR mode (without the threshold).  The LIF neurons send spikes.  All neurons of
# a layer share one $V_{th}$, $V_{reset}$, $\alpha$ and $\beta$.  The output is the mean of the last layer over time.

# %%
networks = {
    cell: gesture_network(cell, network_config=size.network_config) for cell in ("liaf", "lif")
}
print(", ".join(part.name for part in networks["liaf"].sequential.layers))

# %% [markdown]
# The layers `node1`, `node2` and so on are neurons.  `pooled2` and `pooled3` are neurons after a pooling layer.


# %%
@cache
def fit(cell):
    """Train one network."""
    return lr.train(
        networks[cell],
        (X, labels),
        validation=held_out,
        epochs=7,
        batch_size=11,
        optimizer=lr.Adam(3e-3),
    )


def predict(cell, X):
    """Return the predictions of a trained network."""
    run = fit(cell)
    logits, _ = networks[cell].forward(run.params, X, run.running_stats)
    return logits.argmax(axis=1)


def describe(cell):
    run = fit(cell)
    accuracies = (f"{epoch.train_accuracy:.0%}" for epoch in run.history)
    print(cell.upper(), "training accuracy by epoch:", *accuracies)
    right = (predict(cell, X_test) == true).mean()
    print(f"epoch {run.best_epoch} is the best on the validation set")
    print(f"test accuracy on two other people: {right:.0%} of {len(true)} recordings")


describe("liaf")

# %%
describe("lif")

# %% [markdown]
# The test set has only 22 recordings, so the confidence interval of these accuracies is almost 40 points wide
# (notebook 10).  This notebook does not compare accuracies.
#
# ## How sparse is each layer?
#
# `measure_sparsity` runs a network on data.  For each layer it reports the share of inputs and outputs that are not
# zero, the number of operations, and the number left if operations with a zero are skipped.  The table is for the LIF
# network on the test set:

# %%
trained = {cell: {**fit(cell).params, **fit(cell).running_stats} for cell in networks}
rows = {
    cell: measure_sparsity(network.sequential, trained[cell], X_test, FAST)
    for cell, network in networks.items()
}
print(sparsity_table(rows["lif"]))

# %% [markdown]
# The figure shows both networks, neuron layers only:

# %% tags=["hide-input"]
figure = Figure(figsize=(7.2, 3.2), layout="constrained")
axes = figure.subplots()
for shift, (cell, colour) in zip((-0.2, 0.2), COLOURS.items(), strict=True):
    active = {row.prefix: row.output_density for row in rows[cell]}
    values = [100 * active[name] for name in LAYERS]
    bars = axes.bar(np.arange(7) + shift, values, 0.38, color=colour, label=cell.upper())
    axes.bar_label(bars, fmt="%.0f", fontsize=9)
axes.set_xticks(range(7), LAYERS.values())
axes.set(ylabel="% of outputs not zero", xlabel="neuron layer", ylim=(0, 112))
figure.legend(frameon=False, ncols=2, loc="outside upper center")
show(figure)

# %%
for cell in networks:
    full = op_count.total(row.dense for row in rows[cell])
    left = op_count.total(row.effective for row in rows[cell])
    print(
        f"{cell.upper():4s} MULs {full.muls:9,}, needed {left.muls:9,};"
        f"  ADDs {full.adds:9,}, needed {left.adds:9,}"
    )

# %% [markdown]
# The results:
#
# - A LIF neuron that does not fire sends 0.  A LIAF neuron with SELU sends a nonzero value at every step, because
#   $\mathrm{SELU}(U) = 0$ only for $U = 0$.  Inside, it has spikes too; they only control the reset and are not sent.
# - After the first convolution, the convolutions of LIF need no multiplications.  They add a weight wherever there was
#   a spike.
# - Even the input is hardly sparse.  In 150 ms, noise reaches almost every square of 8 × 8 pixels.  Shorter frames are
#   sparser, but there are more of them.
#
# ## Activity in time
#
# `record_activity` returns the variables of every neuron: its input `I`, its output `Y`, and a tape with
# `U`, `F` and `R` of [Eq. (3)](eq:3) to [Eq. (5)](eq:5).  (The tape holds the values that the backward pass needs.)

# %%
seen = {
    cell: record_activity(network.sequential, trained[cell], X_test)
    for cell, network in networks.items()
}
for name, watched in seen["liaf"].items():
    print(
        f"{LAYERS[name]:8s} {watched.Y.shape}  spikes {watched.tape.F.mean():4.0%}, outputs equal to 0 {(watched.Y == 0).mean():4.0%}"
    )

# %% [markdown]
# The figure shows the share of neurons that fire in each frame.  The bars at the top show the number of events in each
# frame.  Select a recording of the test set with the slider.


# %% tags=["hide-input"]
def draw(recording):
    k = round(recording)
    figure = Figure(figsize=(7.2, 5), layout="constrained")
    panels = figure.subplots(3, 1, sharex=True, height_ratios=(1, 2, 2))
    steps = np.arange(1, 11)
    events = X_test.sum(axis=(2, 3, 4))
    panels[0].bar(steps, events[k], color=palette.GREY)
    panels[0].set(ylabel="events", ylim=(0, 1.05 * events.max()))
    panels[0].set_title(f"recording {k}: {classes[true[k]]}")
    shades = [palette.BLACK, palette.BLUE, palette.LIGHT_BLUE, palette.GREEN]
    shades += [palette.ORANGE, palette.VERMILION, palette.PURPLE]
    looks = ["o-", "s--", "^--", "D-.", "v-.", "X:", "P:"]  # readable without colours
    for panel, cell in zip(panels[1:], networks, strict=True):
        for (name, watched), color, look in zip(seen[cell].items(), shades, looks, strict=True):
            F = 100 * watched.tape.F[k].reshape(10, -1).mean(axis=1)
            label = LAYERS[name] if cell == "liaf" else None
            panel.plot(steps, F, look, ms=5, lw=1.2, color=color, label=label)
        panel.set(ylabel=f"{cell.upper()}: % firing", ylim=(-4, 104))
    panels[2].set(xlabel="frame (150 ms each)", xticks=steps)
    figure.legend(loc="outside right center", frameon=False)
    return figure


show_with_sliders(draw, recording=SliderRange(0, len(true) - 1, roll, 1))

# %% [markdown]
# ## The membrane of one neuron
#
# This is the figure of notebook 1, for a trained neuron.  It is one of the 32 neurons of layer `dense 4`, and its input
# is the arm roll.  Select another neuron or another recording with the sliders.

# %%
layer = seen["liaf"]["node4"]
rates = layer.tape.F[roll].mean(axis=0)
some = abs(rates - 0.5) < 0.3  # neurons that fire in some of the frames, but not in all
lively = int(np.argmax(some * layer.tape.U[roll].std(axis=0)))  # the one that changes most


# %% tags=["hide-input"]
def draw(neuron, recording):
    number, k = round(neuron), round(recording)
    one = layer.select(k, number)
    title = f"LIAF, dense 4, neuron {number}, {classes[true[k]]}"
    figure = plot_traces(one.I, one.Y, one.tape, title)
    for panel, values in zip(figure.axes, (layer.I, layer.tape.U, None, layer.Y), strict=True):
        if values is not None:  # the same range for every neuron and recording
            low, high = values.min(), values.max()
            panel.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    return figure


show_with_sliders(
    draw, neuron=SliderRange(0, 31, lively, 1), recording=SliderRange(0, len(true) - 1, roll, 1)
)

# %% [markdown]
# Training has also changed the neurons' parameters.  Their initial values were $V_{th} = 0.5$, $V_{reset} = 0$,
# $\alpha = 0.3$ and $\beta = 0$:

# %%
print("LIAF      V_th  V_reset  alpha   beta")
for name, watched in seen["liaf"].items():
    p = watched.tape.p
    print(f"{LAYERS[name]:8s}" + "".join(f"{float(z[0]):7.3f}" for z in p))

# %% [markdown]
# With $\alpha = 0.3$, a third of the membrane potential is left after one frame and a tenth after two.  This is a
# memory of a few hundred milliseconds.  Training has changed it little.
#
# ## Which neuron responds to which gesture?
#
# The figure shows the mean output of each neuron of `dense 4` for each gesture, minus the mean of the neuron over all
# gestures.

# %%
Y = seen["liaf"]["node4"].Y.mean(axis=1)
means = np.array([Y[true == k].mean(axis=0) for k in range(len(classes))])
deviation = means - means.mean(axis=0)
order = np.argsort(deviation.argmax(axis=0), kind="stable")

# %% tags=["hide-input"]
figure = Figure(figsize=(7.4, 3.8), layout="constrained")
axes = figure.subplots()
limit = np.abs(deviation).max()
picture = axes.imshow(deviation[:, order], cmap="PuOr_r", vmin=-limit, vmax=limit, aspect="auto")
axes.set_yticks(range(len(classes)), classes, fontsize=9)
axes.set_xticks(range(0, 32, 2), order[::2], fontsize=9)
axes.set_xlabel(
    "neuron of dense 4 (every second number),\nsorted by the gesture with its largest output"
)
figure.colorbar(picture, label="output minus mean")
show(figure)

# %% [markdown]
# No single neuron represents a gesture.  Each neuron responds to several gestures, and each gesture is a pattern over
# many neurons.
#
# ## Does the network use the order of the frames?
#
# A clockwise movement in reverse is a counter-clockwise movement.  If a network uses the order of the frames, it
# predicts the opposite direction for a reversed recording.  If it uses only positions, its prediction does not change.
# (In a reversed recording, brighter and darker are exchanged, so we also exchange the two channels.)

# %%
turning = [name for name in classes if "clockwise" in name]
turns, turned = prepare(recordings.test, 0, 6, turning)
backwards = np.ascontiguousarray(turns[:, ::-1, :, :, ::-1])  # reverse time and polarity


def arm(labels):
    return np.array([classes[label].split()[0] for label in labels])


def clockwise(labels):
    return np.array(["counter" not in classes[label] for label in labels])


print(f"{len(turned)} recordings of turning arms, of people not in the training set;")
print("accuracy by the forward label:")
for cell in networks:
    for name, film in (("forwards", turns), ("backwards", backwards)):
        predicted = predict(cell, film)
        place, direction = (np.mean(f(predicted) == f(turned)) for f in (arm, clockwise))
        print(f"{cell.upper():4s} {name:9s}  which arm {place:4.0%}   direction {direction:4.0%}")

# %% [markdown]
# The position shows *which* arm turns.  The *direction* is one of two, so a random choice scores 50 %.  A network that
# uses only positions gives the same answer forwards and backwards.  A network that uses the order is right forwards and
# equally often wrong backwards.  The further the two numbers are apart, the more the network uses time.  (Six people
# are few to learn this from.)
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - Test on people who are not in the training set.
# - A network is sparse if its neurons send zeros.  LIF neurons do.  LIAF neurons do only if the activation has a flat
#   piece at zero, and SELU has none.
# - Inside a LIAF neuron there are spikes too; they reset it.
# - How many operations a sparse network saves depends on the data, so measure it.
# - The memory of one neuron is short: after $k$ frames, the share $\alpha^k$ is left.
# - To see whether a network uses time, reverse the time.  The accuracy alone does not show it.
#
# </div>

# %% [markdown]
# ## Quiz
#
# **1.**  Why do the test recordings come from people who are not in the training set?
#
# - **a**  Their gestures are easier.
# - **b**  Otherwise a network that recognises the people could look as if it recognised the gestures.
# - **c**  The training set would be too large.
#
# **2.**  Where does LIF save multiplications that LIAF needs?
#
# - **a**  in a convolution that receives the spikes of LIF neurons
# - **b**  in the first convolution, which receives the frames
# - **c**  in none, because LIAF also has spikes inside
#
# **3.**  A network gives the same answer to a recording of a turning arm forwards and backwards.  What does it use?
#
# - **a**  the order of the frames
# - **b**  the direction of the movement
# - **c**  only the positions

# %% tags=["solution"]
# answers: three letters
answers = "bac"
# 1b: The test asks for new people, because the network will be used by new people.
# 2a: A spike is 0 or 1, so the product with a weight is the weight or nothing.
# 3c: Backwards, the positions are the same and the direction is the opposite.

# %% tags=["check"]
mark_quiz(
    "answers",
    "b9ca3a 88e816 e967c2 aa1bb9",
    "The recordings",
    "How sparse is each layer?",
    "Does the network use the order of the frames?",
)

# %% [markdown]
# ## Exercises
#
# **1.**  Compute from `seen`, for each layer of the LIF network, the share of outputs that are not zero.  The result
# must agree with `measure_sparsity`.

# %% tags=["solution"]
# firing: a dict, layer name -> share of nonzero outputs
firing = {name: (watched.Y != 0).mean() for name, watched in seen["lif"].items()}


# %% tags=["check"]
@check("firing")
def _():
    assert set(firing) == set(LAYERS), f"the layers are {', '.join(LAYERS)}"
    for row in rows["lif"]:
        if row.prefix in LAYERS:
            found, expected = firing[row.prefix], row.output_density
            # measure_sparsity ran in float32, record_activity in float64
            assert abs(found - expected) < 0.005, (
                f"{row.prefix}: {found:.3f}, not {expected:.3f}: the share that is not 0"
            )


# %% [markdown]
# **2.**  A neuron is *silent* if it does not fire in any recording of the test set.  How many silent neurons does each
# layer of the LIF network have?

# %% tags=["solution"]
# silent: a dict, layer name -> number of silent neurons
silent = {
    name: int((~(watched.tape.F > 0).any(axis=(0, 1))).sum())
    for name, watched in seen["lif"].items()
}
print(silent)


# %% tags=["check"]
@check("silent")
def _():
    for name, watched in seen["lif"].items():
        fired = watched.tape.F.reshape(*watched.tape.F.shape[:2], -1).max(axis=(0, 1)) > 0
        expected = len(fired) - fired.sum()
        assert silent[name] == expected, (
            f"{name}: {silent[name]}, not {expected}: in all recordings"
        )


# %% [markdown]
# **3.**  The dense layer `dense5` of the LIF network has 32 inputs and 11 outputs.  How many additions does it need for
# one recording of 10 frames, if zero inputs are skipped?  Compute the number from `seen["lif"]["node4"].Y` only.  At
# each step with a nonzero input, each output also adds its bias.

# %% tags=["solution"]
# sums: the number of additions, averaged over the recordings

# A step with n nonzero inputs needs n additions for each of the 11 outputs, bias included.
sums = 11 * (seen["lif"]["node4"].Y != 0).sum() / len(true)


# %% tags=["check"]
@check("sums")
def _():
    (row,) = (row for row in rows["lif"] if row.prefix == "dense5")
    error = abs(sums - row.effective.adds)
    assert error < 0.02 * row.effective.adds + 11, (
        f"{sums:.0f}, not about {row.effective.adds} a recording"
    )
