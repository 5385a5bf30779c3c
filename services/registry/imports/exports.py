"""Volunteers and residential groups of a day as rows of the lists that are imported.

Guarantee: what is exported imports again, on the same day, without a difference. Rows are read as they are taken, so
memory does not grow with them. Retired volunteers are there; merged and erased ones are not.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.people_fields import FIELDS
from services.registry.imports.columns import NUMBERS
from services.registry.imports.naming import GROUP
from services.registry.model import Area
from services.registry.queries.areas import areas_with_parents, is_valid_on
from services.registry.queries.people import is_in, volunteers_on
from services.registry.queries.tree import below_on

ROWS = 1_000  # read at a time
Line = dict[str, Any]


def volunteers(session: Session, day: dt.date, ward: UUID | None = None) -> Iterator[Line]:
    """Those who were neither merged nor erased, by ward, group and name."""
    people = volunteers_on(day).where(
        sa.literal_column("volunteer.merged_into IS NULL AND volunteer.erased_on IS NULL")
    )
    if ward is not None:
        people = people.where(is_in(day, ward))
    person, area, parent = people.subquery("person"), sa.orm.aliased(Area), sa.orm.aliased(Area)
    own = areas_with_parents(day).subquery("own")
    query = (
        sa.select(person, area.code, area.name, area.level, parent.code.label("in_code"), parent.name.label("in_name"))
        .join(area, area.area_id == person.c.area_id, isouter=True)
        .join(own, own.c.area_id == area.area_id, isouter=True)
        .join(parent, sa.and_(parent.area_id == own.c.parent_id, area.level == GROUP), isouter=True)
        .order_by(sa.func.coalesce(parent.code, area.code), area.code, person.c.folded_name, person.c.volunteer_id)
    )
    for row in session.execute(query.execution_options(yield_per=ROWS)):
        yield _volunteer(row)


def _volunteer(row: Any) -> Line:
    line = {name: getattr(row, name) for name in (*FIELDS, "retired_on")}
    phone = row.phone or ""
    line |= {"volunteer_id": str(row.volunteer_id), "phone": phone.replace("+84", "0", 1) or None}
    if row.level == GROUP:
        return line | {"ward_code": row.in_code, "ward": row.in_name, "group_code": row.code, "group": row.name}
    return line | {"ward_code": row.code, "ward": row.name}


def groups(session: Session, day: dt.date, ward: UUID | None = None) -> Iterator[Line]:
    """Those that are there on the day, by ward and code."""
    own = areas_with_parents(day).where(Area.level == GROUP, is_valid_on(day))
    if ward is not None:
        own = own.where(Area.area_id.in_(below_on(ward, day)))
    group, parent = own.subquery("own"), sa.orm.aliased(Area)
    query = (
        sa.select(group, parent.code.label("in_code"), parent.name.label("in_name"))
        .join(parent, parent.area_id == group.c.parent_id)
        .order_by(parent.code, group.c.code, group.c.area_id)
    )
    for row in session.execute(query.execution_options(yield_per=ROWS)):
        line = {name: getattr(row, name) for name in ("name", "local_label", *NUMBERS)}
        yield line | {"ward_code": row.in_code, "ward": row.in_name, "group_code": row.code}
