"""The dashboards as Grafana loads them, and their queries with variables put in as Grafana does it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Choice = dict[str, list[str] | None]  # by variable; None is "all"
FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "dashboards"


@dataclass(frozen=True)
class Board:
    """One dashboard: its variables by name, the queries of its panels by title."""

    uid: str
    content: dict[str, Any]

    @property
    def variables(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in self.content["templating"].get("list", [])}

    @property
    def panels(self) -> list[dict[str, Any]]:
        return [panel for panel in self.content["panels"] if panel["type"] != "row"]

    def queries(self, kind: str) -> dict[str, str]:
        """`rawSql` or `expr` by title."""
        return {one["title"]: one["targets"][0][kind] for one in self.panels if kind in one["targets"][0]}

    @property
    def numbers(self) -> set[str]:
        return {panel["title"] for panel in self.panels if panel["type"] == "stat"}

    def interpolate(self, query: str, choice: Choice) -> str:
        """Grafana's `${name:sqlstring}`: quoted values, by comma; a custom "all" value goes in as it is written."""

        def value_of(match: re.Match[str]) -> str:
            name, form = match.groups()
            assert form == "sqlstring", f"{name} is not quoted in: {query}"
            chosen = choice[name]
            if chosen is None:
                return str(self.variables[name]["allValue"])
            return ",".join("'" + one.replace("'", "''") + "'" for one in chosen)

        return re.sub(r"\$\{(\w+)(?::(\w+))?\}", value_of, query)


def boards() -> dict[str, Board]:
    """Every dashboard by its uid."""
    return {path.stem: Board(path.stem, json.loads(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.json"))}
