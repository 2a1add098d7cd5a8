"""One request, one reply, over a DEALER socket."""

from __future__ import annotations

import threading
import time

import zmq
from google.protobuf.message import DecodeError

from acqd import limits, sockets
from acqd._wire.control_pb2 import Reply, Request
from acqd.errors import DisconnectedError, InternalError, InvalidError, TimeoutError, error_of


class Control:
    """Sends requests and waits for their replies, one at a time. Any thread."""

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str, timeout: float
    ) -> None:
        self.endpoint = endpoint
        self.timeout = timeout
        self._context = context
        self._lock = threading.Lock()
        self._last_id = 0
        self._is_closed = False
        self._socket = self._open()

    def request(self, request: Request, timeout: float | None = None) -> Reply:
        """The reply with code OK; any other code is raised as its exception.

        TimeoutError when none came in time. The request may or may not have been carried out if
        it had already been sent; if it had not, it never will be.
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
            self._socket.send(raw)
            reply = self._wait(request.id, time.monotonic() + limit)
        if reply is None:
            raise TimeoutError(f"no reply from {self.endpoint} within {limit} s")
        if reply.code:
            raise error_of(reply.code, reply.sentence, reply.field, reply.allowed)
        return reply

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._socket.close()

    def _open(self) -> zmq.Socket[bytes]:
        socket = sockets.open_socket(self._context, zmq.DEALER, limits.REPLY_BYTES)
        socket.connect(self.endpoint)
        return socket

    def _wait(self, request_id: int, deadline: float) -> Reply | None:
        while True:
            wait_ms = sockets.until_ms(deadline)
            if not self._socket.poll(wait_ms):
                break
            try:
                reply = Reply.FromString(self._socket.recv())
            except DecodeError as error:
                raise InternalError("the daemon's reply cannot be read") from error
            if reply.id == request_id:  # a late reply to an earlier request is dropped
                return reply
        # What still waits to be sent must not be carried out behind the caller's back.
        self._socket.close()
        self._socket = self._open()
        return None
