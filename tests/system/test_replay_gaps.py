"""Recordings with losses, played by the daemon: what a SigMF file says is missing is told as missing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import sigmf  # type: ignore[import-untyped]

import acqd
from daemon import Daemon, binary, wait_for

RECORDED = """
[instrument.sim]
driver = "sim"
channels = 1
rate = "100 kHz"
dtype = "i16"
faults = [{kind="lost_run", at="0.1 s", every="0.15 s", samples=777}]
"""
PLAYED = """
[instrument.file]
driver = "replay"
file = "%s"
pace = "fast"
wait = true

[pipeline.wave]
from = ["file/wave"]
publish = "always"
"""

Run = tuple[list[tuple[int, int, bool]], npt.NDArray[np.int16]]


def played(meta: Path) -> Run:
    """(place in the file, samples lost, whether exactly) of each gap, and the samples."""
    gaps, parts, place = [], [], 0
    with (
        Daemon(PLAYED % meta, publish='budget = "64 MiB"') as daemon,
        daemon.connect() as session,
    ):
        session.stop("file")
        with session.subscribe("file/wave", timeout=10, descriptions=True) as frames:
            assert next(frames).kind is acqd.Kind.DESCRIPTION
            session.start("file")
            total = meta.with_suffix(".sigmf-data").stat().st_size // 2
            while place < total:
                frame = next(frames)
                if frame.kind is acqd.Kind.DESCRIPTION:
                    continue
                if frame.gap.samples:
                    gaps.append((place, frame.gap.samples, frame.gap.exact))
                parts.append(frame.data.reshape(-1))
                place += frame.count
            assert frames.losses.unannounced_samples == 0
    return gaps, np.concatenate(parts)


def test_an_export_of_acqd_has_the_gaps_of_the_recording(tmp_path: Path) -> None:
    with (
        Daemon(RECORDED, environment={"STATE_DIRECTORY": str(tmp_path)}) as daemon,
        acqd.connect(daemon.control) as session,
    ):
        session.record("run", streams=["sim/wave"])

        def samples() -> int:
            [status] = [r for r in session.recordings() if r.name == "run"]
            return sum(stream.recorded for stream in status.streams)

        wait_for("samples are recorded", lambda: samples() > 60_000, timeout=30)
        session.stop_recording("run")
    meta = tmp_path / "out.sigmf-meta"
    acqctl = str(binary().parent / "acqctl")
    export = [acqctl, "recording", "export", str(tmp_path / "recordings" / "run")]
    subprocess.run([*export, "--format", "sigmf", "--out", str(meta), "--topic", "sim/wave"], check=True)
    captures = json.loads(meta.read_text())["captures"]
    lost = [(c["core:sample_start"], c["acqd:lost_before"], True) for c in captures[1:]]
    assert len(lost) >= 3 and {samples for _, samples, _ in lost} == {777}
    gaps, data = played(meta)
    assert gaps == lost
    assert np.array_equal(data, np.fromfile(meta.with_suffix(".sigmf-data"), "<i2"))


@pytest.mark.parametrize("is_exact", [True, False], ids=["index", "time"])
def test_a_file_of_the_sigmf_package_has_the_gaps_of_its_captures(
    tmp_path: Path, is_exact: bool
) -> None:
    written = np.arange(1000, dtype="<i2")
    data = tmp_path / "a.sigmf-data"
    written.tofile(data)
    file = sigmf.SigMFFile(data_file=str(data), global_info={"core:datatype": "ri16_le", "core:sample_rate": 1000})
    for start, index in [(0, 0), (300, 1300), (700, 1750)]:
        when = f"2024-05-01T12:00:{index / 1000:09.6f}Z"
        told = {"core:global_index": index} if is_exact else {"core:datetime": when}
        file.add_capture(start, metadata=told)
    file.validate()
    file.tofile(str(tmp_path / "a.sigmf-meta"))
    gaps, samples = played(tmp_path / "a.sigmf-meta")
    assert gaps == [(300, 1000, is_exact), (700, 50, is_exact)]
    assert np.array_equal(samples, written)
