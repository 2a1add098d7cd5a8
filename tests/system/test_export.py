"""Recordings of the real daemon, exported: streams with losses, spectra, cut-outs and results are in the files as the
journal has them, read by the mcap package."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest
import scipy.io
from mcap.reader import make_reader
from mcap_protobuf.decoder import DecoderFactory

import acqd
from acqd._wire import stream_pb2
from daemon import ROOT, Daemon, binary, wait_for

sys.path.insert(0, str(ROOT / "clients" / "python" / "tests"))
import recordings  # type: ignore[import-not-found]  # noqa: E402

Floats = npt.NDArray[np.float64]

BODY = """
[instrument.sim]
driver = "sim"
channels = 2
rate = "100 kHz"
dtype = "i16"
faults = [{kind="lost_run", at="0.2 s", every="0.3 s", samples=777}]

[pipeline.spectrum]
from = "sim/wave"
publish = "always"
blocks = [{ block = "welch_psd", length = 512, averages = 8, tap = "psd" }]

[pipeline.cut]
from = "sim/wave"
publish = "always"
blocks = [{ block = "segment", length = 1000 }]

[pipeline.stats]
from = "cut"
publish = "always"
blocks = [{ block = "statistics" }]

[pipeline.slow]
from = "sim/wave"
publish = "always"
blocks = [{ block = "decimate", factor = 10 }]
"""


@dataclass
class Recorded:
    """One channel of the journal, by a reader that is not ours."""

    description: dict[str, Any]
    messages: list[Any] = field(default_factory=list)

    def scaled(self, raw: npt.NDArray[Any]) -> Floats:
        """(samples, channels) in units."""
        scale = np.array([c["scale"] for c in self.description["channels"]])
        offset = np.array([c["offset"] for c in self.description["channels"]])
        out: Floats = raw * scale + offset
        return out

    def packets(self) -> tuple[Floats, npt.NDArray[np.uint64]]:
        """Every sample, with NaN for those lost, and (index, lost) of each gap; from the first loss or sample on."""
        parts: list[Floats] = []
        gaps = []
        channels = len(self.description["channels"])
        for packet in self.messages:
            if packet.gap_before:
                gaps.append((packet.first_index - packet.gap_before, packet.gap_before))
                parts.append(np.full((packet.gap_before, channels), np.nan))
            parts.append(self.scaled(np.frombuffer(packet.samples, "<i2").reshape(-1, channels)))
        return np.concatenate(parts), np.array(gaps, np.uint64)

    def frames(self) -> Floats:
        """(frames, channels, values)."""
        return np.stack([
            np.frombuffer(m.payload, "<f4").reshape(m.header.shape).astype(float)
            for m in self.messages
        ])

    def continuous(self) -> Floats:
        """(samples, channels) of every frame, whatever is lost between them."""
        return np.concatenate([
            np.frombuffer(m.payload, "<f4").reshape(m.header.shape).T for m in self.messages
        ])

    def results(self) -> Floats:
        return np.array([
            [r.value if r.valid else np.nan for r in m.header.results] for m in self.messages
        ])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    topics = ["d/sim/spectrum", "d/sim/cut", "d/sim/stats", "d/sim/slow"]
    with (
        Daemon(BODY, environment={"STATE_DIRECTORY": str(state)}) as daemon,
        acqd.connect(daemon.control) as session,
    ):
        session.record("run", streams=["sim/wave"], topics=topics)

        def samples() -> int:
            [status] = [r for r in session.recordings() if r.name == "run"]
            return sum(stream.recorded for stream in status.streams)

        wait_for("samples are recorded", lambda: samples() > 150_000, timeout=30)
        session.mark("half way")
        wait_for("samples are recorded", lambda: samples() > 200_000, timeout=30)
        session.stop_recording("run")
    return state / "recordings" / "run"


@pytest.fixture(scope="module")
def recorded(folder: Path) -> dict[str, Recorded]:
    found: dict[str, Recorded] = {}
    for segment in sorted(folder.iterdir()):
        with open(segment, "rb") as file:
            reader = make_reader(file, decoder_factories=[DecoderFactory()])
            for _, channel, _, message in reader.iter_decoded_messages():
                if channel.topic not in found:
                    description = json.loads(channel.metadata.get("description", "{}"))
                    found[channel.topic] = Recorded(description)
                found[channel.topic].messages.append(message)
    return found


def export(folder: Path, out: Path, form: str, *more: str) -> dict[str, Any]:
    command = ["recording", "export", str(folder), "--format", form, "--out", str(out), *more]
    done = subprocess.run(
        [binary().parent / "acqctl", "--json", *command], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_npz_has_every_stream_and_topic_of_a_real_recording(
    folder: Path, recorded: dict[str, Recorded], tmp_path: Path
) -> None:
    report = export(folder, tmp_path / "a", "npz")
    values, gaps = recorded["s/sim/wave"].packets()
    assert len(gaps) > 1
    [told] = [topic for topic in report["topics"] if topic["topic"] == "s/sim/wave"]
    assert told["lost"] == gaps[:, 1].sum() and told["samples"] == np.isfinite(values[:, 0]).sum()
    with np.load(tmp_path / "a.npz") as z:
        np.testing.assert_array_equal(z["s/sim/wave/data"], values)
        assert list(z["s/sim/wave/gaps"]["first_index"]) == list(gaps[:, 0])
        assert list(z["s/sim/wave/gaps"]["samples"]) == list(gaps[:, 1])
        assert "half way" in z["s/sim/wave/events"]["sentence"]
        for name in ("spectrum", "cut"):
            np.testing.assert_array_equal(z[f"d/sim/{name}/data"], recorded[f"d/sim/{name}"].frames())
        np.testing.assert_array_equal(z["d/sim/stats/data"], recorded["d/sim/stats"].results())
        assert len(z["d/sim/stats/channels"]) == z["d/sim/stats/data"].shape[1] > 4
        step = recorded["d/sim/spectrum"].messages[0].header.axes[0].step
        x = z["d/sim/spectrum/x"]
        np.testing.assert_allclose(x, np.arange(len(x)) * step, rtol=1e-12)
        assert list(z["d/sim/spectrum/x_name"]) == ["frequency", "Hz"]
        times = z["d/sim/spectrum/times_s"]
        ticks = [m.header.t0_ticks * m.header.tick_s.num / m.header.tick_s.den
                 for m in recorded["d/sim/spectrum"].messages]
        np.testing.assert_allclose(times, np.array(ticks) - ticks[0], atol=2e-9)
        data = z["d/sim/slow/data"]
        assert data.dtype == np.float32
        np.testing.assert_array_equal(
            data[np.isfinite(data[:, 0])], recorded["d/sim/slow"].continuous()
        )
        assert z["d/sim/slow/rate_hz"] == 10_000


def test_frames_are_in_hdf5_mat_and_csv_as_they_were_published(
    folder: Path, recorded: dict[str, Recorded], tmp_path: Path
) -> None:
    spectra = recorded["d/sim/spectrum"].frames()
    results = recorded["d/sim/stats"].results()
    chosen = ["--topic", "d/sim/spectrum", "--topic", "d/sim/stats"]
    export(folder, tmp_path / "a", "nexus", *chosen)
    with h5py.File(tmp_path / "a.nxs") as file:
        group = file["entry/d_sim_spectrum"]
        np.testing.assert_array_equal(group[group.attrs["signal"]], spectra[:, 0])
        assert list(group.attrs["axes"]) == ["time", "x"] and group["x"].attrs["units"] == "Hz"
        assert group[group.attrs["signal"]].attrs["units"].endswith("2/Hz")
    export(folder, tmp_path / "a", "datalab", *chosen)
    with h5py.File(tmp_path / "a.h5") as file:
        spectrum, stats = file["DataLab_Sig"].values()
        signals = sorted(spectrum.values(), key=lambda s: (s["metadata"].attrs["frame"], s.name))
        assert len(signals) == spectra.shape[0] * spectra.shape[1]
        read = np.stack([signal["xydata"][1] for signal in signals]).reshape(spectra.shape)
        np.testing.assert_array_equal(read, spectra)
        assert signals[0].attrs["xunit"] == "Hz"
        read = np.stack([signal["xydata"][1] for _, signal in sorted(stats.items())], axis=1)
        np.testing.assert_array_equal(read, results)
    export(folder, tmp_path / "a", "mat", *chosen)
    mat = scipy.io.loadmat(tmp_path / "a.mat")
    np.testing.assert_array_equal(mat["d_sim_spectrum"], spectra.transpose(2, 1, 0))
    np.testing.assert_array_equal(mat["d_sim_stats"], results.T)
    export(folder, tmp_path / "stats", "csv", "--topic", "d/sim/stats")
    export(folder, tmp_path / "spectrum", "csv", "--topic", "d/sim/spectrum")
    with open(tmp_path / "stats.csv", newline="") as text:
        rows = list(csv.reader(text))
    table = np.array([[float(v or "nan") for v in row[2:-3]] for row in rows[1:]])
    np.testing.assert_array_equal(table, results)
    with open(tmp_path / "spectrum.csv", newline="") as text:
        rows = list(csv.reader(text))
    assert rows[0][2] == "frequency (Hz)"
    table = np.array([row[3:5] for row in rows[1:]], np.float32)
    np.testing.assert_array_equal(
        table.reshape(len(spectra), -1, 2).transpose(0, 2, 1), spectra.astype(np.float32)
    )


def test_frames_that_rotted_are_counted_where_they_were(
    folder: Path, recorded: dict[str, Recorded], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    [segment] = copy.iterdir()
    raw = bytearray(segment.read_bytes())
    raw[len(raw) // 2] ^= 0x55
    segment.write_bytes(raw)
    export(copy, tmp_path / "a", "npz", "--topic", "d/sim/stats")
    export(copy, tmp_path / "a", "csv", "--topic", "d/sim/stats")
    whole = recorded["d/sim/stats"].results()
    with np.load(tmp_path / "a.npz") as z:
        data, gaps = z["d/sim/stats/data"], z["d/sim/stats/gaps"]
    [gap] = gaps[gaps["frames"] > 0]
    at, lost = int(gap["position"]), int(gap["frames"])
    assert len(data) + lost == len(whole) and gap["reasons"] & 256
    np.testing.assert_array_equal(data, np.concatenate([whole[:at], whole[at + lost :]]))
    with open(tmp_path / "a.csv", newline="") as text:
        rows = list(csv.reader(text))
    assert rows[0][-2] == "frames lost before"
    assert [(i, row[-2]) for i, row in enumerate(rows[1:]) if row[-2] not in ("", "0")] == [
        (at, str(lost))
    ]


def test_info_lists_the_marks(folder: Path) -> None:
    done = subprocess.run(
        [binary().parent / "acqctl", "--json", "recording", "info", str(folder)],
        capture_output=True, text=True, check=True,
    )
    [mark] = json.loads(done.stdout)["marks"]
    assert mark["text"] == "half way" and mark["seconds"] > 1


def test_a_real_recording_is_cut_at_a_mark_for_sigmf(
    folder: Path, recorded: dict[str, Recorded], tmp_path: Path
) -> None:
    export(folder, tmp_path / "a", "sigmf", "--topic", "sim/wave", "--from", "half way")
    meta = json.loads((tmp_path / "a.sigmf-meta").read_text())
    data = np.fromfile(tmp_path / "a.sigmf-data", "<i2").reshape(-1, 2)
    captures = meta["captures"]
    packets = recorded["s/sim/wave"].messages
    assert captures[0]["core:global_index"] > packets[0].first_index + 100_000
    whole = {p.first_index: np.frombuffer(p.samples, "<i2").reshape(-1, 2) for p in packets}
    expected = np.concatenate([v for first, v in sorted(whole.items())
                               if first >= captures[0]["core:global_index"]])
    np.testing.assert_array_equal(data, expected)


def test_complex_numbers_are_read_by_python_and_refused_by_export(tmp_path: Path) -> None:
    maker = recordings.Maker(tmp_path / "run-0001.mcap")
    numbers = (np.arange(200) * (1 + 2j)).astype("<c8")
    told = recordings.described(dtype=stream_pb2.C64)
    maker.packet(0, 100, told=told, samples=numbers.tobytes())
    path = maker.finish()
    with acqd.open(path) as run:
        np.testing.assert_array_equal(run["scope/wave"][:, :], numbers.reshape(100, 2).T)
    command = ["recording", "export", str(path), "--format", "npz", "--out", str(tmp_path / "a")]
    done = subprocess.run(
        [binary().parent / "acqctl", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "s/scope/wave holds complex numbers (C64)" in done.stderr
