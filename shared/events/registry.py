"""Events of the registry stream: what is true about places, people and clients, and since when.

Guarantee: no name and no phone of a person is in any of them.
A released v1 type never changes; consumers ignore fields that they do not know.
Step 1 of the event path (docs/architecture.md).
"""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

from shared.events.base import Code, Event, OfficeCode, ShortText

Level = Literal["province", "district", "ward", "residential_group"]
VenueKind = Literal[
    "cultural_house", "one_stop", "market", "school", "police_station", "public_place", "home", "online"
]
Pillar = Literal["transform", "initiative", "technology", "caution", "sharing"]
AreaCode = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}(?![\s\S])")]
ClientId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}(?![\s\S])")]
Residents = Annotated[int, Meta(ge=0, le=200_000_000)]


class AreaDeclared(Event, frozen=True, kw_only=True):
    """An administrative area is known to exist under this code and name since a date."""

    NAME = "area.declared"
    STREAM = "registry"
    SUBJECT = "area"

    area_id: UUID
    code: AreaCode
    name: ShortText
    level: Level
    valid_from: dt.date
    valid_to: dt.date | None = None
    local_label: ShortText | None = None
    parent: UUID | None = None
    households: Residents | None = None
    residents: Residents | None = None


class Successor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One area that takes over, and which residential groups go to it."""

    area_id: UUID
    is_main: bool = False
    groups: list[UUID] = []


class AreaSucceeded(Event, frozen=True, kw_only=True):
    """From a date on, areas are merged, split, renamed or moved into others."""

    NAME = "area.succeeded"
    STREAM = "registry"
    SUBJECT = "area"

    on: dt.date
    kind: Literal["merge", "split", "rename", "move"]
    from_: Annotated[list[UUID], Meta(min_length=1)] = field(name="from")
    to: Annotated[list[Successor], Meta(min_length=1)]


class VenueDeclared(Event, frozen=True, kw_only=True):
    """A place where residents are served is known under this name and kind."""

    NAME = "venue.declared"
    STREAM = "registry"
    SUBJECT = "venue"

    venue: UUID
    name: ShortText
    kind: VenueKind
    area: UUID
    serves: list[UUID] = []
    stalls: Annotated[int, Meta(ge=0, le=100_000)] | None = None


class VenueClosed(Event, frozen=True, kw_only=True):
    """A venue is no longer used."""

    NAME = "venue.closed"
    STREAM = "registry"
    SUBJECT = "venue"

    venue: UUID
    name: ShortText
    kind: VenueKind
    area: UUID


class VenueMoved(Event, frozen=True, kw_only=True):
    """A venue belongs to another area from a date on, for example after its ward was split."""

    NAME = "venue.moved"
    STREAM = "registry"
    SUBJECT = "venue"

    venue: UUID
    area: UUID
    on: dt.date


class OfficeDeclared(Event, frozen=True, kw_only=True):
    """An office to which residents and feedback can be referred is known."""

    NAME = "office.declared"
    STREAM = "registry"
    SUBJECT = "office"

    office: OfficeCode
    name: ShortText
    area: UUID | None = None


class OfficeClosed(Event, frozen=True, kw_only=True):
    """Nothing is referred to an office any more, from a date on."""

    NAME = "office.closed"
    STREAM = "registry"
    SUBJECT = "office"

    office: OfficeCode
    on: dt.date


class ServiceDeclared(Event, frozen=True, kw_only=True):
    """A service of the catalogue is known under its code and names, with what it counts."""

    NAME = "service.declared"
    STREAM = "registry"
    SUBJECT = "service"

    service: Code
    name_vi: Annotated[str, Meta(min_length=1, max_length=200)]
    name_en: Annotated[str, Meta(min_length=1, max_length=200)]
    pillars: list[Pillar]
    unit: Literal["resident", "stall", "record"]
    once: bool
    due_days: Annotated[int, Meta(ge=0, le=365)] | None = None
    may_return: bool = True


class ClientEnabled(Event, frozen=True, kw_only=True):
    """A ward app may write for these areas from now on."""

    NAME = "client.enabled"
    STREAM = "registry"
    SUBJECT = "client"

    client_id: ClientId
    areas: list[UUID]


class ClientRevoked(Event, frozen=True, kw_only=True):
    """A ward app may no longer write; its earlier events stay."""

    NAME = "client.revoked"
    STREAM = "registry"
    SUBJECT = "client"

    client_id: ClientId
    areas: list[UUID] = []
