"""What became of each row of a sheet, for the person who uploads it.

Guarantee: every entry has exactly one result; a refused one says in which column and why, in Vietnamese. What looks
like a number of a person (nine digits or more) is masked wherever a text of the file is repeated.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from services.sessions.contract import Rejected
from services.sessions.imports.columns import What, title_of

Result = Literal["created", "changed", "unchanged", "refused"]
RESULTS: dict[Result, str] = {
    "created": "ghi mới",
    "changed": "thay bản trước",
    "unchanged": "đã có",
    "refused": "không nhận",
}
SHOWN = 500  # of each list in a report
NUMBER = re.compile(r"\d(?:[ .\-]?\d){8,}")


class Refusal(msgspec.Struct, frozen=True):
    """One reason: the field, a stable code, and a sentence for people."""

    key: str
    code: str
    message: str


class Unfit(Exception):
    """A row cannot be taken as it stands."""

    def __init__(self, key: str, code: str, message: str) -> None:
        super().__init__(code)
        self.refusal = Refusal(key, code, message)


class Line(msgspec.Struct):
    """One entry of a sheet: clean values by column, a day as its ISO text, and no citizen number."""

    number: int
    values: dict[str, str | int | None]
    refusals: list[Refusal] = []


class Understood(msgspec.Struct):
    """What was made of a file, and what is assumed where it says nothing. A column is letter, heading, key."""

    format: str
    sheet: str
    other_sheets: list[str]
    header_rows: tuple[int, int]
    columns: list[tuple[str, str, str]]
    not_understood: list[tuple[str, str]]
    assumed: list[str]

    def letter(self, key: str) -> str | None:
        return next((letter for letter, _, known in self.columns if known == key), None)


class Sheet(msgspec.Struct):
    """A file that was read to its end. `ignored` are rows that are no entries: number, reason, the same in words."""

    what: What
    understood: Understood
    lines: list[Line]
    ignored: list[tuple[int, str, str]]
    ignored_rows: int


class Outcome(msgspec.Struct):
    """One row and its result; `changed` are the fields that say something else than before."""

    number: int
    result: Result = "refused"
    changed: list[str] = []
    refusals: list[Refusal] = []


class Book(msgspec.Struct):
    """One paper count of a sheet. `others` are further counts of that place and day, which add up with it."""

    area: str
    day: str
    result: Result
    version: int
    count: int
    completed: int
    rows: list[int]
    others: int = 0


class Report(msgspec.Struct):
    """An upload: what was understood, and what became of each row."""

    sheet: Sheet
    is_dry_run: bool
    outcomes: list[Outcome] = []
    books: list[Book] = []

    def counts(self) -> dict[Result, int]:
        found = Counter(outcome.result for outcome in self.outcomes)
        return {result: found[result] for result in RESULTS}

    def having(self, result: Result) -> Iterator[Outcome]:
        return (outcome for outcome in self.outcomes if outcome.result == result)

    def told(self, refusal: Refusal) -> str:
        """A reason with its column: `cột D, Kết quả: …`."""
        letter, title = self.sheet.understood.letter(refusal.key), title_of(refusal.key, self.sheet.what)
        named = "" if title and title in refusal.message[:30] else title  # not twice
        where = ", ".join(part for part in (f"cột {letter}" if letter else "", named) if part)
        return masked(f"{where}: {refusal.message}" if where else refusal.message)


def refusals_of(rejected: Rejected, keys: dict[str, str]) -> list[Refusal]:
    """What the intake objects to, as reasons of a row; `keys` are the columns of the contract's fields."""
    found = []
    for error in rejected.as_errors():
        field = error.field.removeprefix("data.")
        found.append(Refusal(keys.get(field, field), error.code, error.message or rejected.message))
    return found


def masked(text: str) -> str:
    """A text of the file without what may be the number of a person."""
    return NUMBER.sub(lambda found: f"{found[0][:2]}…", text)


def shown(report: Report, most: int = SHOWN) -> dict[str, Any]:
    """The report for a program; of each list at most so many."""
    counts = report.counts()
    refused = [_refused(report, one) for _, one in zip(range(most), report.having("refused"), strict=False)]
    changed = [_changed(report, one) for _, one in zip(range(most), report.having("changed"), strict=False)]
    made: dict[str, Any] = {
        "dry_run": report.is_dry_run,
        "understood": _understood(report.sheet),
        "counts": {**counts, "ignored": report.sheet.ignored_rows},
        "refused": refused,
        "changed": changed,
        "ignored": [{"row": row, "reason": why, "told": told} for row, why, told in report.sheet.ignored[:most]],
        "is_complete": max(counts["refused"], counts["changed"], report.sheet.ignored_rows) <= most,
    }
    return made | ({"tallies": msgspec.to_builtins(report.books)} if report.sheet.what == "tallies" else {})


def _understood(sheet: Sheet) -> dict[str, Any]:
    found = sheet.understood
    columns = [
        {"column": letter, "heading": text, "field": key, "title": title_of(key, sheet.what)}
        for letter, text, key in found.columns
    ]
    return {
        "format": found.format,
        "sheet": found.sheet,
        "other_sheets": found.other_sheets,
        "header_rows": list(found.header_rows),
        "columns": columns,
        "not_understood": [{"column": letter, "heading": text} for letter, text in found.not_understood],
        "assumed": found.assumed,
    }


def _refused(report: Report, outcome: Outcome) -> dict[str, Any]:
    letter = report.sheet.understood.letter
    errors = [
        {"column": letter(one.key), "field": one.key, "code": one.code, "message": masked(one.message)}
        for one in outcome.refusals
    ]
    return {"row": outcome.number, "errors": errors}


def _changed(report: Report, outcome: Outcome) -> dict[str, Any]:
    titles = [title_of(one, report.sheet.what) or one for one in outcome.changed]
    return {"row": outcome.number, "fields": outcome.changed, "titles": titles}
