"""An internal route for reconciling: how many of each thing there are, also of what has ended.

Guarantee: only for who has the shared secret; one statement, so one state, and one small answer.
"""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint

from shared.auth import internal

# By the names that are told, the tables that are counted; every row of them has an event of its own.
COUNTED = {
    "areas": "area",
    "services": "service",
    "venues": "venue",
    "offices": "office",
    "volunteers": "volunteer",
    "teams": "team",
    "campaigns": "campaign",
    "targets": "target",
    "official_counts": "official_count",
}
COUNTS = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {table}" for name, table in COUNTED.items())


def blueprint(engine: sa.Engine) -> Blueprint:
    """`/internal/v1/counts`."""
    routes = Blueprint("counts", __name__, url_prefix="/internal/v1")

    @routes.get("/counts")
    @internal
    def counts() -> dict[str, Any]:
        with engine.connect() as connection:
            return {"counts": {name: number for name, number in connection.execute(sa.text(COUNTS))}}

    return routes
