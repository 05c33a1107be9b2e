"""Parameters through safetensors files: bit for bit, checked, or refused with the path."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from liaf_ref._core.errors import FormatError, InputError, LiafError, RunError
from liaf_ref.interop.weights import flatten, load_weights, save_weights, unflatten
from liaf_ref.layers import DenseLIF
from liaf_ref.networks.babi import BabiNetwork

LAYER = DenseLIF(3, 4)


@pytest.fixture
def library() -> Any:
    reason = "safetensors, of the interop extra, is not installed"
    return pytest.importorskip("safetensors.numpy", reason=reason)


@pytest.fixture
def path(library: Any, tmp_path: Path) -> Path:
    assert library
    return tmp_path / "net.safetensors"


def params(dtype: Any = np.float64) -> dict[str, Any]:
    return LAYER.init(np.random.default_rng(0), dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_layers_parameters_come_back_bit_for_bit_and_in_its_order(path: Path, dtype: Any) -> None:
    save_weights(path, params(dtype), model=LAYER)
    assert trees_equal(load_weights(path, model=LAYER), params(dtype))
    assert list(load_weights(path)) == sorted(params())


def test_a_networks_parameters_come_back(path: Path) -> None:
    network = BabiNetwork(9, "lif", embedding_dim=3, units=4)
    given = network.init(np.random.default_rng(0))
    save_weights(str(path), given, model=network)
    assert trees_equal(load_weights(str(path), model=network), given)


def test_what_comes_back_can_be_written_to(path: Path) -> None:
    save_weights(path, params())
    assert all(value.flags.writeable for value in load_weights(path).values())


@pytest.mark.parametrize(
    "layout", [np.asfortranarray, lambda x: x[::-1, ::2], lambda x: x.T, lambda x: x.astype(">f8")]
)
def test_an_array_is_written_as_it_reads_however_it_lies_in_memory(
    path: Path, layout: Callable[[Any], Any]
) -> None:
    value = layout(np.arange(12.0).reshape(3, 4))
    save_weights(path, {"W": value})
    assert load_weights(path)["W"].tolist() == value.tolist()


def test_scalars_and_empty_arrays_keep_their_shape(path: Path) -> None:
    save_weights(path, {"a": np.array(1.5), "b": np.zeros((0, 3))})
    assert {k: v.shape for k, v in load_weights(path).items()} == {"a": (), "b": (0, 3)}


def test_nested_names_are_joined_and_can_be_parted(path: Path) -> None:
    tree = {"story": {"cell": {"W": np.ones(2)}, "E": np.zeros(3)}, "b": np.ones(1)}
    save_weights(path, tree)
    found = load_weights(path)
    assert list(found) == ["b", "story.E", "story.cell.W"]
    assert trees_equal(
        unflatten(found), {"b": tree["b"], "story": {"E": np.zeros(3), "cell": {"W": np.ones(2)}}}
    )


def test_the_same_parameters_give_the_same_bytes(path: Path) -> None:
    written = set()
    for _ in range(8):
        save_weights(path, params(), model=LAYER)
        written.add(path.read_bytes())
    assert len(written) == 1


def test_the_file_says_what_it_is(path: Path, library: Any) -> None:
    save_weights(path, params(), model=LAYER)
    header = path.read_bytes()
    size = int.from_bytes(header[:8], "little")
    note = json.loads(json.loads(header[8 : 8 + size])["__metadata__"]["liaf_ref"])
    assert (note["format"], note["version"]) == ("liaf_ref weights", 1)
    assert note["model"]
    assert library.load(header).keys() == params().keys()


def test_a_file_of_another_program_is_read(path: Path, library: Any) -> None:
    library.save_file(params(), path, {"format": "pt"})
    assert trees_equal(load_weights(path, model=LAYER), params())


BAD: dict[str, tuple[dict[Any, Any], str]] = {
    "longdouble": ({"W": np.ones(2, "g")}, "W of the weights: expected dtype float32 or float64"),
    "complex": ({"W": np.ones(2, "D")}, "expected dtype float32 or float64, got complex128"),
    "integers": ({"W": np.ones(2, int)}, "expected dtype float32 or float64, got int64"),
    "list": ({"W": [1.0]}, "W of the weights: expected an array, got list"),
    "no text": ({1: np.ones(2)}, "expected a non-empty string as a name, got 1"),
    "empty": ({"a": {"": np.ones(2)}}, "expected a non-empty string as a name, got ''"),
    "reserved": ({"__metadata__": np.ones(2)}, "names of the weights: expected UTF-8 names"),
    "no UTF-8": ({"a": {"\ud800": np.ones(2)}}, r"other than __metadata__, got 'a.\ud800'"),
    "twice": ({"a.b": np.ones(2), "a": {"b": np.ones(2)}}, "a.b of the weights: expected one"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_written_is_refused_by_name_and_no_file_appears(
    path: Path, case: str
) -> None:
    given, expected = BAD[case]
    with pytest.raises(InputError, match=re.escape(expected)):
        save_weights(path, given)
    assert not path.exists()


def test_a_name_that_no_file_holds_leaves_the_old_file(path: Path) -> None:
    save_weights(path, params())
    with pytest.raises(InputError):
        save_weights(path, {"__metadata__": np.ones(2)})
    assert trees_equal(load_weights(path, model=LAYER), params())
    save_weights(path, {"__metadata__": {"ä": np.ones(2)}})
    assert list(load_weights(path)) == ["__metadata__.ä"]


def test_parameters_of_something_else_are_not_written(path: Path) -> None:
    with pytest.raises(InputError, match="missing: b"):
        save_weights(path, {k: v for k, v in params().items() if k != "b"}, model=LAYER)
    with pytest.raises(InputError, match="in a mapping, got list"):
        save_weights(path, [])  # type: ignore[arg-type]


def test_a_folder_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(RunError, match="cannot be written"):
        save_weights(path.parent / "none" / "x", params())


def refused(path: Path, required: str, model: Any = None) -> None:
    with pytest.raises(FormatError, match=f"^{re.escape(str(path))}: {required}"):
        load_weights(path, model=model)


def test_names_shapes_and_dtypes_are_checked_on_reading(path: Path, library: Any) -> None:
    save_weights(path, {"W": np.ones((3, 4))})
    refused(path, ".*missing: b, v_th", model=LAYER)
    save_weights(path, params() | {"W": np.ones((4, 3))})
    refused(path, r"W of .*: expected shape \(3, 4\), got shape \(4, 3\)", model=LAYER)
    save_weights(path, params() | {"b": np.ones(4, np.float32)})
    refused(path, "b of .*: expected dtype float64", model=LAYER)
    save_weights(path, params() | {"b": np.full(4, np.nan)})
    refused(path, "b of .*: expected finite values", model=LAYER)
    assert np.isnan(load_weights(path)["b"]).all()  # to look at, without a layer
    library.save_file({"W": np.ones(2, np.float16)}, path)
    refused(path, "W of the weights: expected dtype float32 or float64, got float16")


@pytest.mark.parametrize("keep", [0, 4, 60, -1])
def test_a_damaged_file_is_named(path: Path, keep: int) -> None:
    save_weights(path, params())
    path.write_bytes(path.read_bytes()[:keep])
    refused(path, "expected a safetensors file, got")


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    refused(path, "expected a safetensors file, got an error: No such file")
    refused(
        path.with_name("a" * 300), "expected a safetensors file, got an error: File name too long"
    )


@pytest.mark.parametrize(
    ("note", "required"),
    [
        (
            '{"format": "liaf_ref weights", "version": 2}',
            "expected liaf_ref weights version 1, got 2",
        ),
        ('{"format": "other", "version": 1}', "expected liaf_ref weights version 1, got None"),
        ("{", "expected a complete header"),
        ('{"version": 1}', "expected a complete header"),
        ("[]", "expected a complete header"),
        ("[" * 100_000, "expected a complete header, got an error: ValueError"),
    ],
)
def test_another_version_or_note_is_refused(
    path: Path, library: Any, note: str, required: str
) -> None:
    library.save_file(params(), path, {"liaf_ref": note})
    refused(path, required)


def test_names_that_contradict_each_other_cannot_be_parted() -> None:
    one = np.ones(1)
    for names in (["a", "a.b"], ["a.b", "a"]):
        with pytest.raises(InputError, match="of the weights: expected"):
            unflatten(dict.fromkeys(names, one))
    assert flatten({}) == unflatten({}) == {}


def test_without_safetensors_it_is_stated_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(LiafError, match=r"safetensors is not installed.*pip install"):
        load_weights(tmp_path)
    with pytest.raises(LiafError, match=r"safetensors is not installed.*pip install"):
        save_weights(tmp_path / "x", {})
