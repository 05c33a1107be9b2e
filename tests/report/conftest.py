"""One report for all tests of the page."""

import pytest

from liaf_ref.report.build import Report, build_report, collect_runs
from liaf_ref.report.render import render_report
from report.run_factory import vision_run

HOSTILE_NAME = "<script>alert(1)<script>&|*`" + "-and-a-long-name" * 6


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Two seeds of LIAF and LIF in a folder with a hostile name."""
    folder = tmp_path_factory.mktemp("runs") / HOSTILE_NAME
    for cell in ("liaf", "lif"):
        for seed in (0, 1):
            vision_run(folder, cell, seed, 0.9 + 0.01 * seed)
    return build_report(collect_runs([folder]))


@pytest.fixture(scope="session")
def files(report: Report) -> dict[str, bytes]:
    """All files of the report."""
    return render_report(report)
