"""Sphinx's configuration; `make docs` lays out the pages that it reads."""

import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_type_hints

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from documentation import copy_mathjax  # noqa: E402
from documentation.live import BOKEH_SCRIPT  # noqa: E402
from jinja2 import BaseLoader  # noqa: E402
from jinja2.sandbox import SandboxedEnvironment  # noqa: E402
from numpydoc import docscrape_sphinx  # noqa: E402
from sphinx.ext import autosummary  # noqa: E402
from sphinx.util import inspect  # noqa: E402

import liaf_ref  # noqa: E402

project = "liaf_ref"
author = "The liaf_ref authors"
project_copyright = "the liaf_ref authors; text CC BY 4.0, code Apache-2.0"
version = release = liaf_ref.__version__
extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx_design",
    "sphinx_external_toc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
]

myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "dollarmath"]
myst_heading_anchors = 4
myst_dmath_double_inline = True
# `site:` leads to a page that Sphinx writes without a source, as a module's code.
myst_url_schemes = {"http": None, "https": None, "mailto": None, "site": "{{path}}"}
myst_url_schemes["query"] = "{{path}}?{{query}}"  # the same, with a query
# Headings of a notebook may begin where they like; a type's name may be a field's name too.
suppress_warnings = ["myst.header", "ref.python"]

# Notebooks come with their outputs, from `make notebooks`.  A slider's still figure is shown.
nb_execution_mode = "off"
nb_code_prompt_show = "Solution"  # of the other folded cells: documentation/pages.py
nb_code_prompt_hide = "Solution"
nb_merge_streams = True  # a line that a cell prints in parts stays a line
nb_ipywidgets_js: dict[str, str] = {}
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None),
    ("html", "image/png", 1),
]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autosummary_generate = False
autosummary.WELL_KNOWN_ABBREVIATIONS += ("Eq.", "Eqs.", "Fig.", "Figs.")  # end no sentence
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# MathJax's own files, from the package sphinx-mathjax-offline: the site needs no network.
mathjax_path = "mathjax/tex-chtml.js"

highlight_language = "text"  # what a page calls Python says so

ICON = "_static/icon.svg"
html_theme = "pydata_sphinx_theme"
html_title = "liaf_ref"
html_theme_options = {
    "logo": {
        "text": "liaf_ref",
        "image_light": ICON,
        "image_dark": ICON,
    },
    "navbar_align": "left",
    "header_links_before_dropdown": 5,
    "show_prev_next": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        "index": [],
        "learn/one-neuron": [],
        "learn/surrogate-gradient": [],
        "learn/train-a-network": [],
        "map": [],
    },
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_context = {"default_mode": "auto"}
html_sidebars = {"index": []}  # the landing page has cards instead
html_static_path = ["_static"]
html_favicon = ICON
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False


_environments: list[SandboxedEnvironment] = []


def _first_environment(loader: BaseLoader) -> SandboxedEnvironment:
    """One environment for all docstrings: numpydoc would compile its template for each of them."""
    if not _environments:
        _environments.append(SandboxedEnvironment(loader=loader))
    return _environments[0]


docscrape_sphinx.SandboxedEnvironment = _first_environment


def setup(app: Any) -> None:
    """Put MathJax and BokehJS beside the pages, once they are built; shorten signatures."""
    app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True  # or pages wait in line
    app.connect("build-finished", _copy_scripts)
    app.connect("autodoc-skip-member", _skip)
    app.connect("autodoc-process-signature", _shorten)


def _skip(app: Any, what: str, name: str, value: Any, skip: bool, options: Any) -> bool | None:
    """Leave out the fields of a named tuple: its docstring speaks of them."""
    return True if str(value.__doc__).startswith("Alias for field number") else None


def _shorten(
    app: Any, what: str, name: str, value: Any, options: Any, signature: str, returns: str
) -> tuple[str | None, str | None]:
    """Write plain types in place of Annotated, and Array for what Array stands for."""
    if "Annotated[" in (signature or ""):
        signature = inspect.stringify_signature(
            _without_metadata(inspect.signature(value)),
            show_return_annotation=False,
            unqualified_typehints=True,
        )
    of_any = r"\[~?(typing\.)?Any"
    array = rf"~?(numpy\.)?ndarray\[tuple{of_any}, \.\.\.\], ~?(numpy\.)?dtype{of_any}\]\]"
    written = (text and re.sub(array, "Array", text) for text in (signature, returns))
    return next(written), next(written)


def _without_metadata(signature: inspect.Signature) -> inspect.Signature:
    """A signature with the plain types of its parameters."""
    known = signature.parameters
    annotations = {name: parameter.annotation for name, parameter in known.items()}
    plain = get_type_hints(SimpleNamespace(__annotations__=annotations))
    return signature.replace(
        parameters=[parameter.replace(annotation=plain[name]) for name, parameter in known.items()]
    )


def _copy_scripts(app: Any, error: Exception | None) -> None:
    if error is None:
        static = Path(app.outdir) / "_static"
        copy_mathjax(static / "mathjax")
        shutil.copy(BOKEH_SCRIPT, static)
