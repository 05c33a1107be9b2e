"""The page and the tables of the site that follow from data.

The site has a table where a page in docs/ has a line ``<!-- NAME -->`` or ``<!-- NAME: PART -->``
with a name of ``TABLES``.
"""

import argparse
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import frameworks
from results import changes, claims, table03
from subprocesses import ROOT

import liaf_ref as lr
from documentation import course, markdown_table
from liaf_ref.cli import run as cli_run
from liaf_ref.cli.options import Parser
from liaf_ref.experiments.registry import EXPERIMENTS
from liaf_ref.oracle import chunked
from liaf_ref.oracle.deviations import DEVIATIONS
from liaf_ref.oracle.opset import OPS, OPTIMIZERS, Arrays, Shape
from liaf_ref.oracle.specification import CLAUSES, PROFILES, SECTIONS, count_cases
from liaf_ref.oracle.surrogates.listing import format_shapes

MAP: dict[str, Any] = tomllib.loads((ROOT / "docs" / "map.toml").read_text("utf-8"))
TITLES = {"equation": "({})", "table": "Table {}", "figure": "Fig. {}", "section": "{}"}
INTRODUCTION = """# The map

Where each numbered equation, table and figure of the paper is computed, derived, tested and
explained; and sections whose claims are code.  `lr.golden_case(NAME)` reads a golden case.
"""
CODE = "https://github.com/liaf-ref/liaf_ref/blob/main/"
Rows = Iterator[tuple[str, ...]]


def link_equations(text: str, pages: str) -> str:
    """Lead each link ``eq:3`` to the section of its equation; ``pages`` is the folder of these."""
    linked = re.sub(r"\(eq:(\d+)\)", lambda eq: f"({MAP['equation'][eq[1]]['page']})", text)
    return linked.replace("](docs/equations/", f"]({pages}/")


def map_page() -> str:
    """Write the page in Markdown, for the top of the site."""
    page = INTRODUCTION
    for kind, short in TITLES.items():
        rows = [("", "", "function", "derivation", "test", "golden case", "notebook")]
        for number, entry in MAP[kind].items():
            name, here = short.format(number), entry.get("page")
            link = f"[{name}]({here.removeprefix('docs/')})" if here else name
            cells = {column: f"*{reason}*" for column, reason in entry.get("without", {}).items()}
            for column in PLACES.keys() & entry.keys():
                cells[column] = "<br>".join(map(PLACES[column], entry[column]))
            rows.append((link, entry["what"], *(cells[column] for column in PLACES)))
        page += f"\n## {kind.capitalize()}s\n\n{markdown_table(rows)}"
    return page


# How the map shows where something is, by its column.
PLACES: dict[str, Callable[[str], str]] = {
    "function": lambda name: f"{{py:obj}}`{name.removeprefix('liaf_ref.')} <{name}>`",
    "derivation": lambda path: f"[{Path(path.split('#')[0]).stem}]({path.removeprefix('docs/')})",
    "test": lambda place: re.sub(r"(.*/(.*))::(.*)", rf"[`\2` `\3`]({CODE}\1)", place),
    "case": lambda name: f"`{name}`",
    "notebook": lambda stem: f"[{stem[:2]}](notebooks/{stem}.ipynb)",
}


def fill(page: str) -> str:
    """Give a page its tables."""
    return MARKER.sub(lambda found: TABLES[found[1]](*filter(None, found.groups()[1:])), page)


def _operations() -> Rows:
    yield "`op`", "what it computes", "input", "`par/`", "state", "`fix/`", "`exp/`", "`dbg/`"
    for name, op in OPS.items():
        many = "any number of " * (op.num_inputs is None)
        target = f" and `y` {_shape(op.target)}" if op.target else ""
        arrays = (op.parameters, op.states, op.constants, op.traces, op.adjoints)
        yield f"`{name}`", op.described, many + _shape(op.input) + target, *map(_arrays, arrays)


def _arrays(arrays: Arrays) -> str:
    """Arrays in their order, neighbours of one shape together."""
    groups = [(shape, " ".join(names)) for shape, names in groupby(arrays, lambda n: arrays[n])]
    return "; ".join(f"`{names}` {_shape(shape)}" for shape, names in groups)


def _shape(shape: Shape) -> str:
    if not isinstance(shape, str):
        return ", ".join(
            f"{'none' if text is None else _shape(text)} if `{shape.option}` {_value(value)}"
            for value, text in shape.shapes.items()
        )
    sizes = shape.split()
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})".replace("*", r"\*")


def _options() -> Rows:
    yield "option", "of", "values"
    users: dict[tuple[str, str], list[str]] = {}
    for name, op in OPS.items():
        for option, taken in op.options.items():
            listed = taken.values
            values = listed if isinstance(listed, str) else ", ".join(map(_value, listed))
            users.setdefault((option, values), []).append(f"`{name}`")
    for (option, values), ops in users.items():
        yield f"`{option}`", ", ".join(ops), values


def _optimizers() -> Rows:
    yield "`name`", "the step", "options and their defaults"
    for name, optimizer in OPTIMIZERS.items():
        options = (
            f"`{option}`" if default is None else f"`{option}` {_value(default)}"
            for option, default in optimizer.defaults.items()
        )
        yield f"`{name}`", optimizer.about, ", ".join(options)


def _value(value: Any) -> str:
    """As the manifest has it, without quotation marks."""
    return json.dumps(value).strip('"')


def _profiles() -> Rows:
    yield "profile", "what it covers", "golden cases"
    published = lr.golden_cases()
    for profile in PROFILES:
        total = sum(profile.has_case(golden.case) for golden in published)
        yield profile.name, profile.description, str(total)


def _sections() -> str:
    """The clauses of the specification; those on chunks have the cases in chunks of four steps."""
    published = lr.golden_cases()
    cut = count_cases(chunked(published, 4))
    counts = {n: count or cut[n] for n, count in count_cases(published).items()}
    return "\n".join(
        f"## {number} · {title}\n\n{markdown_table(_clauses(number, counts), right=(3,))}"
        for number, title in enumerate(SECTIONS, 1)
    )


def _clauses(section: int, counts: dict[str, int]) -> Rows:
    yield "clause", "requirement", "source", "cases"
    for number, clause in CLAUSES.items():
        if number.startswith(f"{section}."):
            source = re.sub(r"\((\d+)\)", r"[\g<0>](eq:\1)", clause.source)
            yield number, clause.text, link_equations(source, "../equations"), str(counts[number])


def _conventions(listed: str) -> str:
    """The clauses that are right, and the conventions in their place."""
    clauses, _, names = listed.partition(": ")
    right = [f"- {number}: {CLAUSES[number].text}\n" for number in _between([*CLAUSES], clauses)]
    places = [deviation.name.replace("|", r"\|") for deviation in DEVIATIONS]
    rows = [("what your code does",), *((name,) for name in _between(places, names))]
    return f"{''.join(right)}\n{markdown_table(rows)}"


def _between(items: list[str], ends: str) -> list[str]:
    first, _, last = map(str.strip, ends.partition("…"))
    return items[items.index(first) : items.index(last or first) + 1]


def _run_options(names: str) -> Rows:
    """Of the configuration of some experiments, as the command line has them."""
    experiments, users = names.split(), dict[tuple[str, str], list[str]]()
    columns = 2 if len(experiments) == 1 else 3
    yield ("option", "meaning", "data sets")[:columns]
    for name in experiments:
        for action in _configuration(name):
            values = "" if action.choices is None else f"; one of {', '.join(action.choices)}"
            key = ", ".join(action.option_strings), f"{action.help}{values}"
            users.setdefault(key, []).append(name)
    for (flags, meaning), used in users.items():
        cells = (flags, meaning, "all" if used == experiments else ", ".join(used))
        yield tuple(re.sub(r"--[\w-]+", r"`\g<0>`", cell) for cell in cells[:columns])


def _configuration(experiment: str) -> list[argparse.Action]:
    """The options of ``liaf-ref run EXPERIMENT`` that are fields of its configuration."""
    commands = Parser().add_subparsers()
    cli_run.add(commands, EXPERIMENTS[experiment])
    groups = commands.choices[experiment]._action_groups
    return [a for group in groups if group.title == "configuration" for a in group._group_actions]


TABLES: dict[str, Callable[..., str]] = {
    "operations": lambda: markdown_table(_operations()),
    "options": lambda: markdown_table(_options()),
    "optimizers": lambda: markdown_table(_optimizers()),
    "profiles": lambda: markdown_table(_profiles(), right=(2,)),
    "clauses": _sections,
    "conventions": _conventions,
    "run options": lambda names: markdown_table(_run_options(names)),
    "surrogates": lambda: f"```\n{format_shapes()}\n```\n",
    "sessions": course.sessions,
    "guide": course.guide,
    "claims": claims.table,
    "claims in short": claims.summary_table,
    "accuracies": claims.accuracy_table,
    "changes": changes.table,
    "measured": frameworks.tables,
    "table03": lambda heading: table03()[heading],
}
MARKER = re.compile(rf"^<!-- ({'|'.join(TABLES)})(?:: (.*))? -->\n", re.MULTILINE)
