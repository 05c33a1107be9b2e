"""The tools that make a site of the pages."""

from pathlib import Path

import pytest
from documentation import reference
from documentation.reference import public_objects
from support import LazyModule

pages = LazyModule("documentation.pages")
ROOT = Path(__file__).parents[2]


def test_links_out_of_docs_lead_to_where_the_site_has_it(tmp_path: Path) -> None:
    text = (
        "[a](../../liaf_ref/kernels/neuron.py) [b](../../CONTRIBUTING.md#style) [c](layers.md)\n"
        "[d](../../notebooks/01-one-neuron.py)\n\n"
        "```python\nx[0](../../README.md)\n```\n[f](../../LICENSE)\n"
        "[g](../_static/live/neuron.js)\n"
    )
    folder = tmp_path / "equations"
    found = pages.rewrite_links(text, Path("docs/equations/neuron.md"), folder, tmp_path)
    assert found == (
        "[a](site:../_modules/liaf_ref/kernels/neuron.html) [b](../contributing.md#style) "
        "[c](layers.md)\n[d](../notebooks/01-one-neuron.ipynb)\n\n"
        "```python\nx[0](../../README.md)\n```\n[f](../files/LICENSE)\n"
        "[g](site:../_static/live/neuron.js)\n"
    )
    assert (tmp_path / "files" / "LICENSE").is_file()


def test_no_level_of_the_contents_is_long() -> None:
    pages = [pytest.importorskip("yaml").safe_load((ROOT / "docs" / "_toc.yml").read_text("utf-8"))]
    for page in pages:
        pages += page.get("entries", ())
    long = [page["file"] for page in pages if len(page.get("entries", ())) > 9]
    assert long == ["notebooks/index", "learn/course"]  # numbered series


def test_the_reference_has_every_public_name(tmp_path: Path) -> None:
    reference.write_reference(tmp_path)
    written = {path.stem for path in tmp_path.rglob("*.rst")}
    objects = public_objects().values()
    homes = {value.__module__ for value in objects if hasattr(value, "__module__")}
    assert {home for home in homes if home.startswith("liaf_ref")} <= written
    modules = reference.documented_modules()
    assert "liaf_ref.kernels.neuron" in modules  # its functions have no public name
    assert "liaf_ref.oracle.adapters.torch_backend" not in modules
