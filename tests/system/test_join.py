"""Streams of two instruments, each with a clock and a start of its own, side by side in one topic."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

import acqd
from conftest import Print
from daemon import Daemon, wait_for

RATE_HZ = 20_000
BODY = """
[instrument.a]
driver = "sim"
channels = 1
rate = "20 kHz"
noise = "1 V"
seed = 1

[instrument.b]
driver = "sim"
channels = 1
rate = "20 kHz"
noise = "1 V"
seed = 2

[pipeline.both]
from = ["a/wave", "b/wave"]
publish = "always"

[pipeline.alone]
from = ["b/wave"]
publish = "always"
"""
Array = npt.NDArray[np.float64]


def times_of(frame: acqd.Frame) -> Array:
    return float(frame.time) + np.arange(frame.count) / RATE_HZ


def collect(frames: Iterable[acqd.Frame], samples: int) -> list[acqd.Frame]:
    """So many samples' worth from now on."""
    found: list[acqd.Frame] = []
    for frame in frames:
        found.append(frame)
        if sum(one.count for one in found) >= samples:
            break
    return found


def test_samples_of_two_instruments_stand_beside_those_of_the_same_time(figures: Print) -> None:
    with Daemon(BODY) as daemon, daemon.connect() as session:
        wait_for("both run", lambda: session.instrument("b").descriptor.epoch >= 1)
        session.stop("b")  # its count of samples stays behind
        time.sleep(0.3)
        session.start("b")
        with (
            session.subscribe("a/both", timeout=10) as both,
            session.subscribe("b/alone", timeout=10) as alone,
        ):
            joined = collect(both, RATE_HZ)
            own = collect(alone, 2 * RATE_HZ)
        assert not session.status().notes
        b_times = np.concatenate([times_of(frame) for frame in own])
        b_values = np.concatenate([frame.values[0] for frame in own])
        compared = 0
        for frame in joined:
            times = times_of(frame)
            inside = (times > b_times[1]) & (times < b_times[-2])
            near = np.searchsorted(b_times, times[inside])
            # Noise tells which sample it is: one that is no further than a sample away.
            differences = [np.abs(frame.values[1][inside] - b_values[near + k]) for k in (-1, 0)]
            assert np.all(np.min(differences, axis=0) < 1e-5)
            compared += int(inside.sum())
        assert compared > RATE_HZ / 4
        figures(compared=compared)


def test_streams_whose_times_cannot_be_compared_are_not_joined_and_the_status_says_so() -> None:
    body = BODY.replace("seed = 2", 'seed = 2\nstamps = "counter"')
    with Daemon(body) as daemon, daemon.connect() as session:
        note = "pipeline both joins streams whose times cannot be compared"
        wait_for("a note", lambda: any(note in told for told in session.status().notes))
        (both,) = [pipeline for pipeline in session.status().pipelines if pipeline.name == "both"]
        assert both.frames == 0
