"""The tables of the reporting service: the consumer's position and quarantine, and one slice per projection.

Guarantee: equal to the migrations (a test compares). The views of the schema `grafana` are in the migrations.
"""

import sqlalchemy as sa

from services.reporting.projections import assists_by_day, catalogue, field_work, paper, places
from shared import consumer

METADATA = sa.MetaData()
consumer.define_tables(METADATA)
for _slice in (places, catalogue, assists_by_day, paper, field_work):
    _slice.define_tables(METADATA)
