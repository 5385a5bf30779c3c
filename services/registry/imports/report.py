"""What became of each row of a list, for the person who imports it.

Guarantee: every entry has exactly one result; a refused one says in which column and why, in Vietnamese.
It may repeat names and phones: it is an answer, never a line of a log.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from shared.problems import Problem
from shared.sheets import Column, Ignored, Understanding

Result = Literal["created", "changed", "unchanged", "refused"]
RESULTS: dict[Result, str] = {
    "created": "thêm mới",
    "changed": "thay đổi",
    "unchanged": "giữ nguyên",
    "refused": "không nhận",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: the field, a stable code, and a sentence for people."""

    key: str
    code: str
    message: str


class Unfit(Exception):
    """A row cannot be imported as it stands."""

    def __init__(self, key: str, code: str, message: str) -> None:
        super().__init__(code)
        self.refusal = Refusal(key, code, message)


def refusals_of(problem: Problem) -> list[Refusal]:
    """What a command objects to, as reasons of a row."""
    found = [Refusal(error.field, error.code, error.message) for error in problem.errors]
    return found or [Refusal("", problem.code, problem.detail)]


@dataclass(slots=True)
class Outcome:
    """One row: `changed` are the fields that changed; `subject` is the volunteer or the group."""

    number: int
    name: str
    result: Result = "unchanged"
    changed: Sequence[str] = ()
    refusals: list[Refusal] = field(default_factory=list)
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class Twins:
    """Two records that are probably one person: the one of the row, and another."""

    number: int
    name: str
    subject: UUID
    other: UUID
    other_name: str
    score: int
    reason: str


@dataclass(slots=True)
class Report:
    """An import: what was understood and assumed, and what became of each row."""

    understanding: Understanding
    titles: dict[str, str]
    assumptions: list[str]
    default_kind: str | None = None
    is_dry_run: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    ignored_rows: int = 0
    twins: list[Twins] = field(default_factory=list)

    def counts(self) -> dict[Result, int]:
        found = Counter(outcome.result for outcome in self.outcomes)
        return {result: found[result] for result in RESULTS}

    def having(self, result: Result) -> Iterator[Outcome]:
        return (outcome for outcome in self.outcomes if outcome.result == result)

    def letter(self, key: str) -> str | None:
        """The column of the file that a field was read from."""
        return next((heading.letter for heading in self.understanding.columns if heading.key == key), None)

    def title(self, key: str) -> str:
        return self.titles.get(key, "")

    def told(self, refusal: Refusal) -> str:
        """A reason with its column: `cột D, Điện thoại: …`."""
        letter, title = self.letter(refusal.key), self.title(refusal.key)
        named = "" if refusal.message.startswith(title) else title  # not twice
        where = ", ".join(part for part in (f"cột {letter}" if letter else "", named) if part)
        return f"{where}: {refusal.message}" if where else refusal.message


def titles_of(columns: Sequence[Column]) -> dict[str, str]:
    """The names of the fields, with those that no single column has."""
    return {column.key: column.title for column in columns} | {"area_id": "Tổ, xã/phường"}


def shown(report: Report, most: int) -> dict[str, Any]:
    """The report for a program; of each list at most so many."""
    counts = report.counts()
    return {
        "dry_run": report.is_dry_run,
        "understood": _understood(report),
        "counts": {**counts, "ignored": report.ignored_rows, "probable_duplicates": len(report.twins)},
        "refused": [_refused(report, one) for one in _some(report.having("refused"), most)],
        "changed": [_changed(report, one) for one in _some(report.having("changed"), most)],
        "ignored": [{"row": one.number, "reason": one.reason, "told": one.told} for one in report.ignored[:most]],
        "probable_duplicates": [_twins(one) for one in report.twins[:most]],
        "is_complete": max(counts["refused"], counts["changed"], report.ignored_rows, len(report.twins)) <= most,
    }


def _some(outcomes: Iterator[Outcome], most: int) -> list[Outcome]:
    return [outcome for _, outcome in zip(range(most), outcomes, strict=False)]


def _understood(report: Report) -> dict[str, Any]:
    found = report.understanding
    columns = [
        {"column": one.letter, "heading": one.text, "field": one.key, "title": report.title(one.key or "")}
        for one in found.columns
        if one.key
    ]
    return {
        "format": found.format,
        "sheet": found.sheet,
        "other_sheets": list(found.other_sheets),
        "header_rows": list(found.header_rows),
        "columns": columns,
        "not_understood": [
            {"column": one.letter, "heading": one.text} for one in found.not_understood if one.key is None
        ],
        "assumed": report.assumptions,
    }


def _refused(report: Report, outcome: Outcome) -> dict[str, Any]:
    errors = [
        {"column": report.letter(one.key), "field": one.key, "code": one.code, "message": one.message}
        for one in outcome.refusals
    ]
    return {"row": outcome.number, "name": outcome.name, "errors": errors}


def _changed(report: Report, outcome: Outcome) -> dict[str, Any]:
    return {
        "row": outcome.number,
        "name": outcome.name,
        "id": str(outcome.subject),
        "fields": list(outcome.changed),
        "titles": [report.title(one) for one in outcome.changed],
    }


def _twins(one: Twins) -> dict[str, Any]:
    return {
        "row": one.number,
        "name": one.name,
        "id": str(one.subject),
        "other_id": str(one.other),
        "other_name": one.other_name,
        "score": one.score,
        "reason": one.reason,
    }
