"""The raw limit of single-event intake: a Flask application with one durable INSERT, and nothing else.

gunicorn loads it with the same settings as the services. It checks no token, reads no event and keeps no order.
"""

import os

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

TABLE = "CREATE TABLE bare_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)"
DATABASE = "CDS_BENCH_BARE_DATABASE_URL"


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)
    pool = ConnectionPool(os.environ[DATABASE], min_size=8, max_size=8, kwargs={"autocommit": True}, open=True)

    @app.post("/v1/events")
    def post_event() -> Response:
        with pool.connection() as connection:
            connection.execute("INSERT INTO bare_event (body) VALUES (%s)", [request.get_data(cache=False)])
        return Response('{"status": "accepted"}', 201, content_type="application/json")

    return app
