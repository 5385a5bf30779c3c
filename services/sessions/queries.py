"""The read side of the intake: the fate of an event.

Guarantee: a caller sees only events of its own source.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import Connection


@dataclass(frozen=True, slots=True)
class EventFate:
    """Where an accepted event is on its way."""

    id: UUID
    status: str
    recorded_at: datetime
    shard: int
    segment: int | None
    refused: str | None = None


def fate(connection: Connection, source: str, event_id: UUID) -> EventFate | None:
    """The fate of an event of a source; None when it was never accepted."""
    row = connection.execute(
        """SELECT recorded_at, shard, NULL::bigint, false, NULL FROM event_log JOIN source USING (source_id)
            WHERE name = %(source)s AND event_id = %(id)s
           UNION ALL
           SELECT k.recorded_at, k.shard, k.segment, k.segment IS NULL, p.refused FROM event_key AS k
             JOIN source USING (source_id) LEFT JOIN pending AS p USING (source_id, event_id)
            WHERE name = %(source)s AND event_id = %(id)s
           LIMIT 1""",
        {"source": source, "id": event_id},
    ).fetchone()
    if row is None:
        return None
    recorded_at, shard, segment, is_pending, refused = row
    return EventFate(event_id, "pending_reference" if is_pending else "accepted", recorded_at, shard, segment, refused)
