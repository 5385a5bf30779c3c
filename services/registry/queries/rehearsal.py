"""What a planned succession means, in figures and names: what moves, whom it concerns, what stays ambiguous.

Guarantee: it reads the plan that a declaration carries out, and writes nothing. People are counted, never named; a
record that was merged into another, and who or what serves no more on the day, goes along and is not counted.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registry.commands.placements import Subject
from services.registry.commands.successions_named import KINDS
from services.registry.commands.successions_planned import ONE_DAY, Plan
from services.registry.model import Area, Campaign, Client, Placement, Target, Volunteer
from services.registry.queries.areas import at_or_below
from services.registry.queries.successions import shown

THINGS = ("volunteer", "team", "venue")
Counts = Mapping[UUID, Counter[str]]
Moved = tuple[Subject, UUID, UUID]


def rehearsal(session: Session, planned: Plan, is_known: bool) -> dict[str, Any]:
    """A plan as people read it."""
    declared = planned.declaration
    areas = _areas(session, planned)
    moved = _counted(session, planned)
    moves = _moves(session, planned, areas, moved)
    return {
        "on": declared.on,
        "kind": declared.kind,
        "is_known": is_known,
        "ends": [shown(areas[one]) for one in declared.ended],
        "stays": [shown(areas[one]) for one in declared.from_ids if one not in declared.ended],
        "moves": moves,
        "totals": _totals(moves),
        "later": [
            {"on": day, "group": shown(areas[group]), "to": shown(areas[ward])}
            for day, group, _, ward in planned.later()
        ],
        "clients": _clients(session, declared.from_ids),
        "campaigns": _campaigns(session, declared.from_ids),
        "targets": _targets(session, declared.from_ids, areas),
        "ambiguous": _ambiguous(session, planned, areas, moved),
    }


def _areas(session: Session, planned: Plan) -> dict[UUID, Area]:
    declared = planned.declaration
    ids = {*declared.from_ids, *declared.heirs}
    for one, change in planned.changes.items():
        ids |= {*change.after.values(), *({one} if change.subject == "group" else ())}
    return {area.area_id: area for area in session.scalars(sa.select(Area).where(Area.area_id.in_(ids)))}


def _counted(session: Session, planned: Plan) -> list[Moved]:
    """What moves and is there on the day."""
    moved = list(planned.moved())
    things = [one for kind, one, _ in moved if kind != "group"]
    gone = {one for query in _gone(planned.declaration.on, things) for one in session.scalars(query)}
    return [one for one in moved if one[1] not in gone]


def _gone(on: dt.date, ids: Collection[UUID] | None = None) -> list[sa.Select[tuple[UUID]]]:
    """Who or what serves no more on a day, and records that were merged into others; of these ids, or of all."""
    found = []
    for model, key, ended_on, _ in KINDS.values():
        is_gone = ended_on <= on
        if model is Volunteer:
            is_gone = sa.or_(is_gone, Volunteer.merged_into.is_not(None), Volunteer.erased_on.is_not(None))
        query = sa.select(key).where(is_gone)
        found.append(query if ids is None else query.where(key == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.UUID)))))
    return found


def _moves(
    session: Session, planned: Plan, areas: Mapping[UUID, Area], moved: Collection[Moved]
) -> list[dict[str, Any]]:
    """By successor: the groups, and how many volunteers, teams and venues, those in these groups too."""
    groups = {one: area for kind, one, area in moved if kind == "group"}
    inside = _inside(session, groups, planned.declaration.on)
    found = []
    for heir in planned.declaration.to:
        own = sorted((areas[one] for one, area in groups.items() if area == heir.area_id), key=lambda area: area.code)
        counts: Counter[str] = Counter(kind for kind, _, area in moved if area == heir.area_id and kind != "group")
        for area in own:
            counts += inside.get(area.area_id, Counter())
        found.append(
            {
                "to": shown(areas[heir.area_id]),
                "is_main": heir.is_main,
                "groups": [shown(area) | {"residents": area.residents} for area in own],
                **{f"{kind}s": counts[kind] for kind in THINGS},
            }
        )
    return found


def _inside(session: Session, areas: Collection[UUID], on: dt.date) -> Counts:
    """How many volunteers, teams and venues are in these areas on the day before."""
    query = (
        sa.select(Placement.area_id, Placement.subject, sa.func.count())
        .where(_is_in(areas, on - ONE_DAY), Placement.subject != "group")
        .where(Placement.subject_id.not_in(sa.union_all(*_gone(on))))
        .group_by(Placement.area_id, Placement.subject)
    )
    found: dict[UUID, Counter[str]] = {}
    for area_id, subject, count in session.execute(query):
        found.setdefault(area_id, Counter())[subject] = count
    return found


def _totals(moves: list[dict[str, Any]]) -> dict[str, int]:
    counts = {f"{kind}s": sum(move[f"{kind}s"] for move in moves) for kind in THINGS}
    return {"groups": sum(len(move["groups"]) for move in moves)} | counts


def _clients(session: Session, from_ids: Collection[UUID]) -> list[dict[str, Any]]:
    """The clients that may write for what is succeeded, or for something below it."""
    concerned = list(session.scalars(at_or_below(*from_ids)))
    query = sa.select(Client.client_id, Client.name).where(Client.areas.overlap(concerned), Client.revoked_at.is_(None))
    return [dict(row._mapping) for row in session.execute(query.order_by(Client.client_id))]


def _campaigns(session: Session, from_ids: Collection[UUID]) -> list[dict[str, Any]]:
    query = sa.select(Campaign.campaign_id, Campaign.name, Campaign.starts_on, Campaign.ends_on).where(
        Campaign.areas.overlap(list(from_ids))
    )
    return [dict(row._mapping) for row in session.execute(query.order_by(Campaign.starts_on, Campaign.campaign_id))]


def _targets(session: Session, from_ids: Collection[UUID], areas: Mapping[UUID, Area]) -> list[dict[str, Any]]:
    query = (
        sa.select(Target.area_id, Target.campaign_id, Target.service, sa.func.max(Target.version))
        .where(Target.area_id.in_(from_ids))
        .group_by(Target.area_id, Target.campaign_id, Target.service)
        .order_by(Target.area_id, Target.campaign_id, Target.service)
    )
    return [
        {"area": shown(areas[row.area_id]), "campaign_id": row.campaign_id, "service": row.service}
        for row in session.execute(query)
    ]


def _ambiguous(
    session: Session, planned: Plan, areas: Mapping[UUID, Area], moved: Collection[Moved]
) -> list[dict[str, Any]]:
    """What nobody decided: what goes by default to the main of several successors, and codes borne twice."""
    declared, found = planned.declaration, []
    named = declared.named
    by_default: Counter[str] = Counter(kind for kind, one, _ in moved if one not in named)
    if len(declared.to) > 1 and by_default and declared.main:
        what = {f"{kind}s": by_default[kind] for kind in ("group", *THINGS)}
        message = f"Không nêu nơi đến nên theo đơn vị chính {areas[declared.main].name}."
        found.append({"code": "by_default", "message": message, **what})
    for ward, code, times in _same_codes(session, planned):
        message = f"Mã {code} có {times} tổ trong {areas[ward].name} từ {declared.on}; nên gộp hoặc khai mã khác."
        found.append({"code": "same_code", "message": message, "groups": times})
    return found


def _same_codes(session: Session, planned: Plan) -> list[tuple[UUID, str, int]]:
    """Group codes that are borne by several groups of a successor from the day on."""
    on, heirs = planned.declaration.on, planned.declaration.heirs
    moved = {one: area for kind, one, area in planned.moved() if kind == "group"}
    before = _groups_in(session, heirs, on - ONE_DAY)
    placed = {one: ward for one, ward in before.items() if one not in planned.changes} | moved
    query = sa.select(Area).where(Area.area_id.in_(placed), sa.or_(Area.valid_to.is_(None), Area.valid_to >= on))
    codes = Counter((placed[area.area_id], area.code) for area in session.scalars(query))
    concerned = set(moved.values())
    return sorted((ward, code, times) for (ward, code), times in codes.items() if times > 1 and ward in concerned)


def _groups_in(session: Session, wards: Collection[UUID], on: dt.date) -> dict[UUID, UUID]:
    query = sa.select(Placement.subject_id, Placement.area_id).where(_is_in(wards, on), Placement.subject == "group")
    return {row.subject_id: row.area_id for row in session.execute(query)}


def _is_in(areas: Collection[UUID], day: dt.date) -> sa.ColumnElement[bool]:
    """Whether a placement is in one of these areas and holds on a day."""
    later = aliased(Placement)
    followed = sa.exists().where(
        later.subject_id == Placement.subject_id, later.placed_on > Placement.placed_on, later.placed_on <= day
    )
    return sa.and_(Placement.area_id.in_(areas), Placement.placed_on <= day, ~followed)
