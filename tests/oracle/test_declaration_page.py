"""docs/verify/declare-your-conventions.md: its example prints what it says, the tables are true."""

import re
from pathlib import Path

from liaf_ref.oracle.declaration.table import lists_table, options_table
from oracle.test_check_page import COMMAND, run

PAGE = Path(__file__).parents[2] / "docs" / "verify" / "declare-your-conventions.md"
TEXT = PAGE.read_text("utf-8")


def block(language: str, words: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    (found,) = (text for text in blocks if words in text)
    return str(found)


def test_the_commands_print_what_the_page_says(tmp_path: Path) -> None:
    declared = block("toml", 'sharing = ["all"]')
    (tmp_path / "my_backend.py").write_text(block("python", "def answer"), "utf-8")
    (tmp_path / "liaf.toml").write_text(declared, "utf-8")
    (tmp_path / "first.toml").write_text(declared.replace('fires = ">"', 'fires = ">="'), "utf-8")
    commands = COMMAND.findall(TEXT)
    assert len(commands) == 2
    for (command, printed), code in zip(commands, (0, 1), strict=True):
        assert run(tmp_path, command) == (code, printed)


def test_its_tables_are_those_of_the_options() -> None:
    assert options_table() in TEXT
    assert lists_table() in TEXT
