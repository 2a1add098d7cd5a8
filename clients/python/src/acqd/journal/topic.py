"""The frames of a topic in a recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from acqd._wire.stream_pb2 import StreamDescriptor
from acqd.errors import InvalidError, UnsupportedError
from acqd.frame import Frame
from acqd.header import CONTINUOUS, Kind
from acqd.journal import convert
from acqd.journal.array import Clock, Gaps, Moment, SampleArray
from acqd.journal.blocks import Descriptions, frame_block, recorded_frame
from acqd.journal.series import Series
from acqd.journal.source import Message, Source
from acqd.loss import Arrival

if TYPE_CHECKING:
    import pandas


class RecordedTopic(Sequence[Frame]):
    """The frames of a topic as they were published, by their number in the recording:
    `spectra[0]`, `spectra[-1]`, `spectra[10:20]`, `for frame in spectra`. A continuous topic is
    also an array of samples: `samples`."""

    def __init__(self, name: str, source: Source, clock: Clock, gaps: Gaps) -> None:
        self.name = name
        self._source = source
        self._clock = clock
        self._gaps: Gaps = gaps
        self._descriptions = Descriptions(name)
        self._series: Series | None = None

    def __repr__(self) -> str:
        return f"<RecordedTopic {self.name} {self.kind.name.lower()} {len(self)} frames>"

    def refresh(self) -> None:
        self._descriptions.take_in(self._source.segments)
        if self._series is not None:
            self._series.refresh()

    @property
    def descriptor(self) -> StreamDescriptor:
        return self._descriptions.first().descriptor

    @property
    def kind(self) -> Kind:
        return self._descriptions.first().kind

    def __len__(self) -> int:
        return self._source.count()

    @overload
    def __getitem__(self, number: int) -> Frame: ...
    @overload
    def __getitem__(self, number: slice) -> list[Frame]: ...
    def __getitem__(self, number: int | slice) -> Frame | list[Frame]:
        if isinstance(number, slice):
            start, stop, step = number.indices(len(self))
            return [self._frame(i) for i in range(start, stop, step)]
        count = len(self)
        place = number + count if number < 0 else number
        if not 0 <= place < count:
            raise IndexError(f"{self.name} has no frame {number}: it has {count}")
        return self._frame(place)

    def __iter__(self) -> Iterator[Frame]:
        return self.between()

    def between(self, start: Moment | None = None, stop: Moment | None = None) -> Iterator[Frame]:
        """The frames from `start` up to `stop`: seconds from the start of the recording, a
        datetime64 (UTC), or the text of a mark."""
        begin = 0 if start is None else self._clock(start)
        end = None if stop is None else self._clock(stop)
        for number in range(self._source.first_at(begin), len(self._source.places)):
            for message in self._source.messages(number):
                if message.time_ns < begin:
                    continue
                if end is not None and message.time_ns >= end:
                    return
                frame = self._read(message, number)
                if frame is not None:
                    yield frame

    @property
    def samples(self) -> SampleArray:
        """The samples of a continuous topic as one array. UnsupportedError for any other."""
        if self.kind not in CONTINUOUS:
            raise UnsupportedError(
                f"the frames of {self.name} are of kind {self.kind.name}: they do not join",
                "",
                "index the topic, or use values()",
            )
        if self._series is None:
            self._series = Series(self._source, frame_block)
            self._series.refresh()
        return SampleArray(self.name, self._series, self._clock, self._gaps)

    def values(self, start: int | None = None, stop: int | None = None) -> npt.NDArray[Any]:
        """The values of the frames from number `start` up to `stop`, stacked: (frames, channels,
        values). Of results: (frames, results), NaN where one is not valid. InvalidError when the
        frames differ in shape."""
        frames = self[start:stop]
        if self.kind is Kind.SCALARS:
            rows = [[r.value if r.valid else np.nan for r in frame.results] for frame in frames]
        else:
            rows = [frame.values for frame in frames]  # type: ignore[misc]
        if len({np.shape(row) for row in rows}) > 1:
            raise InvalidError(f"the frames of {self.name} differ in shape; read them one by one")
        return np.array(rows)

    def to_pandas(self) -> pandas.DataFrame:
        """Of a topic of results, read now: a row for each frame, a column for each result of each
        channel; the index is when it came, UTC. UnsupportedError for any other."""
        if self.kind is not Kind.SCALARS:
            raise UnsupportedError(
                f"the frames of {self.name} are of kind {self.kind.name}, not results"
            )
        pd = convert.package("pandas")
        rows: list[dict[str, float]] = []
        times: list[int] = []
        for number in range(len(self._source.places)):
            for message in self._source.messages(number):
                frame = self._read(message, number)
                if frame is None:
                    continue
                times.append(message.time_ns)
                rows.append(
                    {
                        f"{r.channel}.{r.name}": r.value if r.valid else np.nan
                        for r in frame.results
                    }
                )
        index = pd.DatetimeIndex(np.array(times, "datetime64[ns]"), tz="UTC", name="time")
        made: pandas.DataFrame = pd.DataFrame(rows, index=index)
        return made

    def _frame(self, number: int) -> Frame:
        place, at = self._source.place_of(number)
        messages = self._source.messages(place)
        frame = self._read(messages[at], place) if at < len(messages) else None
        if frame is None:
            raise InvalidError(f"frame {number} of {self.name} is damaged")
        return frame

    def _read(self, message: Message, number: int) -> Frame | None:
        """None, and a warning, for one that makes no sense."""
        place = self._source.places[number]
        try:
            header, payload = recorded_frame(bytes(message.data))
        except InvalidError as error:
            self._source.report(place, f"{place.segment.path}: {error.sentence}")
            return None
        description = self._descriptions.of(place.segment, message.channel)
        return Frame(self.name, header, memoryview(payload), Arrival(), description.descriptor)
