"""gunicorn's settings for every web process: `cds serve SERVICE` gives the address and the application.

Threads, because psycopg blocks; workers in number of cores; a recycled worker would lose nothing but time, so none is.
Behind a proxy that buffers. The metrics folder is wiped by `cds serve`, before any worker exists.
Step 2 of the event path (docs/architecture.md).
"""

import os
from pathlib import Path
from typing import Any

worker_class = "gthread"
workers = int(os.environ.get("CDS_WEB_WORKERS", "2"))
threads = int(os.environ.get("CDS_WEB_THREADS", "8"))
timeout = 30
graceful_timeout = 30
keepalive = 5
max_requests = 0
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
preload_app = False
proc_name = "cds"
# Three servers of one user would share one control socket in the home folder.
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"
# The heartbeat of workers must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None


def child_exit(_server: Any, worker: Any) -> None:
    """The live gauges of a worker that ended, however it ended, are forgotten; its counts stay."""
    from shared import metrics

    metrics.worker_ended(worker.pid)
