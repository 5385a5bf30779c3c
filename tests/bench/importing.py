"""How long a long list takes: `python -m tests.bench.importing [ROWS]`.

A messy list of volunteers is imported by the operator's command into an empty registry with durable commits, imported
again, exported, and the export imported; each line is what a person would wait for, reading included. The CPU time
of this process, without that of the database, tells how far a busy machine is to blame.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from deploy.cds import import_operations as operations
from tests.integration.registry_house import House, open_house
from tests.integration.registry_lists import WARD, with_xuan_hoa
from tests.support.messy_sheet import messy_volunteers
from tests.support.postgres import TestPostgres

ROWS, SEED, LIMIT_SECONDS = 50_000, 7, 60.0


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder, TestPostgres() as postgres:
        if postgres.server:
            postgres.server.execute("ALTER SYSTEM RESET fsync;\nSELECT pg_reload_conf();")
        with open_house(postgres, with_xuan_hoa) as house:
            _measure(house, Path(folder), rows)


def _measure(house: House, folder: Path, rows: int) -> None:
    truth = messy_volunteers(folder / "list.xlsx", rows, SEED)
    bad = sum(bool(one.errors) for one in truth)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{rows} rows, {bad} bad on purpose, {(folder / 'list.xlsx').stat().st_size >> 10} KiB")
    first = _imported(house, "first import", folder / "list.xlsx")
    _imported(house, "second import", folder / "list.xlsx")
    begun = time.perf_counter()
    operations.export(house.settings, "volunteers", folder / "out.xlsx", ward=None, on=None)
    print(f"{'export':24}{time.perf_counter() - begun:8.1f} s")
    _imported(house, "import of the export", folder / "out.xlsx")
    print(f"{'limit':24}{LIMIT_SECONDS:8.1f} s {'held' if first < LIMIT_SECONDS else 'NOT HELD'}")


def _imported(house: House, name: str, path: Path) -> float:
    events, begun, worked = len(house.events()), time.perf_counter(), time.process_time()
    with operations.prepared(
        house.settings, "volunteers", path, ward=WARD, on=None, key="auto", dry_run=False
    ) as found:
        read = time.perf_counter() - begun
        counts = found.carry_out().counts()
    taken, worked = time.perf_counter() - begun, time.process_time() - worked
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    print(
        f"{name:24}{taken:8.1f} s (reading {read:.1f} s; CPU here {worked:.1f} s): {told}; {len(house.events()) - events} events"
    )
    return taken


if __name__ == "__main__":
    main()
