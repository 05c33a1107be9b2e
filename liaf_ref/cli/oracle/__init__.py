<<<<<<< HEAD
"""``liaf-ref oracle``: check backends and surrogates, compare frameworks, export and verify."""

from typing import TYPE_CHECKING

from liaf_ref.cli.oracle import check, compare, export, surrogates, verify
=======
"""``liaf-ref oracle``: check backends, export and verify the golden set, explain traces."""

from typing import TYPE_CHECKING

from liaf_ref.cli.oracle import check, compare, explain, export, verify
>>>>>>> 8bc1e59e (Explain a recorded trace: find the conventions of a neuron from its potential or spikes)

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
<<<<<<< HEAD
    for command in (check, compare, export, surrogates, verify):
=======
    for command in (check, compare, explain, export, verify):
>>>>>>> 8bc1e59e (Explain a recorded trace: find the conventions of a neuron from its potential or spikes)
        command.add(subcommands)
