"""What the sessions service takes from the registry: areas, clients, services, volunteers, venues.

Guarantee: each is a replica, keyed by the thing itself, so taking a fact twice changes nothing.
Step 7 of the event path (docs/architecture.md), for the registry's stream.
"""

import datetime as dt
from uuid import UUID

from shared import areas
from shared.clock import local_day
from shared.consumer import Consumer, Work
from shared.events import people, registry
from shared.events.facts import Logged


def keep_area(work: Work, _event: Logged, fact: registry.AreaDeclared) -> None:
    areas.declare(work.connection, fact)


def keep_succession(work: Work, _event: Logged, fact: registry.AreaSucceeded) -> None:
    areas.succeed(work.connection, fact)


def admit_client(work: Work, event: Logged, fact: registry.ClientEnabled) -> None:
    """A client may write. Told again from the beginning, it does not undo a revocation that came after."""
    work.connection.execute(
        """INSERT INTO client AS c (client_id, areas) VALUES (%s, %s::uuid[])
           ON CONFLICT (client_id) DO UPDATE SET areas = excluded.areas,
             is_revoked = coalesce(c.revoked_at > %s, false),
             revoked_at = CASE WHEN c.revoked_at > %s THEN c.revoked_at END""",
        [fact.client_id, fact.areas, event.time, event.time],
    )


def bar_client(work: Work, event: Logged, fact: registry.ClientRevoked) -> None:
    work.connection.execute(
        """INSERT INTO client (client_id, areas, is_revoked, revoked_at) VALUES (%s, %s::uuid[], true, %s)
           ON CONFLICT (client_id) DO UPDATE SET is_revoked = true, revoked_at = excluded.revoked_at""",
        [fact.client_id, fact.areas, event.time],
    )


def keep_service(work: Work, _event: Logged, fact: registry.ServiceDeclared) -> None:
    work.connection.execute(
        """INSERT INTO service (service, unit, name_vi, name_en, pillars, once, due_days, may_return)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (service) DO UPDATE SET unit = excluded.unit, name_vi = excluded.name_vi,
             name_en = excluded.name_en, pillars = excluded.pillars, once = excluded.once,
             due_days = excluded.due_days, may_return = excluded.may_return""",
        [fact.service, fact.unit, fact.name_vi, fact.name_en, fact.pillars, fact.once, fact.due_days, fact.may_return],
    )


def keep_volunteer(work: Work, _event: Logged, fact: people.VolunteerRegistered) -> None:
    work.connection.execute(
        """INSERT INTO volunteer (volunteer_id, area_id) VALUES (%s, %s)
           ON CONFLICT (volunteer_id) DO UPDATE SET area_id = excluded.area_id""",
        [fact.volunteer, fact.area],
    )


def move_volunteer(work: Work, _event: Logged, fact: people.VolunteerMoved) -> None:
    _place(work, fact.volunteer, fact.area, fact.on)


def retire_volunteer(work: Work, _event: Logged, fact: people.VolunteerRetired) -> None:
    work.connection.execute("UPDATE volunteer SET retired_on = %s WHERE volunteer_id = %s", [fact.on, fact.volunteer])


def take_back_volunteer(work: Work, _event: Logged, fact: people.VolunteerReturned) -> None:
    work.connection.execute("UPDATE volunteer SET retired_on = NULL WHERE volunteer_id = %s", [fact.volunteer])


def merge_volunteer(work: Work, _event: Logged, fact: people.VolunteerMerged) -> None:
    work.connection.execute(
        "UPDATE volunteer SET merged_into = %s WHERE volunteer_id = %s", [fact.into, fact.volunteer]
    )


def forget_volunteer(work: Work, _event: Logged, fact: people.VolunteerErased) -> None:
    work.connection.execute(
        """INSERT INTO volunteer (volunteer_id, is_erased) VALUES (%s, true)
           ON CONFLICT (volunteer_id) DO UPDATE SET is_erased = true""",
        [fact.volunteer],
    )


def keep_venue(work: Work, _event: Logged, fact: registry.VenueDeclared) -> None:
    """A venue is known, or used again. Where it is now is told by its moves, not by its being declared again."""
    work.connection.execute(
        """INSERT INTO venue (venue_id, area_id, name, kind) VALUES (%s, %s, %s, %s)
           ON CONFLICT (venue_id) DO UPDATE SET name = excluded.name, kind = excluded.kind, closed_on = NULL""",
        [fact.venue, fact.area, fact.name, fact.kind],
    )


def close_venue(work: Work, event: Logged, fact: registry.VenueClosed) -> None:
    """The event's time is the beginning of the first day on which the venue is not used."""
    work.connection.execute("UPDATE venue SET closed_on = %s WHERE venue_id = %s", [local_day(event.time), fact.venue])


def move_venue(work: Work, _event: Logged, fact: registry.VenueMoved) -> None:
    _place(work, fact.venue, fact.area, fact.on)


def _place(work: Work, placed: UUID, area: UUID, since: dt.date) -> None:
    work.connection.execute(
        """INSERT INTO placement (placed, valid_from, area_id) VALUES (%s, %s, %s)
           ON CONFLICT (placed, valid_from) DO UPDATE SET area_id = excluded.area_id""",
        [placed, since, area],
    )


CONSUMER = Consumer(
    "sessions",
    {
        registry.AreaDeclared: [keep_area],
        registry.AreaSucceeded: [keep_succession],
        registry.ClientEnabled: [admit_client],
        registry.ClientRevoked: [bar_client],
        registry.ServiceDeclared: [keep_service],
        people.VolunteerRegistered: [keep_volunteer],
        people.VolunteerMoved: [move_volunteer],
        people.VolunteerRetired: [retire_volunteer],
        people.VolunteerReturned: [take_back_volunteer],
        people.VolunteerMerged: [merge_volunteer],
        people.VolunteerErased: [forget_volunteer],
        registry.VenueDeclared: [keep_venue],
        registry.VenueClosed: [close_venue],
        registry.VenueMoved: [move_venue],
    },
)
