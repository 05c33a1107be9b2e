"""``python -m liaf_ref`` is ``liaf-ref``."""

from liaf_ref.cli import entry

if __name__ == "__main__":
    entry()
