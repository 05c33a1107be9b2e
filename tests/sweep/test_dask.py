"""A real scheduler and two workers, on the loopback interface."""

from pathlib import Path
from typing import Any

import pytest
from cli.commands import call
from cli.sweeps import SMALL, check_same, sweep_args
from support import small_folder

from liaf_ref.errors import SweepError
from liaf_ref.sweep import connect, on_dask
from sweep.cluster import SECONDS, cluster
from sweep.deeds import EXPECTED, MIXED, by_deed, jobs_of


class Cancelling:
    """A client whose scheduler forgets what it is given."""

    def __init__(self, client: Any) -> None:
        self.client, self.loop = client, client.loop

    def submit(self, *args: Any, **options: Any) -> Any:
        future = self.client.submit(*args, **options)
        future.cancel()
        return future


def test_a_cluster_gives_the_same_bits_and_outlives_its_jobs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liaf_ref.sweep.cluster.SECONDS", SECONDS)
    data, spec = small_folder(tmp_path / "data"), tmp_path / "s.toml"
    spec.write_text(SMALL, "utf-8")
    assert call(capsys, *sweep_args(spec, data, tmp_path / "one")).code == 0
    with cluster(tmp_path, workers=2) as address:
        ended = call(capsys, *sweep_args(spec, data, tmp_path / "two", "--dask", address))
        with connect(address) as client:
            jobs = jobs_of(tmp_path / "deeds", MIXED, owner=None)
            found = by_deed(jobs, list(on_dask(jobs, client)))
            with pytest.raises(SweepError, match="has gone, or has cancelled a job"):
                list(on_dask(jobs, Cancelling(client)))
    assert (ended.code, ended.out.splitlines()[0]) == (0, "4 jobs, 4 finished, 0 failed")
    check_same(tmp_path / "one", tmp_path / "two")
    assert found == EXPECTED
