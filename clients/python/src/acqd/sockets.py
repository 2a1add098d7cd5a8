"""Options of our ZeroMQ sockets, in one place."""

from __future__ import annotations

import math
import time
from typing import Any, Final

import zmq

# A peer that is asked and answers: ZeroMQ's own, which notice a process that stands still.
_HEARTBEATS: Final[dict[int, int]] = {
    zmq.HEARTBEAT_IVL: 1000,
    zmq.HEARTBEAT_TIMEOUT: 3000,
    zmq.HEARTBEAT_TTL: 3000,
}
# A peer that only sends: the kernel's, in seconds. Whose queue is full reads no answers to ZeroMQ's
# heartbeats, gives a healthy connection up, and libzmq may abort when the queue is read again
# (zeromq/libzmq #3937: Assertion failed: _input_stopped).
_KEEPALIVE: Final[dict[int, int]] = {
    zmq.TCP_KEEPALIVE: 1,
    zmq.TCP_KEEPALIVE_IDLE: 1,
    zmq.TCP_KEEPALIVE_INTVL: 1,
    zmq.TCP_KEEPALIVE_CNT: 2,
}
_RECONNECT_MS: Final = 100
_RECONNECT_MAX_MS: Final = 2000
_LEAST_FRAMES: Final = 32  # below that a healthy reader loses frames to scheduling alone
_FRAME_OVERHEAD_BYTES: Final = 1024  # header, topic, and libzmq's own bookkeeping
_TYPICAL_FRAME_BYTES: Final = 64 * 1024


def high_water_mark(budget_bytes: int, frame_bytes: int = 0) -> int:
    """Messages that stay within the budget: libzmq counts messages, people count bytes. Of frames
    whose size is not known (0) a typical one is taken."""
    frame_bytes = frame_bytes or _TYPICAL_FRAME_BYTES
    return max(_LEAST_FRAMES, budget_bytes // (frame_bytes + _FRAME_OVERHEAD_BYTES))


def until_ms(deadline: float) -> int:
    """Milliseconds, rounded up, until a time of time.monotonic(); 0 when it has passed."""
    return math.ceil(max(0.0, deadline - time.monotonic()) * 1000)


def open_socket(
    context: zmq.Context[zmq.Socket[bytes]], kind: int, max_bytes: int
) -> zmq.Socket[bytes]:
    """A socket that notices a dead peer within three seconds or so, with a limit on what it accepts,
    and nothing kept when it closes."""
    socket = context.socket(kind)
    options: dict[int, Any] = {
        zmq.LINGER: 0,
        zmq.MAXMSGSIZE: max_bytes,
        **(_KEEPALIVE if kind == zmq.SUB else _HEARTBEATS),
        zmq.RECONNECT_IVL: _RECONNECT_MS,
        zmq.RECONNECT_IVL_MAX: _RECONNECT_MAX_MS,
    }
    for option, value in options.items():
        socket.setsockopt(option, value)
    return socket
