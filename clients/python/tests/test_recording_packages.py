"""Arrays of a recording handed to xarray, pandas and dask."""

from __future__ import annotations

import sys
from pathlib import Path

import dask
import dask.array
import numpy as np
import pytest
from recordings import STREAM, run_of, segment, values

import acqd


@pytest.fixture
def wave(tmp_path: Path) -> acqd.SampleArray:
    packets = [*run_of(0, 1000), (1500, 100, 500), *run_of(1600, 20_000)]
    return acqd.open(segment(tmp_path / "run-0001.mcap", packets))[STREAM]


def expected() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    out = values(0, 21_600)
    out[:, 1000:1500] = np.nan
    return out


def test_a_dask_array_computes_what_the_file_holds_from_several_threads(
    wave: acqd.SampleArray,
) -> None:
    array = wave.to_dask(samples=1000)
    assert array.shape == wave.shape and array.dtype == wave.dtype
    assert array.numblocks == (1, 22)
    with dask.config.set(scheduler="threads", num_workers=4):
        np.testing.assert_array_equal(array.compute(), expected())
        np.testing.assert_allclose(
            dask.array.nanmean(array, axis=1).compute(), np.nanmean(expected(), axis=1)
        )
        np.testing.assert_array_equal(array[1, 5000:5010].compute(), expected()[1, 5000:5010])


def test_a_data_array_carries_units_times_and_description(wave: acqd.SampleArray) -> None:
    array = wave.part(900, 2000).to_xarray()
    assert array.dims == ("channel", "time") and array.attrs["units"] == "V"
    assert array.attrs["first_index"] == 900 and array.name == STREAM
    np.testing.assert_array_equal(array.values, expected()[:, 900:2000])
    np.testing.assert_allclose(array["time"].values, np.arange(900, 2000) / 1000)
    b = array.sel(channel="b", time=slice(1.6, 1.7))
    np.testing.assert_array_equal(b.values, expected()[1, 1600:1701])


def test_a_data_array_is_not_read_before_it_is_used(
    wave: acqd.SampleArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dask.is_dask_collection(wave.to_xarray().data)
    monkeypatch.setitem(sys.modules, "dask.array", None)
    monkeypatch.setitem(sys.modules, "dask", None)
    np.testing.assert_array_equal(wave.to_xarray().values, expected())


def test_a_table_has_a_column_for_each_channel(wave: acqd.SampleArray) -> None:
    for source in (wave, wave.with_gaps("mask")):
        table = source.part(900, 1600).to_pandas()
        assert list(table.columns) == ["a", "b"] and table.index.name == "time_s"
        np.testing.assert_array_equal(table.to_numpy().T, expected()[:, 900:1600])
        assert table.attrs["units"] == "V"
    numbers = wave.raw.part(900, 1600).to_pandas()
    assert np.isnan(numbers["a"].iloc[200]) and numbers["a"].iloc[0] == 6300
    assert wave.raw.part(0, 10).to_pandas()["a"].dtype == np.int16


def test_a_package_that_is_missing_is_named(
    wave: acqd.SampleArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(acqd.UnsupportedError, match="pip install pandas"):
        wave.to_pandas()
