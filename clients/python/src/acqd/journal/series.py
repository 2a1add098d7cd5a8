"""The samples of a stream or a continuous topic by their index, read chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np
import numpy.typing as npt

from acqd._wire.recording_pb2 import Packet
from acqd.errors import InvalidError, UnsupportedError
from acqd.journal.blocks import Block, Description, Descriptions, Samples
from acqd.journal.joined import blocks_between
from acqd.journal.source import Message, Place, Source
from acqd.loss import Gap

Decode = Callable[[bytes, int, Description], Block]
Peek = Callable[[bytes, int], Packet | None]  # the first bytes of a message, and its size


@dataclass(frozen=True, slots=True)
class Span:
    """Samples of a chunk, lost ones in between included."""

    first: int
    next: int


class Series:
    """Blocks by index. Only the chunks needed are read, those read last are kept."""

    def __init__(self, source: Source, decode: Decode, peek: Peek | None = None) -> None:
        self.source = source
        self._decode = decode
        self._peek = peek
        self._descriptions = Descriptions(source.topic)
        self._spans: dict[Place, Span | None] = {}
        self._bounds: Span | None = None

    def refresh(self) -> None:
        self._bounds = None
        self._descriptions.take_in(self.source.segments)
        rows = {description.rows for description in self.descriptions}
        if len(rows) > 1:
            raise UnsupportedError(
                f"{self.source.topic} has {sorted(rows)} channels in turn; open its segments apart"
            )

    @property
    def descriptions(self) -> list[Description]:
        """In the order they came into force."""
        return self._descriptions.all()

    @property
    def description(self) -> Description:
        return self._descriptions.first()

    @property
    def bounds(self) -> Span:
        """From the first sample that can be read to behind the last one, or the last loss."""
        if self._bounds is None:
            places = range(len(self.source.places))
            first = next((span for i in places if (span := self._span(i))), Span(0, 0))
            last = next((span for i in reversed(places) if (span := self._span(i))), first)
            if last.next < first.first:
                raise InvalidError(f"the indices of {self.source.topic} run backwards")
            self._bounds = Span(first.first, last.next)
        return self._bounds

    def blocks_of(self, number: int) -> Iterator[Block]:
        """The blocks of one place, one for each message."""
        place = self.source.places[number]
        blocks = (self._block(message, place) for message in self.source.messages(number))
        return (block for block in blocks if block is not None)

    def blocks(self, start: int, stop: int, *, has_samples: bool = True) -> Iterator[Block]:
        """Those that have samples in [start, stop), the one before, and the one behind where they
        end before `stop`, in order. What follows in one place is one block, stamped as its first
        sample."""
        before: Block | None = None
        for number in range(self._locate(start), len(self.source.places)):
            for block in self._joined(number, start, stop, has_samples):
                if block.next_index <= start:
                    before = block
                    continue
                if before is not None:
                    yield before
                    before = None
                yield block
                if block.next_index >= stop:
                    return
        if before is not None:
            yield before

    def read(
        self,
        taken: range,
        out: Samples,
        convert: Callable[[Block, Samples, Samples], None],
    ) -> list[slice]:
        """Converts the samples at these indices into the columns of `out`; the columns of those
        that there are not."""
        missing: list[slice] = []
        done = 0
        for block in self.blocks(taken.start, taken.stop):
            first, last = _column(taken, block.first_index), _column(taken, block.next_index)
            first = max(first, done)
            if first >= last:
                continue
            if first > done:
                missing.append(slice(done, first))
            raw = block.raw[:, taken[first] - block.first_index :: taken.step][:, : last - first]
            convert(block, raw, out[:, first:last])
            done = last
        if done < len(taken):
            missing.append(slice(done, len(taken)))
        return missing

    def gaps(self, start: int, stop: int) -> Iterator[tuple[int, Gap]]:
        """Where samples of [start, stop) are missing or do not adjoin: index of the first one that
        is missing, or else of the one behind, and why."""
        expected: int | None = None
        for block in self.blocks(start, stop, has_samples=False):
            if expected is not None and block.first_index > expected:
                missing = block.first_index - expected
                reasons, exact = block.gap.reasons, block.gap.exact
                if missing > block.gap.samples:  # the file has lost more than it tells
                    reasons = tuple(dict.fromkeys((*reasons, "recorder")))
                at, end = max(expected, start), min(block.first_index, stop)
                if end > at:
                    yield at, Gap(end - at, reasons, exact)
            elif expected is not None and block.gap.reasons and start < block.first_index < stop:
                yield block.first_index, block.gap
            expected = block.next_index
        if expected is not None and expected < stop:
            yield max(expected, start), Gap(stop - max(expected, start), ("recorder",), True)

    def times(self, start: int, stop: int) -> npt.NDArray[np.float64]:
        """Seconds from the first sample of all, by the stamps; within a block, and in gaps behind
        it, by the rate. Where the stamps change their scale, by when the samples came."""
        rate = self.description.rate_hz
        period = float(1 / rate) if rate else 0.0
        first = self.first_block()
        if first is None:
            return np.arange(stop - start, dtype=np.float64) * period
        out = np.empty(stop - start)
        done = start
        tail = 0.0, first.first_index  # seconds and index of what the samples behind go by

        def go_on(until: int) -> int:
            seconds, index = tail
            out[done - start : until - start] = (np.arange(done, until) - index) * period + seconds
            return until

        for block in self.blocks(start, stop, has_samples=False):
            begins = _begins(first, block)
            if not block.count:
                continue
            at = max(min(block.first_index, stop), done)
            done = go_on(at)
            each = block.count // len(begins)
            within = (begins[:, None] + np.arange(each) * period).reshape(-1)
            end = max(min(block.next_index, stop), at)
            out[at - start : end - start] = within[at - block.first_index :][: end - at]
            done = end
            tail = float(begins[-1]), block.next_index - each
        go_on(stop)
        return out

    def index_at(self, time_ns: int) -> int:
        """The first sample that came at `time_ns` of the recording's clock, or later."""
        for number in range(self.source.first_at(time_ns), len(self.source.places)):
            for block in self.blocks_of(number):
                if block.time_ns <= time_ns:
                    continue
                rate = block.description.rate_hz
                ahead = int((block.time_ns - time_ns) * rate / 1_000_000_000)
                if block.count and ahead:
                    return block.next_index - min(ahead, block.count)
                return block.next_index
        return self.bounds.next

    def first_block(self) -> Block | None:
        """None: nothing can be read."""
        for number in range(len(self.source.places)):
            for block in self.blocks_of(number):
                return block
        return None

    def _block(self, message: Message, place: Place) -> Block | None:
        """None, and a warning, for one that makes no sense."""
        description = self._descriptions.of(place.segment, message.channel)
        try:
            return self._decode(bytes(message.data), message.time_ns, description)
        except InvalidError as error:
            self.source.report(place, f"{place.segment.path}: {error.sentence}")
            return None

    def _joined(
        self, number: int, start: int, stop: int, has_samples: bool
    ) -> Iterator[Block]:
        decode = partial(self._block, place=self.source.places[number])
        messages = self.source.messages(number)
        return blocks_between(messages, start, stop, decode, has_samples)

    def _span(self, number: int) -> Span | None:
        place = self.source.places[number]
        if place not in self._spans and (told := self._told_span(number)):
            self._spans[place] = told
        if place not in self._spans:
            messages = self.source.messages(number)
            first = next((b for m in messages if (b := self._block(m, place))), None)
            last = next((b for m in reversed(messages) if (b := self._block(m, place))), None)
            found = Span(first.first_index, last.next_index) if first and last else None
            self._spans[place] = found
        return self._spans[place]

    def _told_span(self, number: int) -> Span | None:
        """By the heads of its first and last two packets, without their chunk, whose checksum is
        for later: the one must follow the other. None: only the chunk tells."""
        if self._peek is None:
            return None
        heads = [self._peek(data, size) for data, size in self.source.ends(number)]
        packets = [head for head in heads if head is not None]
        if len(packets) != 4:
            return None
        for before, behind in (packets[:2], packets[2:]):
            if behind.first_index != before.first_index + before.count + behind.gap_before:
                return None
        return Span(packets[0].first_index, packets[3].first_index + packets[3].count)

    def _first(self, number: int) -> int:
        """The first index of a place, or of the next one that can be read."""
        for i in range(number, len(self.source.places)):
            if span := self._span(i):
                return span.first
        return self.bounds.next

    def _locate(self, index: int) -> int:
        """The last place that does not begin behind `index`. As most streams are even, a guess by
        the proportion is right most of the time; every other step halves what is left."""
        low, high = 0, len(self.source.places)
        halves = False
        while high - low > 1:
            middle = (low + high) // 2 if halves else self._guess(low, high, index)
            halves = not halves
            if self._first(middle) > index:
                high = middle
                continue
            low = middle
            span = self._span(middle)
            if span and index < span.next:
                break
        return low

    def _guess(self, low: int, high: int, index: int) -> int:
        first = self._first(low)
        end = self._first(high) if high < len(self.source.places) else self.bounds.next
        part = (index - first) / max(end - first, 1)
        return min(max(low + int(part * (high - low)), low + 1), high - 1)


def _column(taken: range, index: int) -> int:
    """How many of the indices are in front of this one."""
    return min(max(-((taken.start - index) // taken.step), 0), len(taken))


def _begins(first: Block, block: Block) -> npt.NDArray[np.float64]:
    """Seconds from the first sample of `first` to that of each packet of a block."""
    ticks, times_ns = (np.array([n]) for n in (block.time.ticks, block.time_ns))
    if block.stamps is not None:
        ticks, times_ns = block.stamps.ticks, block.stamps.times_ns
    if (first.time.scale, first.time.tick_s) == (block.time.scale, block.time.tick_s):
        return _product(ticks - first.time.ticks, first.time.tick_s)
    rate = block.description.rate_hz
    arrivals = _product(times_ns - first.time_ns, Fraction(1, 1_000_000_000))
    return arrivals - float((block.count // len(ticks) - first.count) / rate) if rate else arrivals


def _product(counts: npt.NDArray[np.int64], unit: Fraction) -> npt.NDArray[np.float64]:
    """Each rounded once."""
    most = int(np.abs(counts).max(initial=0)) * max(unit.numerator, 1)
    if most < 2**53 and unit.denominator < 2**53:
        return counts * unit.numerator / unit.denominator
    return np.array([float(count * unit) for count in counts.tolist()])
