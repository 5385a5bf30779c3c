"""The paper counts of wards and days that hold: who gives another one is told of them.

Guarantee: one statement for many days; what was taken back, what is of a session and what the sandbox sent is left out.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

import msgspec

from shared.database import Connection
from shared.events.facts import TallyState

HELD = """
SELECT subject, content FROM entity JOIN unnest(%s::uuid[], %s::date[]) AS g(ward_id, day) USING (ward_id, day)
 WHERE kind = 'tally' AND NOT is_void AND shard >= 0
"""


def held(connection: Connection, wanted: Collection[tuple[UUID, dt.date]]) -> dict[tuple[UUID, dt.date], list[UUID]]:
    """The subjects of the counts of these wards and days, by area and day."""
    chosen = sorted(set(wanted))
    found: dict[tuple[UUID, dt.date], list[UUID]] = {}
    for subject, content in connection.execute(HELD, [[ward for ward, _ in chosen], [day for _, day in chosen]]):
        state = msgspec.json.decode(content, type=TallyState)
        if state.session is None:
            found.setdefault((state.area, state.day), []).append(subject)
    return found
