"""What a list of logged facts says in the end: everything reported as it stands, and the registry over time.

Guarantee: events of one subject come in their order (they share a shard); between shards the order does not matter.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.clock import local_day
from shared.events import facts, people, plans, registry, sessions
from shared.events.facts import Logged

Shards = Mapping[tuple[str, int], Sequence[Logged]]  # (stream, shard) -> its events in the order of the log


@dataclass(frozen=True)
class Attended:
    """A volunteer came to a session, or left it."""

    session: UUID
    volunteer: UUID
    at: dt.datetime
    is_in: bool


@dataclass
class Known:
    """Everything that a set of events tells."""

    assists: dict[UUID, facts.AssistState] = field(default_factory=dict)
    clients: dict[UUID, str] = field(default_factory=dict)  # of the content of an assist that holds
    tallies: dict[UUID, facts.TallyState] = field(default_factory=dict)
    sessions: dict[UUID, facts.SessionState] = field(default_factory=dict)
    attendance: list[Attended] = field(default_factory=list)
    feedback: dict[UUID, facts.FeedbackState] = field(default_factory=dict)
    incidents: dict[UUID, facts.IncidentState] = field(default_factory=dict)
    proposals: dict[UUID, facts.ProposalState] = field(default_factory=dict)
    areas: dict[UUID, Any] = field(default_factory=dict)
    last_day: dict[UUID, dt.date] = field(default_factory=dict)
    parents: dict[UUID, dict[dt.date, UUID]] = field(default_factory=lambda: defaultdict(dict))
    successors: dict[UUID, dict[UUID, bool]] = field(default_factory=lambda: defaultdict(dict))
    services: dict[str, Any] = field(default_factory=dict)
    venues: dict[UUID, Any] = field(default_factory=dict)
    off_days: dict[int, list[dt.date]] = field(default_factory=dict)
    volunteers: dict[UUID, Any] = field(default_factory=dict)
    merged_into: dict[UUID, UUID] = field(default_factory=dict)
    joined: list[tuple[UUID, UUID, dt.date]] = field(default_factory=list)  # volunteer, team, since
    left: list[tuple[UUID, UUID, dt.date]] = field(default_factory=list)
    teams: dict[UUID, Any] = field(default_factory=dict)
    team_places: dict[UUID, dict[dt.date, UUID]] = field(default_factory=lambda: defaultdict(dict))
    dissolved: dict[UUID, dt.date] = field(default_factory=dict)
    campaigns: dict[UUID, Any] = field(default_factory=dict)
    closed_on: dict[UUID, dt.date] = field(default_factory=dict)  # the first day without the campaign
    targets: list[Any] = field(default_factory=list)
    official: dict[tuple[UUID, str, dt.date], int] = field(default_factory=dict)

    def person(self, volunteer: UUID) -> UUID:
        """Who is meant: the record into which this one was merged, over any number of mergers."""
        while volunteer in self.merged_into:
            volunteer = self.merged_into[volunteer]
        return volunteer

    def last_day_of(self, campaign: Any) -> dt.date:
        """The last day of a campaign, which it may have been closed before."""
        closed_on = self.closed_on.get(campaign.campaign)
        planned: dt.date = campaign.ends_on
        return min(planned, closed_on - dt.timedelta(days=1)) if closed_on else planned

    def is_day_off(self, day: dt.date) -> bool:
        return day in self.off_days.get(day.year, [])


def know(shards: Shards) -> Known:
    """Everything that these events say."""
    known = Known()
    for events in shards.values():
        for event in events:
            _take(known, event, facts.decode_fact(event))
    return known


def _take(known: Known, event: Logged, fact: Any) -> None:
    kinds: dict[Any, dict[UUID, Any]] = {
        facts.AssistFact: known.assists,
        facts.TallyFact: known.tallies,
        facts.SessionFact: known.sessions,
        facts.IncidentFact: known.incidents,
        facts.ProposalFact: known.proposals,
        facts.FeedbackFact: known.feedback,
    }
    kept = kinds.get(type(fact))
    if kept is None:
        _take_other(known, event, fact)
    elif fact.applies:
        kept.pop(event.subject, None)
        if fact.content is not None:
            kept[event.subject] = fact.content
        known.clients[event.subject] = event.source.removeprefix("/apps/")


def _take_other(known: Known, event: Logged, fact: Any) -> None:
    if isinstance(fact, facts.AttendanceFact):
        if fact.applies:
            is_in = event.type == sessions.CheckedIn.ce_type()
            content = fact.content
            known.attendance.append(Attended(content.session, content.volunteer, content.at, is_in))
        return
    if isinstance(fact, plans.CampaignFields):
        known.closed_on.pop(fact.campaign, None)
        if fact.state == "closed":
            known.closed_on[fact.campaign] = local_day(event.time)
    for kind, taker in _REGISTRY.items():
        if isinstance(fact, kind):
            taker(known, fact)


def _declare_area(known: Known, fact: Any) -> None:
    known.areas[fact.area_id] = fact
    if fact.parent is not None:
        known.parents[fact.area_id][fact.valid_from] = fact.parent
    if fact.valid_to is not None:
        known.last_day[fact.area_id] = fact.valid_to


def _succeed_area(known: Known, fact: Any) -> None:
    staying = {successor.area_id for successor in fact.to}
    for successor in fact.to:
        for group in successor.groups:
            known.parents[group][fact.on] = successor.area_id
        for ended in set(fact.from_) - staying:
            known.last_day[ended] = fact.on - dt.timedelta(days=1)
            known.successors[ended][successor.area_id] = successor.is_main


def _place_team(known: Known, fact: Any) -> None:
    known.team_places[fact.team][fact.on] = fact.area
    if isinstance(fact, people.TeamFormed):
        known.teams[fact.team] = fact


def _off_days(known: Known, fact: Any) -> None:
    known.off_days[fact.year] = fact.off_days


def _official(known: Known, fact: Any) -> None:
    known.official[fact.area, fact.service, fact.as_of] = fact.done


def _merge(known: Known, fact: Any) -> None:
    known.merged_into[fact.volunteer] = fact.into


_REGISTRY: dict[type, Any] = {
    registry.AreaDeclared: _declare_area,
    registry.AreaSucceeded: _succeed_area,
    registry.ServiceDeclared: lambda known, fact: known.services.update({fact.service: fact}),
    registry.VenueDeclared: lambda known, fact: known.venues.update({fact.venue: fact}),
    plans.CalendarSet: _off_days,
    plans.CampaignFields: lambda known, fact: known.campaigns.update({fact.campaign: fact}),
    plans.TargetSet: lambda known, fact: known.targets.append(fact),
    plans.OfficialCountRecorded: _official,
    people.VolunteerRegistered: lambda known, fact: known.volunteers.update({fact.volunteer: fact}),
    people.VolunteerCorrected: lambda known, fact: known.volunteers.update({fact.volunteer: fact}),
    people.VolunteerMerged: _merge,
    people.VolunteerJoinedTeam: lambda known, fact: known.joined.append((fact.volunteer, fact.team, fact.on)),
    people.VolunteerLeftTeam: lambda known, fact: known.left.append((fact.volunteer, fact.team, fact.on)),
    people.TeamFormed: _place_team,
    people.TeamMoved: _place_team,
    people.TeamDissolved: lambda known, fact: known.dissolved.update({fact.team: fact.on}),
}


def cut(shards: Shards, moment: dt.datetime) -> dict[tuple[str, int], list[Logged]]:
    """The closing's cut: of each shard what is before the first event recorded at or after the moment (F40)."""
    return {shard: list(_before(events, moment)) for shard, events in shards.items()}


def _before(events: Iterable[Logged], moment: dt.datetime) -> Iterable[Logged]:
    for event in events:
        if event.recordedtime >= moment:
            return
        yield event
