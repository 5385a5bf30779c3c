"""What is refused of a succession before anything is planned, and when it is one that is known already.

Guarantee: nothing ends before a day on which it is known to take part in another succession, so main successors lead
forward in time and never in a circle. A refusal names the value and the remedy.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.placements import areas_on
from services.registry.commands.refusals import known_areas_or_refuse, refuse
from services.registry.commands.successions_named import check_named
from services.registry.commands.successions_planned import ONE_DAY, Declaration
from services.registry.model import Area, AreaSuccession, AreaTransfer
from shared.problems import Problem

BORN = dt.date(1900, 1, 1)
# Whether a declaration is new, known in every word, or known but for where some of what is named goes.
State = Literal["new", "known", "names_more"]


def checked(session: Session, declared: Declaration) -> tuple[Declaration, State]:
    """The declaration with its one main successor, and how much of it is known already; or it is refused."""
    areas = known_areas_or_refuse(session, declared.from_ids, "from")
    areas |= _heirs_or_refuse(session, declared.heirs)
    if len({area.level for area in areas.values()}) != 1:
        raise refuse("to", "other_level", "Đơn vị cũ và đơn vị kế thừa phải cùng cấp.")
    if len(declared.from_ids) == 1 and declared.heirs == declared.from_ids:
        message = "Một đơn vị không kế thừa chính nó. Đơn vị giữ nguyên mà giao tổ thì nêu ở cả “from” và “to”."
        raise refuse("to", "succeeds_itself", f"{message} Cần thêm nơi nhận ở “to”.")
    if declared.kind == "rename" and (len(declared.from_ids), len(declared.to)) != (1, 1):
        raise refuse("kind", "rename_of_several", "Đổi tên (rename) chỉ có một đơn vị cũ và một đơn vị mới.")
    declared = _with_main(declared)
    if _is_known(session, declared):
        return declared, "known"
    names_more = _names_more(session, declared)
    for at, area_id in enumerate(declared.from_ids if not names_more else ()):
        _check_predecessor(session, declared, areas[area_id], f"from[{at}]")
    for at, area_id in enumerate(declared.heirs):
        _check_valid(areas[area_id], declared.on, f"to[{at}].area_id")
    check_named(session, declared, next(iter(areas.values())).level)
    return declared, "names_more" if names_more else "new"


def _heirs_or_refuse(session: Session, heirs: list[UUID]) -> dict[UUID, Area]:
    try:
        return known_areas_or_refuse(session, heirs, "to")
    except Problem as problem:
        errors = [
            replace(error, field=f"{error.field}.area_id") if error.code == "unknown_area" else error
            for error in problem.errors
        ]
        raise Problem("invalid", errors=errors) from None


def _with_main(declared: Declaration) -> Declaration:
    """With exactly one main successor; one that stays is its own, so it has to be the main one."""
    if len(declared.to) == 1:
        return replace(declared, to=[replace(declared.to[0], is_main=True)])
    if sum(heir.is_main for heir in declared.to) != 1:
        raise refuse("to", "one_main", "Cần đúng một đơn vị kế thừa chính (is_main).")
    staying = set(declared.from_ids) - set(declared.ended)
    if staying and declared.main not in staying:
        message = "Đơn vị vẫn còn (nêu ở cả “from” và “to”) phải là đơn vị chính (is_main)."
        raise refuse("to", "one_main", message)
    return declared


def _is_known(session: Session, declared: Declaration) -> bool:
    """Whether just this has been declared before: the same areas on the same day, and what is named is there."""
    given = [(row.from_id, row.to_id) for row in _transfers(session, declared)]
    if not declared.transfers <= set(given) or not _is_told(session, declared):
        return False
    now = areas_on(session, declared.named, declared.on)
    return all(now.get(one) == heir for one, (_, heir) in declared.named.items())


def _is_told(session: Session, declared: Declaration) -> bool:
    """Whether just these are known to succeed what ends, on this day and of this kind."""
    ended = _rows(session, AreaSuccession, declared.ended)
    if {(row.from_id, row.to_id): row.is_main for row in ended} != declared.successions:
        return False
    return all(row.succeeds_on == declared.on and row.kind == declared.kind for row in ended)


def _names_more(session: Session, declared: Declaration) -> bool:
    """Whether the succession is known, and what is named went by default: to the main successor until now.

    So an import may tell a split before anyone says which groups go where. What was sent elsewhere by name is not
    taken back, or an old declaration sent again would undo a later one.
    """
    if not declared.named or declared.transfers or not _is_told(session, declared):
        return False
    now = areas_on(session, declared.named, declared.on)
    return all(now.get(one) in (heir, declared.main) for one, (_, heir) in declared.named.items())


def _rows(session: Session, model: type[AreaSuccession], from_ids: Collection[UUID]) -> list[AreaSuccession]:
    return list(session.scalars(sa.select(model).where(model.from_id.in_(from_ids))))


def _transfers(session: Session, declared: Declaration) -> Iterable[AreaTransfer]:
    query = sa.select(AreaTransfer).where(
        AreaTransfer.transferred_on == declared.on,
        AreaTransfer.kind == declared.kind,
        AreaTransfer.from_id.in_({one for one, _ in declared.transfers}),
    )
    return session.scalars(query)


def _check_predecessor(session: Session, declared: Declaration, area: Area, field: str) -> None:
    on, last = declared.on, declared.on - ONE_DAY
    ends = area.area_id in declared.ended
    if known := _rows(session, AreaSuccession, [area.area_id]) if ends else []:
        day = known[0].succeeds_on
        raise Problem("already_exists", f"Việc kế thừa của {area.name} đã được ghi, từ ngày {day}, với nội dung khác.")
    if not area.valid_from < on:
        message = f"{area.name} mới có từ {area.valid_from}. Vui lòng chọn ngày sau đó."
        raise refuse(field, "not_valid", message)
    if area.valid_to and (area.valid_to != last if ends else area.valid_to < on):
        raise refuse(field, "not_valid", f"{area.name} chỉ có đến hết ngày {area.valid_to}, không phải {last}.")
    if ends:
        _check_nothing_later(session, area, on, field)
    else:
        _check_transfers(session, declared, area)


def _check_nothing_later(session: Session, area: Area, on: dt.date, field: str) -> None:
    """What ends takes part in no other succession from then on."""
    days: list[sa.Select[Any]] = [
        sa.select(sa.func.max(AreaSuccession.succeeds_on)).where(AreaSuccession.to_id == area.area_id),
        sa.select(sa.func.max(AreaTransfer.transferred_on)).where(
            sa.or_(AreaTransfer.from_id == area.area_id, AreaTransfer.to_id == area.area_id)
        ),
    ]
    latest = max((day for query in days if (day := session.scalar(query))), default=BORN)
    if latest >= on:
        message = f"{area.name} còn tham gia một việc sắp xếp đã được ghi cho ngày {latest}, nên chưa thể hết trước đó."
        raise refuse(field, "later_succession", f"{message} Vui lòng chọn ngày sau {latest}.")


def _check_transfers(session: Session, declared: Declaration, area: Area) -> None:
    """What gives to another on a day says all of it at once."""
    pairs = [heir for one, heir in declared.transfers if one == area.area_id]
    query = sa.select(AreaTransfer.to_id).where(
        AreaTransfer.from_id == area.area_id,
        AreaTransfer.to_id.in_(pairs),
        AreaTransfer.transferred_on == declared.on,
    )
    if session.scalar(query.limit(1)):
        message = f"Việc {area.name} giao tổ ngày {declared.on} đã được ghi với nội dung khác."
        raise Problem("already_exists", message)


def _check_valid(area: Area, on: dt.date, field: str) -> None:
    if area.valid_from > on:
        raise refuse(field, "not_valid", f"{area.name} chỉ có từ {area.valid_from}, chưa có ngày {on}.")
    if area.valid_to and area.valid_to < on:
        raise refuse(field, "not_valid", f"{area.name} chỉ có đến hết {area.valid_to}, không còn ngày {on}.")
