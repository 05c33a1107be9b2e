"""The directive ``{equation}``: a page shows the lines of the code, it does not quote them.

::

    ```{equation} liaf_ref/kernels/neuron.py
    :function: forward
    :number: 5
    ```

The function's body is included as it stands, with the lines that end in ``# (5)`` marked.
Without a number the whole body is.
"""

from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from documentation.excerpt import excerpt

ROOT = Path(__file__).resolve().parents[2]


class Equation(SphinxDirective):  # type: ignore[misc]  # Sphinx is not of the linting group
    """Include a function's body and mark the lines of an equation."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "function": directives.unchanged_required,
        "number": directives.nonnegative_int,
    }

    def run(self) -> list[nodes.Node]:
        """Make the node; what is not found is an error of the build."""
        path = ROOT / self.arguments[0]
        self.env.note_dependency(str(path))
        try:
            found = excerpt(path, self.options["function"], self.options.get("number"))
        except (LookupError, OSError) as error:
            raise self.error(str(error)) from error
        block = nodes.literal_block(found.text, found.text, language="python", linenos=True)
        block["highlight_args"] = {
            "hl_lines": list(found.marked_lines),
            "linenostart": found.first_line,
        }
        return [block]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("equation", Equation)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
