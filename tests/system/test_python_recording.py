"""acqd.open() on recordings of the real daemon, against what another reader finds in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import acqd
from daemon import ROOT, Daemon, binary, wait_for

sys.path.insert(0, str(ROOT / "tests" / "recording"))
import stranger  # type: ignore[import-not-found]  # noqa: E402

BODY = """
[instrument.scope]
driver = "sim"
channels = 2
rate = "200 kHz"

[pipeline.raw]
from = "scope/wave"
frame_samples = 2000

[pipeline.spectrum]
from = "scope/wave"
blocks = [{ block = "welch_psd", tap = "psd", length = 1024 }]

[pipeline.peaks]
from = "spectrum.psd"
blocks = [{ block = "peaks", count = 2 }]
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def recorded(session: acqd.Session, name: str) -> int:
    [status] = [r for r in session.recordings() if r.name == name]
    return sum(stream.recorded for stream in status.streams)


def record(state: Path, name: str, compression: str, topics: list[str]) -> Path:
    environment = {"STATE_DIRECTORY": str(state)}
    with Daemon(BODY, environment=environment) as daemon, daemon.connect() as session:
        session.record(name, streams=["scope/wave"], topics=topics, compression=compression)
        wait_for("samples are recorded", lambda: recorded(session, name) > 200_000)
        session.mark("half way")
        wait_for("more samples are recorded", lambda: recorded(session, name) > 400_000)
        session.stop_recording(name)
    return state / "recordings" / name


def is_complete(recording: acqd.Recording) -> bool:
    return recording.is_complete


def by_stranger(folder: Path) -> tuple[int, npt.NDArray[Any]]:
    parts = [
        (first, values) for path in sorted(folder.iterdir()) for _, first, _, values in stranger.read(path)
    ]
    return parts[0][0], np.concatenate([values for _, values in parts]).T


def test_every_sample_is_the_one_that_another_reader_finds(state: Path) -> None:
    folder = record(state, "run", "none", [])
    first, expected = by_stranger(folder)
    with acqd.open(folder) as recording:
        wave = recording["scope/wave"]
        assert (wave.first_index, wave.shape) == (first, expected.shape)
        assert (wave.unit, float(wave.rate_hz)) == ("V", 200_000)
        np.testing.assert_array_equal(wave[:, :], expected)
        np.testing.assert_array_equal(wave[1, 123_456:234_567], expected[1, 123_456:234_567])
        assert wave.gaps() == [] and recording.is_complete
        [mark] = recording.marks
        assert mark.sentence == "half way"
        before, after = wave.between(stop="half way"), wave.between("half way")
        assert before.shape[1] > 0 and after.shape[1] > 0
        assert before.shape[1] + after.shape[1] == wave.shape[1]
        assert recording.configurations[0].count("[pipeline.spectrum]") == 1
        times = wave.times()
        np.testing.assert_allclose(np.diff(times), 5e-6, rtol=0, atol=1e-6)


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_topics_read_as_they_were_published(state: Path, compression: str) -> None:
    folder = record(state, "run", compression, ["d/scope/raw", "d/scope/spectrum", "d/scope/peaks"])
    with acqd.open(folder) as recording:
        wave, raw = recording["scope/wave"], recording["scope/raw"]
        first = max(wave.first_index, raw.first_index)
        stop = min(a.first_index + a.shape[1] for a in (wave, raw))
        assert stop - first > 300_000
        np.testing.assert_array_equal(
            raw[:, first - raw.first_index : stop - raw.first_index],
            wave[:, first - wave.first_index : stop - wave.first_index],
        )
        spectra = recording.topic("scope/spectrum")
        assert len(spectra) == sum(1 for _ in spectra) > 10
        assert spectra[0].x_unit == "Hz" and spectra.values().shape == (len(spectra), 2, 513)
        table = recording.topic("scope/peaks").to_pandas()
        assert len(table) > 10 and "0.peak1_x" in table.columns


def test_a_recording_that_goes_on_is_followed_sample_by_sample(state: Path) -> None:
    environment = {"STATE_DIRECTORY": str(state)}
    with Daemon(BODY, environment=environment) as daemon, daemon.connect() as session:
        session.record("run", streams=["scope/wave"])
        folder = state / "recordings" / "run"
        wait_for("a chunk is written", lambda: recorded(session, "run") > 300_000)
        with acqd.open(folder) as recording:
            assert not is_complete(recording)
            wave = recording["scope/wave"]
            read = [wave[:, :]]

            def follow() -> bool:
                if recording.refresh():
                    read.append(wave[:, sum(part.shape[1] for part in read) :])
                return len(read) > 3

            wait_for("it grows", follow, 20)
            session.stop_recording("run")
            assert recording.refresh()
            assert is_complete(recording)
            follow()
            read.append(wave[:, sum(part.shape[1] for part in read) :])
    first, expected = by_stranger(folder)
    np.testing.assert_array_equal(np.concatenate(read, axis=1), expected)
    assert first == wave.first_index


def test_what_a_killed_daemon_left_reads_to_its_last_whole_chunk(state: Path) -> None:
    environment = {"STATE_DIRECTORY": str(state)}
    with Daemon(BODY, environment=environment) as daemon:
        with daemon.connect() as session:
            session.record("run", streams=["scope/wave"])
            wait_for("samples are recorded", lambda: recorded(session, "run") > 600_000)
        daemon.process.kill()
        daemon.process.wait()
        daemon.start()
    folder = state / "recordings" / "run"
    first, expected = by_stranger(folder)
    with acqd.open(folder) as recording:
        assert not recording.is_complete
        wave = recording["scope/wave"]
        assert wave.first_index == first
        np.testing.assert_array_equal(wave[:, :], expected)
    subprocess.run(
        [binary().parent / "acqctl", "recording", "recover", str(folder)],
        check=True,
        capture_output=True,
    )
    [path] = [p for p in folder.iterdir() if p.suffix == ".mcap"]
    with acqd.open(path) as recording:
        assert recording.is_complete
        np.testing.assert_array_equal(recording["scope/wave"][:, :], expected)
