"""The names of the paper counts of a place and a day: whoever gives one, by form or by sheet, gives the same.

Guarantee: a day and a place have one count at a time, its subject made from both, so that two doors do not count twice;
after a void comes the next name. A count of a session has names of its own, and so has the sandbox.
"""

import datetime as dt
import uuid

BOOKS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:congdongso:page:tally")
MOST_BOOKS = 20  # of a place and a day, one after the other was voided


def book_names(
    area: uuid.UUID, day: dt.date, session: uuid.UUID | None = None, *, is_sandbox: bool = False
) -> list[uuid.UUID]:
    """The subjects that a place and a day (and a session) may have, one after the other."""
    place = f"{area}/{day}" + (f"/{session}" if session else "") + ("/sandbox" if is_sandbox else "")
    return [uuid.uuid5(BOOKS, f"{place}/{number}") for number in range(MOST_BOOKS)]
