"""HDF5: DataLab opens its workspace, h5py, h5dump and nexusformat read both layouts."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import h5py
import numpy as np
import pytest
from nexusformat.nexus import nxload

from conftest import analog, export, iq, logic, refused, slow

USB, RING_FULL, DEVICE, LATE = 2, 4, 1, 8


def columns() -> list[tuple[str, str, np.ndarray, float]]:
    """Of each channel: title, unit, values up to 0.9 s and rate."""
    out = [(name, "V", analog()[:90_540, i], 100_000.0) for i, name in enumerate("ab")]
    bits = np.where(logic() == 255, np.nan, logic())
    out += [(name, "", bits[:, i], 1e6) for i, name in enumerate(["clk", "cs", "mosi", "miso", "irq"])]
    out += [(name, "V", iq()[:, i] * 0.5, 48_000.0) for i, name in enumerate("iq")]
    return out + [("Température", "Cel", slow()[:, 0], 10 / 3), ("t2", "K", slow()[:, 1], 10 / 3)]


def test_datalab_opens_the_workspace_with_titles_units_metadata_and_every_number(
        recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "datalab", "--to", "0.9")
    home = tmp_path / "home"
    home.mkdir()
    script = pathlib.Path(__file__).parent / "datalab_opens.py"
    subprocess.run([sys.executable, script, tmp_path / "a.h5", tmp_path / "shown.npz"], check=True, timeout=240,
                   env=os.environ | {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)})
    with np.load(tmp_path / "shown.npz") as shown:
        signals = json.loads(str(shown["signals"]))
        assert len(signals) == len(columns())
        for i, (signal, (title, unit, values, rate)) in enumerate(zip(signals, columns(), strict=True)):
            lost = signal["metadata"]["lost"]
            assert signal["title"] == (f"{title} ({lost} lost)" if lost else title)
            assert (signal["xlabel"], signal["xunit"], signal["yunit"]) == ("Time", "s", unit)
            x, y = shown[f"xy{i}"]
            assert len(y) > 0.8 * len(values) or len(y) == 32
            np.testing.assert_array_equal(y, values[:len(y)])
            np.testing.assert_allclose(x, np.arange(len(x)) / rate, rtol=1e-15)
            assert lost == np.isnan(y).sum()
        first = signals[0]["metadata"]
        assert signals[0]["ylabel"] == "voltage"
        assert first["topic"] == "s/daq/analog" and first["recording"] == "run" and first["rate_hz"] == 100_000
        assert first["gaps"] == [[40_000, 500, USB, 1], [70_500, 40, DEVICE, 0]]
        assert "500 samples from index 40000 (usb); 40 samples from index 70500 (about, device)" in first["gaps_text"]
        assert first["event_001"].endswith('daemon mark: here, "there"')


def test_h5dump_and_h5py_read_the_workspace(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a.h5", "datalab", "--topic", "radio/iq")
    done = subprocess.run(["h5dump", "-A", tmp_path / "a.h5"], capture_output=True, text=True, check=True)
    assert '"s001: i (7 lost)"' in done.stdout or '"s001: i"' in done.stdout
    with h5py.File(tmp_path / "a.h5") as file:
        [group] = file["DataLab_Sig"].values()
        x, y = group["s002: q"]["xydata"]
        np.testing.assert_array_equal(y[:48_000], iq()[:, 1] * 0.5)
        assert len(y) == 48_007 and np.isnan(y[48_000:]).all() and np.isfinite(x).all()
        assert group["s002: q"].attrs["title"] == "q (7 lost)"


def test_nexus_names_its_default_plot_axes_units_and_gaps(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "nexus", "--to", "0.9")
    root = nxload(str(tmp_path / "a.nxs"))
    data = root.plottable_data
    assert data.nxpath == "/entry/s_daq_analog" and data.nxsignal.nxname == "a"
    assert [axis.nxname for axis in data.nxaxes] == ["time"]
    assert data.nxsignal.attrs["units"] == "V" and data.nxaxes[0].attrs["units"] == "s"
    assert list(np.atleast_1d(data.attrs["auxiliary_signals"])) == ["b"]
    with h5py.File(tmp_path / "a.nxs") as file:
        entry = file["entry"]
        group = entry["s_daq_analog"]
        for i, name in enumerate("ab"):
            np.testing.assert_array_equal(group[name][:], analog()[:len(group[name]), i])
        np.testing.assert_allclose(group["time"][:], np.arange(len(group["time"])) / 100_000, rtol=1e-15)
        assert list(group["gaps/first_index"]) == [40_000, 70_500] and list(group["gaps/samples"]) == [500, 40]
        assert list(group["gaps/reasons"]) == [USB, DEVICE] and list(group["gaps/is_exact"]) == [1, 0]
        assert [s.decode() for s in group["events/sentence"]] == ['here, "there"']
        bits = entry["s_daq_logic"]
        for i, name in enumerate(["clk", "cs", "mosi", "miso", "irq"]):
            assert bits[name].dtype == np.uint8
            np.testing.assert_array_equal(bits[name][:], logic()[:len(bits[name]), i])
        assert list(bits["gaps/reasons"]) == [RING_FULL]
        assert entry["s_daq_slow/t1"].dtype == np.float32
        np.testing.assert_array_equal(entry["s_daq_slow/t1"][:], slow()[:, 0])
        assert entry["s_daq_slow/t1"].attrs["long_name"] == "Température (Cel)"
    subprocess.run(["h5dump", "-H", tmp_path / "a.nxs"], stdout=subprocess.DEVNULL, check=True)


@pytest.mark.parametrize("form", ["datalab", "nexus"])
def test_a_refusal_in_the_middle_leaves_no_hdf5_file(recording: pathlib.Path, tmp_path: pathlib.Path, form: str) -> None:
    assert "changes its rate" in refused(recording, tmp_path / "a", form)
