"""Options of our ZeroMQ sockets, in one place."""

from __future__ import annotations

import math
import time
from typing import Any, Final

import zmq

HEARTBEAT_MS: Final = 1000
HEARTBEAT_TIMEOUT_MS: Final = 3000
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
    """A socket with heartbeats, a limit on what it accepts, and nothing kept when it closes."""
    socket = context.socket(kind)
    options: dict[int, Any] = {
        zmq.LINGER: 0,
        zmq.MAXMSGSIZE: max_bytes,
        zmq.HEARTBEAT_IVL: HEARTBEAT_MS,
        zmq.HEARTBEAT_TIMEOUT: HEARTBEAT_TIMEOUT_MS,
        zmq.HEARTBEAT_TTL: HEARTBEAT_TIMEOUT_MS,
        zmq.RECONNECT_IVL: _RECONNECT_MS,
        zmq.RECONNECT_IVL_MAX: _RECONNECT_MAX_MS,
    }
    for option, value in options.items():
        socket.setsockopt(option, value)
    return socket
