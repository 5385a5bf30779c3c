"""What every table of the registry is made with, and which columns hold what is personal.

Guarantee: a column marked `PERSONAL` is never in an event, and its old values stand apart from the audit, where
they can be erased.
"""

import datetime as dt
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import DeclarativeBase

PERSONAL = {"personal": True}  # a column's `info`
DERIVED = {"derived": True}  # computed from other columns: not told in the audit


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: sa.Text,
        bytes: sa.LargeBinary,
        UUID: pg.UUID(as_uuid=True),
        dt.datetime: sa.DateTime(timezone=True),
        list[UUID]: pg.ARRAY(pg.UUID(as_uuid=True)),
        list[str]: pg.ARRAY(sa.Text),
        list[dt.date]: pg.ARRAY(sa.Date),
        dict[str, Any]: pg.JSONB,
        list[dict[str, Any]]: pg.JSONB,
    }
