"""NPY, NPZ, MAT and CSV, read by NumPy, SciPy, pandas and the csv module."""
from __future__ import annotations

import csv
import pathlib

import numpy as np
import pandas
import scipy.io

from conftest import analog, export, iq, logic, refused, slow

USB, RING_FULL, DEVICE, LATE = 2, 4, 1, 8


def test_npz_holds_every_stream_with_times_units_gaps_and_events(
        recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "npz", "--to", "0.9")
    with np.load(tmp_path / "a.npz") as z:
        np.testing.assert_array_equal(z["s/daq/analog/data"], analog()[:len(z["s/daq/analog/data"])])
        assert z["s/daq/analog/data"].shape[0] > 80_000
        assert list(z["s/daq/analog/channels"]) == ["a", "b"] and list(z["s/daq/analog/units"]) == ["V", "V"]
        assert z["s/daq/analog/rate_hz"] == 100_000
        gaps = z["s/daq/analog/gaps"]
        assert list(gaps["first_index"]) == [40_000, 70_500] and list(gaps["samples"]) == [500, 40]
        assert list(gaps["reasons"]) == [USB, DEVICE] and list(gaps["is_exact"]) == [True, False]
        [event] = z["s/daq/analog/events"]
        assert (event["what"], event["sentence"]) == ("mark", 'here, "there"')
        bits = z["s/daq/logic/data"]
        assert bits.dtype == np.uint8
        np.testing.assert_array_equal(bits, logic()[:len(bits)])
        np.testing.assert_array_equal(z["s/radio/iq/data"], iq()[:len(z["s/radio/iq/data"])] * 0.5)
        data = z["s/daq/slow/data"]
        assert data.dtype == np.float32
        np.testing.assert_array_equal(data, slow()[:len(data)])
        assert list(z["s/daq/slow/channels"]) == ["Température", "t2"]
        assert z["s/daq/slow/start_utc_ns"] == 1_700_000_001_000_000_000


def test_npz_names_what_was_lost_behind_the_last_sample(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    report = export(recording, tmp_path / "a.npz", "npz", "--topic", "radio/iq")
    [topic] = report["topics"]
    assert (topic["samples"], topic["lost"], topic["gaps"]) == (48_000, 7, 1)
    with np.load(tmp_path / "a.npz") as z:
        data = z["s/radio/iq/data"]
        np.testing.assert_array_equal(data[:48_000], iq() * 0.5)
        assert data.shape == (48_007, 2) and np.isnan(data[48_000:]).all()
        [gap] = z["s/radio/iq/gaps"]
        assert (gap["position"], gap["samples"], gap["reasons"]) == (48_000, 7, LATE)


def test_npy_shows_lost_samples_and_refuses_gaps_it_cannot_show(
        recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "npy", "--topic", "daq/analog", "--to", "0.6")
    data = np.load(tmp_path / "a.npy")
    np.testing.assert_array_equal(data, analog()[:len(data)])
    assert np.isnan(data).any()
    assert "row 70500 (about, device)" in refused(recording, tmp_path / "b", "npy", "--topic", "daq/analog")
    assert "holds one stream or topic, and these are 4" in refused(recording, tmp_path / "b", "npy")
    export(recording, tmp_path / "bits", "npy", "--topic", "s/daq/logic")
    np.testing.assert_array_equal(np.load(tmp_path / "bits.npy"), logic())


def test_mat_is_read_by_scipy(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "mat", "--to", "0.9")
    read = scipy.io.loadmat(tmp_path / "a.mat")
    data = read["s_daq_analog"]
    np.testing.assert_array_equal(data, analog()[:data.shape[1]].T)
    assert list(read["s_daq_analog_units"]) == ["V", "V"]
    assert [name.strip() for name in read["s_daq_slow_channels"]] == ["Température", "t2"]
    assert read["s_daq_slow"].dtype == np.float32
    np.testing.assert_array_equal(read["s_daq_analog_gaps"], [
        [40_000, 40_000, 500, 0, USB, 1, 0], [70_500, 70_500, 40, 0, DEVICE, 0, 0]])
    np.testing.assert_array_equal(read["s_daq_logic"], logic()[:read["s_daq_logic"].shape[1]].T)
    [event] = read["s_daq_analog_events"]
    assert event.endswith('daemon mark: here, "there"')


def test_csv_has_every_sample_and_says_where_some_are_lost(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "csv", "--topic", "daq/analog")
    table = pandas.read_csv(tmp_path / "a.csv", float_precision="round_trip")
    assert list(table.columns[2:4]) == ["a (V)", "b (V)"]
    assert table.columns[1].startswith("time since ") and table.columns[1].endswith("Z (s)")
    index = table["index"].to_numpy()
    np.testing.assert_array_equal(table[["a (V)", "b (V)"]].to_numpy(), analog()[index])
    np.testing.assert_allclose(table.iloc[:, 1], index / 100_000, rtol=1e-15)
    gaps = table[table["samples lost before"].notna()]
    assert list(gaps["samples lost before"]) == [500, 40]
    assert list(gaps["reasons"]) == ["usb", "about, device"]
    assert list(gaps["index"]) == [40_500, 70_540]
    assert len(table) == 100_000


def test_csv_has_a_row_for_what_was_lost_at_the_end(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "csv", "--topic", "radio/iq")
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {6}
    assert rows[-1] == ["48007", repr(48_007 / 48_000), "", "", "7", "late"]
    np.testing.assert_array_equal(np.array([row[2:4] for row in rows[1:-1]], float), iq() * 0.5)


def test_what_one_array_cannot_hold_is_refused_with_the_way_out(
        recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    sentence = refused(recording, tmp_path / "a", "csv", "--topic", "daq/slow")
    assert "s/daq/slow changes its rate at 0.900000 s" in sentence and "--to 0.900000" in sentence
    export(recording, tmp_path / "a", "csv", "--topic", "daq/slow", "--to", "0.9")
    table = pandas.read_csv(tmp_path / "a.csv", float_precision="round_trip")
    np.testing.assert_array_equal(table.iloc[:, 2:4].to_numpy(np.float32), slow())
    assert "the recording has no 'daq/none'" in refused(recording, tmp_path / "b", "csv", "--topic", "daq/none")
    assert "there is no format 'xls'" in refused(recording, tmp_path / "b", "xls")
    assert "exists already" in refused(recording, tmp_path / "a", "csv", "--topic", "radio/iq")
    sentence = refused(recording, tmp_path / "c", "csv", "--topic", "radio/iq", "--from", "100")
    assert "nothing of s/radio/iq was recorded in this time" in sentence
