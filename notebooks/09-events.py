# %% [markdown]
# # 9 · Event cameras: from events to frames
#
# In this notebook you build a pixel of an event camera, read a recording, and turn its events into the frames that a
# network receives.
#
# An ordinary camera reads every pixel thirty times a second, even if nothing has changed.  In an event camera each pixel
# works *independently*.  When *its* brightness changes, it sends an event within microseconds. The event contains only one
# bit: brighter or darker.  The paper's recordings of digits and gestures come from such a camera.
#
# You also see the effects of threshold, refractory period and noise.  The camera is simulated, so you need no
# recordings.

# %% tags=["setup"]
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from liaf_ref.data.events import MNIST_DVS, Preprocessing, crop, events_to_frames, slice_by_time
from liaf_ref.data.simulator import (
    DigitSource,
    Scene,
    Sensor,
    isolated_events,
    measure_events,
    record_scene,
)
from liaf_ref.exercises import check, mark_quiz
from liaf_ref.plotting import SliderRange, palette, plot_frames, show, show_with_sliders

# %% [markdown]
# ## One pixel
#
# The pixel measures the *logarithm* of its light, $L = \ln I$.  So it works in moonlight and at noon: twice as much
# light is always the same difference, $\ln 2 \approx 0.69$.
#
# The pixel stores one number, the reference level $r$, and has a threshold $\theta$.
#
# - When $L$ has risen to $r + \theta$, the pixel sends the event "brighter" and sets $r = L$.
# - When $L$ has fallen to $r - \theta$, it sends the event "darker" and sets $r = L$.
#
# In this example the light rises, stays constant, and falls.

# %%
T = 10_000  # μs
t = np.arange(T + 1)
light = np.interp(t, [0, 1000, 4000, 6000, 7500, T], [1.0, 1.0, 3.2, 3.2, 1.4, 1.4])
L = np.log(light)


def pixel(L, theta):
    """Return (time, polarity) of one pixel's events; L is given for every microsecond."""
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
# From 4000 to 6000 μs the light is at its maximum, and the pixel sends nothing.  *Constant* light causes no events,
# however bright it is.
#
# Change the threshold with the slider.  The staircase is $r$: all that a receiver of the events can know about $L$.


# %% tags=["hide-input"]
def draw(theta):
    events = pixel(L, theta)
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot(t / 1e3, L, color=palette.GREY, label="$L = \\ln I$")
    when = np.array([0, *(k for k, _ in events), T])
    upper.step(
        when / 1e3, L[[*when[:-1], when[-2]]], where="post", color=palette.GREEN, label="$r$"
    )
    upper.set(ylabel="log of the light L", title=f"threshold {theta:.2f}: {len(events)} events")
    upper.set(xlim=(-0.3, 10.3), ylim=(-0.1, 1.3))
    upper.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    for p, (name, color) in enumerate(palette.EVENT_COLORS.items()):
        marks = [k / 1e3 for k, polarity in events if polarity == p]
        lower.vlines(marks, 0, 1 if p else -1, color=color, lw=2, label=name)
    lower.axhline(0, color="0.85")
    lower.set(xlabel="time / ms", yticks=(), ylim=(-1.2, 1.2))
    lower.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return figure


show_with_sliders(draw, theta=SliderRange(0.05, 1.2, 0.25))

# %% [markdown]
# This pixel resembles the neuron of notebook 1: it accumulates a change, compares it with a threshold, sends an event
# and is reset.  These are [Eq. (3)](eq:3) to [Eq. (5)](eq:5), with two thresholds and without a leak.
#
# ## A recording
#
# The library's simulated camera has 128 × 128 such pixels.  `DigitSource` moves a handwritten digit in front of the
# camera, up and down and from side to side, as in the data set MNIST-DVS.

# %%
source = DigitSource(seed=0, duration=400_000, scale=8)
events = source.events(label=3, number=7)
print(events.dtype)
print(len(events), "events, the first three:")
print(events[:3])

# %% [markdown]
# A recording is one structured array, sorted by time.  Each event has four fields: the column `x`, the row `y` (0 at
# the top), the time `t` in microseconds and the polarity `p`.  Select a field by its name and events by a condition:

# %%
print("columns", events["x"].min(), "to", events["x"].max())  # because of noise
print(f"{events['p'].mean():.0%} of the events are brighter")
row_60 = events[(events["y"] == 60) & events["p"]]
print(len(row_60), "brighter events in row 60")
print(len(slice_by_time(events, 100_000, 120_000)), "events from 100 ms to 120 ms")
assert (np.diff(events["t"]) >= 0).all()

# %% [markdown]
# Each event is a point in space and time.  In 80 ms the digit moves by little more than a pixel.  The moving outline
# forms surfaces in space and time: orange where pixels become brighter, blue where they become darker.  The points far
# from the digit are noise.

# %%
part = slice_by_time(events, 100_000, 180_000)
part = part[(abs(part["x"].astype(int) - 65) < 40) & (abs(part["y"].astype(int) - 65) < 40)]

# %% tags=["hide-input"]
figure = Figure(figsize=(7, 4.6), layout="constrained")
axes = figure.add_subplot(projection="3d")
axes.set_box_aspect((2, 1, 1), zoom=1.1)
for p, (name, colour) in enumerate(palette.EVENT_COLORS.items()):
    some = part[part["p"] == p]
    axes.scatter(some["t"] / 1e3, some["x"], some["y"], s=3, color=colour, label=name, lw=0)
axes.set(
    xlabel="time / ms", ylabel="column / px", zlabel="row / px", zlim=(105, 25), ylim=(25, 105)
)
axes.set(xticks=range(100, 181, 20), yticks=(40, 65, 90), zticks=(40, 65, 90))
axes.xaxis.labelpad = 14  # keeps the label away from the numbers
axes.view_init(elev=20, azim=-52)
axes.legend(loc="upper left", markerscale=3, frameon=False)
show(figure)

# %% [markdown]
# ## Frames
#
# The paper's networks work in time steps.  So the events are counted into *frames*: one number for each pixel, polarity
# and time window.  The array of frames has the shape $(T, H, W, 2)$; channel 0 is darker and channel 1 is brighter.
#
# ![A cloud of events, orange for brighter and blue for darker, grows along an axis of time. A box moves over it window by window, and below it six small frames appear that show the edges of a handwritten 3](../docs/animations/events-animated.svg)

# %%
counts = events_to_frames(events, size=(128, 128), time_window=50_000, T=8, start=0)
print(counts.shape, counts.dtype)

# %% tags=["hide-input"]
titles = [f"{50 * k} to {50 * k + 50} ms" for k in range(8)]
show(plot_frames(counts[:, 25:105, 25:105], titles, columns=4))

# %% [markdown]
# A time window contains its start but not its end, $[s + kw, s + (k+1)w)$.  So neighbouring windows have no gap and no
# overlap, and every event is counted exactly once, whatever the length of the window:

# %%
for window in (1_000, 7_000, 50_000, 400_000):
    T_needed = -(-400_000 // window)  # rounded up
    total = events_to_frames(events, (128, 128), window, T_needed, start=0).sum()
    print(f"window {window / 1e3:5.0f} ms, {T_needed:3d} frames: {total:.0f} events")
    assert total == len(events)

# %% [markdown]
# You choose the length of the window.  A short window has good time resolution but contains few events.  A long window
# contains many events, but the motion blurs them.  The figure shows the square around the digit.


# %% tags=["hide-input"]
def draw(window_ms, start_ms):
    window, start = round(window_ms * 1e3), round(start_ms * 1e3)
    frame = events_to_frames(events, (128, 128), window, 1, start)
    title = f"{frame.sum():.0f} events in {window_ms:g} ms, from {start_ms:g} ms on"
    figure = plot_frames(frame[:, 25:105, 25:105], columns=1, title=title)
    figure.set_size_inches(4, 4.4)
    return figure


show_with_sliders(draw, window_ms=SliderRange(1, 200, 20, 1), start_ms=SliderRange(0, 200, 100, 5))

# %% [markdown]
# The library stores the paper's settings as constants.  For MNIST-DVS, these are 20 frames of 5 ms and a crop of
# 40 × 40 pixels around the median row and column of the events.  The crop puts the digit in the centre.

# %%
print(MNIST_DVS)
shown = MNIST_DVS.to_frames(events, start=0)
print(shown.shape, f"{(shown > 0).mean():.1%} of the numbers are not zero")

# %% tags=["hide-input"]
show(plot_frames(shown[2::4], [f"frame {k}" for k in range(2, 20, 4)]))

# %% [markdown]
# ## A simple scene
#
# To see the effect of each property of the camera, we use a simple scene.  A bright disc on a dark background moves 20
# pixels to the right in 100 ms.
#
# A `Scene` contains the logarithm of the light for a rectangle of pixels at given times.  Between these times, the
# simulator interpolates linearly.  `take` records a scene with an ideal camera, except for the properties passed as
# keyword arguments.  (The threshold for "darker" is slightly higher than that for "brighter".  If both were equal, a
# pixel that the disc has left would be exactly at its threshold, and rounding would decide.)


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
    """Record a scene with an ideal camera; `sensor` overrides its properties.  Crop to the scene."""
    ideal = Sensor(
        on_threshold=0.2,
        off_threshold=0.21,
        threshold_mismatch=0,
        refractory_period=0,
        leak_rate=0,
        shot_noise_rate=0,
    )
    recorded = record_scene(scene, replace(ideal, **sensor), np.random.default_rng(seed))
    return crop(recorded, 0, 0, scene.size)


def picture(events, window=100_000):
    return events_to_frames(events, (40, 40), window, 1, 0)[0]


for brightness in (0.1, 1.0, 100.0):
    print(f"brightness {brightness:5.1f}: {len(take(disc(brightness=brightness)))} events")
    assert len(take(disc(brightness=brightness))) == len(take(disc()))

# %% [markdown]
# A thousand times more light causes the same events: only the *ratio* of bright to dark matters.
#
# ## The threshold
#
# An edge of the disc changes $L$ by $\ln 4 = 1.39$.  A pixel that an edge crosses sends $\lfloor 1.39 / \theta \rfloor$
# events.  So half the threshold gives about twice as many events.

# %%
thetas = np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.3, 1.5])
for theta in thetas:
    total = len(take(disc(), on_threshold=theta, off_threshold=1.05 * theta))
    print(f"theta {theta:4.2f}: {np.floor(np.log(4) / theta):3.0f} per edge, {total:6d} events")

# %% tags=["hide-input"]
chosen = (0.1, 0.4, 1.3)
pictures = [
    picture(take(disc(), on_threshold=theta, off_threshold=1.05 * theta)) for theta in chosen
]
show(plot_frames(np.stack(pictures), [f"threshold {theta}" for theta in chosen]))

# %% [markdown]
# With a threshold above 1.39 there are no events: the camera cannot see the disc.  A low threshold detects low contrast
# but causes many events; a high threshold does the opposite.
#
# In a real camera, every pixel has a slightly different threshold.  With such a *mismatch* of 20 %, the trace of the
# disc is uneven, always at the same pixels:

# %%
cameras = [picture(take(disc(), seed, threshold_mismatch=0.2)) for seed in (0, 0, 1)]

# %% tags=["hide-input"]
titles = ["camera A", "camera A again", "camera B"]
show(plot_frames(np.stack(cameras), titles, title="threshold mismatch of 20 %"))

# %% [markdown]
# ## The refractory period
#
# After each event a pixel is inactive for a time $\rho$, the refractory period.  Then it sets $r = L$ and starts again.
# So a pixel sends at most one event in $\rho$, and changes during the refractory period are lost.

# %%
rhos = (0, 500, 2_000, 5_000, 20_000)
for rho in rhos:
    some = take(disc(), refractory_period=rho)
    place = some["y"].astype(int) * 40 + some["x"]
    order = np.lexsort((some["t"], place))
    gap = np.diff(some["t"][order])[np.diff(place[order]) == 0]
    shortest = f"{gap.min():6d} μs" if len(gap) else "none: at most one event per pixel"
    print(f"rho {rho:6d} μs: {len(some):5d} events, shortest interval at a pixel {shortest}")
    assert not len(gap) or gap.min() >= rho - 1  # times are whole microseconds

# %% tags=["hide-input"]
pictures = [picture(take(disc(), refractory_period=rho)) for rho in rhos]
titles = [f"{rho / 1e3:g} ms" for rho in rhos]
show(plot_frames(np.stack(pictures), titles, title="refractory period"))

# %% [markdown]
# ## Noise
#
# A scene without motion should cause no events, but a real camera sends some.
#
# - *Leak*: the transistor that stores $r$ is not perfectly closed.  So every pixel sends "brighter" at regular
#   intervals (here each pixel sends exactly two events).
# - *Shot noise*: light consists of photons, so its intensity fluctuates.  Pixels send both polarities at random.  A few
#   *hot* pixels send far more events than all others.  (`shot_noise_rate` is the mean rate of each of the two
#   polarities.)

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
    share = f", {some['p'].mean():.0%} of them brighter" if len(some) else ""
    print(f"{name:10s}: {len(some) / 1600 / 2:4.2f} events per pixel and second{share}")

# %% tags=["hide-input"]
kinds = {"leak_rate": 1}, {"shot_noise_rate": 1}
pictures = [picture(take(dark(), **noise), 2_000_000) for noise in kinds]
show(plot_frames(np.stack(pictures), ["leak", "shot noise"], title="2 s of a scene without motion"))

# %% [markdown]
# Can you separate noise from signal?  An edge causes events at neighbouring pixels within a short time, while noise
# events are isolated.  `isolated_events` marks an event if there is no other event within 5 ms at its pixel or at the
# eight neighbours.

# %%
clean, noisy = take(disc()), take(disc(), shot_noise_rate=2.0)
alone = isolated_events(noisy)
print(
    f"{len(clean)} events without noise, {len(noisy)} with noise, {alone.sum()} of these isolated"
)

# %% tags=["hide-input"]
pictures = [picture(some) for some in (clean, noisy, noisy[~alone], noisy[alone])]
show(plot_frames(np.stack(pictures), ["without noise", "with noise", "kept", "removed"]))

# %% [markdown]
# The simulated digits contain all these effects.  Their settings are chosen to resemble real recordings in three
# quantities: the event rate, the share of "brighter" events and the share of isolated events.

# %%
for name, value in measure_events(events, time_window=5_000)._asdict().items():
    print(f"{name:15s} {value:.6g}")

# %% [markdown]
# <div class="alert alert-info">
#
# **What to remember**
#
# - A pixel sends an event when the *logarithm* of its light has changed by a threshold.  Without a change there are no
#   events.
# - Events are a structured array with the fields `x`, `y`, `t` and `p`, sorted by time.
# - Frames count events in half-open time windows, so every event is counted exactly once.
# - The threshold determines the number of events.  The refractory period limits the rate of each pixel.
# - Noise events are isolated; the events of an edge are not.
#
# </div>
#
# ## Quiz
#
# **1.**  A lamp shines at constant brightness on an ideal event camera that does not move.  How many events does a
# pixel send?
#
# - **a**  one event whenever its refractory period has passed
# - **b**  none
# - **c**  more, the brighter the lamp is
#
# **2.**  The threshold is halved.  An edge caused 6 events at a pixel.  How many does it cause now?
#
# - **a**  3
# - **b**  6
# - **c**  about 12
#
# **3.**  Why is every event counted exactly once when events become frames?
#
# - **a**  Each pixel sends at most one event in a window.
# - **b**  A window contains its start but not its end.
# - **c**  Events at the border of two windows are removed.

# %% tags=["solution"]
# answers: three letters
answers = "bcb"
# 1b: Only a change of the logarithm of the light causes an event.
# 2c: The change of L is the same, and half the threshold fits into it twice as often.
# 3b: So neighbouring windows have neither a gap nor an overlap.

# %% tags=["check"]
mark_quiz("answers", "8fbfff ebcc58 72cde6 de4b51", "One pixel", "The threshold", "Frames")

# %% [markdown]
# ## Exercises
#
# **1.**  Write `events_to_frames`.  Count the events of the first $T$ windows, beginning at time 0, into an array
# $(T, H, W, 2)$.  (If an index occurs several times, `array[index] += 1` counts it only once; `np.add.at` counts every
# occurrence.)


# %% tags=["solution"]
# def count(events, size, window, T) -> array of shape (T, H, W, 2)
def count(events, size, window, T):
    counted = np.zeros((T, *size, 2))
    some = events[events["t"] < window * T]
    place = some["t"] // window, some["y"], some["x"], some["p"].astype(int)
    np.add.at(counted, place, 1)
    return counted


# %% tags=["check"]
@check("count")
def _():
    for window, T in ((50_000, 8), (7_000, 3), (400_000, 1)):
        expected = events_to_frames(events, (128, 128), window, T, start=0)
        found = count(events, (128, 128), window, T)
        assert np.shape(found) == expected.shape, f"shape {np.shape(found)}, not {expected.shape}"
        assert np.array_equal(found, expected), (
            f"windows of {window / 1e3:g} ms: {np.sum(found):.0f} events counted, not "
            f"{expected.sum():.0f}, or counted elsewhere; np.add.at counts two at one place twice"
        )


# %% [markdown]
# **2.**  The $L$ of a pixel rises linearly by 1.2 in 6 ms.  The threshold is 0.1 and the refractory period is 1 ms.
# How many events does the pixel send?  (What does it miss after each event?)  Calculate the number first; the check
# runs the simulator.

# %% tags=["solution"]
# sent: the number of events

# After each event: 1 ms of refractory period, then L must rise by 0.1, which takes 0.5 ms.
# The events come at 0.5, 2.0, 3.5 and 5.0 ms; the next one would come at 6.5 ms.
sent = 4


# %% tags=["check"]
@check("sent", mistakes={"what rises in the refractory period is lost": 12})
def _():
    ends = [np.zeros(1, np.float32), np.full(1, 1.2, np.float32)]
    ramp = Scene(0, 0, (1, 1), 6_000, np.array([0.0, 6_000.0]), ends)
    found = take(ramp, on_threshold=0.1, off_threshold=0.1, refractory_period=1_000)
    assert sent == len(found), (
        f"the simulated pixel sends {'fewer' if len(found) < sent else 'more'}"
    )


# %% [markdown]
# **3.**  Write a `Preprocessing` for the camera of 128 × 128 pixels.  It must turn `events` into 10 frames of 16 × 16
# numbers, 20 ms each.  Each number must be 1 if there was an event, and 0 if not.

# %% tags=["solution"]
# mine = Preprocessing(...)
mine = Preprocessing((128, 128), time_window=20_000, T=10, downsampling=8, max_count=1)


# %% tags=["check"]
@check("mine")
def _():
    assert mine.shape == (10, 16, 16, 2), f"it gives frames of shape {mine.shape}"
    seen = mine.to_frames(events, start=0)
    assert set(np.unique(seen)) == {0, 1}, f"the largest number is {seen.max():g}: see max_count"
    whole = events_to_frames(events, (128, 128), 20_000, 10, start=0)
    blocks = whole.reshape(10, 16, 8, 16, 8, 2).sum(axis=(2, 4))
    assert np.array_equal(seen, blocks > 0), "the frames are not those of 20 ms each"


# %% [markdown]
# **4.**  Reconstruct the path of the disc from the noisy events.  Remove the noise.  Then compute the mean column of
# the events in each of five windows of 20 ms.  The disc moves at constant speed, so the five numbers should lie on a
# straight line.

# %% tags=["solution"]
# columns: five numbers
good = noisy[~alone]
columns = [slice_by_time(good, 20_000 * k, 20_000 * (k + 1))["x"].mean() for k in range(5)]


# %% tags=["check"]
@check("columns")
def _():
    middle = 10 + 20 * (np.arange(5) + 0.5) / 5  # the disc's column at the centre of each window
    assert np.shape(columns) == (5,), f"expected five numbers, got shape {np.shape(columns)}"
    assert np.allclose(columns, middle, atol=0.7), f"{np.round(columns, 1)} is not on the path"
