"""Table V: the networks for MNIST-DVS and CIFAR10-DVS."""

from liaf_ref.report.content import Section
from liaf_ref.report.tables.settings import settings_section


def table05() -> Section:
    """Settings of Fig. 6's network for both data sets."""
    title = "Layers of the networks for MNIST-DVS and CIFAR10-DVS"
    return settings_section("table05", "Table V", title, ("mnist-dvs", "cifar10-dvs"))
