"""The messages of one topic over all segments of a recording, chunk by chunk."""

from __future__ import annotations

import threading
import warnings
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

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

    def messages(self, number: int) -> list[Message]:
        """Of one place; none, and a warning, where it is damaged."""
        place = self.places[number]
        wanted = self._channels[id(place.segment)]
        try:
            records = self._cache.read(place.segment, place.chunk)
        except InvalidError as error:
            self.report(place, error.sentence)
            return []
        out: list[Message] = []
        at = 0
        head = fields.RECORD_HEAD
        while at + head.size <= len(records):
            opcode, length = head.unpack_from(records, at)
            at += head.size
            if at + length > len(records):
                self.report(place, f"{place.segment.path}: a chunk ends within a record")
                break
            if opcode == fields.MESSAGE and length >= fields.MESSAGE_HEAD.size:
                channel, sequence, time_ns, _ = fields.MESSAGE_HEAD.unpack_from(records, at)
                if channel in wanted:
                    data = records[at + fields.MESSAGE_HEAD.size : at + length]
                    out.append(Message(channel, sequence, time_ns, data))
            at += length
        return out

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
