"""What the sessions service takes from the registry: areas, clients, services, volunteers, venues.

Guarantee: each is a replica, keyed by the thing itself, so taking a fact twice changes nothing.
Step 7 of the event path (docs/architecture.md), for the registry's stream.
"""

from shared import areas
from shared.consumer import Consumer, Work
from shared.events import people, registry
from shared.events.facts import Logged


def keep_area(work: Work, _event: Logged, fact: registry.AreaDeclared) -> None:
    areas.declare(work.connection, fact)


def keep_succession(work: Work, _event: Logged, fact: registry.AreaSucceeded) -> None:
    areas.succeed(work.connection, fact)


def admit_client(work: Work, _event: Logged, fact: registry.ClientEnabled) -> None:
    work.connection.execute(
        """INSERT INTO client (client_id, areas) VALUES (%s, %s::uuid[])
           ON CONFLICT (client_id) DO UPDATE SET areas = excluded.areas, is_revoked = false, revoked_at = NULL""",
        [fact.client_id, fact.areas],
    )


def bar_client(work: Work, event: Logged, fact: registry.ClientRevoked) -> None:
    work.connection.execute(
        """INSERT INTO client (client_id, areas, is_revoked, revoked_at) VALUES (%s, %s::uuid[], true, %s)
           ON CONFLICT (client_id) DO UPDATE SET is_revoked = true, revoked_at = excluded.revoked_at""",
        [fact.client_id, fact.areas, event.time],
    )


def keep_service(work: Work, _event: Logged, fact: registry.ServiceDeclared) -> None:
    work.connection.execute(
        "INSERT INTO service (service, unit) VALUES (%s, %s) ON CONFLICT (service) DO UPDATE SET unit = excluded.unit",
        [fact.service, fact.unit],
    )


def keep_volunteer(work: Work, _event: Logged, fact: people.VolunteerRegistered) -> None:
    work.connection.execute("INSERT INTO volunteer (volunteer_id) VALUES (%s) ON CONFLICT DO NOTHING", [fact.volunteer])


def forget_volunteer(work: Work, _event: Logged, fact: people.VolunteerErased) -> None:
    work.connection.execute(
        """INSERT INTO volunteer (volunteer_id, is_erased) VALUES (%s, true)
           ON CONFLICT (volunteer_id) DO UPDATE SET is_erased = true""",
        [fact.volunteer],
    )


def keep_venue(work: Work, _event: Logged, fact: registry.VenueDeclared) -> None:
    work.connection.execute(
        """INSERT INTO venue (venue_id, area_id) VALUES (%s, %s)
           ON CONFLICT (venue_id) DO UPDATE SET area_id = excluded.area_id""",
        [fact.venue, fact.area],
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
        people.VolunteerErased: [forget_volunteer],
        registry.VenueDeclared: [keep_venue],
    },
)
