"""Reads the figures of the reporting service into the same cells that `expected` computes.

One question for each ward, over the days of the plan, grouped by everything; the code of the ward is
understood as of the first day on which the site is valid within them. Uses the public API with a ward app's
or a viewer's token.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx

from deploy.cds.simulate.app import CannotRun, Token
from deploy.cds.simulate.expected import Cell, Count, Figures
from deploy.cds.simulate.targets import Targets
from deploy.cds.simulate.world import Plan, Site, WardDay

GROUPED = "day,area,service,outcome,age_band"


class Reading:
    def __init__(self, targets: Targets, http: httpx.Client) -> None:
        who = targets.reader()
        self.url, self.http = f"{targets.reporting}/v1/tallies", http
        self.token = Token(targets.registry, who.client_id, who.client_secret)

    def of_plan(self, plan: Plan) -> Figures:
        found: Figures = {}
        for site in plan.sites:
            if site.valid_from > plan.last or site.valid_to <= plan.first:
                continue  # an app of a ward that is no more tells of others
            found |= self.of_site(site, max(plan.first, site.valid_from), plan.last)
        return found

    def of_site(self, site: Site, first: date, last: date) -> Figures:
        asked = {
            "from": first.isoformat(), "to": last.isoformat(), "on": first.isoformat(),
            "area": site.ward, "group_by": GROUPED,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {self.token.get(self.http)}"}
        answer = self.http.get(self.url, params=asked, headers=headers)
        if answer.status_code >= 400 and answer.status_code < 500:
            raise CannotRun(f"Reporting refuses the question for {site.ward}: {answer.status_code} {answer.text[:300]}")
        answer.raise_for_status()
        return {cell: count for cell, count in (read_row(row, site) for row in answer.json()["rows"])}


def read_row(row: dict[str, Any], site: Site) -> tuple[Cell, Count]:
    area = row["area"]
    group = "" if area["level"] == "ward" else str(area["code"]).rpartition("/")[2]
    cell = Cell(date.fromisoformat(row["day"]), site.ward, group, row["service"], row["outcome"], row["age_band"])
    return cell, Count(row["single"], row["paper"])


def busy_days(baseline: Figures) -> frozenset[WardDay]:
    """Days with paper: new single records there could replace a part of it, so they are left alone."""
    return frozenset((cell.ward, cell.day) for cell, count in baseline.items() if count.paper)


def fresh_days(plan: Plan, baseline: Figures) -> frozenset[WardDay]:
    """Days with no figure at all: there a paper count may state the whole."""
    used = {(cell.ward, cell.day) for cell in baseline}
    return frozenset(
        (site.ward, day) for site in plan.sites for day in plan.days_of(site) if (site.ward, day) not in used
    )
