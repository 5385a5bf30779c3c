"""The tables of the reporting service: projections, one slice a file, which exist in several copies; closings,
reconciliations and the service's own stream, which exist once.

Guarantee: equal to the migrations (a test compares). The views of the schema `grafana` are in the migrations.
"""

import sqlalchemy as sa

from services.reporting.closing import tables as closing
from services.reporting.projections import (
    assists_by_day,
    catalogue,
    credit,
    evidence,
    feedback,
    ledger,
    on_time,
    paper,
    places,
    plans,
    sessions,
    teams,
    venues,
    voices,
    volunteer_hours,
    volunteers,
)
from services.reporting.reconcile import tables as reconciliation
from shared import consumer, event_log, segments

PROJECTIONS = sa.MetaData()
consumer.define_tables(PROJECTIONS)
SLICES = (
    places,
    catalogue,
    assists_by_day,
    credit,
    paper,
    sessions,
    volunteers,
    volunteer_hours,
    teams,
    venues,
    feedback,
    voices,
    plans,
    evidence,
    ledger,
)
for _slice in SLICES:
    _slice.define_tables(PROJECTIONS)

METADATA = sa.MetaData()
for _table in PROJECTIONS.tables.values():
    _table.to_metadata(METADATA)
for _part in (closing, on_time, reconciliation, event_log, segments):
    _part.define_tables(METADATA)
