"""Draw the figures of docs/results from the stored runs, and write the table of the README."""

import argparse

from results import changes, claims, studies, table03


def main() -> None:
    """Write all of them."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    for chapter in (claims, changes, studies, table03):
        chapter.write()


if __name__ == "__main__":
    main()
