"""The tests' PostgreSQL: the embedded one in a temporary folder, or the one that CDS_TEST_DATABASE_URL names.

A test gets a database of its own in some ten milliseconds. `template` names a database that is filled once
(say, by migrations) and then copied: far faster than to migrate for each test. Databases of a test are
dropped after it.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from deploy.cds.postgres import EmbeddedPostgres


class TestPostgres:
    """Starts at once. `url(name)` addresses a database, `fresh_database()` makes one."""

    __test__ = False

    def __init__(self, *, port: int | None = None) -> None:
        self._named = os.environ.get("CDS_TEST_DATABASE_URL")
        self._templates: dict[str, str] = {}
        self._prefix = f"cds_test_{secrets.token_hex(4)}"
        self._made: list[str] = []
        self._count = 0
        self.server: EmbeddedPostgres | None = None
        if not self._named:
            self._folder = Path(tempfile.mkdtemp(prefix="cds-postgres-", dir="/tmp"))
            self._folder.chmod(0o711)  # as root the server runs as another user, who must pass
            self.server = EmbeddedPostgres(self._folder, port=port)
            self.server.start()
            # Tests kill processes, never the machine: what a process wrote outlives it without an fsync.
            self.server.execute("ALTER SYSTEM SET fsync = off;\nSELECT pg_reload_conf();")
        atexit.register(self.close)

    def url(self, database: str) -> str:
        if self.server:
            return self.server.url(database)
        assert self._named
        head, _, query = self._named.partition("?")
        address = head.split("://", 1)[1].split("/", 1)[0]
        return f"postgresql://{address}/{database}" + (f"?{query}" if query else "")

    def fresh_database(self, template: Callable[[str], None] | None = None) -> str:
        """The URL of a new database. `template` fills one, given its URL; it runs once and is copied."""
        source = self._template(template) if template else "template0"
        return self._create(source)

    def drop(self, url: str) -> None:
        """Drop a database of `fresh_database`, with the connections to it."""
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(str(name))))
        self._made.remove(str(name))

    def close(self) -> None:
        atexit.unregister(self.close)
        if self.server:
            self.server.stop()
            shutil.rmtree(self.server.layout.root, ignore_errors=True)
            shutil.rmtree(self._folder, ignore_errors=True)
            return
        for name in self._made[::-1]:
            self.drop(self.url(name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _template(self, fill: Callable[[str], None]) -> str:
        key = f"{fill.__module__}.{fill.__qualname__}"
        if key not in self._templates:
            url = self._create("template0")
            fill(url)
            self._templates[key] = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
        return self._templates[key]

    def _create(self, source: str) -> str:
        self._count += 1
        name = f"{self._prefix}_{self._count}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source))
        self._administer(statement)
        self._made.append(name)
        return self.url(name)

    def _administer(self, statement: sql.Composed) -> None:
        address = self._named or self.url("postgres")
        with psycopg.connect(make_conninfo(address), autocommit=True) as connection:
            connection.execute(statement)
