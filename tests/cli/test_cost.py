"""``liaf-ref cost``."""

import json
from pathlib import Path

import pytest

from cli.commands import run_cli
from liaf_ref.analysis import op_count
from liaf_ref.layers import CheckpointedSequential
from liaf_ref.networks import SequenceClassifier, summary
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit.counts import compare_counts, to_markdown

Capture = pytest.CaptureFixture[str]


def test_a_network_prints_as_its_summary(capsys: Capture) -> None:
    code, out, err = run_cli(capsys, "cost", "babi-liaf", "--batch", 32)
    assert (code, err) == (0, "")
    assert out == f"{summary(create_network('babi-liaf'), 32)}\n"
    assert out.startswith("BabiNetwork(22, 'liaf'), Fig. 5: batch 32, 66 steps, float32\n")


def test_its_json_has_every_layer_with_both_counts(capsys: Capture) -> None:
    code, out, _ = run_cli(capsys, "cost", "mnist-dvs-lif", "--batch", 2, "--steps", 4, "--json")
    document = json.loads(out)
    net = create_network("mnist-dvs-lif")
    assert isinstance(net, SequenceClassifier)
    assert code == 0
    assert (document["network"], document["batch"], document["steps"]) == (net.label, 2, 4)
    rows = op_count.count_ops(net.sequential, 4)
    assert [layer["name"] for layer in document["layers"]] == [row.prefix for row in rows]
    for layer, row in zip(document["layers"], rows, strict=True):
        assert layer["exact"] == vars(row.exact)
        assert layer["paper"] == (row.paper and vars(row.paper))
    assert document["exact"] == vars(op_count.total(row.exact for row in rows))
    assert document["peak_bytes"] > document["tape_bytes"] > 0


def test_batch_1_and_the_papers_steps_unless_stated(capsys: Capture) -> None:
    document = json.loads(run_cli(capsys, "cost", "babi-gru", "--json").stdout)
    assert (document["batch"], document["steps"]) == (1, 66)


def test_recomputing_keeps_less_and_counts_the_same(capsys: Capture) -> None:
    command = ["cost", "mnist-dvs-liaf", "--steps", 4, "--json"]
    whole, checkpointed = (
        json.loads(run_cli(capsys, *command, *o).stdout) for o in ([], ["--recompute"])
    )
    assert checkpointed["tape_bytes"] < whole["tape_bytes"] / 2
    assert checkpointed["exact"] == whole["exact"]
    assert (
        checkpointed["tape_bytes"]
        == summary(create_network("mnist-dvs-liaf", CheckpointedSequential), 1, 4).tape_bytes
    )


def test_tables_print_every_figure_of_the_paper(capsys: Capture) -> None:
    code, out, err = run_cli(capsys, "cost", "tables")
    assert (code, out, err) == (0, f"{to_markdown(compare_counts())}\n", "")
    document = json.loads(run_cli(capsys, "cost", "tables", "--json").stdout)
    assert document["figures"] == [figure._asdict() for figure in compare_counts()]
    assert {figure["agreement"] for figure in document["figures"]} == {
        *("exact", "both", "rounded", "cut off", "no")
    }


def test_help_names_every_network(capsys: Capture) -> None:
    code, out, _ = run_cli(capsys, "cost", "--help")
    assert code == 0
    assert "networks: babi-liaf, babi-lif" in out
    assert "gesture-convlstm" in out


BAD: dict[str, tuple[list[object], str]] = {
    "nothing": ([], "the following arguments are required: NETWORK|tables"),
    "network": (["mnist-liaf"], "error: NETWORK: expected one of babi-liaf, babi-lif, babi-rnn"),
    "batch 0": (["babi-liaf", "--batch", "0"], "argument --batch: expected an integer >= 1"),
    "steps of text": (["babi-liaf", "--steps", "all"], "argument --steps: expected an integer"),
    "tables of a batch": (
        ["tables", "--batch", "8"],
        "error: --batch: cannot be combined with `tables`, which uses the paper's sizes",
    ),
    "tables of steps": (
        ["tables", "--steps", "8"],
        "--steps: cannot be combined with `tables`",
    ),
    "tables again": (
        ["tables", "--recompute"],
        "--recompute: cannot be combined with `tables`",
    ),
    "Fig. 5 again": (
        ["babi-liaf", "--recompute"],
        "error: --recompute: expected a network without branches, got one with two",
    ),
    "nothing to keep": (
        ["mnist-dvs-conv2d", "--recompute"],
        "error: --recompute: expected at least one layer with a state (neurons or "
        "recurrent), got none",
    ),
    "two networks": (["babi-liaf", "babi-lif"], "unrecognized arguments: babi-lif"),
}


@pytest.mark.parametrize(("args", "message"), BAD.values(), ids=BAD)
def test_a_wrong_option_is_one_message(
    capsys: Capture, here: Path, args: list[object], message: str
) -> None:
    code, out, err = run_cli(capsys, "cost", *args)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("liaf-ref")
    assert err.count("\n") == 1
    assert not list(here.iterdir())
