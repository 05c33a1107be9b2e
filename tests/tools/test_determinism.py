"""The same work under other circumstances, all of them at once: equal bits."""

from pathlib import Path

from determinism import Way, done
from faults import differences
from works import prepare

OTHER = Way({"OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "1"}, "spawn", "b/c")
RUN = "run babi"


def test_other_circumstances_change_nothing(tmp_path: Path) -> None:
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    prepare(inputs, [RUN])
    whole = done(RUN, inputs, tmp_path / "whole", Way())
    again = done(RUN, inputs, tmp_path / "again" / OTHER.place, OTHER)
    assert len(whole) > 1
    assert differences(whole, again, tmp_path / "again") == []
    name, content = next(iter(whole.items()))
    assert differences(whole | {name: [content]}, again, tmp_path / "again") != []
