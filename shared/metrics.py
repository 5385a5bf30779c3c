"""Metrics of the event path, in one place: names `cds_<noun>_<unit>[_total]`, bounded labels, no ids, no text.

Guarantee: under gunicorn (PROMETHEUS_MULTIPROC_DIR set and wiped by the start command) the sums of all workers are
served; relay and consumers are single processes with a port of their own.
"""

import os
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import REGISTRY as DEFAULT
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

http_requests = Counter("cds_http_requests", "HTTP requests answered", ["service", "method", "route", "status"])
http_seconds = Histogram("cds_http_request_seconds", "Time to answer", ["service", "route"], buckets=FAST)
intake_events = Counter("cds_intake_events", "Events answered by the intake", ["status", "type"])
intake_seconds = Histogram("cds_intake_request_seconds", "Time of an intake request", ["mode"], buckets=FAST)
pending_events = Gauge(
    "cds_intake_pending_events", "Accepted events that wait for what they refer to", multiprocess_mode="livemax"
)
pending_oldest_seconds = Gauge(
    "cds_intake_pending_oldest_seconds",
    "Age of the oldest event that waits, by what it waits for: subject, step or service",
    ["waits_for"],
    multiprocess_mode="livemax",
)

relay_segments = Counter("cds_relay_segments", "Segments published, by outcome", ["stream", "outcome"])
relay_events_cut = Counter("cds_relay_events_cut", "Events cut into segments", ["stream"])
relay_blocked = Gauge("cds_relay_blocked", "1 while the broker blocks publishing", ["stream"])
relay_connected = Gauge("cds_relay_connected", "1 while the relay has a broker connection", ["stream"])
relay_leader_shards = Gauge("cds_relay_leader_shards", "Shards this relay leads", ["stream"])
relay_uncut_events = Gauge("cds_relay_uncut_events", "Events in the log that are not cut", ["stream"])
relay_unpublished = Gauge("cds_relay_unpublished_segments", "Segments cut and not confirmed", ["stream"])
relay_oldest_seconds = Gauge("cds_relay_oldest_event_seconds", "Age of the oldest event not confirmed", ["stream"])
relay_horizon_seconds = Gauge("cds_relay_horizon_age_seconds", "Age of the oldest open writing transaction", ["stream"])

reports_missing = Gauge("cds_reports_missing_units", "Units that have not reported today, from 20:00 on; 0 before")
consumer_segments = Counter("cds_consumer_segments", "Segments met, by outcome", ["consumer", "stream", "outcome"])
consumer_events = Counter("cds_consumer_events", "Events applied", ["consumer", "stream"])
consumer_lag = Gauge("cds_consumer_lag_segments", "Segments behind the producer's heads", ["consumer", "stream"])
consumer_gaps = Counter("cds_consumer_gaps", "Gaps met", ["consumer", "stream"])
consumer_caught_up = Counter("cds_consumer_catchup_segments", "Segments fetched from the feed", ["consumer", "stream"])
consumer_freshness = Histogram(
    "cds_consumer_freshness_seconds",
    "From acceptance to effect",
    ["consumer", "stream"],
    buckets=(*FAST, 30.0, 60.0, 300.0),
)
reconcile_differences = Gauge(
    "cds_reconcile_differences", "Numbers of the last days that are not the same in reporting and where they come from"
)
reconcile_age = Gauge(
    "cds_reconcile_age_seconds", "Since reporting was last compared with its sources; 0 while there is no closed day"
)
quarantined_events = Gauge("cds_quarantined_events", "Events put aside for a person", ["consumer"])


def render() -> tuple[bytes, str]:
    """The exposition of this process, or of all workers under gunicorn."""
    registry = DEFAULT
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST


def wipe(folder: Path) -> None:
    """Remove what earlier processes left; called by the start command before the workers exist."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.db"):
        stale.unlink()


def worker_ended(pid: int) -> None:
    """Forget the live gauges of a worker that ended (gunicorn's `child_exit`)."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]
