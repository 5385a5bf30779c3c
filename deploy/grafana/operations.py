"""The dashboard “Vận hành hệ thống”: intake, relays, consumers, reconciling, from Prometheus alone."""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.beginnings import begin
from deploy.grafana.panels import AMBER, GREEN, GREY, RED, lines, prom

UID = "cds-van-hanh"
FATES = {
    "accepted": ("đã nhận", GREEN),
    "duplicate": ("trùng", GREY),
    "pending_reference": ("chờ đối chiếu", AMBER),
    "rejected": ("không nhận", RED),
}
# Title, description, expression, legend, unit.
PANELS = (
    ("Yêu cầu HTTP mỗi giây", "Requests that the services answered, by service.",
     "sum by (service) (rate(cds_http_requests_total[$__rate_interval]))", "{{service}}", "suffix: /s"),
    ("Thời gian trả lời (phân vị 95)", "95 of 100 requests were answered in less, by service.",
     "histogram_quantile(0.95, sum by (service, le) (rate(cds_http_request_seconds_bucket[$__rate_interval])))",
     "{{service}}", "s"),
    ("Sự kiện chờ đối chiếu", "Accepted events that wait for what they refer to.",
     "max(cds_intake_pending_events)", "chờ đối chiếu", "locale"),
    ("Sự kiện chưa cắt đoạn", "Events in the log that are not cut yet, by stream.",
     "max by (stream) (cds_relay_uncut_events)", "{{stream}}", "locale"),
    ("Sự kiện chờ chuyển lâu nhất", "Age of the oldest event not confirmed. Alert RelayBehind at 5 minutes.",
     "max by (stream) (cds_relay_oldest_event_seconds)", "{{stream}}", "s"),
    ("Giao dịch mở lâu nhất", "Age of the oldest writing transaction, which holds the cut. Alert HorizonOld.",
     "max by (stream) (cds_relay_horizon_age_seconds)", "{{stream}}", "s"),
    ("Đoạn chưa xử lý", "Segments that a consumer is behind the producer. Alert ConsumerLag after 10 minutes.",
     "max by (consumer, stream) (cds_consumer_lag_segments)", "{{consumer}} ← {{stream}}", "locale"),
    ("Sự kiện đã xử lý mỗi giây", "Events applied, by consumer and stream.",
     "sum by (consumer, stream) (rate(cds_consumer_events_total[$__rate_interval]))", "{{consumer}} ← {{stream}}",
     "suffix: /s"),
    ("Sự kiện chờ xử lý (cách ly)", "Events put aside for a person. Alert EventsInQuarantine.",
     "max by (consumer) (cds_quarantined_events)", "{{consumer}}", "locale"),
    ("Số liệu không khớp khi đối soát", "Numbers that differ from where they were reported. Alert FiguresDiffer.",
     "max(cds_reconcile_differences)", "không khớp", "locale"),
    ("Lần đối soát gần nhất, cách đây", "Since figures were last compared. Alert NotReconciled after a day and a half.",
     "max(cds_reconcile_age_seconds)", "đối soát", "s"),
)  # fmt: skip


def build() -> dashboard.Dashboard:
    """The dashboard; it has no variables."""
    board = begin("Vận hành hệ thống", UID, "Intake, relays, consumers and reconciling, from Prometheus.").with_panel(
        lines(
            "Sự kiện nhận được mỗi giây",
            "Events that the intake answered, by fate.",
            prom("sum by (status) (rate(cds_intake_events_total[$__rate_interval]))", "{{status}}"),
            unit="suffix: /s",
            names=FATES,
        )
    )
    for title, said, expression, legend, unit in PANELS:
        board = board.with_panel(lines(title, said, prom(expression, legend), unit=unit))
    return board
