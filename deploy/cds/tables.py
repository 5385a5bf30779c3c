"""Tables on a terminal in which nothing is cut.

Guarantee: what is too wide for its column goes on in the next line, whatever the width of the terminal; an id can be
read to its end, and two that begin alike are told apart.
"""

from __future__ import annotations

from rich.table import Column, Table


def whole(*headings: str, title: str | None = None, counts: int = 0) -> Table:
    """A table with these columns; the last `counts` of them hold numbers."""
    words = len(headings) - counts
    columns = [
        Column(heading, overflow="fold", justify="left" if place < words else "right")
        for place, heading in enumerate(headings)
    ]
    return Table(*columns, title=title)
