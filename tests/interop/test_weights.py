"""Parameters through safetensors files: bit for bit, checked, or refused with the path."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import trees_equal

import liaf_ref as lr
from liaf_ref._core.errors import FormatError, InputError, LiafError
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref.interop.weights import load_weights, save_weights
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


@pytest.mark.parametrize(
    "layout", [np.asfortranarray, lambda x: x[::-1, ::2], lambda x: x.T, lambda x: x.astype(">f8")]
)
def test_an_array_is_written_as_it_reads_however_it_lies_in_memory(
    path: Path, layout: Callable[[Any], Any]
) -> None:
    value = layout(np.arange(12.0).reshape(3, 4))
    save_weights(path, {"W": value})
    assert load_weights(path)["W"].tolist() == value.tolist()


def test_a_file_of_another_program_is_read(path: Path, library: Any) -> None:
    library.save_file(params(), path, {"format": "pt"})
    assert trees_equal(load_weights(path, model=LAYER), params())


BAD: dict[str, tuple[dict[Any, Any], str]] = {
    "longdouble": ({"W": np.ones(2, "g")}, "W of the weights: expected dtype float32 or float64"),
    "list": ({"W": [1.0]}, "W of the weights: expected an array, got list"),
    "no text": ({1: np.ones(2)}, "expected a non-empty string as a name, got 1"),
    "reserved": ({"__metadata__": np.ones(2)}, "names of the weights: expected UTF-8 names"),
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


@pytest.mark.parametrize(
    ("note", "required"),
    [
        (
            '{"format": "liaf_ref weights", "version": 2}',
            "expected liaf_ref weights version 1, got 2",
        ),
        ('{"version": 1}', "expected a complete header"),
        ("[" * 100_000, "expected a complete header, got an error: ValueError"),
    ],
)
def test_another_version_or_note_is_refused(
    path: Path, library: Any, note: str, required: str
) -> None:
    library.save_file(params(), path, {"liaf_ref": note})
    refused(path, required)


def test_a_package_that_is_not_there_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(
        LiafError, match=r"^no_such_package is not installed; run `pip install no_such_package`, "
    ):
        import_optional_dependency("no_such_package.part", "interop")


def test_a_package_that_is_too_old_is_named_with_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nir-1.0.4.dist-info").mkdir()
    (tmp_path / "nir-1.0.4.dist-info" / "METADATA").write_text("Name: nir\nVersion: 1.0.4\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LiafError, match=r"^nir: expected version 1\.0\.6 or later, got 1\.0\.4; "):
        lr.to_nir([])
