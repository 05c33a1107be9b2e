"""The frames as a film."""

import io
from pathlib import Path

from liaf_ref.report.events.colours import full, paint
from liaf_ref.report.events.gather import Gathered

SIDE = 320  # least pixels of the longer side
BAND = 22  # pixels of the line of text


def gif(found: Gathered) -> bytes:
    """Draw the frames of the span one after the other, each as long as its window.

    Parameters
    ----------
    found : Gathered
        What to show.

    Returns
    -------
    bytes
        An animated GIF, which knows steps of 10 ms and shows a frame for 20 ms at least.
    """
    import matplotlib  # noqa: PLC0415 - slow to import, seldom needed
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    font = ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", 12)
    _, height, width, _ = found.frames.shape
    scale = max(-(-SIDE // max(height, width)), 1)
    H, W = found.survey.sensor_size
    most = full(found.frames)
    pictures = []
    for place, frame in enumerate(found.frames):
        large = paint(frame, most).repeat(scale, axis=0).repeat(scale, axis=1)
        picture = Image.new("RGB", (width * scale, height * scale + BAND), "white")
        picture.paste(Image.fromarray(large), (0, BAND))
        t = (found.span.start - found.survey.t_first + place * found.span.window) / 1e3
        text = f"{round(t):,} ms   {W} x {H} px   {found.span.window / 1e3:g} ms a frame"
        ImageDraw.Draw(picture).text((4, 3), text, fill="black", font=font)
        pictures.append(picture.quantize(64))
    buffer = io.BytesIO()
    shown = max(round(found.span.window / 1e4) * 10, 20)
    first, *rest = pictures
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=shown, loop=0)
    return buffer.getvalue()
