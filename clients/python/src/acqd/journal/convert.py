"""Arrays of a recording for xarray, pandas and dask, where they are installed."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from acqd.errors import UnsupportedError

if TYPE_CHECKING:
    import dask.array
    import pandas
    import xarray

    from acqd.journal.array import SampleArray


def package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        wanted = name.partition(".")[0]
        raise UnsupportedError(f"this needs {wanted}: pip install {wanted}") from error


def attributes(array: SampleArray) -> dict[str, Any]:
    time = array.time
    told = array.descriptor
    return {
        "units": array.units[0] if len(set(array.units)) == 1 else ", ".join(array.units),
        "long_name": array.name,
        "instrument": told.instrument,
        "software": told.software,
        "rate_hz": float(array.rate_hz),
        "first_index": array.first_index,
        "time_scale": time.scale.name,
        "time_zero_s": str(time.seconds),
        "time_sigma_s": time.sigma_s,
    }


def to_xarray(array: SampleArray) -> xarray.DataArray:
    xr = package("xarray")
    data: Any
    if array.is_raw or importlib.util.find_spec("dask") is None:
        data = _plain(array[:, :])
    else:
        data = array.with_gaps("nan").to_dask()
    time = ("time", array.times(), {"units": "s", "long_name": "time from the first sample"})
    coordinates: dict[str, Any] = {"time": time, "channel": _names(array)}
    if len(array) == len(array.units):
        coordinates["unit"] = ("channel", list(array.units))
    made: xarray.DataArray = xr.DataArray(
        data,
        dims=("channel", "time"),
        coords=coordinates,
        name=array.name,
        attrs=attributes(array),
    )
    return made


def to_pandas(array: SampleArray) -> pandas.DataFrame:
    pd = package("pandas")
    index = pd.Index(array.times(), name="time_s")
    frame: pandas.DataFrame = pd.DataFrame(
        _plain(array[:, :]).T, index=index, columns=_names(array), copy=False
    )
    frame.attrs.update(attributes(array))
    return frame


def to_dask(array: SampleArray, samples: int) -> dask.array.Array:
    da = package("dask.array")
    window = array.part()  # the shape must not change when the recording goes on
    made: dask.array.Array = da.from_array(
        window,
        chunks=(len(array), max(1, samples)),
        name=False,
        asarray=False,
        meta=np.empty((0, 0), array.dtype),
    )
    return made


def _names(array: SampleArray) -> list[str]:
    names = list(array.channels)
    return names if len(array) == len(names) else ["bits"]


def _plain(read: Any) -> Any:
    """Masked numbers as NaN, since neither package knows masks."""
    if not isinstance(read, np.ma.MaskedArray):
        return read
    if not np.ma.is_masked(read):
        return np.asarray(read)
    numbers = np.asarray(read)  # what lies under the masks is not looked at
    return np.where(np.ma.getmaskarray(read), np.nan, numbers)
