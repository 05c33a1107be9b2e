"""The main job on the genuine text, shortened."""

import json
from pathlib import Path

import pytest
from data.real_data import real_babi_folder
from support import RESULT_COLUMNS

from cli.commands import run_cli

WEIGHTS = {
    "liaf": (5_500, 17_622),
    "lif": (5_500, 17_622),
    "rnn": (15_100, 36_822),
    "lstm": (60_400, 127_422),
    "gru": (45_300, 97_222),
}


def test_qa1_has_the_published_sizes_in_all_five_cells(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    args = ["--data", real_babi_folder(), "--tasks", 1, "--cells", ",".join(WEIGHTS), "--epochs", 2]
    code, out, _ = run_cli(capsys, "run", "babi", *args, "--out", tmp_path / "o", "--json")
    assert code == 0
    results = json.loads(out)["results"]
    assert [row["cell"] for row in results] == list(WEIGHTS)
    for row in results:
        assert set(row) >= RESULT_COLUMNS
        assert (row["task"], row["vocab_size"], row["T"], row["Q"]) == (1, 22, 66, 4)
        assert (row["weights_layer"], row["weights_network"]) == WEIGHTS[row["cell"]]
        assert row["epochs"] == 2
        assert 0 <= row["test_accuracy"] <= 1
