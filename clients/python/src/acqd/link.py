"""A socket that knows whether somebody is at its other end."""

from __future__ import annotations

import time

import zmq
from zmq.utils.monitor import recv_monitor_message

from acqd import sockets


class Link:
    """One DEALER connection that comes back by itself: ZeroMQ connects anew when the daemon
    returns. Messages are never queued for a peer that is not there. One thread at a time."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        kind: int,
        endpoint: str,
        max_bytes: int,
    ) -> None:
        self._socket = sockets.open_socket(context, kind, max_bytes)
        # What is not sent in its caller's time must not be carried out behind the caller's back.
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._monitor = self._socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED
        )
        self._is_up = False
        self._count = 0
        self._socket.connect(endpoint)

    def connection(self) -> int:
        """The number of the connection in force, from 1; 0 when there is none."""
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)["event"]
            self._is_up = event == zmq.EVENT_HANDSHAKE_SUCCEEDED
            self._count += self._is_up
        return self._count if self._is_up else 0

    def send(self, raw: bytes, deadline: float) -> int:
        """Sends when somebody is there, and says over which connection; 0 when nobody came until
        `deadline`, of time.monotonic()."""
        while True:
            connection = self.connection()
            if not connection:
                if not self._monitor.poll(sockets.until_ms(deadline)):
                    return 0
                continue
            # The poll takes note of a connection that has ended, as its event did before.
            if not self._socket.poll(sockets.until_ms(deadline), zmq.POLLOUT):
                return 0
            if self.connection() != connection:
                continue
            try:
                self._socket.send(raw, zmq.NOBLOCK)
            except zmq.Again:
                continue
            return connection

    def receive(self, connection: int, deadline: float) -> bytes | None:
        """The next message; None when the connection has ended or the time is over."""
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._monitor, zmq.POLLIN)
        while True:
            try:
                return self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                if self.connection() != connection or time.monotonic() >= deadline:
                    return None
            poller.poll(sockets.until_ms(deadline))

    def close(self) -> None:
        if self._socket.closed:
            return
        self._socket.disable_monitor()
        self._monitor.close()
        self._socket.close()
