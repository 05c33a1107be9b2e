"""Which functions of a part have changed."""

import ast
import subprocess
from fnmatch import fnmatch

from mutation.parts import Part
from mutation.workspace import ROOT


def _without_docstring(function: ast.FunctionDef) -> str:
    """Source of a function; mutmut leaves docstrings alone."""
    if ast.get_docstring(function, clean=False) is not None:
        function.body = function.body[1:] or [ast.Pass()]
    return ast.unparse(function)


def function_sources(text: str, module: str) -> dict[str, str]:
    """Source of each function and method of a file, by mutmut's name for it."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            found[f"{module}.x_{node.name}"] = _without_docstring(node)
        if isinstance(node, ast.ClassDef):
            methods = (part for part in node.body if isinstance(part, ast.FunctionDef))
            for method in methods:
                found[f"{module}.xǁ{node.name}ǁ{method.name}"] = _without_docstring(method)
    return found


def changed_functions(part: Part, commit: str) -> set[str]:
    """The functions of a part that are new, or another than in a commit."""
    known = ["git", "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"]
    if subprocess.run(known, cwd=ROOT, capture_output=True, check=False).returncode:  # noqa: S603
        raise SystemExit(f"--since: expected a commit, got {commit}")
    found = set()
    for file in sorted((ROOT / "liaf_ref").rglob("*.py")):
        name = file.relative_to(ROOT)
        if not any(fnmatch(str(name), pattern) for pattern in part.files):
            continue
        show = ["git", "show", f"{commit}:{name}"]
        was = subprocess.run(show, cwd=ROOT, text=True, capture_output=True, check=False)  # noqa: S603
        before, now = (
            function_sources(text, ".".join(name.with_suffix("").parts))
            for text in (was.stdout, file.read_text("utf-8"))
        )
        found |= {function for function, text in now.items() if before.get(function) != text}
    return found
