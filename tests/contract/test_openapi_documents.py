"""The OpenAPI documents of the three services are valid to a validator that is not ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.cds import wiring
from shared.settings import SERVICES, Settings


@pytest.fixture(scope="module", params=SERVICES)
def document(request: pytest.FixtureRequest) -> Any:
    """As the service serves it; no database is asked."""
    settings = Settings(
        home=Path("/nowhere"),
        database_urls=dict.fromkeys(SERVICES, "postgresql://nobody@127.0.0.1:1/nothing"),
        internal_secret="internal-secret-of-the-tests",
        resident_token_keys={1: bytes(range(32))},
    )
    app = wiring.create_app(request.param, settings)
    answer = app.test_client().get("/openapi.json")
    assert answer.status_code == 200
    return answer.get_json()


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_operation_says_what_it_is_for_and_what_it_answers(document: dict[str, Any]) -> None:
    methods = {"get", "post", "put", "patch", "delete"}
    for path, item in document["paths"].items():
        for method in methods & item.keys():
            said = item[method]
            assert said.get("summary") or said.get("description"), (method, path)
            assert said["responses"], (method, path)
