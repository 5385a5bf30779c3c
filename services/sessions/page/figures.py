"""The day's figures of a ward from reporting, asked for with the person's own token, and the one line for a chat group.

Guarantee: the page never adds up by itself what reporting counts. When reporting does not answer within three
seconds, the page says so and everything else works.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import httpx
from flask import current_app

from services.sessions.page import formats, terms
from services.sessions.page.guard import token
from shared import logs
from shared.areas import Area

SECONDS = 3.0
log = logs.get("page")


@dataclass(frozen=True)
class Line:
    """One service: its counts by outcome."""

    service: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def completed(self) -> int:
        return self.counts.get("completed", 0)


@dataclass(frozen=True)
class Figures:
    """The figures of a ward and a day, the greatest service first."""

    lines: list[Line] = field(default_factory=list)
    updated_at: dt.datetime | None = None

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def completed(self) -> int:
        return sum(line.completed for line in self.lines)

    def of(self, outcome: str) -> int:
        return sum(line.counts.get(outcome, 0) for line in self.lines)


def fetch(ward: Area, day: dt.date) -> Figures | None:
    """The figures as reporting has them now; None when it is away."""
    answer = _ask("tallies", ward, day, "service,outcome")
    try:
        return _figures(answer.json()) if answer is not None else None
    except (ValueError, KeyError, TypeError) as error:
        log.warning("reporting answers oddly", error=type(error).__name__)
        return None


def fetch_csv(ward: Area, day: dt.date) -> httpx.Response | None:
    """Reporting's own spreadsheet of the day, by group, service and outcome; None when it is away."""
    return _ask("tallies.csv", ward, day, "day,area,service,outcome")


def _ask(what: str, ward: Area, day: dt.date, group_by: str) -> httpx.Response | None:
    url = f"{current_app.extensions['cds_settings'].url_of('reporting')}/v1/{what}"
    asked = {"from": day.isoformat(), "to": day.isoformat(), "area": str(ward.area_id), "group_by": group_by}
    try:
        answer = httpx.get(
            url, params=asked, headers={"Authorization": f"Bearer {token()}"}, timeout=SECONDS, trust_env=False
        )
        return answer.raise_for_status()
    except httpx.HTTPError as error:
        log.warning("reporting does not answer", error=type(error).__name__)
        return None


def _figures(told: dict[str, Any]) -> Figures:
    counts: dict[str, dict[str, int]] = {}
    for row in told["rows"]:
        counts.setdefault(row["service"], {})[row["outcome"]] = int(row["assists"])
    lines = sorted((Line(service, found) for service, found in counts.items()), key=lambda line: -line.total)
    updated = told["freshness"]["updated_at"]
    return Figures(lines, dt.datetime.fromisoformat(updated) if updated else None)


def zalo_line(ward: Area, day: dt.date, figures: Figures, names: dict[str, str]) -> str:
    """One line with the day's result: all assists, the successful ones, and those of each service."""
    head = f"{ward.name} {formats.day(day)}: {formats.number(figures.total)} lượt hỗ trợ"
    if not figures.total:
        return f"{head}."
    head += f", {formats.number(figures.completed)} thành công ({formats.share(figures.completed, figures.total)})"
    done = sorted((line for line in figures.lines if line.completed), key=lambda line: -line.completed)
    parts = [f"{_short(line.service, names)} {formats.number(line.completed)}" for line in done]
    return "; ".join([head, *parts]) + "."


def _short(service: str, names: dict[str, str]) -> str:
    return terms.SHORT.get(service) or formats.lower_first(names.get(service, service))
