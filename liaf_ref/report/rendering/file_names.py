"""What the report and its files are called."""

from liaf_ref.report.content import Picture, Table

TITLE = "The paper's tables and figures, reproduced"
COMMENTS_HEADING = "Comments on the runs"


def svg_path(picture: Picture) -> str:
    """The picture's file."""
    return f"figures/{picture.name}.svg"


def csv_path(content: Picture | Table) -> str:
    """The file of its numbers."""
    return f"data/{content.name}.csv"
