"""``liaf-ref data``: where to download event-camera data sets; verify a downloaded folder."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from liaf_ref._core.errors import InputError
from liaf_ref.cli.options import dir_path
from liaf_ref.data.events.datasets.verify import (
    VerificationResult,
    dataset_info,
    published_datasets,
    verify_datasets,
)

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

MAX_MISSING_SHOWN = 10  # lines of what is missing


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    names = "\n".join(
        f"  {name:<13}{facts['title']}" for name, facts in published_datasets().items()
    )
    parser = commands.add_parser(
        "data",
        description="Nothing is downloaded. Show where to get a data set and under which\n"
        "licence, or check the layout, counts and known checksums of a folder.\n"
        "Exit code 0: complete; 1: files are missing or wrong.",
        epilog=f"names:\n{names}\n\n"
        "example: liaf-ref data --where n-mnist\n"
        "example: liaf-ref data downloads/N-MNIST --verify",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    around = "folder of a data set, or the parent folder of several"
    option("folder", nargs="?", type=dir_path, metavar="DIR", help=around)
    option("--verify", action="store_true", help="check DIR for missing and changed files")
    option("--where", metavar="NAME", help="show where to download one of the data sets below")
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command, option_names={"name": "--where"})


def command(args: argparse.Namespace) -> int:
    """Verify or show; see ``liaf-ref data --help``."""
    if args.where is not None:
        if args.folder is not None or args.verify:
            raise InputError("--where: cannot be combined with DIR or --verify")
        return _print_download_info(args)
    if args.folder is None or not args.verify:
        raise InputError("data: expected `DIR --verify` or `--where NAME`, got neither")
    findings = verify_datasets(args.folder)
    if args.json:
        print(json.dumps({"data": [_as_json(finding) for finding in findings]}, indent=2))
    else:
        print("\n".join(line for finding in findings for line in _format_finding(finding)))
    return 0 if all(finding.complete for finding in findings) else 1


def _print_download_info(args: argparse.Namespace) -> int:
    facts = dataset_info(args.where)
    if args.json:
        print(json.dumps({"name": args.where, **facts}, indent=2))
        return 0
    print(facts["title"])
    for fact in ("url", "license", "citation", "layout"):
        print(f"  {fact:<8}  {facts[fact]}")
    for algorithm in ("md5", "sha256"):
        for file, digest in facts.get(algorithm, {}).items():
            print(f"  {algorithm:<8}  {digest}  {file}")
    return 0


def _as_json(finding: VerificationResult) -> dict[str, Any]:
    return {**finding._asdict(), "root": str(finding.root), "complete": finding.complete}


def _format_finding(finding: VerificationResult) -> list[str]:
    state = "complete" if finding.complete else "incomplete"
    count = f"{finding.found_count:,} of {finding.expected_count:,} recordings"
    lines = [f"{finding.title} in {finding.root}: {state}, {count}"]
    lines += [f"  wrong    {text}" for text in finding.errors]
    lines += [f"  missing  {text}" for text in finding.missing[:MAX_MISSING_SHOWN]]
    if len(finding.missing) > MAX_MISSING_SHOWN:
        lines.append(
            f"  missing  and {len(finding.missing) - MAX_MISSING_SHOWN:,} more; --json lists all"
        )
    return lines
