# %% [markdown]
# # 13 · From LIAF to spikes
#
# In this notebook you send the analog values of a trained LIAF network as spikes and measure the accuracy and the cost.
#
# Spiking hardware sends spikes, not numbers.  Section VII-C of the paper shows how to convert one into the other.
# Divide a time step into $k$ sub-intervals.  A spike train then represents the number, either by the *count* of its
# spikes or by the *time* of the first spike.
#
# You draw such spike trains, decode them, and find the largest possible error.  Then you encode the layers of a trained
# network.  How large must $k$ be, and what does it cost?

# %% tags=["setup"]
import numpy as np
from matplotlib.figure import Figure

import liaf_ref as lr
from liaf_ref.analysis.spike_coding import (
    OffsetScaler,
    RateCode,
    SignedScaler,
    SpikeEncoder,
    TimeToFirstSpike,
    logarithmic_levels,
)
from liaf_ref.exercises import check, mark_quiz
from liaf_ref.experiments.coding import encode_inputs, encode_outputs, record_inputs, run_encoded
from liaf_ref.experiments.dvs import DVSConfig, load_frames
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.networks import dvs_network
from liaf_ref.plotting import SliderRange, palette, show, show_with_sliders

COLOURS = palette.CODE_COLORS
MARKERS = {"rate": "o", "first spike": "x", "first spike, log": "^"}
K = (1, 2, 4, 8, 16, 32)

# %% [markdown]
# ## Rate code: counting spikes
#
# Take a value $u$ between 0 and 1 and $k$ sub-intervals, each with at most one spike.  The **rate code** sends
# $n = \mathrm{round}(k u)$ spikes, spread as evenly as possible.  A receiver counts them and decodes $n / k$, which is
# nearly $u$.
#
# In `liaf_ref.analysis.spike_coding` a code is an object with `encode` and `decode`.  The result of `encode` has the
# sub-intervals on its first axis.

# %%
u = np.array([0.9, 0.6, 0.3, 0.1, 0.0])


def write(code, u, k):
    """Print the spike train of each value: | is a spike and . is none."""
    spikes = code.encode(u, k)
    for value, train_of_it, again in zip(u, spikes.T, code.decode(spikes, u.dtype), strict=True):
        print(f"{value:.2f}  {''.join('.|'[int(s)] for s in train_of_it)}  {again:.3f}")


write(RateCode(), u, k=8)

# %% [markdown]
# The value 0.6 is decoded as 0.625, because $8 \cdot 0.6 = 4.8$ is rounded to 5 spikes.
#
# ## Time to first spike
#
# The code **time to first spike** sends at most one spike.  The larger the value, the earlier the spike.  Imagine a
# threshold that falls from sub-interval to sub-interval.  The code sends its spike when the threshold has fallen to the
# value.  A value that the threshold never reaches is decoded as 0.
#
# Each sub-interval stands for one *level*, the value that a spike in it is decoded as.  There are two kinds of levels:
#
# - The linear levels are $k/k, (k-1)/k, \dots, 1/k$.
# - The logarithmic levels are $1, r, r^2, \dots$ down to $1/(2k)$.  Each level is a constant fraction of the previous
#   one, like the potential of a leaky neuron.

# %%
CODES = (RateCode(), TimeToFirstSpike(), TimeToFirstSpike("first spike, log", logarithmic_levels))
for code in CODES[1:]:
    print(code.name, "- levels", code.level_function(8).round(3))
    write(code, u, k=8)

# %% [markdown]
# ## Spike trains of all three codes
#
# The figure shows 21 values on the vertical axis, each with its spike train to the right.  The line in the two right
# panels is the falling threshold.  Change $k$ with the slider.


# %% tags=["hide-input"]
def draw_codes(k):
    k = round(k)
    values = np.linspace(0, 1, 21)
    figure = Figure(figsize=(7.4, 3.6), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for panel, code in zip(panels, CODES, strict=True):
        slots, rows = np.nonzero(code.encode(values, k))
        color = COLOURS[code.name]
        panel.plot((slots + 0.5) / k, values[rows], "|", ms=6, mew=2, color=color)
        panel.hlines(values, 0, 1, color="0.9", lw=0.7, zorder=0)
        if isinstance(code, TimeToFirstSpike):
            levels = code.level_function(k)
            falls = (levels + np.append(levels[1:], 0)) / 2  # half-way to the next level
            panel.stairs(falls, np.linspace(0, 1, k + 1), baseline=None, color="0.4", lw=1.2)
        panel.set(title=code.name, xlim=(0, 1), xticks=(0, 0.5, 1))
    panels[0].set(ylabel="value $u$", ylim=(-0.03, 1.03))
    figure.supxlabel(f"time within a step of {k} sub-intervals", fontsize=10)
    return figure


show_with_sliders(draw_codes, k=SliderRange(1, 32, 8, 1))

# %% [markdown]
# ## The output of a neuron as a spike train
#
# We use the neuron and the input of notebook 1, sixteen time steps.  The neuron sends $\mathrm{ReLU}(U)$,
# [Eq. (8)](eq:8) in NTR mode (without the threshold).  The grey bars are the output, the markers are the decoded
# values, and the lower panels show the spikes.

# %%
I = np.array([0, 0, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0, 0, 0, 0.9, 0, 0, -0.4, 0])
p = neuron.Params(*(np.array([z]) for z in (0.5, 0.0, 0.8, 0.0)))
inputs = I.reshape(1, -1, 1), np.zeros((1, 1)), p, spike.paper(0.5)
Y = neuron.forward(*inputs, activation.relu, neuron.NTR)[0].ravel()
print(Y.round(2) + 0)


# %% tags=["hide-input"]
def draw_neuron(k):
    k = round(k)
    steps = np.arange(len(Y))
    figure = Figure(figsize=(7.4, 4.6), layout="constrained")
    top, *wires = figure.subplots(4, 1, sharex=True, height_ratios=(3, 1, 1, 1))
    top.bar(steps + 0.5, Y, 1, color="0.85")
    for wire, code, shift in zip(wires, CODES, (0.25, 0.5, 0.75), strict=True):
        spikes, color = code.encode(Y, k), COLOURS[code.name]
        again = code.decode(spikes, Y.dtype)
        top.plot(steps + shift, again, MARKERS[code.name], ms=5, color=color, label=code.name)
        slots, at = np.nonzero(spikes)
        wire.eventplot(at + (slots + 0.5) / k, lineoffsets=0.5, linelengths=0.8, color=color)
        wire.set(yticks=(), ylim=(0, 1))
        text = f"{code.name}\n{len(at)} spikes"
        wire.set_ylabel(text, rotation=0, ha="right", va="center", fontsize=9)
    for panel in (top, *wires):
        panel.vlines(steps, 0, 1, color="0.8", lw=0.6, zorder=0)
    top.set(ylabel="output $Y$", ylim=(0, 1.07), xlim=(0, len(Y)))
    wires[-1].set(xlabel=f"time step, of {k} sub-intervals each", xticks=steps)
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return figure


show_with_sliders(draw_neuron, k=SliderRange(1, 32, 8, 1))

# %% [markdown]
# At $k = 1$ there is one bit for each time step, as with a LIF neuron.  But the bit has another meaning.  For LIF it
# means "the membrane potential has reached $V_{th}$"; here it means "the value is nearer to 1 than to 0".
#
# ## The error of a decoded value
#
# The levels of the rate code are $1/k$ apart, and a value is rounded to the nearest level.  So the error is at most half
# of this distance, $1/(2k)$.  The linear time code has the same levels and so the same error.  The logarithmic levels
# are far apart at the top and close together at the bottom.  Their bound is half of the widest gap, which is larger.


# %% tags=["hide-input"]
def draw_error(k):
    k = round(k)
    u = np.linspace(0, 1, 2001)
    figure = Figure(figsize=(7.4, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True)
    left.plot(u, u, color="0.7", lw=1)
    right.axhspan(-1 / (2 * k), 1 / (2 * k), color=COLOURS["rate"], alpha=0.12, lw=0)
    for code, style in ((RateCode(), "-"), (CODES[2], "--")):
        again = code.decode(code.encode(u, k), u.dtype)
        look = {"color": COLOURS[code.name], "ls": style, "lw": 1.3}
        left.plot(u, again, label=code.name, **look)
        right.plot(u, again - u, **look)
    left.set(xlabel="value $u$", ylabel="decoded")
    right.set(xlabel="value $u$", ylabel="decoded − $u$", ylim=(-0.55, 0.55))
    right.set_title(f"band: ±1/(2k) = ±{1 / (2 * k):.3f}", fontsize=10)
    left.legend(frameon=False)
    return figure


show_with_sliders(draw_error, k=SliderRange(1, 32, 4, 1))

# %% [markdown]
# `code.max_error(k)` returns this bound.  The next cell tests it on 20 001 values: no error exceeds the bound, and the
# largest error is close to it.

# %%
u = np.linspace(0, 1, 20001)
print("  k    1/(2k)   " + "".join(f"{code.name:>26s}" for code in CODES))
print("                " + "   largest error     bound" * 3)
for k in K:
    line = f"{k:3d}  {1 / (2 * k):8.4f}   "
    for code in CODES:
        largest = abs(code.decode(code.encode(u, k), u.dtype) - u).max()
        assert 0.99 * code.max_error(k) < largest <= code.max_error(k) + 1e-12
        line += f"{largest:16.4f}{code.max_error(k):10.4f}"
    print(line)

# %% [markdown]
# To halve the error, you need twice as many sub-intervals.  So each additional bit of precision doubles the time.
#
# The logarithmic code is worse only if all values are equally likely.  The table shows the mean error for uniformly
# distributed values and for mostly small values:

# %%
draw = np.random.default_rng(0)
kinds = {
    "uniform": draw.uniform(size=20000),
    "mostly small": np.clip(draw.exponential(0.08, size=20000), 0, 1),
}
print(" " * 32 + "".join(f"  k={k:<4d}" for k in K[1:]))
for kind, values in kinds.items():
    for code in CODES[1:]:
        errors = [abs(code.decode(code.encode(values, k), float) - values).mean() for k in K[1:]]
        print(f"{kind:14s} {code.name:17s}", *(f" {e:.4f}" for e in errors))

# %% [markdown]
# ## Converting one code into the other
#
# The paper notes that the analog value of LIAF can convert one spiking code into another: decode the first and encode
# the second.  Between the rate code and the linear time code, this loses nothing if $k$ is the same, because both have
# the same levels.

# %%
for k in range(1, 65):
    counted = RateCode().encode(u, k)
    timed = TimeToFirstSpike().encode(RateCode().decode(counted, float), k)
    assert np.array_equal(RateCode().encode(TimeToFirstSpike().decode(timed, float), k), counted)
print("from rate to time and back: the same spikes for every k from 1 to 64")

# %% [markdown]
# ## Negative values
#
# The output of a neuron can be negative, but a number of spikes cannot.  There are two solutions.  Both need a range of
# values first.
#
# - `SignedScaler(scale)` uses **two lines**, one for the positive part and one for the negative part.  Zero needs no
#   spikes.
# - `OffsetScaler(low, high)` uses **one line**, on which `low` is 0 and `high` is 1.  Zero is between them and costs
#   spikes.
#
# A `SpikeEncoder` combines a code, a scaler and $k$.  It has `encode`, `decode` and `max_error`.  Its `max_error` is
# that of the code times the width of the range on one line.

# %%
x = np.array([0.9, 0.3, 0.0, -0.6, 1.4])
for lines in (SignedScaler(1.0), OffsetScaler(-1.0, 1.0)):
    encoder = SpikeEncoder(RateCode(), lines, k=8)
    sent = encoder.encode(x)  # (lines, k, values)
    again = encoder.decode(sent, x.dtype)
    print(
        f"{lines.name}: {sent.sum()} spikes, error inside the range at most {encoder.max_error:.4f}"
    )
    for value, wires, decoded in zip(x, np.moveaxis(sent, -1, 0), again, strict=True):
        trains = "   ".join("".join(".|"[int(s)] for s in wire) for wire in wires)
        print(f"  {value:5.2f}  {trains}  {decoded:6.3f}")

# %% [markdown]
# Note two results.
#
# - The single line covers twice the range with the same number of levels, so its error is twice as large.
# - The value 1.4 is outside the range.  It *saturates*: it has a spike in every sub-interval and is decoded as 1.  A
#   larger range would prevent this but increase the error of all other values.
#
# ## A network for the experiment
#
# We use the moving digits of notebook 10 and two networks, one with LIAF neurons and one with LIF neurons.  Training
# them takes some seconds.

# %%
config = DVSConfig("mnist-dvs", "liaf", "smoke")
data = load_frames(config, None)
networks = {
    cell: dvs_network(config.scale_settings.network_config, cell, dropout=0.2)
    for cell in ("liaf", "lif")
}


X, X_test = (part.counts.astype(np.float32) for part in (data.train, data.test))


def fit(cell):
    """Train one network; return its parameters."""
    run = lr.train(
        networks[cell],
        (X, data.train.labels),
        epochs=6,
        batch_size=16,
        optimizer=lr.Adam(6e-3),
    )
    learned = (f"{epoch.train_accuracy:.0%}" for epoch in run.history)
    print(cell.upper(), "training accuracy by epoch:", *learned)
    return run.params


params = {cell: fit(cell) for cell in networks}

# %% [markdown]
# The network can send spikes instead of values at two places.
#
# - **Axon**: directly at the output of the neurons.
# - **Dendrite**: at the input of the next layer with synapses, after norm, ReLU and pooling.  A spike meets a
#   weight only here, so the synapses have no work where there is no spike.

# %%
chain = networks["liaf"].sequential
for number, (name, layer) in enumerate(chain.stages):
    here = "  <- axon" if number in encode_outputs(chain) else ""
    here = "  <- dendrite" if number in encode_inputs(chain) else here
    print(f"{number:3d} {name:7s} {type(layer).__name__}{here}")

# %% [markdown]
# Each of these places needs a range.  We take it from the *training* set: only one value in a thousand lies
# outside it.  The test set is not used.

# %%
few = X[::4]
places = encode_outputs(chain) + encode_inputs(chain)
values = record_inputs(chain, params["liaf"], few, places)
scales = {place: SignedScaler.from_percentile(values[place], percentile=99.9) for place in places}
spans = {place: OffsetScaler.from_percentile(values[place], percentile=99.9) for place in places}
for place in places:
    low, high = spans[place].low, spans[place].high
    print(
        f"input of layer {place:2d}: scale {scales[place].scale:.2f}; offset range {low:.2f} to {high:.2f}"
    )

# %% [markdown]
# The figure shows the distribution of the values at the dendrites, with the levels of both time codes for $k = 8$ above:

# %% tags=["hide-input"]
figure = Figure(figsize=(7.4, 3), layout="constrained")
for panel, place in zip(figure.subplots(1, 2), encode_inputs(chain), strict=True):
    on_line = scales[place].transform(values[place])[0].ravel()
    top = 100 * np.histogram(on_line, 40, (0, 1))[0].max() / on_line.size
    shares = np.full(on_line.size, 100 / on_line.size)
    panel.hist(on_line, 40, range=(0, 1), weights=shares, color="0.75")
    for code, height in zip(CODES[1:], (1.08, 1.18), strict=True):
        look = {"ms": 6, "color": COLOURS[code.name], "label": code.name}
        panel.plot(code.level_function(8), np.full(8, height * top), MARKERS[code.name], **look)
    panel.set(title=f"input of {chain.stages[place][0]}", xlabel="value / scale")
    panel.set(ylabel="% of the values", ylim=(0, 1.27 * top))
figure.axes[0].legend(frameon=False, title="levels", loc="center right")
show(figure)

# %% [markdown]
# Most values are small, so levels near zero are more useful than levels near one.
#
# ## The network with spikes
#
# `run_encoded` takes an encoder for each layer that receives spikes.  It returns the network's output, the number of
# spikes, and the multiplications and additions of all layers.  Synapses count only for inputs that are not zero.
#
# - A spike of the rate code costs one addition of a weight.
# - A spike of a time code also costs one multiplication, of the weight and the level.
#
# The network is not trained again.


# %%
def scored(cell, encoders):
    """Return predictions for the test set, MULs and ADDs of one recording, spikes per value."""
    text, counts = [], np.zeros(4)
    for first in range(0, len(X_test), 20):
        batch = X_test[first : first + 20]
        passed = run_encoded(networks[cell].sequential, params[cell], batch, encoders)
        text.append(passed.logits.argmax(axis=1))
        counts += passed[1:]
    sent, spikes, muls, adds = counts
    return np.concatenate(text), muls / len(X_test), adds / len(X_test), spikes / max(sent, 1)


def right(predicted):
    return 100 * (predicted == data.test.labels).mean()


analog, lif = scored("liaf", {}), scored("lif", {})
coded = {}
for code in CODES:
    for k in K:
        encoders = {n: SpikeEncoder(code, scales[n], k) for n in encode_inputs(chain)}
        coded[code.name, k] = scored("liaf", encoders)

# %%
print("                    accuracy  as analog  spikes/value      MULs        ADDs")
for name, (predicted, muls, adds, _) in (("LIAF, analog", analog), ("LIF", lif)):
    print(f"{name:22s} {right(predicted):4.0f} % {'':23s} {muls:10,.0f}  {adds:10,.0f}")
for (name, k), (predicted, muls, adds, spikes) in coded.items():
    same = 100 * (predicted == analog[0]).mean()
    cost = f"{spikes:12.3f}  {muls:10,.0f}  {adds:10,.0f}"
    print(f"{name:17s}{k:4d}  {right(predicted):4.0f} %  {same:6.0f} %  {cost}")

# %% tags=["hide-input"]
figure = Figure(figsize=(7.4, 3.6), layout="constrained")
panels = figure.subplots(1, 3)
for code in CODES:
    rows = [coded[code.name, k] for k in K]
    look = {"color": COLOURS[code.name], "marker": MARKERS[code.name], "label": code.name}
    look |= {"ms": 9, "mfc": "none"} if code.name == "rate" else {"ms": 5}
    panels[0].plot(K, [right(row[0]) for row in rows], **look)
    panels[1].plot(K, [row[1] / 1e6 for row in rows], **look)
    panels[2].plot(K, [row[2] / 1e6 for row in rows], **look)
for name, style, row in (("LIAF, analog", "--", analog), ("LIF", ":", lif)):
    for panel, height in zip(panels, (right(row[0]), row[1] / 1e6, row[2] / 1e6), strict=True):
        panel.axhline(height, color="black", ls=style, lw=1.2, label=name)
for panel, name in zip(panels, ("accuracy in %", "million MULs", "million ADDs"), strict=True):
    panel.set_xscale("log", base=2)
    panel.set(title=name, xlabel="sub-intervals $k$", ylim=(0, None), xticks=K, xticklabels=K)
panels[0].set_ylim(50, 101)
figure.legend(
    *panels[0].get_legend_handles_labels(), ncols=3, frameon=False, loc="outside lower center"
)
show(figure)

# %% [markdown]
# - **A few sub-intervals are enough here.**  The left panel shows how many.  But with 100 recordings, a difference of
#   five points can be chance (notebook 10).  The column *as analog* is more precise: the share of answers that are the
#   same as without spikes.
# - **The rate code and the linear time code give the same answers** at every $k$.  Only their costs differ.
# - **The rate code costs additions.**  Its synapses multiply nothing but add once for each spike, and the number of
#   spikes grows with $k$ without a limit.  A time code has at most one spike for each value, so it never costs more
#   than the analog network.
# - **LIF is cheaper than all codes.**  LIF was *trained* with one bit; the encoded network was not.
#
# Most of the remaining cost at $k = 1$ is in the first layer, the norms and the dense layers.  They are not encoded:
# the frames of the camera enter the first convolution as they are.

# %%
for k in K:
    assert np.array_equal(coded["rate", k][0], coded["first spike", k][0])
    assert lif[1] < coded["rate", k][1] < coded["first spike", k][1]
    assert lif[2] < coded["rate", k][2]
    assert coded["first spike", k][1] <= analog[1]
    assert lif[2] < coded["first spike", k][2] <= analog[2]
beyond = [k for k in K if coded["rate", k][2] > analog[2]]
print("the rate code needs more additions than the analog network at k =", *beyond)

# %% [markdown]
# ## Negative values in the network
#
# At the dendrites no value is negative, because they come after ReLU.  At the axons there are negative values.  The
# table shows the share of answers that are the same as those of the analog network:

# %%
print("at the axon          " + "".join(f"   k={k}" for k in K[1:5]))
for ranges in (scales, spans):
    for code in CODES[1:]:
        line = f"{ranges[encode_outputs(chain)[0]].name:7s}{code.name:16s}"
        for k in K[1:5]:
            encoders = {n: SpikeEncoder(code, ranges[n], k) for n in encode_outputs(chain)}
            line += f"{100 * (scored('liaf', encoders)[0] == analog[0]).mean():4.0f} %"
        print(line)

# %% [markdown]
# With two lines, a few sub-intervals give the answers of the analog network.  The reason: most values are near zero,
# and there the logarithmic levels are close together.
#
# With an offset, the result changes irregularly with $k$.  Zero is now in the middle of the line, where the logarithmic
# levels are far apart, and it need not be a level of either code.  The next cell shows how zero is decoded, and which
# share of all values is decoded as the same number.

# %%
place = encode_outputs(chain)[0]
some = values[place][::10]
for code in CODES[1:]:
    for k in K[1:5]:
        encoder = SpikeEncoder(code, spans[place], k)
        zero = encoder.decode(encoder.encode(np.zeros(1)), np.float64).item()
        alike = np.isclose(encoder.decode(encoder.encode(some), some.dtype), zero).mean()
        print(
            f"{code.name:17s}k={k:<3d} 0 is decoded as {zero:5.2f}, like {alike:4.0%} of all values"
        )

# %% [markdown]
# The effect of this shift on norm and ReLU depends on where the levels happen to be.  So the accuracy varies by chance.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - With $k$ sub-intervals, $k + 1$ values can be distinguished.  With evenly spaced levels, the error of a value inside
#   the range is at most $1/(2k)$ of the range.
# - The rate code is decoded by counting spikes, the time code by the time of the first spike.  With linear levels both
#   decode the same value.
# - A spike of the rate code costs an addition.  A spike of a time code costs a multiplication and an addition, but
#   there is at most one.
# - Negative values need two lines, or one line with an offset.  With an offset, zero costs spikes.
# - Place the levels where most of the values are.
# - Take the range from training data.  Values outside the range saturate.
# - Encoding with $k = 1$ does not give the LIF network, because LIF was trained with its one bit.
#
# </div>
#
# ## Quiz
#
# **1.**  The value 0.5 is sent with the rate code and $k = 16$.  What does the receiver get?
#
# - **a**  8 spikes, spread over the step
# - **b**  one spike in sub-interval 8
# - **c**  16 spikes, half of them negative
#
# **2.**  How does the largest error of the rate code change when $k$ doubles?
#
# - **a**  It does not change.
# - **b**  It falls to a quarter.
# - **c**  It falls to a half.
#
# **3.**  A network is encoded with $k = 1$.  Why is it worse than the LIF network, which also sends one bit?
#
# - **a**  Its range is too large.
# - **b**  It was not trained with one bit.
# - **c**  It has more weights.

# %% tags=["solution"]
# answers: three letters
answers = "acb"
# 1a: The rate code sends round(k u) spikes.
# 2c: The levels are 1/k apart, and the error is at most half of that.
# 3b: LIF was trained with its spikes; the encoded network was trained with values.

# %% tags=["check"]
mark_quiz(
    "answers",
    "4580ae 88e176 a55883 2dca61",
    "Rate code: counting spikes",
    "The error of a decoded value",
    "The network with spikes",
)

# %% [markdown]
# ## Exercises
#
# **1.**  Spread $n$ spikes evenly over $k$ sub-intervals with an integrate-and-fire neuron.  In every sub-interval it
# adds $n$ to its potential.  When the potential has reached $k$, the neuron fires and subtracts $k$.  The array `u` has
# any shape and values in $[0, 1]$; round half up.


# %% tags=["solution"]
# def rate(u, k) -> array of bool, shape (k, *u.shape)


def rate(u, k):
    n = np.floor(k * u + 0.5).astype(int)
    potential, spikes = np.zeros_like(n), []
    for _ in range(k):
        potential = potential + n
        fired = potential >= k
        potential = potential - k * fired
        spikes.append(fired)
    return np.array(spikes)


# %% tags=["check"]
@check("rate")
def _():
    some = np.random.default_rng(1).uniform(size=(50, 4))
    some[0] = 0.5, 0.25, 0.75, 1  # with some k a half must be rounded up
    for k in (1, 2, 3, 8, 13):
        found, expected = np.asarray(rate(some, k)), RateCode().encode(some, k)
        assert found.shape == expected.shape, f"shape {found.shape}, not {expected.shape}"
        wrong = (found.sum(axis=0) != expected.sum(axis=0)).sum()
        assert not wrong, (
            f"k = {k}: another number of spikes for {wrong} of {some.size} values; a half is rounded up"
        )
        assert np.array_equal(found, expected), f"k = {k}: the spikes are not spread evenly"


# %% [markdown]
# **2.**  Values lie between −3 and 3.  No error of a decoded value may exceed `tolerance`.  What is the smallest $k$
# for the rate code with two lines, and what is it with an offset?

# %% tags=["solution"]
# def enough(tolerance) -> k for SignedScaler(3), k for OffsetScaler(-3, 3)


def enough(tolerance):
    # span / (2 k) <= tolerance
    return int(np.ceil(3 / (2 * tolerance))), int(np.ceil(6 / (2 * tolerance)))


# %% tags=["check"]
@check("enough")
def _():
    both_ways = SignedScaler(3.0), OffsetScaler(-3.0, 3.0)
    for tolerance in (0.7, 0.11, 0.013):
        for k, lines in zip(enough(tolerance), both_ways, strict=True):
            errors = [SpikeEncoder(RateCode(), lines, n).max_error for n in (k, max(k - 1, 1))]
            assert errors[0] <= tolerance, f"{lines}: k = {k} is too small for {tolerance}"
            assert k == 1 or errors[1] > tolerance, f"{lines}: k = {k} is too large for {tolerance}"


# %% [markdown]
# **3.**  A level function takes $k$ and returns $k$ decreasing levels in $(0, 1]$.  Find one whose mean squared error
# at $k = 4$ is smaller than that of both functions of the library.  Use the values that enter the second convolution,
# `on_line` below.

# %%
into_conv2 = encode_inputs(chain)[0]
on_line = scales[into_conv2].transform(values[into_conv2])[0].ravel()


def squared_error(level_function, k=4):
    code = TimeToFirstSpike("some", level_function)
    return np.mean((code.decode(code.encode(on_line, k), float) - on_line) ** 2)


for code in CODES[1:]:
    print(f"{code.name:17s} {squared_error(code.level_function):.6f}")

# %% tags=["solution"]
# def my_levels(k) -> k decreasing levels


# Lloyd's algorithm: set each level to the mean of the values nearest to it; zero stays zero; repeat.
def my_levels(k):
    levels = np.append(TimeToFirstSpike().level_function(k), 0)
    for _ in range(30):
        nearest = abs(on_line[:, None] - levels).argmin(axis=1)
        levels[:k] = [on_line[nearest == level].mean() for level in range(k)]
    return levels[:k]


# %% tags=["check"]
@check("my_levels")
def _():
    levels = my_levels(4)
    assert len(levels) == 4, f"{len(levels)} levels, not 4"
    assert levels[0] <= 1, f"{levels} is not in (0, 1]"
    assert levels[-1] > 0, f"{levels} is not in (0, 1]"
    assert (np.diff(levels) < 0).all(), f"{levels} does not decrease"
    best = min(squared_error(code.level_function) for code in CODES[1:])
    assert squared_error(my_levels) < best, (
        f"{squared_error(my_levels):.6f}, not below {best:.6f}; most values are small"
    )


# %% [markdown]
# **4.**  On most hardware a multiplication costs more than an addition, say $m$ times as much.  For each $k$ from 2 on,
# find the $m$ for which the rate code and the linear time code cost the same in `coded`.  (For a larger $m$, the rate
# code is cheaper.)

# %% tags=["solution"]
# even: a dict, k -> m

# Solve ADDs_rate + m MULs_rate = ADDs_time + m MULs_time for m.
even = {}
for k in K[1:]:
    (_, muls_rate, adds_rate, _), (_, muls_time, adds_time, _) = (
        coded[name, k] for name in ("rate", "first spike")
    )
    even[k] = (adds_rate - adds_time) / (muls_time - muls_rate)
print({k: round(float(m), 2) for k, m in even.items()})


# %% tags=["check"]
@check("even")
def _():
    assert list(even) == list(K[1:]), f"the keys are {list(even)}, not {list(K[1:])}"
    for k, m in even.items():
        rate_bill, time_bill = (
            coded[name, k][2] + m * coded[name, k][1] for name in ("rate", "first spike")
        )
        assert np.isclose(rate_bill, time_bill, rtol=1e-9), (
            f"k = {k}, m = {m:.2f}: the rate code costs {rate_bill:,.0f}, the time code {time_bill:,.0f}"
        )
