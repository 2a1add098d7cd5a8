"""A subscription: frames of one or more topics, as an iterator and an async iterator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Self

import zmq
import zmq.asyncio

from acqd import limits, sockets
from acqd._wire.stream_pb2 import StreamDescriptor
from acqd.errors import DisconnectedError, Error, InvalidError, TimeoutError
from acqd.frame import Frame
from acqd.header import MESSAGES
from acqd.loss import Losses
from acqd.reader import Reader

Describe = Callable[[str], StreamDescriptor]


class Subscription:
    """Frames as they arrive. Reconnects by itself; what it missed meanwhile is in `losses`.

    Iterating ends when the subscription is closed, and raises TimeoutError when `timeout` seconds
    pass without a frame. One thread at a time, and either the iterator or the async one.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str,
        topics: Sequence[str],
        reader: Reader,
        describe: Describe,
        *,
        timeout: float | None,
        high_water_mark: int,
    ) -> None:
        if not 0 < len(topics) <= limits.TOPICS_PER_PEER:
            raise InvalidError(f"{len(topics)} topics", "topics", f"1 to {limits.TOPICS_PER_PEER}")
        self.topics = tuple(topics)
        self.timeout = timeout
        self._reader = reader
        self._describe = describe
        self._undescribed: set[tuple[str, int]] = set()
        self._socket = sockets.open_socket(context, zmq.SUB, limits.FRAME_BYTES)
        self._async_socket: zmq.asyncio.Socket | None = None
        # Never later: ZeroMQ tells the other end of every connection, and of one that is being
        # closed that end may be gone; its I/O thread crashes.
        self._socket.setsockopt(zmq.RCVHWM, high_water_mark)
        for topic in self.topics:
            self._socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
        self._socket.connect(endpoint)

    @property
    def losses(self) -> Losses:
        """What was received and lost, summed over the topics."""
        total = Losses()
        for losses in self._reader.losses.values():
            total.add(losses)
        return total

    @property
    def losses_by_topic(self) -> dict[str, Losses]:
        return self._reader.losses

    def receive(self, timeout: float | None = None) -> Frame:
        """The next frame. TimeoutError after `timeout` seconds (None: the subscription's own);
        DisconnectedError once closed."""
        limit = self.timeout if timeout is None else timeout
        deadline = None if limit is None else time.monotonic() + limit
        while True:
            self._require_open()
            wait_ms = None if deadline is None else sockets.until_ms(deadline)
            if not self._socket.poll(wait_ms):
                raise self._silence(limit)
            frame = self._take(self._socket.recv_multipart(zmq.NOBLOCK, copy=False))
            if frame is not None:
                return self._described(frame) if self._lacks_description(frame) else frame
            if wait_ms == 0:  # only messages that are no frames
                raise self._silence(limit)

    async def receive_async(self, timeout: float | None = None) -> Frame:
        """receive() for asyncio."""
        limit = self.timeout if timeout is None else timeout
        self._require_open()
        if self._async_socket is None:
            self._async_socket = zmq.asyncio.Socket(shadow=self._socket.underlying)
        try:
            async with asyncio.timeout(limit):
                while True:
                    parts = await self._async_socket.recv_multipart(copy=False)
                    frame = self._take(parts)
                    if frame is not None:
                        break
        except asyncio.TimeoutError:
            raise self._silence(limit) from None
        if self._lacks_description(frame):
            return await asyncio.to_thread(self._described, frame)
        return frame

    def close(self) -> None:
        """Ends the subscription; closing twice is harmless."""
        if self._async_socket is not None:
            self._async_socket.close()
            self._async_socket = None
        self._socket.close()

    def __del__(self) -> None:
        # One that lives in a single expression: session.subscribe(topic).receive().
        if hasattr(self, "_socket"):
            self.close()

    @property
    def closed(self) -> bool:
        return bool(self._socket.closed)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Frame:
        if self.closed:
            raise StopIteration
        return self.receive()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Frame:
        if self.closed:
            raise StopAsyncIteration
        return await self.receive_async()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()

    def _require_open(self) -> None:
        if self.closed:
            raise DisconnectedError("the subscription is closed")

    def _silence(self, limit: float | None) -> TimeoutError:
        return TimeoutError(f"no frame of {', '.join(self.topics)} within {limit} s")

    def _take(self, parts: Sequence[zmq.Frame]) -> Frame | None:
        return self._reader.read([part.buffer for part in parts])

    def _lacks_description(self, frame: Frame) -> bool:
        key = (frame.topic, frame.header.descriptor_id)
        return (
            frame._descriptor is None
            and frame.kind not in MESSAGES
            and key not in self._undescribed
        )

    def _described(self, frame: Frame) -> Frame:
        """Asks, once, for a description that was lost on its way."""
        try:
            return self._reader.learn(frame, self._describe(frame.topic))
        except Error:
            self._undescribed.add((frame.topic, frame.header.descriptor_id))
            return frame
