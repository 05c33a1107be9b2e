# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 11 · Gestures, and what the neurons do in time
#
# Somebody stands before an event camera and waves.  A single picture of that shows an arm; that it *waves* is in time.  So
# this is a task for neurons with a memory.
#
# You train the network of the paper's Table VIII, made small, on simulated gestures, and then open it: which neurons are
# active, how sparse each layer is and what that could save, and what the membrane of a trained neuron does from frame to
# frame.

# %% tags=["setup"]
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from liaf_ref import cost
from liaf_ref.cost import observe
from liaf_ref.data.simulator import simulate_gesture
from liaf_ref.experiments.vision import Frames, sizes
from liaf_ref.layers import FAST
from liaf_ref.networks import table_viii
from liaf_ref.report import sparsity
from liaf_ref.teach import Range, frames, show, sliders, traces, watch
from liaf_ref.training.loop import EpochDone, Settings, start, train
from liaf_ref.training.optimisers import Adam

COLOURS = {"liaf": "#0072B2", "lif": "#D55E00"}

# %% [markdown]
# ## The recordings
#
# Eleven gestures; people differ in build, clothes and tempo.  Eight people are learned from, and three *others* are for the
# test: a network that knows only how user 5 waves has not learned what waving is.  Each recording lasts 1.5 s and becomes 10
# frames of 16 × 16.

# %%
size = sizes("gesture", "smoke")
preparation, span = size.preparation, size.preparation.window * size.preparation.T
recordings = simulate_gesture(seed=0, lights=1, duration=span)
classes = recordings.train.classes


def prepare(part, people):
    """Frames of the first so many people of a part."""
    items = part.items[: people * len(classes)]
    counts = np.array([preparation.frames(item.events(), item.start) for item in items])
    return Frames(counts.astype(np.uint16), part.labels[: len(items)])


learn, test = prepare(recordings.train, 8), prepare(recordings.test, 3)
print("to learn from", learn.counts.shape, "  to test", test.counts.shape)

# %% [markdown]
# One person's arm roll, frame by frame, and then all eleven gestures of that person, each in one picture of 1.5 s.

# %%
roll = classes.index("arm roll")
show(frames(learn.counts[roll], [f"{150 * k} ms" for k in range(10)], title="arm roll"))

# %%
show(frames(learn.counts[: len(classes)].sum(axis=1), classes, columns=6, title="1.5 s each"))

# %% [markdown]
# In one picture some of them look the same.  *Clockwise* and *counter-clockwise* pass through the same places; only their order
# differs.
#
# ## The network
#
# Three convolutions, two dense layers, and neurons behind every one of them: LIAF neurons that send $\mathrm{SELU}(U)$,
# [Eq. (8)](eq:8) without the threshold, or LIF neurons that send spikes.  All neurons of a layer share one $V_{th}$, $V_{reset}$,
# $\alpha$ and $\beta$.  The answer is the mean of the last layer's output over time.

# %%
networks = {cell: table_viii(cell, setting=size.setting) for cell in ("liaf", "lif")}
print(", ".join(part.name for part in networks["liaf"].chain.parts))

# %% [markdown]
# `node1`, `node2` … are the neurons, `pooled2`, `pooled3` are neurons behind a pooling.


# %%
@cache
def fit(cell, epochs=12):
    """Train one network; its curve, its parameters and its running statistics."""
    network, rule = networks[cell], Adam(3e-3)
    state = start(network.init(np.random.default_rng(1)), rule, np.random.default_rng(2), {})
    state = state._replace(running=network.running())
    settings, curve = Settings(epochs=epochs, batch_size=11), []
    passes, parts = network.unchecked(), (learn, learn)  # nothing is chosen, so nothing is held out
    for event in train(passes, network.loss, rule, parts, settings, state, network):
        state = event.state
        if isinstance(event, EpochDone):
            curve.append(event.train.accuracy)
    return curve, {**state.params, **state.running}


def share(network, params, part):
    """Share of right answers."""
    running = {name: params[name] for name in network.running()}
    weights = {name: params[name] for name in network.shapes()}
    logits, _ = network.forward(weights, part.counts.astype(np.float32), running)
    return (logits.argmax(axis=1) == part.labels).mean()


for cell, network in networks.items():
    curve, params = fit(cell)
    print(cell.upper(), "learned:", *(f"{accuracy:.0%}" for accuracy in curve))
    print(f"     test, three people never seen: {share(network, params, test):.0%} of {len(test)}")
