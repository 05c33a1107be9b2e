"""A release is refused if its files or a text beside the package are not what they should be."""

import hashlib
import re
import shutil
import tomllib
import zipfile
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")

import check_release  # noqa: E402
from subprocesses import ROOT  # noqa: E402

import liaf_ref  # noqa: E402


def test_the_texts_agree_with_the_package() -> None:
    assert check_release.text_problems(liaf_ref.__version__) == []


def test_every_text_with_another_version_is_named() -> None:
    found = "\n".join(check_release.text_problems("9.9", tag="v9.8"))
    for what in ("CITATION.cff: version", "tag", "CHANGELOG.md"):
        assert what in found


def test_a_real_release_has_its_date_in_the_changelog(tmp_path: Path) -> None:
    for path in ("README.md", "CITATION.cff", "pyproject.toml"):
        shutil.copy(ROOT / path, tmp_path)
    for heading, count in (("1.0.0 (soon)", 1), ("1.0.0 (2026-12-01)", 0), ("", 1)):
        (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## {heading}\n\nText.\n")
        found = check_release.text_problems("1.0.0", "v1.0.0", tmp_path)
        assert sum("CHANGELOG.md" in each for each in found) == count


def test_the_readme_names_the_command_of_make_demo() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    block = readme.partition("\n## Start\n")[2].split("```")[1]
    commands = [line.partition("#")[0].strip() for line in block.strip().splitlines()]
    assert commands == ["make demo", "make test"]
    (demo,) = check_release.DEMO.findall((ROOT / "Makefile").read_text("utf-8"))
    assert f"`{demo}`" in readme


def test_the_assets_of_a_release_have_their_sums(tmp_path: Path) -> None:
    (tmp_path / "wheel.whl").write_bytes(b"")
    check_release.collect_assets([tmp_path / "wheel.whl"], tmp_path / "assets")
    sums = (tmp_path / "assets" / "SHA256SUMS").read_text("utf-8").splitlines()
    found = {line[66:]: line[:64] for line in sums}
    assert [*found] == ["drawn-1.zip", "golden-1.zip", "wheel.whl"]
    golden = (tmp_path / "assets" / "golden-1.zip").read_bytes()
    assert found["golden-1.zip"] == hashlib.sha256(golden).hexdigest()


def test_every_extra_has_a_floor() -> None:
    project = tomllib.loads(Path(ROOT, "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    packages = project["dependencies"] + [each for extra in extras for each in extra]
    assert [each for each in packages if ">=" not in each] == []


def test_the_page_on_pypi_leads_to_files_of_its_version(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    pytest.importorskip("hatch_fancy_pypi_readme")
    wheel, _ = check_release.build(tmp_path / "dist")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        page = archive.read(name).decode()
    targets = re.findall(r'(?:\]\(|src(?:set)?=")([^)"#][^)"]*)', page)
    assert len(targets) > 10
    assert [target for target in targets if not target.startswith("http")] == []
    assert f"https://github.com/liaf-ref/liaf_ref/blob/v{liaf_ref.__version__}/" in page
