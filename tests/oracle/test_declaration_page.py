"""docs/verify/declare-your-conventions.md: its example prints what it says, the tables are true."""

import re
from pathlib import Path

from liaf_ref.oracle.declaration.options import OPTIONS, RESTRICTIONS, SURROGATES
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
    for name, option in OPTIONS.items():
        values = [f'| `"{value}"` | {meaning.about} |' for value, meaning in option.items()]
        assert f"\n| `{name}` " + "\n| ".join(values) + "\n" in TEXT
    lists = {**RESTRICTIONS, "surrogate": SURROGATES}
    for name, each in lists.items():
        row = TEXT.partition(f"\n| `{name}` | ")[2].partition("\n")[0]
        assert row.endswith(f" | {', '.join(f'`{value}`' for value in each)} |")
