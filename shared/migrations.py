"""What the Alembic environments of the services have in common: one connection, one transaction a migration."""

import sqlalchemy as sa
from alembic import context

from shared.database import engine


def run(metadata: sa.MetaData) -> None:
    """Run the migrations that Alembic asks for on the database of `config.attributes["url"]`."""
    bound = engine(context.config.attributes["url"], pool_size=1, options="-c timezone=UTC -c lock_timeout=60s")
    try:
        with bound.connect() as connection:
            context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
            with context.begin_transaction():
                context.run_migrations()
    finally:
        bound.dispose()
