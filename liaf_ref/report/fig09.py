"""Fig. 9: the events of a hand clap in time, width and height, and four frames of them."""

import math

import numpy as np

from liaf_ref.data.events import events_to_frames, slice_by_time
from liaf_ref.data.events.records import SENSOR_SIZE
from liaf_ref.data.simulator import simulate_gesture
from liaf_ref.report.content import EventCloud, FrameStrip, MissingRuns, Section

GESTURE, SEED = "hand clapping", 0
DURATION_US, WINDOW_US, N_FRAMES = 1_500_000, 25_000, 4  # μs, μs, frames
MAX_POINTS = 2_500


def fig09(section: Section) -> Section:
    """Simulate a hand clap, and plot it as in Fig. 9."""
    part = simulate_gesture(SEED, lights=1, duration=DURATION_US).train
    item = next(item for item in part.recordings if part.classes[item.label] == GESTURE)
    events = item.events()
    starts = [round((k + 0.5) * DURATION_US / N_FRAMES) for k in range(N_FRAMES)]
    frames = np.concatenate(
        [
            events_to_frames(events, SENSOR_SIZE, WINDOW_US, 1, start, dtype=np.uint16)
            for start in starts
        ]
    )
    titles = tuple(f"{start / 1000:.0f} ms" for start in starts)
    some = events[:: math.ceil(len(events) / MAX_POINTS)]
    counts = [len(slice_by_time(events, start, start + WINDOW_US)) for start in starts]
    few, many = min(counts), max(counts)
    verdict = (
        f"The simulated hand clap has {len(events):,} events in {DURATION_US / 1e6:g} s, "
        f"{100 * events['p'].mean():.0f} % of them brighter; "
        f"each frame has {few:,} to {many:,} events."
    )
    command = "liaf-ref events user01_led.aedat --labels user01_led_labels.csv --clip 1 --out clap"
    return section._replace(
        verdict=verdict,
        pictures=(
            EventCloud(
                "fig09-cloud", f"{len(some):,} of the events, evenly selected", SENSOR_SIZE, some
            ),
            FrameStrip(
                "fig09-frames",
                f"Frames of {WINDOW_US // 1000} ms; orange is brighter, blue is darker",
                frames,
                titles,
            ),
        ),
        notes=("The paper shows a recording of DVS128 Gesture; this one is simulated.",),
        missing=(MissingRuns("a recorded hand clap, from a trial of DVS128 Gesture", command),),
    )
