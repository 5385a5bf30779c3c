"""The audit: every change of a row, who made it and why, with what was before and after.

Guarantee: rows are added, never changed; what is personal stands in `change_personal`, where it can be erased
without touching the audit.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.model.base import Base


class Change(Base):
    __tablename__ = "change"

    change_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=sa.text("clock_timestamp()"))
    actor: Mapped[str] = mapped_column(comment="a client's id, or operator:<user> on the machine itself")
    reason: Mapped[str | None]
    request_id: Mapped[str | None]
    kind: Mapped[str] = mapped_column(comment="the table")
    subject: Mapped[str] = mapped_column(comment="its primary key, parts joined by /")
    action: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(comment="the columns that changed, as they were")
    after: Mapped[dict[str, Any] | None] = mapped_column(comment="the columns that changed, as they are")

    __table_args__ = (
        sa.CheckConstraint("action IN ('added', 'changed', 'removed')", name="change_of_no_known_action"),
        # The history of one thing.
        sa.Index("change_subject", "kind", "subject", "change_id"),
    )


class ChangePersonal(Base):
    """The personal half of a change; gone once the person is erased."""

    __tablename__ = "change_personal"

    change_id: Mapped[int] = mapped_column(sa.ForeignKey("change.change_id"), primary_key=True, autoincrement=False)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
