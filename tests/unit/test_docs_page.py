"""The page at `/docs` and the links at `/` of every service. No database is needed: nothing is opened before it is used."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask
from flask.testing import FlaskClient

from deploy.cds import wiring
from shared.docs_page import METHODS, Route, render, routes_of
from shared.http import undecided_routes
from shared.problems import CATALOGUE
from shared.settings import SERVICES, Settings

EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES)


class Page(HTMLParser):
    """What a browser would see of a page, as far as the tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open += [tag] if tag not in ("meta", "br") else []
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.loaded += [given["src"]] if "src" in given else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def app_of(service: str) -> Flask:
    urls = dict.fromkeys(SERVICES, "postgresql://nobody@127.0.0.1:1/nothing")
    settings = Settings(home=Path("/nowhere"), database_urls=urls, resident_token_keys={1: bytes(32)})
    return wiring.create_app(service, settings)


@pytest.fixture(params=SERVICES)
def client(request: pytest.FixtureRequest) -> FlaskClient:
    return app_of(request.param).test_client()


def a_document(**operation: Any) -> dict[str, Any]:
    return {"info": {"title": "T"}, "paths": {"/v1/things": {"get": {"responses": {}} | operation}}}


@EVERY_SERVICE
def test_every_route_and_every_documented_operation_is_on_the_page(service: str) -> None:
    app = app_of(service)

    text = app.test_client().get("/docs").text

    for route in routes_of(app):
        assert f"{route.path}</" in text, route
    paths: dict[str, Any] = app.test_client().get("/openapi.json").get_json()["paths"]
    for path, item in paths.items():
        for method in set(METHODS) & set(item):
            assert f'{method.upper()}</span> <span class="path">{path}</span>' in text


@EVERY_SERVICE
def test_every_operation_tells_who_may_call_it_as_the_code_decides(service: str) -> None:
    app = app_of(service)

    assert undecided_routes(app) == []
    assert all(route.access for route in routes_of(app))


def test_the_page_stands_alone_and_every_link_leads_somewhere(client: FlaskClient) -> None:
    text = client.get("/docs").text
    page = Page(text)

    assert page.open == []
    assert page.loaded == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not re.search(r"@import|url\(|https?://", text)
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link.startswith(("#", "/")), link
        assert link.removeprefix("#") in page.ids or not link.startswith("#"), link


def test_the_policy_lets_the_page_use_its_style_and_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/docs")

    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert 'style="' not in answer.text


def test_the_page_lists_every_problem(client: FlaskClient) -> None:
    text = client.get("/docs").text

    for code, (status, title) in CATALOGUE.items():
        assert f"<code>{code}</code></td><td>{status}</td><td>{title}</td>" in text


def test_text_of_a_document_is_never_markup() -> None:
    evil = '<script>alert("1")</script>`<b>`'
    schema = {"type": "object", "description": evil, "properties": {evil: {"type": evil, "enum": [evil]}}}
    operation = {
        "summary": evil,
        "description": evil,
        "tags": [evil],
        "parameters": [{"name": evil, "in": evil, "description": evil, "schema": {"pattern": evil, "default": evil}}],
        "requestBody": {"content": {evil: {"schema": schema}}},
        "responses": {evil: {"description": evil, "content": {evil: {"schema": {"$ref": f"#/{evil}"}}}}},
    }
    document = a_document(**operation) | {"tags": [{"name": evil, "description": evil}]}

    text = render(evil, document, [Route(f"/{evil}", ("GET",), evil)])

    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text


def test_a_parameter_shows_its_type_limits_and_meaning() -> None:
    number = {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}
    document = a_document(
        parameters=[
            {"name": "limit", "in": "query", "required": True, "description": "rows of `/v1`", "schema": number},
            {"name": "level", "in": "query", "schema": {"type": ["string", "null"], "enum": ["ward", None]}},
        ]
    )

    text = render("s", document, [Route("/v1/things", ("GET",), "things:read")])

    assert "<code>limit</code> <small>query</small>" in text
    assert "rows of <code>/v1</code>" in text
    assert "≥ 1 · ≤ 500" in text
    assert "string | null" in text
    assert "<code>ward</code>" in text
    assert "token with scope <code>things:read</code>" in text


def test_nested_fields_stand_under_dotted_names_and_named_schemas_are_linked() -> None:
    inner = {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}}
    body = {"type": "object", "properties": {"items": inner, "who": {"$ref": "#/components/schemas/Who"}}}
    document = a_document(requestBody={"content": {"application/json": {"schema": body}}})
    document["components"] = {"schemas": {"Who": {"type": "object", "properties": {}}, "Unused": {}}}

    text = render("s", document, [])

    assert "<code>items[].id</code>" in text
    assert '<a href="#schema-Who">Who</a>' in text
    assert 'id="schema-Who"' in text
    assert "Unused" not in text


def test_a_program_finds_the_links_and_a_browser_a_page(client: FlaskClient) -> None:
    links = client.get("/").get_json()["links"]
    browser = client.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert {"/docs", "/openapi.json", "/readyz", "/metrics"} <= set(links.values())
    front = "/bang/dang-nhap?toi=%2F" if client.application.name == "reporting" else "/docs"
    assert (browser.status_code, browser.headers["Location"]) == (303, front)


def test_the_openapi_document_says_of_errors_what_is_sent(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    content = document["components"]["responses"]["DEFAULT_ERROR"]["content"]

    answer = client.get("/nowhere")

    assert answer.content_type in content
    schema = content[answer.content_type]["schema"] | {"components": document["components"]}
    jsonschema.validate(answer.get_json(), schema)
