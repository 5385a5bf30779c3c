"""The registry's API under `/v1`, by feature: it loads, calls a command or a query, and dumps.

Guarantee: no SQL and no commit here; one transaction per request, opened in `doors.py`.
"""

from flask_smorest import Api

from services.registry.api import (
    areas,
    calendar,
    campaigns,
    changes,
    clients,
    imports,
    lists,
    offices,
    official_counts,
    people,
    people_changes,
    services,
    successions,
    targets,
    teams,
    venues,
)
from shared.events.schema import DateText, UuidText


def register(api: Api) -> None:
    """All routes, and what the OpenAPI document says of all of them."""
    api.register_field(UuidText, "string", "uuid")
    api.register_field(DateText, "string", "date")
    flow = {
        "tokenUrl": "/oauth/token",
        "scopes": {"registry:write": "change the registry, see names and phones"},
    }
    scheme = {"type": "oauth2", "flows": {"clientCredentials": flow}}
    api.spec.components.security_scheme("oauth2", scheme)
    modules = (
        areas,
        successions,
        venues,
        services,
        offices,
        calendar,
        campaigns,
        targets,
        official_counts,
        people,
        people_changes,
        imports,
        lists,
        teams,
        clients,
        changes,
    )
    for module in modules:
        api.register_blueprint(module.routes)
