"""A badge as SVG: the version of the specification, and the profiles that a backend has passed."""

from collections.abc import Iterable
from html import escape

from liaf_ref.oracle.specification.clauses import VERSION
from liaf_ref.oracle.specification.profiles import ProfileResult

CHARACTER, PADDING, HEIGHT = 6.6, 8, 20  # pixels; 11-pixel Verdana has 6 to 7 for a character
LABEL_COLOR, PASSED_COLOR, FAILED_COLOR = "#555", "#2f6f4f", "#a33b20"
TEMPLATE = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" \
aria-label="{text}">
<title>{text}</title>
<rect width="{left}" height="{height}" fill="{label_color}"/>
<rect x="{left}" width="{right}" height="{height}" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{padding}" y="14" textLength="{left_text}">{label}</text>
<text x="{start}" y="14" textLength="{right_text}">{message}</text>
</g>
</svg>
"""


def badge_svg(results: Iterable[ProfileResult]) -> str:
    """Draw the names of the profiles that were passed; ``none`` if there are none."""
    names = [result.profile.name for result in results if result.ok]
    label, message = f"liaf_ref {VERSION}", " · ".join(names) or "no profile passed"
    left_text, right_text = round(CHARACTER * len(label)), round(CHARACTER * len(message))
    left, right = left_text + 2 * PADDING, right_text + 2 * PADDING
    return TEMPLATE.format(
        width=left + right,
        height=HEIGHT,
        text=escape(f"{label}: {message}"),
        left=left,
        right=right,
        label=escape(label),
        message=escape(message),
        left_text=left_text,
        right_text=right_text,
        padding=PADDING,
        start=left + PADDING,
        label_color=LABEL_COLOR,
        color=PASSED_COLOR if names else FAILED_COLOR,
    )
