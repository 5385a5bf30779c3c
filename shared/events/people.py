"""Events of the registry stream about volunteers and their teams, and since when it holds.

Guarantee: no name and no phone of a person is in any of them.
A released v1 type never changes; consumers ignore fields that they do not know.
Step 1 of the event path (docs/architecture.md).
"""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from shared.events.base import Event, ShortText

VolunteerKind = Literal[
    "union_cadre",
    "union_member",
    "youth",
    "association_member",
    "civil_servant",
    "police",
    "group_head",
    "student",
    "other",
]
Position = Literal["leader", "deputy", "secretary", "member"]
BirthYear = Annotated[int, Meta(ge=1900, le=2100)]


class VolunteerRegistered(Event, frozen=True, kw_only=True):
    """A person has joined the volunteers; who it is stays in the registry."""

    NAME = "volunteer.registered"
    STREAM = "registry"
    SUBJECT = "volunteer"

    volunteer: UUID
    kind: VolunteerKind
    area: UUID
    unit: ShortText | None = None
    birth_year: BirthYear | None = None
    joined_on: dt.date | None = None


class VolunteerCorrected(Event, frozen=True, kw_only=True):
    """The record of a volunteer was wrong or has changed: the whole new one, without its area, which moves apart."""

    NAME = "volunteer.corrected"
    STREAM = "registry"
    SUBJECT = "volunteer"

    volunteer: UUID
    kind: VolunteerKind
    unit: ShortText | None = None
    birth_year: BirthYear | None = None
    joined_on: dt.date | None = None


class VolunteerMoved(Event, frozen=True, kw_only=True):
    """A volunteer belongs to another ward or residential group, from a date on."""

    NAME = "volunteer.moved"
    STREAM = "registry"
    SUBJECT = "volunteer"

    volunteer: UUID
    area: UUID
    on: dt.date


class VolunteerJoinedTeam(Event, frozen=True, kw_only=True):
    """A volunteer is a member of a team in a position, from a date on; it ends the former position there."""

    NAME = "volunteer.joined_team"
    STREAM = "registry"
    SUBJECT = "volunteer"

    volunteer: UUID
    team: UUID
    on: dt.date
    position: Position = "member"


class VolunteerLeftTeam(Event, frozen=True, kw_only=True):
    """A volunteer is no member of a team any more, from a date on."""

    NAME = "volunteer.left_team"
    STREAM = "registry"
    SUBJECT = "volunteer"

    volunteer: UUID
    team: UUID
    on: dt.date


class VolunteerReturned(Event, frozen=True, kw_only=True):
    """A retired volunteer serves again, from a date on."""

    NAME = "volunteer.returned"
    STREAM = "registry"
    SUBJECT = "volunteer"

    volunteer: UUID
    on: dt.date


class VolunteerMerged(Event, frozen=True, kw_only=True):
    """Two records turn out to be one person: what names `volunteer` means `into`, whenever it happened."""

    NAME = "volunteer.merged"
    STREAM = "registry"
    SUBJECT = "volunteer"

    volunteer: UUID
    into: UUID
    on: dt.date


class VolunteerErased(Event, frozen=True, kw_only=True):
    """A person's data has been erased; the figures that count the volunteer stay."""

    NAME = "volunteer.erased"
    STREAM = "registry"
    SUBJECT = "volunteer"

    volunteer: UUID
    on: dt.date


class VolunteerRetired(Event, frozen=True, kw_only=True):
    """A volunteer no longer serves, from a date on."""

    NAME = "volunteer.retired"
    STREAM = "registry"
    SUBJECT = "volunteer"

    volunteer: UUID
    on: dt.date


class TeamFormed(Event, frozen=True, kw_only=True):
    """A Community Digital Technology Team works in an area from a date on; told again when its name is corrected."""

    NAME = "team.formed"
    STREAM = "registry"
    SUBJECT = "team"

    team: UUID
    area: UUID
    on: dt.date
    name: ShortText | None = None
    leader: UUID | None = None


class TeamMoved(Event, frozen=True, kw_only=True):
    """A team works in another area, from a date on."""

    NAME = "team.moved"
    STREAM = "registry"
    SUBJECT = "team"

    team: UUID
    area: UUID
    on: dt.date


class TeamDissolved(Event, frozen=True, kw_only=True):
    """A team ends, and the membership of everyone in it, from a date on."""

    NAME = "team.dissolved"
    STREAM = "registry"
    SUBJECT = "team"

    team: UUID
    area: UUID
    on: dt.date
