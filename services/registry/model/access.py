"""Who may use the platform: clients, and the keys that sign their tokens."""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.model.base import Base


class Client(Base):
    __tablename__ = "client"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_sha256: Mapped[bytes | None] = mapped_column(comment="of an app; null: a person")
    password_hash: Mapped[str | None] = mapped_column(comment="of a person, argon2id; null: an app")
    areas: Mapped[list[UUID]]
    scopes: Mapped[list[str]]
    enabled_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]

    __table_args__ = (
        sa.CheckConstraint(
            "(secret_sha256 IS NULL) <> (password_hash IS NULL)", name="client_without_or_with_two_secrets"
        ),
    )

    @property
    def is_person(self) -> bool:
        """A person signs in with a password; an app has a secret."""
        return self.password_hash is not None


class SigningKey(Base):
    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(primary_key=True)
    private_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    retired_at: Mapped[dt.datetime | None] = mapped_column(comment="signs no more; verifies until it is removed")
