"""The tables of the registry, by feature.

Guarantee: the migrations make just these tables (a test compares them); every CHECK names the state that it forbids.
Step 3 of the event path (docs/architecture.md), for the registry's own stream.
"""

from services.registry.model.access import Client, SigningKey
from services.registry.model.areas import LEVELS, PLACED, SUCCESSIONS, Area, AreaSuccession, AreaTransfer, Placement
from services.registry.model.audit import Change, ChangePersonal
from services.registry.model.base import Base
from services.registry.model.people import POSITIONS, NotDuplicate, Team, TeamMember, Volunteer
from services.registry.model.places import CalendarYear, Office, Service, Venue
from services.registry.model.plans import Campaign, OfficialCount, Target
from shared import event_log, segments

__all__ = [
    "LEVELS",
    "PLACED",
    "POSITIONS",
    "SUCCESSIONS",
    "Area",
    "AreaSuccession",
    "AreaTransfer",
    "Base",
    "CalendarYear",
    "Campaign",
    "Change",
    "ChangePersonal",
    "Client",
    "NotDuplicate",
    "Office",
    "OfficialCount",
    "Placement",
    "Service",
    "SigningKey",
    "Target",
    "Team",
    "TeamMember",
    "Venue",
    "Volunteer",
]

event_log.define_tables(Base.metadata)
segments.define_tables(Base.metadata)
