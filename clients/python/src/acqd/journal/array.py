"""The samples of a stream or a continuous topic as an array that is read when it is indexed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from acqd._wire.stream_pb2 import StreamDescriptor
from acqd.errors import InvalidError, UnsupportedError
from acqd.header import Kind
from acqd.journal import convert
from acqd.journal.blocks import Block, Samples
from acqd.journal.series import Series
from acqd.loss import Gap
from acqd.time import Time

if TYPE_CHECKING:
    import dask.array
    import pandas
    import xarray

Gaps = Literal["nan", "mask"]
Moment = int | float | str | np.datetime64
Clock = Callable[[Moment], int]  # to the recording's nanoseconds


class SampleArray:
    """Samples, (channels, samples). Position 0 is the first sample recorded, and what was lost
    takes its place: NaN with `gaps="nan"`, masked in a numpy masked array with `gaps="mask"`.

    Indexing reads: `wave[0, 1000:2000]`, `wave["ch1", -500:]`, `wave[:, ::10]`. `between()` and
    `part()` give a part without reading it.
    """

    def __init__(
        self,
        name: str,
        series: Series,
        clock: Clock,
        gaps: Gaps,
        *,
        window: tuple[int, int] | None = None,
        is_raw: bool = False,
    ) -> None:
        self.name = name
        self._series = series
        self._clock = clock
        self._gaps: Gaps = gaps
        self._window = window  # indices; None: everything, also what is added later
        self._is_raw = is_raw

    def __repr__(self) -> str:
        channels, samples = self.shape
        rate = f"{float(self.rate_hz):g} Hz"
        return f"<{type(self).__name__} {self.name} {channels}x{samples} {self.dtype} at {rate}>"

    # What it is.

    @property
    def descriptor(self) -> StreamDescriptor:
        return self._series.description.descriptor

    @property
    def kind(self) -> Kind:
        return self._series.description.kind

    @property
    def rate_hz(self) -> Fraction:
        return self._series.description.rate_hz

    @property
    def channels(self) -> tuple[str, ...]:
        """Their names: what they are called, else what the instrument calls them."""
        return tuple(c.label or c.id for c in self.descriptor.channels)

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(channel.unit for channel in self.descriptor.channels)

    @property
    def unit(self) -> str:
        """The unit of the values, where all channels share it; `units` has one for each."""
        units = set(self.units)
        if len(units) > 1:
            raise UnsupportedError(f"the channels of {self.name} differ in unit: {self.units}")
        return units.pop() if units else ""

    @property
    def is_raw(self) -> bool:
        return self._is_raw

    @property
    def first_index(self) -> int:
        """The stream's own number of the sample at position 0."""
        return self._bounds[0]

    @property
    def shape(self) -> tuple[int, int]:
        first, stop = self._bounds
        description = self._series.description
        rows = description.rows if self._is_raw else len(description.descriptor.channels)
        return rows, stop - first

    @property
    def ndim(self) -> int:
        return 2

    @property
    def size(self) -> int:
        return self.shape[0] * self.shape[1]

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    @property
    def dtype(self) -> np.dtype[Any]:
        kinds = self._series.descriptions
        found = np.result_type(*(d.dtype if self._is_raw else d.values_dtype for d in kinds))
        if self._gaps == "nan" and found.kind in "iu":
            return np.dtype(np.float32 if found.itemsize <= 2 else np.float64)
        return found

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Samples]:
        """Reads channel by channel."""
        return (self[row, :] for row in range(len(self)))

    # Parts of it.

    @property
    def raw(self) -> SampleArray:
        """The numbers as the instrument made them, always with masks: integers have no NaN. Of
        logic one row of packed bits."""
        window = self._window
        return SampleArray(self.name, self._series, self._clock, "mask", window=window, is_raw=True)

    def with_gaps(self, gaps: Gaps) -> Self:
        """The same with the other way of showing what was lost."""
        if self._is_raw and gaps != "mask":
            raise UnsupportedError("raw numbers have no NaN", "gaps", "mask")
        check_gaps(gaps)
        return type(self)(self.name, self._series, self._clock, gaps, window=self._window)

    def part(self, start: int | None = None, stop: int | None = None) -> Self:
        """The samples at these positions, not read yet; positions in it count from its start."""
        first, end = self._bounds
        start, stop, _ = slice(start, stop).indices(end - first)
        return self._windowed(first + start, first + max(start, stop))

    def between(self, start: Moment | None = None, stop: Moment | None = None) -> Self:
        """The samples that came from `start` up to `stop`, not read yet: seconds from the start of
        the recording, a datetime64 (UTC), or the text of a mark."""
        first, end = self._bounds
        begin = first if start is None else self._series.index_at(self._clock(start))
        until = end if stop is None else self._series.index_at(self._clock(stop))
        begin = min(max(begin, first), end)
        return self._windowed(begin, min(max(until, begin), end))

    # Reading.

    def __getitem__(self, key: object) -> Any:
        rows, at = self._split(key)
        picked = np.arange(len(self))[rows]
        first, end = self._bounds
        if isinstance(at, slice):
            taken = range(first, end)[at]
            is_forward = taken.step > 0
            read = self._read(picked, taken if is_forward else taken[::-1])
            return read if is_forward else read[..., ::-1]
        place = at + (end - first) if at < 0 else at
        if not 0 <= place < end - first:
            raise IndexError(f"{self.name} has no sample {at}: it has {end - first}")
        read = self._read(picked, range(first + place, first + place + 1))
        return read[(slice(None),) * picked.ndim + (0,)]

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("a recording is read from the disk: without a copy there is no array")
        read = self[:, :]
        return np.asarray(read if dtype is None else read.astype(dtype))

    def gaps(self) -> list[tuple[int, Gap]]:
        """What is missing: position of the first lost sample, how many and why. Reads the part."""
        first, end = self._bounds
        return [(index - first, gap) for index, gap in self._series.gaps(first, end)]

    def times(self, start: int | None = None, stop: int | None = None) -> npt.NDArray[np.float64]:
        """Seconds from the first sample of the stream in the recording, one for each position, as
        the samples are stamped."""
        first, end = self._bounds
        start, stop, _ = slice(start, stop).indices(end - first)
        return self._series.times(first + start, first + max(start, stop))

    @property
    def time(self) -> Time:
        """When the first sample of the stream in the recording was taken: the zero of times()."""
        block = self._series.first_block()
        if block is None:
            raise InvalidError(f"nothing of {self.name} can be read")
        return block.time

    # For other packages.

    def to_xarray(self) -> xarray.DataArray:
        """A DataArray with channels, times, units and the description; of dask, where that is
        installed, so that nothing is read yet but the times."""
        return convert.to_xarray(self)

    def to_pandas(self) -> pandas.DataFrame:
        """Read now: a column for each channel, the times as index."""
        return convert.to_pandas(self)

    def to_dask(self, samples: int | None = None) -> dask.array.Array:
        """A dask array whose blocks hold as many `samples` as about 16 MiB of the file."""
        return convert.to_dask(self, samples or self._block_samples())

    # Within.

    @property
    def _bounds(self) -> tuple[int, int]:
        if self._window is not None:
            return self._window
        bounds = self._series.bounds
        return bounds.first, bounds.next

    def _windowed(self, first: int, stop: int) -> Self:
        return type(self)(
            self.name,
            self._series,
            self._clock,
            self._gaps,
            window=(first, stop),
            is_raw=self._is_raw,
        )

    def _block_samples(self) -> int:
        most_bytes = 16 << 20
        description = self._series.description
        return max(1, most_bytes // max(1, description.rows * description.dtype.itemsize))

    def _read(self, picked: npt.NDArray[np.intp], taken: range) -> Samples:
        rows = picked.reshape(-1).tolist()
        if self._series.description.has_scans:  # as in the file: scans stay together
            out = np.empty((len(taken), len(rows)), self.dtype).T
        else:
            out = np.empty((len(rows), len(taken)), self.dtype)

        def convert(block: Block, raw: Samples, part: Samples) -> None:
            if not self._is_raw:
                block.description.values_of(raw, part, rows)
            elif rows == [*range(len(raw))]:
                part[:] = raw
            else:
                part[:] = raw[rows]

        missing = self._series.read(taken, out, convert)
        shape = (*picked.shape, len(taken))
        for gap in missing:
            out[:, gap] = np.nan if self._gaps == "nan" else 0
        if self._gaps == "nan":
            return out.reshape(shape)
        mask = np.zeros(out.shape, bool) if missing else False
        for gap in missing:
            mask[:, gap] = True  # type: ignore[index]
        masked: Samples = np.ma.MaskedArray(out, mask).reshape(shape)
        return masked

    def _split(self, key: object) -> tuple[Any, int | slice]:
        """An index into rows, for numpy, and one into samples."""
        parts = list(key) if isinstance(key, tuple) else [key]
        if Ellipsis in parts:
            at = parts.index(Ellipsis)
            parts[at : at + 1] = [slice(None)] * (3 - len(parts))
        rows, at_sample = (*parts, slice(None))[:2] if 0 < len(parts) <= 2 else (None, None)
        if isinstance(rows, str):
            rows = self._row_of(rows)
        elif isinstance(rows, list):
            rows = [self._row_of(row) if isinstance(row, str) else row for row in rows]
        if isinstance(at_sample, np.integer):
            at_sample = int(at_sample)
        if isinstance(rows, np.integer):
            rows = int(rows)
        if isinstance(rows, int) and not -len(self) <= rows < len(self):
            raise IndexError(f"{self.name} has no channel {rows}: it has {len(self)}")
        if rows is None or isinstance(at_sample, bool) or not isinstance(at_sample, int | slice):
            raise InvalidError(
                f"{self.name} is not indexed by {str(key)[:64]}",
                "index",
                "[channels, samples]; of samples a number or a slice",
            )
        return rows, at_sample

    def _row_of(self, name: str) -> int:
        if self._is_raw and self._series.description.is_packed:
            raise InvalidError(f"the raw numbers of {self.name} are packed bits", "channel")
        ids = [c.id for c in self.descriptor.channels]
        for names in (ids, list(self.channels)):
            if name in names:
                return names.index(name)
        raise InvalidError(f"{self.name} has no channel '{name[:64]}'", "channel", ", ".join(ids))


def check_gaps(gaps: object) -> None:
    if gaps not in ("nan", "mask"):
        raise InvalidError(f"gaps as {gaps!r}", "gaps", '"nan", "mask"')
