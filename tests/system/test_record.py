"""Recordings of the real daemon: what is on the disk is what the instrument made. ACQ_KILLS=200 makes the
kills a long test; ACQ_SEED repeats one."""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import acqd
from accounts import lost, stream_status
from conftest import Print
from daemon import ROOT, Daemon, binary, wait_for
from disk import Disk

sys.path.insert(0, str(ROOT / "tests" / "recording"))
import stranger  # type: ignore[import-not-found]  # noqa: E402

Floats = npt.NDArray[np.float64]

BODY = """
[instrument.scope]
driver = "sim"
channels = 2
rate = "200 kHz"

[pipeline.raw]
from = "scope/wave"
frame_samples = 2000
"""

FAST = BODY.replace("200 kHz", "1 MHz").replace("2000", "20000")


def acqctl(*arguments: str, ok: bool = True) -> Any:
    done = subprocess.run(
        [binary().parent / "acqctl", "--json", *arguments], capture_output=True, text=True
    )
    assert not ok or done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else {"error": done.stderr}


def recording(state: Path, name: str) -> Path:
    return state / "recordings" / name


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def start(state: Path, body: str = BODY, disk: Disk | None = None) -> Daemon:
    faults = disk.environment if disk else {}
    return Daemon(body, environment={"STATE_DIRECTORY": str(state), **faults})


def samples(session: acqd.Session, name: str) -> int:
    """Told as recorded: per channel, over all streams."""
    [status] = [r for r in session.recordings() if r.name == name]
    return sum(stream.recorded for stream in status.streams)


def test_a_recording_by_request_is_whole_and_adds_up(state: Path) -> None:
    with start(state) as daemon, acqd.connect(daemon.control) as session:
        session.record("run-1", streams=["scope/wave"], topics=["d/scope/raw"])
        wait_for("samples are recorded", lambda: samples(session, "run-1") > 200_000)
        session.mark("half way")
        with pytest.raises(acqd.BusyError):
            session.record("run-1")
        with pytest.raises(acqd.InvalidError):
            session.record("../run")
        session.stop_recording("run-1")
        [status] = [r for r in session.recordings() if r.name == "run-1"]
        assert status.state == "stopped" and status.frames > 0 and status.bytes > 800_000
    found = acqctl("recording", "verify", str(recording(state, "run-1")))
    assert found["whole"], found
    [stream] = found["streams"]
    assert stream["made"] == stream["recorded"] > 200_000


def test_the_daemon_ends_its_recordings_when_it_ends(state: Path) -> None:
    with start(state) as daemon, acqd.connect(daemon.control) as session:
        session.record("run-2", compression="zstd")
        wait_for("samples are recorded", lambda: samples(session, "run-2") > 100_000)
    assert acqctl("recording", "verify", str(recording(state, "run-2")))["whole"]


def test_a_killed_daemon_leaves_a_recording_that_recover_ends(state: Path) -> None:
    with start(state) as daemon:
        with acqd.connect(daemon.control) as session:
            session.record("run-3")
            wait_for("samples are recorded", lambda: samples(session, "run-3") > 800_000)
            recorded = samples(session, "run-3")
        daemon.process.kill()
        daemon.process.wait()
        daemon.start()
    path = recording(state, "run-3")
    assert not acqctl("recording", "verify", str(path), ok=False).get("whole")
    acqctl("recording", "recover", str(path))
    found = acqctl("recording", "verify", str(path))
    assert found["whole"]
    assert found["streams"][0]["recorded"] >= recorded


def test_no_acknowledged_sample_is_missing_after_a_kill_at_any_moment(
    state: Path, tmp_path: Path, seed: int, figures: Print
) -> None:
    """What is told as recorded was synced: it is there when the power fails with the kill, too."""
    kills = int(os.environ.get("ACQ_KILLS", "5"))
    moments = random.Random(seed)
    disk = Disk(tmp_path)
    body = FAST.replace("1 MHz", "2 MHz")  # a chunk is full before it is synced
    acknowledged, found_more, torn, lost_bytes = 0, 0, 0, 0
    with start(state, body, disk) as daemon:
        for number in range(kills):
            name, path = f"kill-{number}", recording(state, f"kill-{number}")
            with acqd.connect(daemon.control) as session:
                session.record(name, compression=moments.choice(["none", "lz4", "zstd"]))
                wait_for("samples are acknowledged", lambda: samples(session, name) > 0)
                end = time.monotonic() + moments.uniform(0, 2.5)
                told = samples(session, name)
                while time.monotonic() < end:
                    told = samples(session, name)
                    time.sleep(moments.uniform(0, 0.05))
            daemon.process.kill()
            daemon.process.wait()
            if number % 2:
                lost_bytes += disk.lose_power(path)
            torn += any(part.suffix == ".part" for part in path.iterdir())
            acqctl("recording", "recover", str(path))
            found = acqctl("recording", "verify", str(path))
            assert found["whole"], found
            there = sum(stream["recorded"] for stream in found["streams"])
            assert there >= told > 0, f"kill {number}: {told - there} of {told} are missing"
            acknowledged += told
            found_more += there - told
            shutil.rmtree(path)
            daemon.start()
    figures(
        kills=kills,
        torn=torn,
        acknowledged=acknowledged,
        missing=0,
        found_beside=found_more,
        unsynced_bytes_lost=lost_bytes,
    )
    assert torn == kills


def test_a_disk_that_syncs_in_two_seconds_costs_only_the_recorder(
    state: Path, tmp_path: Path, figures: Print
) -> None:
    disk = Disk(tmp_path)
    with (
        start(state, FAST, disk) as daemon,
        acqd.connect(daemon.control) as session,
        session.subscribe("scope/raw", timeout=5, descriptions=False) as frames,
    ):
        session.record("slow", streams=["scope/wave"])
        wait_for("samples are acknowledged", lambda: samples(session, "slow") > 0)
        syncs, end = len(disk.synced()), 0
        with disk.slow():
            while len(disk.synced()) < syncs + 4:
                frame = next(frames)
                assert end in (0, frame.first_index), "a gap in what is published"
                end = frame.first_index + frame.count
        session.stop_recording("slow")
        assert frames.losses.transport_frames == frames.losses.upstream_samples == 0
        stream = stream_status(session, "scope/wave")
        assert stream.consumers and not any(lost(consumer) for consumer in stream.consumers)
        [status] = [r for r in session.recordings() if r.name == "slow"]
    [account] = status.streams
    found = acqctl("recording", "verify", str(recording(state, "slow")))
    assert found["whole"], found
    [sums] = found["streams"]
    assert (sums["made"], sums["recorded"]) == (account.made, account.recorded)
    assert {loss.reason for loss in account.lost} <= {"recorder"}
    with acqd.open(recording(state, "slow")) as run:
        gaps = run["scope/wave"].gaps()
    assert all(gap.reasons == ("recorder",) for _, gap in gaps)
    assert sum(gap.samples for _, gap in gaps) == sums["lost"]
    figures(made=sums["made"], recorded=sums["recorded"], lost=sums["lost"], gaps=len(gaps))


def test_a_scheduled_recording_runs_in_its_turns_alone(state: Path) -> None:
    body = BODY + '\n[recording.turn]\nstart = "schedule"\nevery = "4 s"\nduration = "2 s"\n'
    with start(state, body) as daemon, acqd.connect(daemon.control) as session:
        wait_for(
            "two turns have ended",
            lambda: sum(r.state == "stopped" for r in session.recordings()) >= 2,
            20,
        )
        turns = [r for r in session.recordings() if r.state == "stopped"]
    begun = [turn.start_utc_ns / 1e9 for turn in turns]
    # Counted from midnight UTC; the first turn may have been entered in the middle.
    assert all(moment % 4 < 2 for moment in begun)
    assert int(begun[1] // 4) == int(begun[0] // 4) + 1
    for turn in turns:
        found = acqctl("recording", "verify", str(recording(state, turn.name)))
        assert found["whole"], found
        assert found["streams"][0]["recorded"] < 2.9 * 200_000


def test_a_standing_recording_waits_for_its_trigger_with_the_seconds_before(state: Path) -> None:
    body = BODY + '\n[recording.event]\nstart = "trigger"\nbefore = "2 s"\nafter = "1 s"\n'
    with start(state, body) as daemon, acqd.connect(daemon.control) as session:
        [waiting] = session.recordings()
        assert waiting.state == "waiting"
        time.sleep(2.5)
        session.trigger_recording("event")
        wait_for(
            "the recording has ended",
            lambda: [r for r in session.recordings() if r.state == "stopped"],
        )
    found = acqctl("recording", "verify", str(recording(state, waiting.name)))
    assert found["whole"], found
    assert found["streams"][0]["recorded"] > 500_000  # more than the second after the trigger


def values(path: Path) -> Floats:
    """Every sample of a recording, by a reader that is not ours; nothing may be missing between them."""
    parts: list[Floats] = []
    index: int | None = None
    for segment in sorted(path.iterdir()):
        for _, first, gap, part in stranger.read(segment):
            assert index is None or first == index + gap
            index = first + len(part)
            parts.append(part)
    return np.concatenate(parts)


def test_a_recording_played_again_gives_the_same_samples(state: Path) -> None:
    with start(state) as daemon, acqd.connect(daemon.control) as session:
        session.record("run-4")
        wait_for("samples are recorded", lambda: samples(session, "run-4") > 100_000)
        session.stop_recording("run-4")
        total = samples(session, "run-4")
    body = f"""
[instrument.again]
driver = "replay"
file = "{recording(state, "run-4")}"
pace = "fast"
wait = true
"""
    with start(state, body) as daemon, acqd.connect(daemon.control) as session:
        wait_for("it is played", lambda: stream_status(session, "again/wave").made >= total)
        session.record("copy")
        session.stop("again")
        session.start("again")
        wait_for("it is recorded again", lambda: samples(session, "copy") >= total)
        session.stop_recording("copy")
    assert acqctl("recording", "verify", str(recording(state, "copy")))["whole"]
    np.testing.assert_array_equal(
        values(recording(state, "copy")), values(recording(state, "run-4"))
    )


CALIBRATED = """
[pipeline.volts]
from = "scope/wave"
frame_samples = 2000
blocks = [
    { block = "calibrate", gain = 2, certificate = "K-17", date = "2020-01-31", due = "2021-01-31", channels = [
        { id = "ch1", gain = 3 } ] } ]

[pipeline.smooth]
from = "volts"
blocks = [{ block = "moving_average", length = 8 }]
"""


def test_what_is_calibrated_says_by_what_and_verify_says_when_that_was_due(state: Path) -> None:
    with start(state, BODY + CALIBRATED) as daemon, acqd.connect(daemon.control) as session:
        session.record("run-6", topics=["d/scope/smooth", "d/scope/raw"])
        with session.subscribe("scope/smooth", timeout=10) as frames:
            first, second = next(frames).descriptor.channels
        # An FNV-1a of its own over c0 and c1.
        assert (first.calibration.id, first.calibration.date) == ("K-17", "2020-01-31")
        assert (first.calibration.due, first.calibration.hash) == ("2021-01-31", fnv1a(0, 2))
        assert (second.calibration.id, second.calibration.hash) == ("", fnv1a(0, 3))
        shown = subprocess.run(
            [binary().parent / "acqctl", "--control", daemon.control, "describe", "d/scope/smooth"],
            capture_output=True, text=True, check=True,
        ).stdout
        assert f"K-17         2020-01-31  2021-01-31  {fnv1a(0, 2):016x}" in shown
        wait_for("it is recorded", lambda: session.recordings()[0].frames > 10)
        session.stop_recording("run-6")
    found = acqctl("recording", "verify", str(recording(state, "run-6")))
    assert found["whole"]
    due, without = found["notes"]
    assert due.startswith("d/scope/smooth, ch0: K-17 was due on 2021-01-31, and was used on 20")
    assert without == "d/scope/smooth, ch1: called calibrated, without a certificate"


def fnv1a(*coefficients: float) -> int:
    number = 0xCBF29CE484222325
    for byte in struct.pack(f"<{len(coefficients)}d", *coefficients):
        number = (number ^ byte) * 0x100000001B3 % 2**64
    return number


def test_without_a_state_folder_nothing_is_recorded_and_it_says_so() -> None:
    with Daemon(BODY, environment={"STATE_DIRECTORY": ""}) as daemon:
        with acqd.connect(daemon.control) as session, pytest.raises(acqd.UnsupportedError):
            session.record("run")
