"""Table VIII: the network for DVS128 Gesture."""

from liaf_ref.report.content import Section
from liaf_ref.report.tables.settings import settings_section


def table08() -> Section:
    """Settings of the gesture network."""
    title = "Layers of the network for DVS128 Gesture"
    return settings_section("table08", "Table VIII", title, ("gesture",))
