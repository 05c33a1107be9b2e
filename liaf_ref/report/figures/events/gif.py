"""Animated GIF of the frames."""

import io
from pathlib import Path

from liaf_ref.report.figures.events.colors import frame_to_rgb, full_color_count
from liaf_ref.report.figures.events.plot_data import PlotData

MIN_SIDE = 320  # least pixels of the longer side
CAPTION_PIXELS = 22  # pixels of the line of text


def make_gif(data: PlotData) -> bytes:
    """Animate the frames of the span; each is shown for the duration of its window."""
    import matplotlib  # noqa: PLC0415 - slow to import, seldom needed
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    font = ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", 12)
    _, height, width, _ = data.frames.shape
    scale = max(-(-MIN_SIDE // max(height, width)), 1)
    H, W = data.survey.sensor_size
    maximum = full_color_count(data.frames)
    pictures = []
    for place, frame in enumerate(data.frames):
        large = frame_to_rgb(frame, maximum).repeat(scale, axis=0).repeat(scale, axis=1)
        picture = Image.new("RGB", (width * scale, height * scale + CAPTION_PIXELS), "white")
        picture.paste(Image.fromarray(large), (0, CAPTION_PIXELS))
        t = (data.span.start - data.survey.t_first + place * data.span.window) / 1e3
        text = f"{round(t):,} ms   {W} x {H} px   {data.span.window / 1e3:g} ms per frame"
        ImageDraw.Draw(picture).text((4, 3), text, fill="black", font=font)
        pictures.append(picture.quantize(64))
    buffer = io.BytesIO()
    shown = max(round(data.span.window / 1e4) * 10, 20)
    first, *rest = pictures
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=shown, loop=0)
    return buffer.getvalue()
