"""Fixtures that every suite may use: a broker and a database, one of each for the run, a fresh part for each
test.

Only what a test asks for is started. CDS_TEST_BROKER_URL and CDS_TEST_DATABASE_URL name others to use
instead.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.postgres import TestPostgres
from tests.support.rabbitmq import RabbitNode

# Time limits are for benchmarks: the machine that runs the tests may be busy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitNode]:
    """The run's own node. A test that kills or wipes it should take a node of its own instead."""
    with RabbitNode() as node:
        yield node


@pytest.fixture
def broker_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh vhost of the run's node; or what CDS_TEST_BROKER_URL names, as it is."""
    if named := os.environ.get("CDS_TEST_BROKER_URL"):
        yield named
        return
    node: RabbitNode = request.getfixturevalue("rabbit")
    name = f"test-{secrets.token_hex(4)}"
    yield node.add_vhost(name)
    node.delete_vhost(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestPostgres]:
    with TestPostgres() as server:
        yield server


@pytest.fixture
def database_url(postgres: TestPostgres) -> Iterator[str]:
    """A fresh, empty database."""
    url = postgres.fresh_database()
    yield url
    postgres.drop(url)
