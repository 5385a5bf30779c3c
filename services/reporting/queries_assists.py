"""Figures of assists: F1 to F6, F12 to F14 and F70.

Each takes an open connection and what is asked, and gives plain rows as they are taken: the groups, then the measures.
Counts of assists are sums of quantities. What a paper book does not tell (channel, helper, reason, token) is null or
left out, as said.
Shares are percents with one decimal; null over 0.
Step 9 of the event path (docs/architecture.md).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from services.reporting.projections.cells import NOBODY
from services.reporting.projections.visits import STALL_SERVICES
from services.reporting.queries import share
from services.reporting.queries_grouping import NAMED, PLACES, Asked, Row, add_up
from shared.database import Connection

NARROW = frozenset({"service", "outcome", "age_band", "pillar", "source"})
DETAILED = frozenset({"channel", *PLACES})
FLAWS = ("without_token", "unverified", "clock_suspect", "apportioned")
DAYS = "day BETWEEN %(first)s AND %(last)s"
COMPLETED, NO_VENUE = "c.outcome = 'completed'", f"'{NOBODY}'::uuid"
KIND = "day, area_id, service, outcome, age_band"


def assists(connection: Connection, asked: Asked) -> Iterator[Row]:
    """F1 `assists` = single + paper, F2 `completed`, F3 `success_rate`.

    By service, pillar, outcome, age band, source (single, paper), channel, venue, team. By channel paper is null; by
    venue and team it is where its book is of a session.
    """
    single, paper = f"{KIND}, 'single' AS source", f"{KIND}, 'paper'"
    table = "assists_by_day"
    if asked.dimensions & DETAILED:
        table = "assists_in_detail"
        single += ", channel, session_id, venue_id"
        paper += f", NULL, session_id, {NO_VENUE}"
    cells = f"""SELECT {single}, assists AS single, 0::bigint AS paper FROM {table} WHERE {DAYS}
                UNION ALL SELECT {paper}, 0, assists FROM paper_by_day WHERE assists > 0 AND {DAYS}"""
    measures = f"""{_total("single")}, {_total("paper")},
                   {_total("single + c.paper", COMPLETED, "completed")}"""
    return (_with_rate(row) for row in add_up(connection, asked, cells, measures, NARROW | DETAILED))


def _with_rate(row: Row) -> Row:
    every = row["single"] + row["paper"]
    return row | {"assists": every, "success_rate": share(row["completed"], every)}


def by_pillar(connection: Connection, asked: Asked) -> Iterator[Row]:
    """F14: F1 by pillar. An assist counts in each pillar of its service, so these rows do not add up to F1."""
    return assists(connection, _grouped(asked, "pillar"))


def credited(connection: Connection, asked: Asked) -> Iterator[Row]:
    """F4 `credited` = keyed + unkeyed + paper, of the services that count once; areas are those of the residents.

    By service, pillar and age band. Additive. `unkeyed` are completed assists without a token.
    """
    cells = f"""SELECT day, area_id, service, age_band, credited AS keyed, unkeyed, 0::bigint AS paper
                  FROM credited_by_day WHERE kind = 'resident' AND {DAYS}
                UNION ALL SELECT day, resident_area_id, service, age_band, 0, 0, assists
                  FROM paper_by_day WHERE outcome = 'completed' AND assists > 0 AND {DAYS}"""
    of_once = f"SELECT k.* FROM ({cells}) AS k JOIN service ON service.service = k.service WHERE service.once"
    measures = f"{_total('keyed')}, {_total('unkeyed')}, {_total('paper')}"
    rows = add_up(connection, asked, of_once, measures, {"service", "pillar", "age_band"})
    return (row | {"credited": row["keyed"] + row["unkeyed"] + row["paper"]} for row in rows)


def distinct_residents(connection: Connection, asked: Asked) -> Iterator[Row]:
    """F5 `distinct`: different tokens, whatever the outcome; beside it `without_token`, a number of assists.

    Exact in each row and not additive over rows. By service, outcome, age band, venue and team.
    """
    detailed = asked.dimensions & PLACES.keys()
    more = ", session_id, venue_id" if detailed else ""
    cells = f"""SELECT {KIND}{more}, key, -quantity AS without FROM visit WHERE kind = 'resident' AND {DAYS}
                UNION ALL SELECT {KIND}{more}, NULL, assists
                  FROM {"assists_in_detail" if detailed else "assists_by_day"} WHERE {DAYS}"""
    measures = f'count(DISTINCT c.key) AS "distinct", {_total("without", name="without_token")}'
    return add_up(connection, asked, cells, measures, {"service", "outcome", "age_band", "pillar", *PLACES})


def stalls(connection: Connection, asked: Asked) -> list[Row]:
    """F6: stalls with a QR code (`qr`), with a payment (`paid`), each also as keyed, unkeyed, paper; `activity` = paid
    / qr; `paid_without_qr`: stalls with a payment and no QR record at all, counted and flagged.

    Areas are those of the stalls. By venue also `stalls` of the venue, `qr_share` and `paid_share` of them, and whether
    one is over 100 percent (`is_over`).
    """
    places = bool(asked.dimensions & PLACES.keys())
    measures = ", ".join(
        _total(part, f"c.service = {service!r}", f"{name}_{part}")
        for name, service in zip(("qr", "paid"), STALL_SERVICES, strict=True)
        for part in ("keyed", "unkeyed", "paper")
    )
    cells = f"{_stalls_by_place() if places else _stalls_by_day()} UNION ALL {_paid_without_qr(places)}"
    rows = add_up(connection, asked, cells, f"{measures}, {_total('paid_without_qr')}", PLACES)
    return _with_venues(connection, [_with_activity(row) for row in rows], asked)


def _stalls_by_day() -> str:
    return f"""SELECT day, area_id, service, credited AS keyed, unkeyed, 0::bigint AS paper, 0 AS paid_without_qr
                 FROM credited_by_day WHERE kind = 'stall' AND {_stall_services()} AND {DAYS}
               UNION ALL SELECT day, resident_area_id, service, 0, 0, assists, 0
                 FROM paper_by_day WHERE outcome = 'completed' AND {_stall_services()} AND {DAYS}"""


def _stalls_by_place() -> str:
    """The same with session and venue: an assist without a stall's code is one that is no visit of a stall."""
    place, completed = "session_id, venue_id", f"outcome = 'completed' AND {_stall_services()} AND {DAYS}"
    return f"""SELECT day, resident_area_id AS area_id, service, {place}, is_credited::int AS keyed,
                      -quantity::bigint AS unkeyed, 0::bigint AS paper, 0 AS paid_without_qr
                 FROM visit WHERE kind = 'stall' AND {completed}
               UNION ALL SELECT day, resident_area_id, service, {place}, 0, assists, 0, 0
                 FROM assists_in_detail WHERE {completed}
               UNION ALL SELECT day, resident_area_id, service, session_id,
                                {NO_VENUE}, 0, 0, assists, 0
                 FROM paper_by_day WHERE {completed}"""


def _paid_without_qr(places: bool) -> str:
    qr, paid = STALL_SERVICES
    return f"""SELECT day, resident_area_id, service, {"session_id, venue_id," if places else ""} 0, 0, 0, 1
                 FROM visit WHERE kind = 'stall' AND service = '{paid}' AND is_credited AND {DAYS}
                  AND NOT EXISTS (SELECT FROM credit WHERE credit.key = visit.key AND credit.service = '{qr}')"""


def _stall_services() -> str:
    return f"service IN ({', '.join(map(repr, STALL_SERVICES))})"


def _with_activity(row: Row) -> Row:
    qr, paid = (sum(row[f"{name}_{part}"] for part in ("keyed", "unkeyed", "paper")) for name in ("qr", "paid"))
    return row | {"qr": qr, "paid": paid, "activity": share(paid, qr)}


def _with_venues(connection: Connection, rows: list[Row], asked: Asked) -> list[Row]:
    if "venue" not in asked.group_by:
        return rows
    known: dict[Any, int] = dict(
        connection.execute("SELECT venue, stalls FROM venue WHERE venue = ANY(%s)", [[row["venue"] for row in rows]])
    )
    for row in rows:
        there = known.get(row["venue"])
        row["stalls"] = there
        row |= {f"{name}_share": share(row[name], there or 0) for name in ("qr", "paid")}
        row["is_over"] = there is not None and max(row["qr"], row["paid"]) > there
    return rows


def young_help(connection: Connection, asked: Asked) -> Iterator[Row]:
    """F12 `assists`: a helper of 16 to 30, a resident of 60 and more or under 16. Paper does not tell of helpers."""
    cells = f"""SELECT {KIND}, channel, session_id, venue_id, assists FROM assists_in_detail WHERE young_help
                   AND {DAYS}"""
    return add_up(connection, asked, cells, _total("assists"), (NARROW | DETAILED) - {"source"})


def reasons(connection: Connection, asked: Asked) -> Iterator[Row]:
    """F13 `assists` by reason, of those that failed or are to return. Paper does not tell of reasons."""
    cells = f"""SELECT {KIND}, channel, session_id, venue_id, reason, assists FROM assists_in_detail
                 WHERE outcome IN ('failed', 'to_return') AND {DAYS}"""
    told_by = ((NARROW | DETAILED) - {"source"}) | {"reason"}
    return add_up(connection, _grouped(asked, "reason"), cells, _total("assists"), told_by)


def by_volunteer(connection: Connection, asked: Asked) -> Iterator[Row]:
    """F1 and F2 by volunteer, as they were named: each who is named has the whole assist, so rows do not add up."""
    cells = f"""SELECT n.volunteer, day, area_id, service, outcome, assists
                  FROM assists_by_helpers CROSS JOIN LATERAL ({NAMED}) AS n WHERE {DAYS}"""
    measures = f"""{_total("assists")}, {_total("assists", COMPLETED, "completed")}"""
    told_by = {"volunteer", "service", "outcome", "pillar"}
    return add_up(connection, _grouped(asked, "volunteer"), cells, measures, told_by)


def quality(connection: Connection, asked: Asked) -> Iterator[Row]:
    """F70: counts and shares. `from_paper` is of all assists, the others are of the single ones.

    By client; there paper is null. What waits in the intake is not known here.
    """
    cells = f"""SELECT day, area_id, client, assists AS single, {", ".join(FLAWS)}, 0::bigint AS paper
                  FROM assists_quality WHERE {DAYS}
                UNION ALL SELECT day, area_id, NULL, 0, {", ".join("0" for _ in FLAWS)}, assists
                  FROM paper_by_day WHERE assists > 0 AND {DAYS}"""
    measures = ", ".join(_total(name) for name in ("single", *FLAWS, "paper"))
    return (_with_shares(row) for row in add_up(connection, asked, cells, measures, {"client"}))


def _with_shares(row: Row) -> Row:
    shares = {f"{flaw}_share": share(row[flaw], row["single"]) for flaw in FLAWS}
    return row | shares | {"from_paper_share": share(row["paper"], row["single"] + row["paper"])}


def _total(measure: str, condition: str = "true", name: str = "") -> str:
    return f"coalesce(sum(c.{measure}) FILTER (WHERE {condition}), 0)::bigint AS {name or measure}"


def _grouped(asked: Asked, group: str) -> Asked:
    return asked if group in asked.group_by else replace(asked, group_by=(*asked.group_by, group))
