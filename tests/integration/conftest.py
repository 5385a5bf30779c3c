"""Who visits the ward officer's page. The `stack` is that of the test's own file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from shared import clock
from tests.support.page import Visitor, add_officer, signed_in
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def user(stack: Stack) -> str:
    """An officer of the ward Dương Kinh."""
    return add_officer(stack, "Nguyễn Văn A", "11692")


@pytest.fixture
def visitor(stack: Stack, user: str) -> Visitor:
    return signed_in(stack, user)


@pytest.fixture
def colleague(stack: Stack) -> Visitor:
    """Another officer of the same ward."""
    return signed_in(stack, add_officer(stack, "Đồng nghiệp", "11692"))


@pytest.fixture(scope="module")
def neighbour(stack: Stack) -> Visitor:
    """An officer of another ward of today."""
    return signed_in(stack, add_officer(stack, "Trần Thị B", "11455"))


@pytest.fixture(scope="module")
def _days() -> Iterator[int]:
    return iter(range(1, 300))


@pytest.fixture
def day(_days: Iterator[int]) -> dt.date:
    """A day that no other test of the file uses."""
    return clock.today() - dt.timedelta(days=next(_days))
