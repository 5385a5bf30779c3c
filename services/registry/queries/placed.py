"""Where volunteers, teams and venues are on a day, as SQL.

Guarantee: what is placed later than the day is where it will be first, so that nothing is nowhere.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.registry.model import Placement


def area_of(subject_id: Any, day: dt.date) -> sa.ScalarSelect[UUID]:
    """The area of a subject on a day; before its first placement, that of the first."""
    is_later = Placement.placed_on > day
    return (
        sa.select(Placement.area_id)
        .where(Placement.subject_id == subject_id)
        .order_by(is_later, sa.case((is_later, Placement.placed_on)), Placement.placed_on.desc())
        .limit(1)
        .correlate_except(Placement)
        .scalar_subquery()
    )
