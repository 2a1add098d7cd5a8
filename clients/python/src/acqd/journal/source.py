"""The messages of one topic over all segments of a recording, chunk by chunk."""

from __future__ import annotations

import threading
import warnings
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from acqd.errors import InvalidError
from acqd.journal import fields
from acqd.journal.fields import Chunk
from acqd.journal.segment import Segment


class DamageWarning(UserWarning):
    """A part of a recording could not be read; what it held is a gap."""


@dataclass(frozen=True, slots=True)
class Message:
    channel: int
    sequence: int
    time_ns: int
    data: memoryview


class Messages(Sequence[Message]):
    """Those of a topic in the records of a chunk, one behind the other."""

    def __init__(self, records: memoryview, places: npt.NDArray[Any]) -> None:
        """`places`: where their records begin. Malformed when there are none such."""
        self.records = records
        places = places.astype(np.int64)
        size = fields.MESSAGE_RECORD.itemsize
        if len(places) and not 0 <= places[0] <= places[-1] <= len(records) - size:
            raise fields.Malformed
        if (np.diff(places) < size).any():
            raise fields.Malformed
        rows = np.frombuffer(records, np.uint8)[places[:, None] + np.arange(size)]
        self.heads = rows.reshape(-1).view(fields.MESSAGE_RECORD)
        self.starts = places + size  # of their data
        self.ends = places + fields.RECORD_HEAD.size + self.heads["length"].astype(np.int64)
        follow = np.append(places[1:], len(records))
        if (self.heads["opcode"] != fields.MESSAGE).any() or not (
            (self.starts <= self.ends) & (self.ends <= follow)
        ).all():
            raise fields.Malformed

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, number: int) -> Message: ...
    @overload
    def __getitem__(self, number: slice) -> list[Message]: ...
    def __getitem__(self, number: int | slice) -> Message | list[Message]:
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        _, _, channel, sequence, time_ns, _ = self.heads[number].item()
        return Message(
            channel, sequence, time_ns, self.records[self.starts[number] : self.ends[number]]
        )


_NONE = Messages(memoryview(b""), np.empty(0, np.int64))


class ChunkCache:
    """The records of the chunks read last. Several threads may use it."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._chunks: OrderedDict[tuple[int, int], memoryview] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, segment: Segment, chunk: Chunk) -> memoryview:
        segment.check_open()
        key = (id(segment), chunk.offset)
        with self._lock:
            found = self._chunks.get(key)
            if found is not None:
                self._chunks.move_to_end(key)
                return found
        records = segment.read_chunk(chunk)
        with self._lock:
            self._chunks[key] = records
            while len(self._chunks) > self._most:
                self._chunks.popitem(last=False)
        return records


@dataclass(frozen=True, slots=True)
class Place:
    """A chunk that has messages of the topic."""

    segment: Segment
    chunk: Chunk

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Place)
            and self.segment is other.segment
            and self.chunk is other.chunk
        )

    def __hash__(self) -> int:
        return hash((id(self.segment), self.chunk.offset))


class Source:
    """Finds and reads the messages of one topic."""

    def __init__(self, topic: str, cache: ChunkCache) -> None:
        self.topic = topic
        self.segments: list[Segment] = []
        self.places: list[Place] = []
        self.damages: dict[tuple[str, int], str] = {}
        self._cache = cache
        self._channels: dict[int, frozenset[int]] = {}  # by segment
        self._counts: list[int] = [0]  # messages in front of each place

    def set_segments(self, segments: list[Segment]) -> None:
        """The segments as they are now; what was known of them stays."""
        self.segments = list(segments)
        places: list[Place] = []
        for segment in segments:
            ids = frozenset(c.id for c in segment.channels.values() if c.topic == self.topic)
            self._channels[id(segment)] = ids
            for chunk in segment.chunks:
                is_told = segment.has_all_indexes(chunk)
                if ids and (not is_told or not ids.isdisjoint(chunk.indexes)):
                    places.append(Place(segment, chunk))
        same = 0
        while same < min(len(places), len(self.places)) and places[same] == self.places[same]:
            same += 1
        del self._counts[same + 1 :]
        self.places = places

    def messages(self, number: int) -> Messages:
        """Of one place, by the message indexes where there are; none, and a warning, where it is
        damaged."""
        place = self.places[number]
        wanted = self._channels[id(place.segment)]
        try:
            records = self._cache.read(place.segment, place.chunk)
        except InvalidError as error:
            self.report(place, error.sentence)
            return _NONE
        told = [place.segment.message_places(place.chunk, channel) for channel in wanted]
        places = [of_channel for of_channel in told if of_channel is not None]
        if len(places) == len(told):
            try:
                found = Messages(records, np.sort(np.concatenate(places)))
                if np.isin(found.heads["channel"], [*wanted]).all():
                    return found
            except fields.Malformed:
                pass  # the indexes have no checksum: walking does without
        return self._walk(place, records)

    def ends(self, number: int) -> list[tuple[bytes, int]]:
        """Of the first two messages of a place and its last two, in order of their places: the
        first bytes of each, and its size. Read without the chunk, so nothing has checked them; empty
        where only the chunk tells."""
        place = self.places[number]
        segment, chunk = place.segment, place.chunk
        told = [segment.message_places(chunk, id_) for id_ in self._channels[id(segment)]]
        if chunk.compression or any(of_channel is None for of_channel in told):
            return []
        places = np.sort(np.concatenate([of_channel for of_channel in told if of_channel is not None]))
        if len(places) < 2:
            return []
        return [
            segment.read_message_head(chunk, int(at), self._channels[id(segment)])
            for at in (*places[:2], *places[-2:])
        ]

    def _walk(self, place: Place, records: memoryview) -> Messages:
        wanted = self._channels[id(place.segment)]
        places: list[int] = []
        at = 0
        head = fields.RECORD_HEAD
        while at + head.size <= len(records):
            opcode, length = head.unpack_from(records, at)
            if at + head.size + length > len(records):
                self.report(place, f"{place.segment.path}: a chunk ends within a record")
                break
            if opcode == fields.MESSAGE and length >= fields.MESSAGE_HEAD.size:
                channel, *_ = fields.MESSAGE_HEAD.unpack_from(records, at + head.size)
                if channel in wanted:
                    places.append(at)
            at += head.size + length
        return Messages(records, np.array(places, np.int64))

    def report(self, place: Place, sentence: str) -> None:
        """Tells a damage, once."""
        key = (str(place.segment.path), place.chunk.offset)
        if key not in self.damages:
            self.damages[key] = sentence
            warnings.warn(f"{sentence}; what it held is left out", DamageWarning, stacklevel=2)

    def count(self) -> int:
        """Messages in all, without reading a chunk where the file has an index."""
        return self._counted(len(self.places))

    def place_of(self, number: int) -> tuple[int, int]:
        """The place of a message by its number in the topic, and its number there."""
        while self._counts[-1] <= number and len(self._counts) <= len(self.places):
            self._counted(len(self._counts))
        place = bisect_right(self._counts, number) - 1
        return place, number - self._counts[place]

    def first_at(self, time_ns: int) -> int:
        """Number of the first place that may have messages from this time on."""
        ends = [place.chunk.end_ns for place in self.places]
        return next((i for i, end in enumerate(ends) if end >= time_ns), len(ends))

    def all_messages(self) -> Iterator[Message]:
        for number in range(len(self.places)):
            yield from self.messages(number)

    def _counted(self, places: int) -> int:
        while len(self._counts) <= places:
            number = len(self._counts) - 1
            self._counts.append(self._counts[-1] + self._count(number))
        return self._counts[places]

    def _count(self, number: int) -> int:
        place = self.places[number]
        total = 0
        for channel in self._channels[id(place.segment)]:
            told = place.segment.count_messages(place.chunk, channel)
            if told is None:
                return len(self.messages(number))
            total += told
        return total
