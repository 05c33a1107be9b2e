# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 13 · From LIAF to spikes
#
# A LIAF neuron sends a number at every time step.  Spiking hardware sends spikes.  Section VII-C of the paper says how the
# one becomes the other: divide a time step into $k$ sub-intervals and let a train of spikes stand for the number, by *how
# many* there are or by *when* the first one comes.
#
# You see these trains, decode them, find out how wrong a decoded value can be, and then make the layers of a trained network
# talk in spikes: how large must $k$ be, and what does it cost?

# %% tags=["setup"]
import numpy as np
from matplotlib.figure import Figure

from liaf_ref.analysis.spike_coding import (
    OffsetScaler,
    RateCode,
    SignedScaler,
    SpikeEncoder,
    TimeToFirstSpike,
    logarithmic_levels,
)
from liaf_ref.experiments.coding import encode_inputs, encode_outputs, record_inputs, run_encoded
from liaf_ref.experiments.dvs import DVSConfig, load_frames
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.networks import dvs_network
from liaf_ref.plotting import SliderRange, show, show_with_sliders
from liaf_ref.training.loop import iter_training
from liaf_ref.training.optimizers import Adam
from liaf_ref.training.state import EpochDone, TrainingSettings, initial_training_state

COLOURS = {"rate": "#0072B2", "first spike": "#D55E00", "first spike, log": "#009E73"}
MARKERS = {"rate": "o", "first spike": "x", "first spike, log": "^"}
THRESHOLD = "#CC79A7"
K = (1, 2, 4, 8, 16, 32)

# %% [markdown]
# ## Counting spikes
#
# Take a value $u$ between 0 and 1, and $k$ sub-intervals, in each of which there can be one spike.  The **rate code** sends
# $n = \mathrm{round}(k u)$ spikes, as evenly as it can.  A receiver that counts them knows $u$ again, nearly: $n / k$.
#
# In `liaf_ref.analysis.spike_coding` a code is a value with `encode` and `decode`.  What `encode` returns has the sub-intervals on its first
# axis.

# %%
u = np.array([0.9, 0.6, 0.3, 0.1, 0.0])


def write(code, u, k):
    """Print the train of each value, a spike as | and none as a dot."""
    spikes = code.encode(u, k)
    for value, train_of_it, again in zip(u, spikes.T, code.decode(spikes, u.dtype), strict=True):
        print(f"{value:.2f}  {''.join('.|'[int(s)] for s in train_of_it)}  {again:.3f}")


write(RateCode(), u, k=8)

# %% [markdown]
# 0.6 has become 0.625, for $8 \cdot 0.6 = 4.8$ is rounded to 5 spikes.
#
# ## One spike, at its time
#
# **Time to first spike** sends one spike at most: the earlier, the greater the value.  Think of a threshold that falls from
# sub-interval to sub-interval.  A value fires when the threshold has come down to it, and then is silent; a value that is
# never met is taken for 0.
#
# What a spike in each sub-interval stands for is the code's *ladder*.  The linear one has the rungs $k/k, (k-1)/k, \dots, 1/k$.
# The logarithmic one has $1, r, r^2, \dots$ down to $1/(2k)$: each rung is the same share of the one above, as the potential of a
# leaking neuron would have it.

# %%
CODES = (RateCode(), TimeToFirstSpike(), TimeToFirstSpike("first spike, log", logarithmic_levels))
for code in CODES[1:]:
    print(code.name, "- rungs", code.level_function(8).round(3))
    write(code, u, k=8)

# %% [markdown]
# ## See them
#
# Below, twenty-one values lie on the vertical axis; each has its train to the right of it.  In the two panels on the right, the line is
# the falling threshold.  Move $k$.


# %%
def draw_codes(k):
    k = round(k)
    values = np.linspace(0, 1, 21)
    figure = Figure(figsize=(7.4, 3.6), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for panel, code in zip(panels, CODES, strict=True):
        slots, rows = np.nonzero(code.encode(values, k))
        color = COLOURS[code.name]
        panel.plot(slots + 0.5, values[rows], "|", ms=6, mew=2, color=color)
        panel.hlines(values, 0, k, color="0.9", lw=0.7, zorder=0)
        if isinstance(code, TimeToFirstSpike):
            rungs = code.level_function(k)
            falls = (rungs + np.append(rungs[1:], 0)) / 2  # half-way to the next rung
            panel.stairs(falls, np.arange(k + 1), baseline=None, color=THRESHOLD, lw=1.2)
        panel.set(title=code.name, xlabel=f"sub-interval, {k} in a step", xlim=(0, k))
    panels[0].set(ylabel="value $u$", ylim=(-0.03, 1.03))
    return figure


show_with_sliders(draw_codes, k=SliderRange(1, 32, 8, 1))

# %% [markdown]
# ## A neuron's output as a train
#
# The neuron and the input of notebook 1, sixteen steps.  It sends $\mathrm{ReLU}(U)$, [Eq. (8)](eq:8) in the mode without
# threshold.  Grey is what it sends, marks are what a receiver decodes; below are the spikes on the wire.

# %%
I = np.array([0, 0, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0, 0, 0, 0.9, 0, 0, -0.4, 0])
p = neuron.Params(*(np.array([z]) for z in (0.5, 0.0, 0.8, 0.0)))
inputs = I.reshape(1, -1, 1), np.zeros((1, 1)), p, spike.paper(0.5)
Y = neuron.forward(*inputs, activation.relu, neuron.NTR)[0].ravel()
print(Y.round(2) + 0)


# %%
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
# At $k = 1$ there is one bit for each step, as with a LIF neuron.  But it is another bit: not "the membrane has reached
# $V_{th}$" but "the value is nearer to 1 than to 0".
#
# ## How wrong is a decoded value?
#
# The rungs of the rate code are $1/k$ apart, and a value goes to the nearest.  So it is wrong by half of that at most: $1/(2k)$.
# Linear time has the same rungs, so the same error.  The rungs of the logarithmic ladder are far apart at the top and close
# together at the bottom; its bound, half of the widest gap, is larger.


# %%
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
# `code.error(k)` is the bound.  Let us see that it holds, and that it is no larger than it must be: on 20 001 values the largest
# error comes up to it.

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
# One more sub-interval halves nothing; twice as many do.  One bit more costs twice the time.
#
# Is the logarithmic ladder the worse one, then?  Only if all values are equally likely.  Here is the mean error, first for
# such values, then for values of which most are small:

# %%
draw = np.random.default_rng(0)
kinds = {
    "equally likely": draw.uniform(size=20000),
    "most small": np.clip(draw.exponential(0.08, size=20000), 0, 1),
}
print(" " * 32 + "".join(f"  k={k:<4d}" for k in K[1:]))
for kind, values in kinds.items():
    for code in CODES[1:]:
        errors = [abs(code.decode(code.encode(values, k), float) - values).mean() for k in K[1:]]
        print(f"{kind:14s} {code.name:17s}", *(f" {e:.4f}" for e in errors))

# %% [markdown]
# ## From one code to the other
#
# The paper notes that LIAF's analog value can stand between two spiking codes: decode one, encode the other.  Between rate and
# linear time nothing is lost on the way, at the same $k$, since they have the same rungs.

# %%
for k in range(1, 65):
    counted = RateCode().encode(u, k)
    timed = TimeToFirstSpike().encode(RateCode().decode(counted, float), k)
    assert np.array_equal(RateCode().encode(TimeToFirstSpike().decode(timed, float), k), counted)
print("rate to time and back: the same spikes at every k from 1 to 64")

# %% [markdown]
# ## Signs
#
# A neuron's output can be negative, a number of spikes cannot.  There are two ways out, and both first need a range.
#
# - `SignedScaler(scale)`: **two lines**, one for the positive and one for the negative part.  Zero is silence on both.
# - `OffsetScaler(low, high)`: **one line**, on which `low` is 0 and `high` is 1.  Zero is somewhere between and costs spikes.
#
# A `SpikeEncoder` is a code, a scaler and $k$.  It has `encode`, `decode` and its own `max_error`: the code's times what 1 on a line stands
# for.

# %%
x = np.array([0.9, 0.3, 0.0, -0.6, 1.4])
for lines in (SignedScaler(1.0), OffsetScaler(-1.0, 1.0)):
    encoder = SpikeEncoder(RateCode(), lines, k=8)
    sent = encoder.encode(x)  # (lines, k, values)
    again = encoder.decode(sent, x.dtype)
    print(
        f"{lines.name}: {sent.sum()} spikes, error within the range at most {encoder.max_error:.4f}"
    )
    for value, wires, decoded in zip(x, np.moveaxis(sent, -1, 0), again, strict=True):
        trains = "   ".join("".join(".|"[int(s)] for s in wire) for wire in wires)
        print(f"  {value:5.2f}  {trains}  {decoded:6.3f}")

# %% [markdown]
# Two things to see.  The single line covers twice the range with the same $k$ rungs, so its error is twice as large.  And 1.4 is
# beyond the range: it *saturates*, a spike in every sub-interval, and comes out as 1.  A wider range would save it, and make
# every other value coarser.
#
# ## A network to try it on
#
# Moving digits before an event camera, as in notebook 10: a network of LIAF neurons, and the same one with LIF.  Training them
# takes some seconds.

# %%
config = DVSConfig("mnist-dvs", "liaf", "smoke")
data = load_frames(config, None)
networks = {
    cell: dvs_network(config.scale_settings.network_config, cell, dropout=0.2)
    for cell in ("liaf", "lif")
}


def fit(cell, epochs=6):
    """Train one network; its parameters after the last epoch."""
    network, rule = networks[cell], Adam(6e-3)
    init, order = np.random.default_rng([2, 0]), np.random.default_rng([2, 1])
    state = initial_training_state(network.init(init), rule, order, network.initial_running_stats())
    settings, passes, learned = (
        TrainingSettings(epochs=epochs, batch_size=16),
        network.unchecked_functions(),
        [],
    )
    parts = (data.train, data.train.subset(np.arange(10)))  # nothing is chosen: hold nothing out
    for event in iter_training(passes, network.loss, rule, parts, settings, state, network):
        state = event.state
        if isinstance(event, EpochDone):
            learned.append(event.train.accuracy)
    print(cell.upper(), "learned:", *(f"{accuracy:.0%}" for accuracy in learned))
    return state.params


params = {cell: fit(cell) for cell in networks}

# %% [markdown]
# Where could its values be sent as spikes?  At the **axon**, just as the neurons put them out; or at the **dendrite**, what the
# next layer's synapses take in, behind norm, ReLU and pooling.  Only there does a spike meet a weight, so that the synapses have
# nothing to do where no spike comes.

# %%
chain = networks["liaf"].sequential
for number, (name, layer) in enumerate(chain.flat_layers):
    here = "  <- axon" if number in encode_outputs(chain) else ""
    here = "  <- dendrite" if number in encode_inputs(chain) else here
    print(f"{number:3d} {name:7s} {type(layer).__name__}{here}")

# %% [markdown]
# A range must be chosen for each of these places.  It is taken from the *training* recordings, as the scale beyond which only one
# value in a thousand lies; the test stays unseen.

# %%
few = data.train.counts[::4].astype(np.float32)
places = encode_outputs(chain) + encode_inputs(chain)
values = record_inputs(chain, params["liaf"], few, places)
scales = {place: SignedScaler.from_percentile(values[place], percentile=99.9) for place in places}
spans = {place: OffsetScaler.from_percentile(values[place], percentile=99.9) for place in places}
for place in places:
    low, high = spans[place].low, spans[place].high
    print(
        f"into {place:2d}: scale {scales[place].scale:.2f}; with an offset {low:.2f} to {high:.2f}"
    )

# %% [markdown]
# How are the values spread?  For the dendrites, with the rungs of both ladders for $k = 8$ above:

# %%
figure = Figure(figsize=(7.4, 3), layout="constrained")
for panel, place in zip(figure.subplots(1, 2), encode_inputs(chain), strict=True):
    on_line = scales[place].transform(values[place])[0].ravel()
    top = 100 * np.histogram(on_line, 40, (0, 1))[0].max() / on_line.size
    shares = np.full(on_line.size, 100 / on_line.size)
    panel.hist(on_line, 40, range=(0, 1), weights=shares, color="0.75")
    for code, height in zip(CODES[1:], (1.08, 1.18), strict=True):
        look = {"ms": 6, "color": COLOURS[code.name], "label": code.name}
        panel.plot(code.level_function(8), np.full(8, height * top), MARKERS[code.name], **look)
    panel.set(title=f"into {chain.flat_layers[place][0]}", xlabel="value, 1 is the scale")
    panel.set(ylabel="% of the values", ylim=(0, 1.27 * top))
figure.axes[0].legend(frameon=False, title="rungs", loc="center right")
show(figure)

# %% [markdown]
# Most values are small: rungs near the bottom are worth more than rungs near the top.
#
# ## The network talks in spikes
#
# `run_encoded` takes an encoder for each layer that receives spikes.  It returns the network's answer, the spikes sent, and the
# multiplications and additions of all layers.  Synapses count only where the input is not zero.  A counted spike costs an
# addition of a weight; a timed one a product too, since the weight must be multiplied with the rung.  Nothing is trained again.


# %%
def scored(cell, encoders):
    """Answers to the test; operations of one recording, and spikes for each value sent."""
    frames, text, counts = data.test.counts.astype(np.float32), [], np.zeros(4)
    for first in range(0, len(frames), 20):
        batch = frames[first : first + 20]
        passed = run_encoded(networks[cell].sequential, params[cell], batch, encoders)
        text.append(passed.logits.argmax(axis=1))
        counts += passed[1:]
    sent, spikes, muls, adds = counts
    return np.concatenate(text), muls / len(frames), adds / len(frames), spikes / max(sent, 1)


def right(predicted):
    return 100 * (predicted == data.test.labels).mean()


analog, lif = scored("liaf", {}), scored("lif", {})
coded = {}
for code in CODES:
    for k in K:
        encoders = {n: SpikeEncoder(code, scales[n], k) for n in encode_inputs(chain)}
        coded[code.name, k] = scored("liaf", encoders)

# %%
print("                       right  as analog  spikes/value      MULs        ADDs")
for name, (predicted, muls, adds, _) in (("LIAF, analog", analog), ("LIF", lif)):
    print(f"{name:22s} {right(predicted):4.0f} % {'':23s} {muls:10,.0f}  {adds:10,.0f}")
for (name, k), (predicted, muls, adds, spikes) in coded.items():
    same = 100 * (predicted == analog[0]).mean()
    cost = f"{spikes:12.3f}  {muls:10,.0f}  {adds:10,.0f}"
    print(f"{name:17s}{k:4d}  {right(predicted):4.0f} %  {same:6.0f} %  {cost}")

# %%
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
for panel, name in zip(panels, ("% right", "million MULs", "million ADDs"), strict=True):
    panel.set_xscale("log", base=2)
    panel.set(title=name, xlabel="sub-intervals $k$", ylim=(0, None), xticks=K, xticklabels=K)
panels[0].set_ylim(50, 101)
figure.legend(
    *panels[0].get_legend_handles_labels(), ncols=3, frameon=False, loc="outside lower center"
)
show(figure)

# %% [markdown]
# - **Few sub-intervals are enough here.**  How few, read from the left panel; but of 100 recordings, so that five points more or
#   less are chance (notebook 10).  *As analog*, the share of answers that are those of the analog network, is the sharper
#   measure.
# - **Rate and linear time answer the same**, at every $k$.  They differ in what they cost.
# - **A rate costs additions.**  Its synapses multiply nothing, but they add for every spike, and with $k$ the spikes grow without
#   bound.  A first spike is one event at most, so its cost has a ceiling: that of the analog network.
# - **LIF is cheaper than all of them.**  It was *trained* to make do with one bit; the coded network was not.
#
# What is left at $k = 1$ is mostly the first layer, the norms and the dense layers, which are not coded: the camera's frames go
# into the first convolution as they are.

# %%
for k in K:
    assert np.array_equal(coded["rate", k][0], coded["first spike", k][0])
    assert lif[1] < coded["rate", k][1] < coded["first spike", k][1]
    assert lif[2] < coded["rate", k][2]
    assert coded["first spike", k][1] <= analog[1]
    assert lif[2] < coded["first spike", k][2] <= analog[2]
beyond = [k for k in K if coded["rate", k][2] > analog[2]]
print("a rate needs more additions than the analog network at k =", *beyond)

# %% [markdown]
# ## Signs in the network
#
# At the dendrites ReLU has gone before, and nothing is negative.  At the axons there are signs.  Share of answers that are those
# of the analog network:

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
# With two lines the ladder is fine at the zero of the values, where most of them are, and a few sub-intervals give the analog
# network's answers.  With an offset the result jumps with $k$.  Zero now lies in the middle of the line, where the logarithmic
# ladder is coarse, and it need not be on a rung of either.  Look at what arrives for a zero, and how many of all values arrive
# as the same number.

# %%
place = encode_outputs(chain)[0]
some = values[place][::10]
for code in CODES[1:]:
    for k in K[1:5]:
        encoder = SpikeEncoder(code, spans[place], k)
        zero = encoder.decode(encoder.encode(np.zeros(1)), np.float64).item()
        alike = np.isclose(encoder.decode(encoder.encode(some), some.dtype), zero).mean()
        print(
            f"{code.name:17s}k={k:<3d} 0 arrives as {zero:5.2f}, and so do {alike:4.0%} of the values"
        )

# %% [markdown]
# What norm and ReLU make of such a shift depends on where the rungs happen to be.  It is luck, good or bad.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - $k$ sub-intervals tell $k + 1$ values apart; with evenly spaced rungs a decoded value within the range is wrong by
#   $1/(2k)$ of it at most.
# - A rate is read by counting, a first spike by the clock.  With linear time both say the same.
# - A counted spike costs an addition; a timed spike costs a product and an addition, but there is one at most.
# - Signs take two lines, or one and an offset; with an offset, zero is not free.
# - Put the rungs where the values are.
# - The range comes from training data; what lies beyond it saturates.
# - $k = 1$ does not give the LIF network: LIF was trained with its one bit.
#
# </div>
#
# ## Exercises
#
# **1.**  Spread $n$ spikes evenly over $k$ sub-intervals, with an integrate-and-fire neuron: it adds $n$ in every
# sub-interval, fires when it has reached $k$, and is $k$ less then.  `u` has any shape, values in $[0, 1]$; round half up.


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
some = np.random.default_rng(1).uniform(size=(50, 4))
for k in (1, 2, 3, 8, 13):
    assert np.array_equal(rate(some, k), RateCode().encode(some, k)), f"k = {k}"

# %% [markdown]
# **2.**  Values lie between −3 and 3, and no decoded value may be wrong by more than `tolerance`.  What is the smallest $k$ for the
# rate code on two lines, and what with an offset?

# %% tags=["solution"]
# def enough(tolerance) -> k for SignedScaler(3), k for OffsetScaler(-3, 3)


def enough(tolerance):
    # span / (2 k) <= tolerance
    return int(np.ceil(3 / (2 * tolerance))), int(np.ceil(6 / (2 * tolerance)))


# %% tags=["check"]
for tolerance in (0.7, 0.11, 0.013):
    for k, lines in zip(
        enough(tolerance), (SignedScaler(3.0), OffsetScaler(-3.0, 3.0)), strict=True
    ):
        assert SpikeEncoder(RateCode(), lines, k).max_error <= tolerance, (
            f"{lines}: {k} are too few"
        )
        assert k == 1 or SpikeEncoder(RateCode(), lines, k - 1).max_error > tolerance, (
            f"{lines}: {k} are too many"
        )

# %% [markdown]
# **3.**  A ladder is a function of $k$ that returns $k$ falling rungs in $(0, 1]$.  Find one that, at $k = 4$, has a smaller mean
# squared error than both of the library's on what goes into the second convolution, `on_line` below.

# %%
into_conv2 = encode_inputs(chain)[0]
on_line = scales[into_conv2].transform(values[into_conv2])[0].ravel()


def squared_error(ladder, k=4):
    code = TimeToFirstSpike("some", ladder)
    return np.mean((code.decode(code.encode(on_line, k), float) - on_line) ** 2)


for code in CODES[1:]:
    print(f"{code.name:17s} {squared_error(code.level_function):.6f}")

# %% tags=["solution"]
# def ladder(k) -> k falling rungs


# Each rung is the mean of the values that go to it, and zero stays zero; repeat (Lloyd's algorithm).
def ladder(k):
    rungs = np.append(TimeToFirstSpike().level_function(k), 0)
    for _ in range(30):
        nearest = abs(on_line[:, None] - rungs).argmin(axis=1)
        rungs[:k] = [on_line[nearest == rung].mean() for rung in range(k)]
    return rungs[:k]


print(ladder(4).round(3), f"{squared_error(ladder):.6f}")

# %% tags=["check"]
rungs = ladder(4)
assert len(rungs) == 4
assert rungs[0] <= 1
assert rungs[-1] > 0
assert (np.diff(rungs) < 0).all()
assert squared_error(ladder) < min(squared_error(code.level_function) for code in CODES[1:])

# %% [markdown]
# **4.**  On most hardware a multiplication costs more than an addition, say $m$ times as much.  For each $k$ from 2 on: at which $m$ do
# rate and linear time cost the same in `coded`?  (Above it, the rate is cheaper.)

# %% tags=["solution"]
# even: a dict, k to m

# ADDs of the rate + m MULs of the rate = ADDs of time + m MULs of time
even = {}
for k in K[1:]:
    (_, muls_rate, adds_rate, _), (_, muls_time, adds_time, _) = (
        coded[name, k] for name in ("rate", "first spike")
    )
    even[k] = (adds_rate - adds_time) / (muls_time - muls_rate)
print({k: round(float(m), 2) for k, m in even.items()})

# %% tags=["check"]
assert list(even) == list(K[1:])
for k, m in even.items():
    bills = [coded[name, k][2] + m * coded[name, k][1] for name in ("rate", "first spike")]
    assert np.isclose(*bills, rtol=1e-9), k
