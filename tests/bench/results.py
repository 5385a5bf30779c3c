"""What a run found, as a table for a reader and as `build/bench.json` for a program."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

FILE = Path(__file__).parents[2] / "build" / "bench.json"


@dataclass(frozen=True)
class Result:
    """One figure beside its raw limit of the same run. Only results with a `name` go into the file."""

    label: str
    value: float
    unit: str
    limit: float
    limit_label: str
    note: str = ""
    name: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    limit_cpu: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.value / self.limit if self.limit else 0.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": round(self.value, 1),
            "unit": self.unit,
            "limit": round(self.limit, 1),
            "ratio": round(self.ratio, 3),
            "limit_name": self.limit_label,
            "cpu_us_per_event": self.cpu,
            **self.more,
        }


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies; 0 without values."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def write(results: list[Result], machine: dict[str, str]) -> Path:
    """Write the file. The machine is in each entry, so that a figure never stands alone."""
    FILE.parent.mkdir(exist_ok=True)
    entries = [result.as_dict() | {"machine": machine} for result in results if result.name]
    FILE.write_text(json.dumps(entries, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return FILE


def show(results: list[Result], machine: dict[str, str], console: Console) -> None:
    for name, value in machine.items():
        console.print(f"  {name:<11} {value}", style="dim")
    table = Table(title="What the event path carries here", title_justify="left")
    table.add_column("measured")
    for name in ("value", "raw limit", "ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("the limit is")
    table.add_column("note")
    for result in results:
        figures = (f"{result.value:,.0f}", f"{result.limit:,.0f}", _share(result.ratio))
        table.add_row(result.label, *figures, result.unit, result.limit_label, result.note)
    console.print(table)
    console.print(_processor_time(results))


def _processor_time(results: list[Result]) -> Table:
    table = Table(title="Processor time, microseconds an event, by process with its children", title_justify="left")
    table.add_column("measured")
    table.add_column("all", justify="right", no_wrap=True)
    table.add_column("of which")
    for result in results:
        for label, cpu in ((result.label, result.cpu), ("  its limit", result.limit_cpu)):
            if cpu:
                parts = sorted(cpu.items(), key=lambda pair: -pair[1])
                shown = ", ".join(f"{part} {value:,.0f}" for part, value in parts)
                table.add_row(label, f"{sum(cpu.values()):,.0f}", shown)
    return table


def _share(ratio: float) -> str:
    return f"{ratio:.0%}" if ratio >= 0.095 else f"{ratio:.1%}"
