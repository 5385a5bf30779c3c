"""The documents of a service for people: `/docs` from its OpenAPI document and its routes, and `/` with links.

Guarantee: the page is one file without any other address in it, every text in it is escaped, and it shows every route
with who may call it; the OpenAPI document says of errors what `problems.py` sends.
It describes nothing by hand: what is missing here is missing in the OpenAPI document.
Step 2 of the event path (docs/architecture.md): the same doors, described.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata, resources
from typing import Any

import flask_smorest
import jinja2
import marshmallow as ma
from flask import Flask, Response, json, request
from markupsafe import Markup, escape
from marshmallow import fields

from shared.auth import public
from shared.problems import CATALOGUE

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"
LIMITS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "minLength": "≥ {} ký tự (characters)",
    "maxLength": "≤ {} ký tự (characters)",
    "minItems": "≥ {} mục (items)",
    "maxItems": "≤ {} mục (items)",
    "pattern": "pattern `{}`",
}
LINKS = ("/docs", "/openapi.json", "/readyz", "/healthz", "/metrics")


class FieldProblemSchema(ma.Schema):
    """One wrong field."""

    field = fields.String(required=True, metadata={"examples": ["data.area"]})
    code = fields.String(required=True, metadata={"examples": ["unknown_area"]})
    message = fields.String(required=True, metadata={"description": "in Vietnamese: what was read, what is possible"})


class ProblemSchema(ma.Schema):
    """The one shape of an error (RFC 9457)."""

    type = fields.String(required=True, metadata={"examples": ["urn:congdongso:problem:rejected"]})
    title = fields.String(required=True)
    status = fields.Integer(required=True, metadata={"description": "the HTTP status"})
    code = fields.String(required=True, metadata={"description": "stable; what a program decides by"})
    detail = fields.String(metadata={"description": "in Vietnamese: what was read, and the remedy"})
    errors = fields.List(fields.Nested(FieldProblemSchema), metadata={"description": "by field"})
    request_id = fields.String(metadata={"description": "also in the header X-Request-Id"})

    class Meta:
        unknown = ma.INCLUDE


class Api(flask_smorest.Api):
    """flask-smorest, with our errors in the OpenAPI document instead of its own, and no default where there is none."""

    ERROR_SCHEMA = ProblemSchema

    def _init_spec(self, *args: Any, **options: Any) -> None:
        super()._init_spec(*args, **options)
        self.ma_plugin.converter.add_attribute_function(_without_empty_default)

    def _register_responses(self) -> None:
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"


def _without_empty_default(_converter: Any, _field: fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """What is left out has no value; `null` would be one, and of another type than the schema says."""
    if ret.get("default", ...) is None:
        del ret["default"]
    return {}


@dataclass(frozen=True, slots=True)
class Route:
    """A route as the application serves it. `access` is its authorisation decision."""

    path: str
    methods: tuple[str, ...]
    access: str


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, or a field of a body. `link` names the schema that its type points to."""

    name: str
    type: str
    link: str = ""
    is_required: bool = False
    allowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a body of one media type is."""

    media_type: str
    type: str
    link: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of an operation."""

    status: str
    description: str
    contents: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one documented path."""

    method: str
    path: str
    summary: str
    description: str
    access: str
    parameters: tuple[Row, ...]
    bodies: tuple[Content, ...]
    answers: tuple[Answer, ...]

    @property
    def anchor(self) -> str:
        return f"{self.method.lower()}-{re.sub(r'[^a-z0-9]+', '-', self.path.lower()).strip('-')}"


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of a tag."""

    name: str
    description: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Reader:
    """Reads an OpenAPI document for the page."""

    spec: Mapping[str, Any]
    access: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def groups(self) -> list[Group]:
        known = {tag["name"]: tag.get("description", "") for tag in self.spec.get("tags", [])}
        found: dict[str, list[Operation]] = {name: [] for name in known}
        for path, item in self.spec.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    tag = next(iter(item[method].get("tags", [])), "")
                    found.setdefault(tag, []).append(self._operation(method, path, item))
        return [Group(name, known.get(name, ""), tuple(made)) for name, made in found.items() if made]

    def schemas(self) -> dict[str, Content]:
        """The named schemas that something on the page points to."""
        components: dict[str, Any] = self.spec.get("components", {}).get("schemas", {})
        used = set(re.findall(r'#/components/schemas/([^"]+)', json.dumps(self.spec)))
        return {name: self._content("", components[name]) for name in sorted(components) if name in used}

    def _operation(self, method: str, path: str, item: Mapping[str, Any]) -> Operation:
        told = item[method]
        parameters = [*item.get("parameters", []), *told.get("parameters", [])]
        answers = sorted(told.get("responses", {}).items(), key=lambda pair: (pair[0] == "default", pair[0]))
        return Operation(
            method.upper(),
            path,
            told.get("summary", ""),
            told.get("description", ""),
            self.access.get((method.upper(), path), ""),
            tuple(self._parameter(self._resolved(one)) for one in parameters),
            tuple(_shortened(self._contents(self._resolved(told.get("requestBody", {}))))),
            tuple(self._answer(status, self._resolved(answer)) for status, answer in answers),
        )

    def _parameter(self, told: Mapping[str, Any]) -> Row:
        row = self._row(told["name"], told.get("schema", {}), told.get("required", False))
        notes = (told["description"], *row.notes) if told.get("description") else row.notes
        return replace(row, notes=notes, place=told.get("in", ""))

    def _answer(self, status: str, told: Mapping[str, Any]) -> Answer:
        return Answer(status, told.get("description", ""), tuple(self._contents(told)))

    def _contents(self, told: Mapping[str, Any]) -> Iterator[Content]:
        for media_type, content in told.get("content", {}).items():
            yield self._content(media_type, content.get("schema", {}))

    def _content(self, media_type: str, schema: Mapping[str, Any]) -> Content:
        type_, link = _type_of(schema)
        return Content(media_type, type_, link, tuple(self._rows(schema, "")), tuple(_notes(schema)))

    def _rows(self, schema: Mapping[str, Any], prefix: str) -> Iterator[Row]:
        """The fields of a schema, those of nested objects under dotted names."""
        if "items" in schema and "properties" in schema["items"]:
            yield from self._rows(schema["items"], f"{prefix}[]." if not prefix else f"{prefix[:-1]}[].")
        for name, inner in schema.get("properties", {}).items():
            yield self._row(prefix + name, inner, name in schema.get("required", ()))
            yield from self._rows(inner, f"{prefix}{name}.")

    def _row(self, name: str, schema: Mapping[str, Any], is_required: bool) -> Row:
        type_, link = _type_of(schema)
        return Row(name, type_, link, is_required, tuple(_allowed(schema)), tuple(_notes(schema)))

    def _resolved(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference to a component means."""
        if "$ref" not in told:
            return told
        found: Any = self.spec
        for part in told["$ref"].removeprefix("#/").split("/"):
            found = found.get(part, {})
        resolved: Mapping[str, Any] = found
        return resolved


def _shortened(contents: Iterator[Content]) -> Iterator[Content]:
    """The bodies of a request; a list of what stands above already is not told again."""
    told: set[tuple[Row, ...]] = set()
    for content in contents:
        one = tuple(replace(row, name=row.name.removeprefix("[].")) for row in content.rows)
        if one and one in told:
            yield replace(content, rows=(), notes=(*content.notes, "mỗi phần tử như trên · each item as above"))
        else:
            told.add(one)
            yield content


def _type_of(schema: Mapping[str, Any]) -> tuple[str, str]:
    """The type in words, and the named schema that it points to."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return name, name
    if "const" in schema:
        return json.dumps(schema["const"]), ""
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            types = [_type_of(one) for one in schema[choice]]
            return " | ".join(name for name, _ in types), next((link for _, link in types if link), "")
    declared = schema.get("type", "any")
    if declared == "array" or "array" in declared:
        inner, link = _type_of(schema.get("items", {}))
        return f"{inner}[]", link
    names = " | ".join(declared) if isinstance(declared, list) else str(declared)
    return f"{names} ({schema['format']})" if "format" in schema else names, ""


def _allowed(schema: Mapping[str, Any]) -> Iterator[str]:
    values = schema.get("enum") or schema.get("items", {}).get("enum") or ()
    yield from (str(value) for value in values if value is not None)


def _notes(schema: Mapping[str, Any]) -> Iterator[str]:
    """What else a schema says: meaning, limits, default, examples."""
    if schema.get("description"):
        yield schema["description"]
    if limits := [text.format(schema[limit]) for limit, text in LIMITS.items() if limit in schema]:
        yield " · ".join(limits)
    if schema.get("default") is not None:
        yield f"mặc định · default {json.dumps(schema['default'], ensure_ascii=False)}"
    examples = [*schema.get("examples", ()), *([schema["example"]] if "example" in schema else [])]
    if examples:
        yield "ví dụ · example " + ", ".join(json.dumps(one, ensure_ascii=False) for one in examples)


def routes_of(app: Flask) -> list[Route]:
    """Every route of an application, in the order of their paths."""
    found = [
        Route(
            re.sub(r"<(?:[^<>]*:)?([^<>:]+)>", r"{\1}", rule.rule),
            tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})),
            _access(rule.endpoint, app.view_functions[rule.endpoint]),
        )
        for rule in app.url_map.iter_rules()
    ]
    return sorted(found, key=lambda route: (route.path, route.methods))


def _access(endpoint: str, view: Any) -> str:
    return str(getattr(view, "authorisation", "public" if endpoint.startswith("api-docs.") else ""))


@cache
def _template() -> jinja2.Template:
    source = resources.files("shared").joinpath("docs_page.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.lstrip_blocks = True
    environment.filters["prose"] = _prose
    return environment.from_string(source)


def _prose(text: str) -> Markup:
    """A description, escaped, with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def render(service: str, spec: Mapping[str, Any], routes: list[Route]) -> str:
    """The page of a service."""
    access = {(method, route.path): route.access for route in routes for method in route.methods}
    reader = Reader(spec, access)
    return _template().render(
        service=service,
        title=spec["info"]["title"],
        version=version(),
        groups=reader.groups(),
        schemas=reader.schemas(),
        routes=routes,
        problems=CATALOGUE,
    )


@cache
def version() -> str:
    """The version of the installed package."""
    try:
        return metadata.version("congdongso")
    except metadata.PackageNotFoundError:
        return "0+source"


def _policy(page: str) -> str:
    """A content security policy under which the page loads and runs nothing; its style sheet is named by its hash."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    nothing_else = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return f"default-src 'none'; style-src 'sha256-{digest}'; {nothing_else}"


def add_documents(app: Flask, api: flask_smorest.Api, service: str) -> None:
    """`/docs` and `/`. The page is made at the first request, when every route is there."""
    made: list[str] = []

    @public
    def docs() -> Response:
        if not made:
            made.append(render(service, api.spec.to_dict(), routes_of(app)))
        answer = Response(made[0], content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _policy(made[0])
        return answer

    @public
    def index() -> Any:
        """What this is, and where to go from here: for a browser the service's own front page, where it has one."""
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            front = app.extensions.get("cds_front")
            return front() if front else Response(status=303, headers={"Location": "/docs", "Vary": "Accept"})
        body = {"service": service, "version": version(), "links": {link.strip("/"): link for link in LINKS}}
        return Response(json.dumps(body), content_type="application/json", headers={"Vary": "Accept"})

    app.add_url_rule("/docs", "docs", docs)
    app.add_url_rule("/", "index", index)
