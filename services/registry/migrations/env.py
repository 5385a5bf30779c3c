"""Runs the registry's migrations on the database that the caller names."""

import sqlalchemy as sa
from alembic import context

from services.registry.model import Base

url = sa.make_url(context.config.attributes["url"]).set(drivername="postgresql+psycopg")
engine = sa.create_engine(url, poolclass=sa.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
