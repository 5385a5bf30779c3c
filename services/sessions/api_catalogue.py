"""`/v1/catalogue`: what an app keeps on the phone, so that it works without a network.

Guarantee: the `ETag` is a hash of the very bytes, so an app that has them is told so (304) whatever process answers.
"""

import hashlib
from typing import Any

import msgspec
from flask import Response, request

from services.sessions import schemas_catalogue as schemas
from services.sessions.doors import READ, Blueprint, Desk, secured
from services.sessions.queries.catalogue import catalogue
from shared import clock
from shared.auth import requires
from shared.database import transaction


def blueprint(desk: Desk) -> Blueprint:
    """The documented route under /v1."""
    routes = Blueprint("catalogue", __name__, url_prefix="/v1", description="What an app needs offline")

    @routes.get("/catalogue")
    @routes.doc(**secured(*READ), parameters=[schemas.IF_NONE_MATCH])
    @routes.alt_response(200, schema=schemas.Catalogue, example=schemas.EXAMPLE, description="The catalogue")
    @routes.alt_response(304, description="Still the one named in If-None-Match")
    @requires(*READ)
    @routes.arguments(schemas.CatalogueQuery, location="query")
    def get_catalogue(query: dict[str, Any]) -> Response:
        """Services, codes with their names, and the caller's wards with their groups, venues and volunteers."""
        with transaction(desk.engine) as connection:
            made = catalogue(connection, desk.reach(), query["on"] or clock.today())
        return _tagged(msgspec.json.encode(made))

    return routes


def _tagged(body: bytes) -> Response:
    answer = Response(body, content_type="application/json")
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Authorization"
    answer.make_conditional(request)
    return answer
