"""When a sample was taken: exact ticks on a named time scale, and how well that is known."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from acqd.errors import UnsupportedError


class TimeScale(enum.IntEnum):
    UNSPECIFIED = 0
    TAI = 1
    UTC = 2
    MONOTONIC = 3  # of the daemon's host
    FREE_RUNNING = 4  # of the instrument, from an arbitrary zero


class TimeOrigin(enum.IntEnum):
    UNSPECIFIED = 0
    HARDWARE = 1
    DEVICE_REPORTED = 2
    HOST_ARRIVAL = 3
    COMPUTED = 4


class ClockState(enum.IntEnum):
    UNSPECIFIED = 0
    FREE = 1
    ACQUIRING = 2
    LOCKED = 3
    HOLDOVER = 4


@dataclass(frozen=True, slots=True)
class Time:
    """The time of the first sample of a frame."""

    ticks: int
    tick_s: Fraction
    scale: TimeScale
    origin: TimeOrigin
    clock_state: ClockState
    sigma_s: float  # one standard deviation; NaN: unknown

    @property
    def seconds(self) -> Fraction:
        """Exact seconds since the zero of the scale (UTC: since 1970-01-01)."""
        return self.ticks * self.tick_s

    def __float__(self) -> float:
        """Seconds, rounded to float64: for UTC no better than 0.2 us."""
        return float(self.seconds)

    @property
    def datetime64(self) -> np.datetime64:
        """UTC to the nanosecond (rounded down). UnsupportedError on any other scale: a counter
        that is not UTC is never passed off as it."""
        if self.scale is not TimeScale.UTC:
            raise UnsupportedError(
                f"a time on the scale {self.scale.name} has no date; use float(time)"
            )
        return np.datetime64(int(self.seconds * 1_000_000_000 // 1), "ns")
