"""The raw limit of single-event intake: a Flask application with one durable INSERT, and nothing else.

gunicorn loads it with the same settings as the services. It checks no token, reads no event and keeps no order.
"""

import os
import threading

import psycopg
from flask import Flask, Response, request

TABLE = "CREATE TABLE bare_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)"
DATABASE = "CDS_BENCH_BARE_DATABASE_URL"


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)
    of_thread = threading.local()

    @app.post("/v1/events")
    def post_event() -> Response:
        if not hasattr(of_thread, "connection"):
            of_thread.connection = psycopg.connect(os.environ[DATABASE], autocommit=True)
        of_thread.connection.execute("INSERT INTO bare_event (body) VALUES (%s)", [request.get_data(cache=False)])
        return Response('{"status": "accepted"}', 201, content_type="application/json")

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app
