"""``liaf-ref oracle``: check backends and surrogates, explain traces, compare, export, verify."""

from typing import TYPE_CHECKING

from liaf_ref.cli.oracle import check, compare, explain, export, export_onnx, surrogates, verify

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands


def add(commands: "Commands") -> None:
    """Add the commands to the parser."""
    parser = commands.add_parser(
        "oracle",
        help="check a backend's gradients; export the golden set; compare frameworks",
        description="Check any backend against golden cases: small networks with known gradients.",
        epilog="example: liaf-ref oracle check --backend my_package.my_module:answer",
    )
    subcommands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (check, compare, explain, export, export_onnx, surrogates, verify):
        command.add(subcommands)
