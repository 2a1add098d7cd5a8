"""Limits of what enters the process: the same numbers as proto/limits.h, where the reasons are."""

from typing import Final

CONTROL_BYTES: Final = 64 * 1024
REPLY_BYTES: Final = 1024 * 1024
FRAME_BYTES: Final = 64 * 1024 * 1024
HEADER_BYTES: Final = 64 * 1024
STRING_BYTES: Final = 256
NAME_BYTES: Final = 64
TOPICS_PER_PEER: Final = 64
DIMENSIONS: Final = 4
AXES: Final = 4
ASSIGNMENTS: Final = 256

# Of dsp/base/signal.h and frame.h.
CHANNELS: Final = 64
TRIGGERS: Final = 64
RESULTS: Final = 256
