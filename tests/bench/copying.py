"""The raw limit of batch intake: COPY of the same rows into the same table with the same indexes.

The bytes are those that the intake has just stored, in PostgreSQL's binary form, made before the clock starts; as many
connections as the intake had clients, one commit for each batch.
"""

import threading
import time

import psycopg
import sqlalchemy as sa

from shared import event_log
from tests.bench.stack import Stack

COLUMNS = "shard, source_id, event_id, digest, recorded_at, body"
CONNECTIONS = 6
LEAST_SECONDS, SECONDS = 1.5, 3.0
MOST_ROWS = 48_000


def by_size(stack: Stack, sizes: list[int]) -> dict[int, float]:
    """Rows a second by rows a COPY."""
    _make_table(stack.raw_url)
    return {size: _measure(stack, size) for size in sizes}


def _make_table(url: str) -> None:
    metadata = sa.MetaData()
    event_log.define_tables(metadata)
    metadata.create_all(sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1)))


def _measure(stack: Stack, size: int) -> float:
    """Pass after pass over the same rows, until the clock has run long enough to be believed."""
    blocks = _blocks(stack, size)
    shares = [blocks[number::CONNECTIONS] for number in range(CONNECTIONS)]
    rows, seconds = 0, 0.0
    while seconds < LEAST_SECONDS:
        with psycopg.connect(stack.raw_url, autocommit=True) as connection:
            connection.execute("TRUNCATE event_log")
        done, taken = _pass(stack.raw_url, shares)
        rows, seconds = rows + done * size, seconds + taken
    return rows / seconds


def _pass(url: str, shares: list[list[bytes]]) -> tuple[int, float]:
    """Copy all shares at once; blocks copied, and the seconds that it took."""
    done = [0] * CONNECTIONS
    start = threading.Barrier(CONNECTIONS + 1)
    threads = [
        threading.Thread(target=_copy, args=(url, share, start, done, number)) for number, share in enumerate(shares)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.monotonic()
    for thread in threads:
        thread.join()
    return sum(done), time.monotonic() - begun


def _copy(url: str, blocks: list[bytes], start: threading.Barrier, done: list[int], number: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        start.wait()
        until = time.monotonic() + SECONDS
        for block in blocks:
            if time.monotonic() > until:
                return
            with connection.cursor().copy(f"COPY event_log ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(block)
            done[number] += 1


def _blocks(stack: Stack, size: int) -> list[bytes]:
    """The stored rows as COPY streams of so many rows; only full ones."""
    with stack.connect("sessions") as connection:
        count = connection.execute("SELECT count(*) FROM event_log").fetchone()
        assert count is not None
        total = min(count[0], MOST_ROWS, max(size * 60, 12_000))
        connection.execute(
            f"""CREATE TEMPORARY TABLE numbered AS
                SELECT row_number() OVER (ORDER BY log_id) - 1 AS place, {COLUMNS} FROM event_log LIMIT {total}"""
        )
        connection.execute("CREATE INDEX ON numbered (place)")
        return [_block(connection, begin, size) for begin in range(0, total - size + 1, size)]


def _block(connection: psycopg.Connection, begin: int, size: int) -> bytes:
    select = f"SELECT {COLUMNS} FROM numbered WHERE place >= {begin} AND place < {begin + size} ORDER BY place"
    with connection.cursor().copy(f"COPY ({select}) TO STDOUT (FORMAT BINARY)") as copy:
        return b"".join(map(bytes, copy))
