"""A bad network for a test: a TCP proxy that forwards requests and, now and then, cuts the answers.

A cut comes after the server has the whole request: before the answer passes, or in its middle; some connections are
refused from the start. From a seed, so that what befalls the n-th answer can be repeated.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from random import Random
from typing import Self

CHUNK = 65_536


class CuttingProxy:
    """Use as a context manager. `cuts` counts what it has done."""

    def __init__(
        self, port: int, seed: int, *, refused: float = 0.05, before: float = 0.1, middle: float = 0.1
    ) -> None:
        self.target, self.chance = port, Random(seed)
        self.shares = {"refused": refused, "before": before, "middle": middle}
        self.cuts: Counter[str] = Counter()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._meet, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _draw(self, *kinds: str) -> str:
        for kind in kinds:
            if self.chance.random() < self.shares[kind]:
                self.cuts[kind] += 1
                return kind
        return ""

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._draw("refused"):
            writer.transport.abort()
            return
        try:
            upstream, onward = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        asking = asyncio.ensure_future(self._forward(reader, onward))
        try:
            await self._answer(upstream, writer)
        finally:
            asking.cancel()
            for end in (onward, writer):
                end.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, onward: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            onward.write(data)
            await onward.drain()

    async def _answer(self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await upstream.read(CHUNK):
            cut = self._draw("before", "middle")
            if cut == "before":
                return
            writer.write(data[: len(data) // 2] if cut else data)
            await writer.drain()
            if cut:
                return
        writer.close()
