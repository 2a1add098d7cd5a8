"""One request, one reply, over a DEALER socket."""

from __future__ import annotations

import threading
import time
from typing import Final

import zmq
from google.protobuf.message import DecodeError

from acqd import limits
from acqd._wire.control_pb2 import Reply, Request
from acqd.errors import DisconnectedError, InternalError, InvalidError, TimeoutError, error_of
from acqd.link import Link

_QUESTIONS: Final = frozenset(
    ("hello", "list", "describe", "get", "negotiate", "subscribe_info", "stats")
)


def is_question(request: Request) -> bool:
    """Whether it changes nothing, so that it may be asked twice."""
    verb = request.WhichOneof("verb")
    if verb == "set":
        return bool(request.set.dry_run)
    if verb == "configure":
        return bool(request.configure.dry_run)
    return verb in _QUESTIONS


class Control:
    """Sends requests and waits for their replies, one at a time. Any thread."""

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str, timeout: float
    ) -> None:
        self.endpoint = endpoint
        self.timeout = timeout
        self._lock = threading.Lock()
        self._last_id = 0
        self._is_closed = False
        self._link = Link(context, zmq.DEALER, endpoint, limits.REPLY_BYTES)

    def request(self, request: Request, timeout: float | None = None) -> Reply:
        """The reply with code OK; any other code is raised as its exception.

        DisconnectedError when nobody was there to take it, so that it was never sent, or when the
        connection was cut before the reply to a change, which may or may not have been made; what
        changes nothing is asked again. TimeoutError when it was taken and not answered in time.
        """
        limit = self.timeout if timeout is None else timeout
        with self._lock:
            if self._is_closed:
                raise DisconnectedError("the session is closed")
            self._last_id += 1
            request.id = self._last_id
            request.deadline_ms = max(1, int(limit * 1000))
            raw = request.SerializeToString()
            if len(raw) > limits.CONTROL_BYTES:
                raise InvalidError(
                    f"a request of {len(raw)} bytes", "", f"{limits.CONTROL_BYTES} bytes"
                )
            reply = self._exchange(request, raw, limit)
        if reply.code:
            raise error_of(reply.code, reply.sentence, reply.field, reply.allowed)
        return reply

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._link.close()

    def _exchange(self, request: Request, raw: bytes, limit: float) -> Reply:
        deadline = time.monotonic() + limit
        while True:
            connection = self._link.send(raw, deadline)
            if not connection:
                raise DisconnectedError(f"nobody answers at {self.endpoint} within {limit} s")
            while (answer := self._link.receive(connection, deadline)) is not None:
                try:
                    reply = Reply.FromString(answer)
                except DecodeError as error:
                    raise InternalError("the daemon's reply cannot be read") from error
                if reply.id == request.id:  # a late reply to an earlier request is dropped
                    return reply
            if self._link.connection() == connection:
                raise TimeoutError(f"no reply from {self.endpoint} within {limit} s")
            if request.HasField("shutdown"):
                # It has left, as asked; ZeroMQ drops a reply that came with the end.
                return Reply(id=request.id)
            if not is_question(request):
                raise DisconnectedError(
                    f"the connection to {self.endpoint} was cut before the reply; "
                    "the change may have been made"
                )
