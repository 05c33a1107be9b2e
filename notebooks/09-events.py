# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 9 · What an event camera sees
#
# An ordinary camera asks every pixel for its brightness, thirty times a second, whether anything happened or not.  In an
# event camera no pixel is asked.  Each one speaks up by itself, within microseconds, when *its* light has changed, and
# says one bit: brighter or darker.  The paper's recordings of digits and gestures come from such a camera.
#
# Here you build its pixel, look at a recording of a moving digit, turn events into the frames that a network is shown,
# and find out what threshold, refractory period and noise do.  No recording is needed: the camera is simulated.

# %% tags=["setup"]
import numpy as np
from matplotlib.figure import Figure

from liaf_ref.data.events import (
    MNIST_DVS,
    Preprocessing,
    crop,
    events_to_frames,
    slice_by_time,
)
from liaf_ref.data.simulator import (
    DigitSource,
    Scene,
    Sensor,
    isolated_events,
    measure_events,
    record_scene,
)
from liaf_ref.plotting import SliderRange, plot_frames, show, show_with_sliders

ORANGE, BLUE, GREY = "#F5A800", "#00447C", "#777777"  # brighter, darker, everything else

# %% [markdown]
# ## One pixel
#
# The pixel looks at the *logarithm* of its light, $L = \ln I$.  That is why it works in moonlight and at noon: twice as
# much light is always the same step, $\ln 2 \approx 0.69$.
#
# It keeps one number, the level $r$ at which it was last reset.  When $L$ has risen to $r + \theta$ it sends an event
# "brighter" and takes $r = L$; when $L$ has fallen to $r - \theta$, an event "darker".  Here is a light that rises, rests,
# and falls.

# %%
T = 10_000  # μs
t = np.arange(T + 1)
light = np.interp(t, [0, 1000, 4000, 6000, 7500, T], [1.0, 1.0, 3.2, 3.2, 1.4, 1.4])
L = np.log(light)


def pixel(L, theta):
    """Times and polarities of one pixel's events, from its level at every microsecond."""
    r, events = L[0], []
    for now, level in enumerate(L):
        if level >= r + theta:
            r = level
            events.append((now, 1))
        elif level <= r - theta:
            r = level
            events.append((now, 0))
    return events


for when, polarity in pixel(L, theta=0.25):
    print(f"{when:6d} μs  {'brighter' if polarity else 'darker'}")

# %% [markdown]
# From 4000 to 6000 μs the light is at its brightest, and the pixel says nothing.  *Constant* light, however bright, makes
# no event.
#
# Turn the threshold.  The staircase is $r$, what somebody who only hears the events can know of $L$.


# %%
def draw(theta):
    events = pixel(L, theta)
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot(t / 1e3, L, color=GREY, label="$L = \\ln I$")
    when = np.array([0, *(k for k, _ in events), T])
    upper.step(when / 1e3, L[[*when[:-1], when[-2]]], where="post", color="#009E73", label="$r$")
    upper.set(ylabel="log of the light", title=f"threshold {theta:.2f}: {len(events)} events")
    upper.legend(frameon=False)
    for p, color, name in ((1, ORANGE, "brighter"), (0, BLUE, "darker")):
        marks = [k / 1e3 for k, polarity in events if polarity == p]
        lower.vlines(marks, 0, 1 if p else -1, color=color, lw=2, label=name)
    lower.axhline(0, color="0.85")
    lower.set(xlabel="time / ms", yticks=(), ylim=(-1.2, 1.2))
    lower.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return figure


show_with_sliders(draw, theta=SliderRange(0.05, 1.2, 0.25))

# %% [markdown]
# You have met this pixel before.  It adds up a change, compares with a threshold, sends, and is reset: it is
# [Eq. (3)](eq:3) to [Eq. (5)](eq:5) with two thresholds and without a leak.
#
# ## A recording
#
# The library's simulated camera has 128 × 128 such pixels.  `DigitSource` puts a handwritten digit before it, which moves up
# and down and from side to side, as in the data set MNIST-DVS.

# %%
source = DigitSource(seed=0, duration=400_000, scale=8)
events = source.events(label=3, number=7)
print(events.dtype)
print(len(events), "events, the first three:")
print(events[:3])

# %% [markdown]
# A recording is one array, in the order of time.  Every entry has four fields: column `x`, row `y` (0 at the top), time
# `t` in microseconds and polarity `p`.  Fields are taken by name, events by a condition:

# %%
print("columns", events["x"].min(), "to", events["x"].max())  # noise is everywhere
print(f"{events['p'].mean():.0%} for brighter")
row_60 = events[(events["y"] == 60) & events["p"]]
print(len(row_60), "events for brighter in row 60")
print(len(slice_by_time(events, 100_000, 120_000)), "events from 100 ms to 120 ms")
assert (np.diff(events["t"]) >= 0).all()

# %% [markdown]
# Each event is a point in space and time.  In 80 ms the digit moves by little more than a pixel, and its outline draws
# sheets through time: orange where white comes, blue where white goes.  The dots far from it are noise.

# %%
part = slice_by_time(events, 100_000, 180_000)
figure = Figure(figsize=(7, 4.6), layout="constrained")
axes = figure.add_subplot(projection="3d")
axes.set_box_aspect((2, 1, 1), zoom=0.95)
for p, colour, name in ((True, ORANGE, "brighter"), (False, BLUE, "darker")):
    some = part[part["p"] == p]
    some = some[(abs(some["x"] - 65) < 40) & (abs(some["y"] - 65) < 40)]
    axes.scatter(some["t"] / 1e3, some["x"], some["y"], s=3, color=colour, label=name, lw=0)
axes.set(xlabel="time / ms", ylabel="column", zlabel="row", zlim=(105, 25), ylim=(25, 105))
axes.set(xticks=range(100, 181, 20), yticks=(40, 65, 90), zticks=(40, 65, 90))
axes.xaxis.labelpad = 14  # clear of the numbers
axes.view_init(elev=20, azim=-52)
axes.legend(loc="upper left", markerscale=3, frameon=False)
show(figure)

# %% [markdown]
# ## Frames
#
# The paper's networks take steps in time, and so events are counted into *frames*: one number for each pixel, polarity
# and window of time.  The shape is $(T, H, W, 2)$; channel 0 is darker, channel 1 brighter.

# %%
counts = events_to_frames(events, size=(128, 128), time_window=50_000, T=8, start=0)
print(counts.shape, counts.dtype)
show(
    plot_frames(
        counts[:, 25:105, 25:105], [f"{50 * k} to {50 * k + 50} ms" for k in range(8)], columns=4
    )
)

# %% [markdown]
# A window contains its beginning and not its end, $[s + kw, s + (k+1)w)$.  So windows meet without a gap and without
# an overlap, and every event is counted once and once only, whatever the window.

# %%
for window in (1_000, 7_000, 50_000, 400_000):
    T_needed = -(-400_000 // window)  # rounded up
    total = events_to_frames(events, (128, 128), window, T_needed, start=0).sum()
    print(f"window {window / 1e3:5.0f} ms, {T_needed:3d} frames: {total:.0f} events")
    assert total == len(events)

# %% [markdown]
# The window is a choice.  Short ones keep time and show little; long ones show everything, smeared.  The square that is
# drawn is the one around the digit.


# %%
def draw(window_ms, start_ms):
    window, start = round(window_ms * 1e3), round(start_ms * 1e3)
    frame = events_to_frames(events, (128, 128), window, 1, start)
    title = f"{frame.sum():.0f} events in {window_ms:g} ms"
    figure = plot_frames(frame[:, 25:105, 25:105], columns=1, title=title)
    figure.set_size_inches(4, 4.4)
    return figure


show_with_sliders(draw, window_ms=SliderRange(1, 200, 20, 1), start_ms=SliderRange(0, 200, 100, 5))

# %% [markdown]
# The paper's choices are values of the library.  For MNIST-DVS: 20 frames of 5 ms, and only the 40 × 40 pixels around the
# median row and column of the events, so that the network finds the digit in the middle.

# %%
print(MNIST_DVS)
shown = MNIST_DVS.to_frames(events, start=0)
print(shown.shape, f"{(shown > 0).mean():.1%} of its numbers are not zero")
show(plot_frames(shown[2::4], [f"frame {k}" for k in range(2, 20, 4)]))

# %% [markdown]
# ## A scene of your own
#
# To see what each property of the camera does, a simpler scene is better: a bright disc on dark ground that moves 20
# pixels to the right in 100 ms.  A `Scene` is the logarithm of the light of some rectangle of pixels at some times; between
# them the simulator draws a straight line.  `take` records it with a camera that has no fault, but for those that you pass.
# (The threshold for darker is a little above that for brighter.  Were they equal, a pixel that the disc has left would
# stand exactly at its threshold, and rounding would decide.)


# %%
def disc(contrast=4.0, brightness=1.0, size=40, steps=200, duration=100_000):
    times = np.linspace(0, duration, steps + 1)
    row, column = np.indices((size, size))

    def levels():
        for share in np.linspace(0, 1, steps + 1):
            distance = np.hypot(row - 20, column - 10 - 20 * share)
            inside = np.clip(6.5 - distance, 0, 1)  # an edge one pixel wide
            light = brightness * (1 + (contrast - 1) * inside)
            yield np.log(light).astype(np.float32).ravel()

    return Scene(0, 0, (size, size), duration, times, levels())


def take(scene, seed=0, **sensor):
    """Record with an ideal camera, but for what is named; only the scene's own pixels."""
    ideal = Sensor(
        on_threshold=0.2,
        off_threshold=0.21,
        threshold_mismatch=0,
        refractory_period=0,
        leak_rate=0,
        shot_noise_rate=0,
    )
    recorded = record_scene(scene, ideal._replace(**sensor), np.random.default_rng(seed))
    return crop(recorded, 0, 0, scene.size)


def picture(events, window=100_000):
    return events_to_frames(events, (40, 40), window, 1, 0)[0]


for brightness in (0.1, 1.0, 100.0):
    print(f"brightness {brightness:5.1f}: {len(take(disc(brightness=brightness)))} events")
    assert len(take(disc(brightness=brightness))) == len(take(disc()))

# %% [markdown]
# A thousand times the light and the same events: only the *ratio* of bright to dark matters.
#
# ## The threshold
#
# An edge changes $L$ by $\ln 4 = 1.39$.  A pixel that it crosses fires $\lfloor 1.39 / \theta \rfloor$ times, so half the threshold
# is about twice the events.

# %%
thetas = np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.3, 1.5])
for theta in thetas:
    total = len(take(disc(), on_threshold=theta, off_threshold=1.05 * theta))
    print(f"theta {theta:4.2f}: {np.floor(np.log(4) / theta):3.0f} per edge, {total:6d} events")
chosen = (0.1, 0.4, 1.3)
show(
    plot_frames(
        np.stack(
            [
                picture(take(disc(), on_threshold=theta, off_threshold=1.05 * theta))
                for theta in chosen
            ]
        ),
        [f"threshold {theta}" for theta in chosen],
    )
)

# %% [markdown]
# Above 1.39 nothing is left: the disc has become invisible.  A sensitive camera sees faint contrast and sends a flood; a dull
# one sends little and misses things.
#
# No two pixels of a real camera have quite the same threshold.  With a *mismatch* of 20 % the disc's trace becomes uneven,
# always at the same pixels:

# %%
show(
    plot_frames(
        np.stack([picture(take(disc(), seed, threshold_mismatch=0.2)) for seed in (0, 0, 1)]),
        ["one camera", "the same once more", "another camera"],
        title="mismatch 20 %",
    )
)

# %% [markdown]
# ## The refractory period
#
# After an event a pixel is held in reset for a while, $\rho$, and sees nothing; then it takes $r = L$ and starts again.  No pixel
# fires more often than once in $\rho$, and what changed in the meantime is lost.

# %%
rhos = (0, 500, 2_000, 5_000, 20_000)
for rho in rhos:
    some = take(disc(), refractory_period=rho)
    place = some["y"].astype(int) * 40 + some["x"]
    order = np.lexsort((some["t"], place))
    gap = np.diff(some["t"][order])[np.diff(place[order]) == 0]
    shortest = f"{gap.min():6d} μs" if len(gap) else "   no two at a pixel"
    print(f"rho {rho:6d} μs: {len(some):5d} events, shortest gap at a pixel {shortest}")
    assert not len(gap) or gap.min() >= rho - 1  # times are whole microseconds
show(
    plot_frames(
        np.stack([picture(take(disc(), refractory_period=rho)) for rho in rhos]),
        [f"{rho / 1e3:g} ms" for rho in rhos],
        title="refractory period",
    )
)

# %% [markdown]
# ## Noise
#
# Cover the lens: a still scene should give no event at all.  It does.  *Leak*: the transistor that holds $r$ is not quite shut, and
# every pixel fires "brighter" now and then, at regular intervals (here each pixel exactly twice).  *Shot noise*: light itself is grainy, and pixels fire either
# way at random, a few *hot* ones far more than all others.  (`shot_noise_rate` is the mean rate of each of the two polarities.)

# %%
still = np.zeros(40 * 40, np.float32)


def dark(duration=2_000_000):
    return Scene(0, 0, (40, 40), duration, np.array([0.0, duration]), [still, still])


for name, noise in (
    ("none", {}),
    ("leak 1 Hz", {"leak_rate": 1.0}),
    ("shot 1 Hz", {"shot_noise_rate": 1.0}),
):
    some = take(dark(), **noise)
    share = f", {some['p'].mean():.0%} for brighter" if len(some) else ""
    print(f"{name:10s}: {len(some) / 1600 / 2:4.2f} events per pixel and second{share}")
show(
    plot_frames(
        np.stack(
            [
                picture(take(dark(), **noise), 2_000_000)
                for noise in ({"leak_rate": 1}, {"shot_noise_rate": 1})
            ]
        ),
        ["leak", "shot noise"],
        title="2 s of a still scene",
    )
)

# %% [markdown]
# Can noise be distinguished from signal?  An edge makes neighbours fire soon after one another; noise comes alone.  `isolated_events` marks
# events with no other within 5 ms at their pixel or the eight around it.

# %%
clean, noisy = take(disc()), take(disc(), shot_noise_rate=2.0)
alone = isolated_events(noisy)
print(f"{len(clean)} events without noise, {len(noisy)} with, {alone.sum()} of them isolated")
show(
    plot_frames(
        np.stack([picture(some) for some in (clean, noisy, noisy[~alone], noisy[alone])]),
        ["without noise", "with", "kept", "taken away"],
    )
)

# %% [markdown]
# The simulated digits have all of it, with values at which they resemble genuine recordings in rate, share of brighter and
# share of isolated events:

# %%
for name, value in measure_events(events, time_window=5_000)._asdict().items():
    print(f"{name:15s} {value:.6g}")

# %% [markdown]
# <div class="alert alert-info">
#
# **What to remember**
#
# - A pixel sends an event when the *logarithm* of its light has changed by a threshold.  No change, no event.
# - Events are a structured array in the order of time: `x`, `y`, `t`, `p`.
# - Frames count events in half-open windows, so every event is counted exactly once.
# - The threshold decides how much is sent; the refractory period limits the rate of a pixel; noise comes alone, edges do not.
#
# </div>
#
# ## Exercises
#
# **1.**  Write `events_to_frames` yourself: the events of the first $T$ windows from time 0, counted into $(T, H, W, 2)$.  (An array
# that is indexed by arrays and increased by `+= 1` counts a repeated place once only; `np.add.at` counts each.)


# %% tags=["solution"]
# def count(events, size, window, T) -> array of shape (T, H, W, 2)
def count(events, size, window, T):
    counted = np.zeros((T, *size, 2))
    some = events[events["t"] < window * T]
    place = some["t"] // window, some["y"], some["x"], some["p"].astype(int)
    np.add.at(counted, place, 1)
    return counted


# %% tags=["check"]
for window, T_ in ((50_000, 8), (7_000, 3), (400_000, 1)):
    expected = events_to_frames(events, (128, 128), window, T_, start=0)
    assert np.array_equal(count(events, (128, 128), window, T_), expected), f"window {window}"

# %% [markdown]
# **2.**  A pixel's $L$ rises evenly by 1.2 in 6 ms.  The threshold is 0.1, the refractory period 1 ms.  How many events does it send?
# (What does the pixel miss after each event?)  Work it out before you let the simulator tell you.

# %% tags=["solution"]
# sent: the number of events

# From one event to the next: 1 ms in reset, then L must rise by 0.1 again, which takes 0.5 ms.
# The first comes at 0.5 ms, then one each 1.5 ms: 0.5, 2.0, 3.5, 5.0; the next would be at 6.5 ms.
sent = 4

# %% tags=["check"]
ends = [np.zeros(1, np.float32), np.full(1, 1.2, np.float32)]
ramp = Scene(0, 0, (1, 1), 6_000, np.array([0.0, 6_000.0]), ends)
assert sent == len(take(ramp, on_threshold=0.1, off_threshold=0.1, refractory_period=1_000))

# %% [markdown]
# **3.**  Give a `Preprocessing` of the camera's 128 × 128 pixels that shows the recording `events` from its beginning in 10 frames of
# 16 × 16 numbers, 20 ms each, that only say *whether* there was an event.

# %% tags=["solution"]
# mine = Preprocessing(...)
mine = Preprocessing((128, 128), time_window=20_000, T=10, downsampling=8, max_count=1)

# %% tags=["check"]
assert mine.shape == (10, 16, 16, 2), mine.shape
seen = mine.to_frames(events, start=0)
assert set(np.unique(seen)) == {0, 1}
whole = events_to_frames(events, (128, 128), 20_000, 10, start=0)
blocks = whole.reshape(10, 16, 8, 16, 8, 2).sum(axis=(2, 4))
assert np.array_equal(seen, blocks > 0)

# %% [markdown]
# **4.**  From noisy events alone, reconstruct the disc's way: the mean column of the events, noise taken away, in each of five
# windows of 20 ms.  It moves evenly, so the five numbers should lie on a line.

# %% tags=["solution"]
# columns: five numbers
good = noisy[~alone]
columns = [slice_by_time(good, 20_000 * k, 20_000 * (k + 1))["x"].mean() for k in range(5)]

# %% tags=["check"]
middle = 10 + 20 * (np.arange(5) + 0.5) / 5  # where the disc is in the middle of each window
assert np.allclose(columns, middle, atol=0.7), np.round(columns, 1)
