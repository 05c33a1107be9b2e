"""The README as PyPI shows it: its links lead to the tag of the version, not to files beside it.

Hatchling calls this while it builds.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PATH = re.compile(r'(!?\[[^]]*\]\(|src(?:set)?=")(?!https?:|#)')  # what stands before a path


def absolute_links(readme: str, source: str, version: str) -> str:
    """Put the address of a version before every path of a text."""
    page, raw = (f"{source}/{kind}/v{version}/" for kind in ("blob", "raw"))
    return PATH.sub(lambda link: link[0] + (page if link[0][0] == "[" else raw), readme)


class ReadmeHook(MetadataHookInterface):
    """Sets ``readme`` and nothing else."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Read the README, and change its links."""
        text = (Path(self.root) / "README.md").read_text("utf-8")
        text = absolute_links(text, metadata["urls"]["Source"], metadata["version"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
