"""acqctl recording play: the same recording through the same pipelines gives the same frames, bit for bit."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import acqd
from daemon import Daemon, binary, wait_for

BODY = """
[instrument.scope]
driver = "sim"
channels = 2
rate = "200 kHz"
seed = 7
faults = [{ kind = "lost_run", at = "0.3 s", every = "0.4 s", samples = 777 }]

[instrument.other]
driver = "sim"
channels = 1
rate = "50 kHz"

[pipeline.raw]
from = "scope/wave"
frame_samples = 2000

[pipeline.filtered]
from = "scope/wave"
worker = "first"
blocks = [{ block = "iir", kind = "low", cutoff = "20 kHz", order = 4, tap = "low" },
          { block = "decimate", factor = 4 }]

[pipeline.spectrum]
from = "filtered.low"
worker = "first"
blocks = [{ block = "welch_psd", length = 1024, tap = "psd" }]

[pipeline.peaks]
from = "spectrum.psd"
worker = "first"
blocks = [{ block = "peaks", count = 2 }]

[pipeline.small]
from = "scope/wave"
worker = "second"
frame_samples = 16

[pipeline.elsewhere]
from = "other/wave"
"""
TOPICS = {"filtered", "peaks", "raw", "small", "spectrum"}


def acqctl(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(binary().parent / "acqctl"), "--json", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def play(*arguments: object) -> Any:
    done = acqctl("recording", "play", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else {}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of the scope alone, begun in the middle of its life."""
    state = tmp_path_factory.mktemp("state")
    with Daemon(BODY, environment={"STATE_DIRECTORY": str(state)}) as daemon:
        with daemon.connect() as session:
            session.record("run", streams=["scope/wave"])

            def recorded() -> int:
                [status] = session.recordings()
                return sum(stream.recorded for stream in status.streams)

            wait_for("samples are recorded", lambda: recorded() > 100_000)
            session.mark("here")
            wait_for("more samples are recorded", lambda: recorded() > 500_000)
            session.stop_recording("run")
    return state / "recordings" / "run"


@pytest.fixture(scope="module")
def golden(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("golden") / "golden.mcap"
    play(run, "--output", path)
    return path


def _spin() -> None:
    end = time.monotonic() + 600
    while time.monotonic() < end:
        sum(range(10_000))


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Others that want the processors."""
    others = [multiprocessing.get_context("fork").Process(target=_spin) for _ in range(processes)]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.join()


def assert_the_same(run: Path, golden: Path, body: str, one: str, many: str) -> None:
    """Played with several workers, with one, and with many beside others that want the processors."""
    with acqd.open(golden) as recording:
        frames = {name: len(topic) for name, topic in recording.topics.items()}
    assert all(frames.values()), frames
    config = run.parent / "config.toml"
    for text, processes in ((body, 0), (one, 0), (many, 2 * (os.cpu_count() or 1))):
        config.write_text(text)
        with load(processes):
            found = play(run, "--config", config, "--expect", golden)
        assert found == {"same": True, "frames": sum(frames.values()), "difference": ""}


def test_the_frames_are_the_same_whatever_the_threads_and_the_load(run: Path, golden: Path) -> None:
    with acqd.open(golden) as recording:
        assert set(recording.topics) == {f"d/scope/{name}" for name in TOPICS}
        assert sum(len(topic) for topic in recording.topics.values()) > 20_000
    one = BODY.replace('worker = "first"', 'worker = "one"').replace('"second"', '"one"')
    many = BODY.replace("frame_samples = 2000", 'frame_samples = 2000\nworker = "third"')
    assert_the_same(run, golden, BODY, one, many)


def test_what_is_played_is_what_was_recorded(run: Path, golden: Path) -> None:
    with acqd.open(run) as recording, acqd.open(golden) as played:
        wave, raw = recording["scope/wave"], played["scope/raw"]
        assert raw.shape == wave.shape
        np.testing.assert_array_equal(raw[:, :], wave[:, :])
        assert np.isnan(wave[:, :]).any(), "there is a gap in it"
        where = [(position, gap.samples) for position, gap in wave.gaps()]
        assert [(position, gap.samples) for position, gap in raw.gaps()] == where
        assert played.topic("scope/raw")[0].time.seconds == recording["scope/wave"].time.seconds


JOINED = """
[instrument.daq]
driver = "sim"

[pipeline.joined]
from = ["daq/a", "daq/b"]

[pipeline.delayed]
from = ["daq/a", "filtered.low"]
worker = "second"
blocks = [{ block = "math", op = "subtract" }]

[pipeline.filtered]
from = "daq/b"
worker = "second"
blocks = [{ block = "fir", cutoff = "10 kHz", order = 64, tap = "low" }]

[pipeline.cut]
from = "delayed"
worker = "second"
blocks = [{ block = "edge_trigger", level = "0 V", pre = 100, post = 400 }]
"""


def played_streams(folder: Path, which: str, body: str) -> tuple[Path, Path]:
    """A recording of made streams, and what it gives when played."""
    subprocess.run([os.environ["MAKE_STREAMS"], str(folder), which], check=True)
    run, config, golden = folder / "run", folder / "config.toml", folder / "golden.mcap"
    config.write_text(body)
    play(run, "--config", config, "--output", golden)
    return run, golden


def test_joined_streams_are_the_same_whatever_the_threads_and_the_load(tmp_path: Path) -> None:
    run, golden = played_streams(tmp_path, "pair", JOINED)
    with acqd.open(golden) as recording:
        joined = recording["daq/joined"]
        reasons = {reason for _, gap in joined.gaps() for reason in gap.reasons}
        assert reasons >= {"usb", "device", "new_record"} and joined.shape[0] == 2
    assert_the_same(run, golden, JOINED, JOINED.replace('worker = "second"', 'worker = "first"'), JOINED)


CLOCKS = """
[instrument.scope]
driver = "sim"

[instrument.daq]
driver = "sim"

[pipeline.both]
from = ["scope/a", "daq/b"]

[pipeline.reversed]
from = ["daq/b", "filtered.low"]
worker = "second"
blocks = [{ block = "math", op = "subtract" }]

[pipeline.filtered]
from = "scope/a"
worker = "second"
blocks = [{ block = "fir", cutoff = "10 kHz", order = 64, tap = "low" }]
"""


def test_streams_of_two_instruments_are_joined_the_same_way_each_time(tmp_path: Path) -> None:
    """Their replays run on threads of their own, and neither may get so far ahead that it loses samples."""
    run, golden = played_streams(tmp_path, "clocks", CLOCKS)
    with acqd.open(golden) as recording:
        joined = recording["scope/both"]
        # What the recording has lost, and where the second clock was found to be three samples later.
        assert [(gap.samples, set(gap.reasons)) for _, gap in joined.gaps()] == [
            (500, {"usb"}),
            (3, {"late", "new_record"}),
        ]
        assert joined.shape[0] == 2 and joined.shape[1] > 396_000
    assert_the_same(run, golden, CLOCKS, CLOCKS.replace('worker = "second"', 'worker = "first"'), CLOCKS)


EVENTFUL = """
[instrument.scope]
driver = "sim"
channels = 1
rate = "20 kHz"
faults = [{ kind = "unplug", at = "0.4 s", every = "0.8 s", duration = "0.1 s" }]

[pipeline.raw]
from = "scope/wave"
"""
REPLAYED = """
[instrument.again]
driver = "replay"
file = "{}"
pace = "fast"
wait = true
enabled = false

[pipeline.raw]
from = "again/wave"
"""


def epochs(recording: acqd.Recording, topic: str) -> list[tuple[int, int]]:
    """Where each epoch but the first begins, counted from the second: frames were recorded from any
    place of the first on."""
    found: list[tuple[int, int]] = []
    for frame in recording.topic(topic):
        if not found or found[-1][0] != frame.header.epoch:
            found.append((frame.header.epoch, frame.first_index))
    return [(epoch, index - found[1][1]) for epoch, index in found[1:]]


def test_events_and_epochs_come_again_as_they_were_recorded(tmp_path: Path) -> None:
    environment = {"STATE_DIRECTORY": str(tmp_path)}
    with Daemon(EVENTFUL, environment=environment) as daemon, daemon.connect() as session:
        wait_for("it was gone", lambda: session.instrument("scope").descriptor.epoch >= 2)
        session.record("run", streams=["scope/wave"], topics=["d/scope/raw"])
        session.mark("here")
        wait_for("it was gone twice", lambda: session.instrument("scope").descriptor.epoch >= 4)
        session.mark("there")
        session.stop_recording("run")
    body = REPLAYED.format(tmp_path / "recordings" / "run")
    with Daemon(body, environment=environment) as daemon, daemon.connect() as session:
        with session.subscribe("e/again", timeout=10) as events:
            session.record("copy", topics=["d/again/raw"])
            session.configure(patch="[instrument.again]\nenabled = true\n")
            wait_for("heard", lambda: all(p.subscribers for p in session.status().pipelines))
            session.start("again")
            wait_for("played", lambda: "has ended" in session.instrument("again").descriptor.last_error)
            told: list[Any] = []
            while not told or told[-1].sentence != "there":
                told.append(next(events).event)
            assert {event.source for event in told if event.replayed} == {"scope", "daemon"}
            assert {event.source for event in told if not event.replayed} == {"again"}
        session.stop_recording("copy")
    folder = tmp_path / "recordings"
    with acqd.open(folder / "run") as recording, acqd.open(folder / "copy") as copy:
        recorded = [(event.source, event.what, event.sentence) for event in recording.events]
        again = [(e.source, e.what, e.sentence) for e in copy.events if e.replayed]
        assert again == recorded
        assert [mark.sentence for mark in copy.marks] == ["here", "there"]
        begins = epochs(recording, "scope/raw")
        assert len(begins) >= 2
        assert epochs(copy, "again/raw") == begins


def test_another_number_is_told_with_topic_frame_and_sample(run: Path, golden: Path) -> None:
    config = run.parent / "other.toml"
    config.write_text(BODY.replace("20 kHz", "20.001 kHz"))
    done = acqctl("recording", "play", run, "--config", config, "--expect", golden, "--topic", "scope/filtered")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["same"] is False
    assert found["difference"].startswith("d/scope/filtered, frame 0 (from sample ")


def test_another_description_is_told_by_its_field(run: Path, golden: Path) -> None:
    config = run.parent / "other.toml"
    config.write_text(BODY.replace("length = 1024", 'length = 1024, window = "hamming"'))
    done = acqctl("recording", "play", run, "--config", config, "--expect", golden, "--topic", "scope/spectrum")
    assert done.returncode == 1
    assert "hamming" in json.loads(done.stdout)["difference"]


def test_a_part_has_fewer_frames_and_says_so(run: Path, golden: Path) -> None:
    done = acqctl("recording", "play", run, "--to", "here", "--expect", golden, "--topic", "scope/raw")
    assert done.returncode == 1
    assert "d/scope/raw, frame" in done.stdout
    done = acqctl("recording", "play", run, "--from", "nowhere", "--expect", golden)
    assert done.returncode != 0 and "neither a time nor a mark" in done.stderr


def test_what_cannot_be_played_is_refused_before_it_is_tried(run: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text('[instrument.other]\ndriver = "sim"\n')
    done = acqctl("recording", "play", run, "--config", empty, "--expect", run)
    assert done.returncode == 1 and "no pipeline for what was recorded" in done.stderr
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(BODY.replace('block = "decimate"', 'block = "decimaate"'))
    done = acqctl("recording", "play", run, "--config", wrong, "--expect", run)
    assert done.returncode != 0 and "decimaate" in done.stderr
    done = acqctl("recording", "play", run, "--expect", tmp_path / "none.mcap")
    assert done.returncode == 2 and "none.mcap" in done.stderr
    done = acqctl("recording", "play", run, "--topic", "scope/none", "--expect", run)
    assert done.returncode == 2 and "d/scope/raw" in done.stderr


def test_at_a_pace_anybody_may_watch_what_is_played(run: Path) -> None:
    command = [str(binary().parent / "acqctl"), "recording", "play", str(run), "--rate", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as player:
        assert player.stderr is not None
        lines = iter(player.stderr.readline, "")
        endpoint = next(line for line in lines if line.startswith("ACQD_CONTROL=")).split("=")[1].strip()
        with acqd.connect(endpoint) as session:
            frame = session.subscribe("scope/raw", timeout=20).receive()
            assert frame.header.flags & 8, "marked as replayed"
        assert player.wait(60) == 0
