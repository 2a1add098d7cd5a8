"""Recordings that are not as they should be: streams that began anew, files with rotten bytes."""
from __future__ import annotations

import csv
import json
import os
import pathlib
import random
import shutil
import subprocess

import numpy as np
import pytest

from conftest import ACQCTL, MAKE_STREAMS, analog, export, iq, refused

FORMATS = ["datalab", "nexus", "npz", "npy", "mat", "csv", "sigmf", "wav", "vcd", "sigrok"]
STREAMS = ["daq/analog", "daq/logic", "radio/iq", "daq/slow"]
RECORDER = 256


@pytest.fixture(scope="module")
def epochs(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("epochs")
    subprocess.run([MAKE_STREAMS, str(folder), "epochs"], check=True)
    return folder / "run"


def test_a_new_epoch_is_told_though_nothing_was_lost(epochs: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(epochs, tmp_path / "a", "npz")
    with np.load(tmp_path / "a.npz") as z:
        np.testing.assert_array_equal(z["s/radio/iq/data"], iq()[:200] * 0.5)
        [gap] = z["s/radio/iq/gaps"]
        assert gap["is_new_epoch"] and (gap["samples"], gap["position"]) == (0, 100)
        late = gap["end_utc_ns"] - z["s/radio/iq/start_utc_ns"]
        assert late == pytest.approx(5e9 + 100 / 48_000 * 1e9, abs=1)
    export(epochs, tmp_path / "a", "csv", "--topic", "radio/iq")
    with open(tmp_path / "a.csv", newline="") as text:
        rows = list(csv.reader(text))
    assert [row[0] for row in rows if row[-1] == "new epoch"] == ["100"]
    export(epochs, tmp_path / "a", "sigmf", "--topic", "radio/iq")
    captures = json.loads((tmp_path / "a.sigmf-meta").read_text())["captures"]
    assert [(c["core:sample_start"], c["core:datetime"][17:28]) for c in captures] == [
        (0, "21.00000000"), (100, "26.00208333")]
    assert captures[1]["acqd:reasons"] == "new epoch"
    assert "row 100 (new epoch)" in refused(epochs, tmp_path / "b", "npy", "--topic", "radio/iq")


def test_two_gaps_with_nothing_between_them_are_told_with_their_sum(
        epochs: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(epochs, tmp_path / "a", "csv", "--topic", "late/iq")
    with open(tmp_path / "a.csv", newline="") as text:
        rows = list(csv.reader(text))
    assert [(row[0], *row[-2:]) for row in rows[1:] if row[-1]] == [("107", "7", "about, usb, late")]
    export(epochs, tmp_path / "a", "sigmf", "--topic", "late/iq")
    meta = json.loads((tmp_path / "a.sigmf-meta").read_text())
    assert [(c["core:sample_start"], c["core:global_index"]) for c in meta["captures"]] == [(0, 0), (100, 107)]
    assert meta["captures"][1]["acqd:lost_before"] == 7 == meta["global"]["acqd:lost_samples"]
    export(epochs, tmp_path / "a", "npz", "--topic", "late/iq")
    with np.load(tmp_path / "a.npz") as z:
        assert list(z["s/late/iq/gaps"]["samples"]) == [3, 4]
        np.testing.assert_array_equal(z["s/late/iq/data"][107:], iq()[107:207] * 0.5)
        assert np.isnan(z["s/late/iq/data"][100:107]).all()


def test_what_rotted_is_a_gap_of_reason_recorder(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    [segment] = recording.iterdir()
    middle = segment.stat().st_size // 2
    copy = tmp_path / "copy"
    shutil.copytree(recording, copy)
    with open(copy / segment.name, "r+b") as file:
        file.seek(middle)
        old = file.read(1)[0]
        file.seek(middle)
        file.write(bytes([old ^ 0x55]))
    report = export(copy, tmp_path / "a", "npz", "--topic", "daq/analog")
    assert report["damages"] == 1
    with np.load(tmp_path / "a.npz") as z:
        data, gaps = z["s/daq/analog/data"], z["s/daq/analog/gaps"]
    rotten = gaps[gaps["reasons"] & RECORDER != 0]
    assert len(rotten) == 1 and rotten["samples"][0] >= 1000
    is_kept = ~np.isnan(data[:, 0])
    np.testing.assert_array_equal(data[is_kept], analog()[is_kept])
    assert (~is_kept).sum() == gaps["samples"].sum() == report["topics"][0]["lost"]


def test_no_flipped_byte_makes_an_export_crash_or_leaves_half_a_file(
        recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    seed = int(os.environ.get("ACQ_SEED", random.randrange(2**31)))
    print("ACQ_SEED", seed)
    chance = random.Random(seed)
    [segment] = recording.iterdir()
    whole = segment.read_bytes()
    for turn in range(40):
        raw = bytearray(whole)
        # Half of them where the descriptions are: in front of the samples and behind them.
        edge = min(20_000, len(raw))
        at = chance.choice([chance.randrange(len(raw)), chance.randrange(edge), len(raw) - 1 - chance.randrange(edge)])
        raw[at] ^= 1 << chance.randrange(8)
        path = tmp_path / f"{turn}.mcap"
        path.write_bytes(raw)
        out = tmp_path / f"out{turn}"
        out.mkdir()
        form, stream = chance.choice(FORMATS), chance.choice(STREAMS)
        done = subprocess.run([ACQCTL, "recording", "export", str(path), "--format", form, "--out", str(out / "a"),
                               "--topic", stream], capture_output=True, text=True, timeout=120)
        assert 0 <= done.returncode <= 10, (at, form, stream, done.returncode, done.stderr)
        assert bool(list(out.iterdir())) == (done.returncode == 0), (at, form, stream)
        assert not list(out.glob("*.part"))
        shutil.rmtree(out)
        path.unlink()
