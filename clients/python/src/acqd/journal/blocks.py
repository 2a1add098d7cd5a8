"""Messages of a chunk to blocks of samples: packets of a stream, frames of a continuous topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from acqd._wire import frame_pb2
from acqd._wire.frame_pb2 import FrameHeader
from acqd._wire.recording_pb2 import Packet, RecordedFrame
from acqd._wire.stream_pb2 import StreamDescriptor
from acqd.errors import InvalidError, NotFoundError
from acqd.header import DTYPES, Kind, decode_header
from acqd.journal.fields import Channel
from acqd.journal.planes import restored
from acqd.journal.segment import Segment
from acqd.loss import Gap, reasons_of
from acqd.time import ClockState, Time, TimeOrigin, TimeScale

Samples = npt.NDArray[Any]
NO_GAP: Final = Gap()


class Description:
    """What the numbers of a channel of the file are."""

    def __init__(self, channel: Channel) -> None:
        try:
            told = json_format.Parse(
                channel.metadata.get("description", ""), StreamDescriptor(), ignore_unknown_fields=True
            )
        except json_format.ParseError as error:
            raise InvalidError(
                f"the channel '{channel.topic}' does not say what its samples are"
            ) from error
        self.descriptor = told
        self.kind = Kind(told.kind) if told.kind <= max(Kind) else Kind.UNSPECIFIED
        self.dtype = DTYPES.get(told.dtype, np.dtype("f4"))
        self.scale = np.array([c.scale for c in told.channels])[:, None]
        self.offset = np.array([c.offset for c in told.channels])[:, None]
        rate = told.rate_hz
        self.rate_hz = Fraction(rate.num, rate.den) if rate.den else Fraction(0)
        self.is_packed = self.kind is Kind.LOGIC
        # Of the raw numbers: one for each channel, and one in all for packed bits.
        self.rows = 1 if self.is_packed else len(told.channels)
        self.has_scans = self.rows > 1 and not told.is_planar
        self.values_dtype = self._values_dtype()
        scales = np.hstack((self.scale, self.offset))
        self._are_scaled_alike = bool((scales == scales[:1]).all())

    def _values_dtype(self) -> np.dtype[Any]:
        """Of the samples in their units."""
        if self.is_packed:
            return np.dtype(np.uint8)
        is_plain = bool((self.scale == 1).all() and (self.offset == 0).all())
        if self.dtype.kind == "c" or (self.dtype.kind == "f" and is_plain):
            return self.dtype
        return np.dtype(np.float64)

    def restored(self, arranged: npt.NDArray[np.uint8]) -> Samples:
        """The raw numbers of packets, (packets, bytes), one behind the other."""
        return restored(arranged, self.dtype, self.rows if self.has_scans else 1).reshape(-1)

    def values_of(self, raw: Samples, out: Samples, channels: list[int]) -> None:
        """The numbers `raw`, (rows, samples), of these channels into `out`, in their units."""
        if self.is_packed:
            out[:] = (raw >> np.array(channels, raw.dtype)[:, None]) & 1
            return
        # All at once or row by row: with a factor for each channel NumPy goes along the scans.
        is_whole = self._are_scaled_alike and channels == [*range(self.rows)]
        every = slice(None)
        for place, row in [(every, every)] if is_whole else enumerate(channels):
            if self.values_dtype == self.dtype:
                out[place] = raw[row]
                continue
            channel = 0 if is_whole else row
            np.multiply(raw[row], self.scale[channel, 0], out=out[place])
            if self.offset[channel, 0] != 0:
                out[place] += self.offset[channel, 0]


class Descriptions:
    """All that a topic has in a recording, in the order they came into force."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._known: dict[tuple[int, int], Description] = {}  # by segment and channel

    def take_in(self, segments: Sequence[Segment]) -> None:
        for segment in segments:
            for channel in segment.channels.values():
                key = (id(segment), channel.id)
                if channel.topic == self._topic and key not in self._known:
                    self._known[key] = Description(channel)

    def of(self, segment: Segment, channel: int) -> Description:
        return self._known[id(segment), channel]

    def all(self) -> list[Description]:
        return list(self._known.values())

    def first(self) -> Description:
        if not self._known:
            raise NotFoundError(f"{self._topic} has nothing in this recording yet")
        return next(iter(self._known.values()))


@dataclass(frozen=True, slots=True)
class Stamps:
    """Of the packets, all of one size, that were joined."""

    ticks: npt.NDArray[np.int64]
    times_ns: npt.NDArray[np.int64]  # when each came


@dataclass(frozen=True, slots=True)
class Block:
    """Samples that are together in a recording."""

    first_index: int
    count: int
    gap: Gap  # in front of it
    time_ns: int  # when it came, on the recording's clock
    head: Packet | FrameHeader
    raw: Samples  # (rows, count)
    description: Description
    stamps: Stamps | None = None  # of one that was joined

    @property
    def time(self) -> Time:
        """Of the first sample."""
        return _time(self.head)

    @property
    def next_index(self) -> int:
        return self.first_index + self.count


def _time(head: Packet | FrameHeader) -> Time:
    tick = head.tick_s
    return Time(
        ticks=head.t0_ticks,
        tick_s=Fraction(tick.num, tick.den) if tick.den else Fraction(0),
        scale=TimeScale(head.time_scale),
        origin=TimeOrigin(head.time_origin),
        clock_state=ClockState(head.clock_state),
        sigma_s=head.t_sigma_ns * 1e-9,
    )


def _samples_of(packet: Packet, description: Description) -> Samples:
    if packet.arrangement not in (Packet.AS_MADE, Packet.DIFFERENCE_PLANES):
        raise InvalidError(
            f"a packet's samples are arranged in way {packet.arrangement}, "
            "which this version does not know"
        )
    is_arranged = packet.arrangement == Packet.DIFFERENCE_PLANES
    stored = packet.arranged if is_arranged else packet.samples
    if len(stored) != packet.count * description.rows * description.dtype.itemsize:
        raise InvalidError("a packet has another number of samples than it says")
    if is_arranged:
        return description.restored(np.frombuffer(stored, np.uint8)[None])
    return np.frombuffer(stored, description.dtype)


def packet_block(message: bytes, time_ns: int, description: Description) -> Block:
    """InvalidError: the message makes no sense."""
    try:
        packet = Packet.FromString(message)
    except DecodeError as error:
        raise InvalidError("a message is not a packet") from error
    flat = _samples_of(packet, description)
    if description.has_scans:
        raw = flat.reshape(packet.count, description.rows).T
    else:
        raw = flat.reshape(description.rows, packet.count)
    gap = NO_GAP
    if packet.gap_before or packet.gap_reasons or packet.gap_inexact:
        gap = Gap(packet.gap_before, reasons_of(packet.gap_reasons), not packet.gap_inexact)
    return Block(packet.first_index, packet.count, gap, time_ns, packet, raw, description)


def recorded_frame(message: bytes) -> tuple[FrameHeader, bytes]:
    """Header and payload, checked. InvalidError: the message makes no sense."""
    try:
        frame = RecordedFrame.FromString(message)
    except DecodeError as error:
        raise InvalidError("a message is not a frame") from error
    return decode_header(frame.header.SerializeToString(), len(frame.payload)), frame.payload


def frame_block(message: bytes, time_ns: int, description: Description) -> Block:
    """Of a continuous topic. InvalidError: the message makes no sense."""
    header, payload = recorded_frame(message)
    flat = np.frombuffer(payload, DTYPES[header.dtype])
    rows = flat.size // header.count if header.count else description.rows
    if rows != description.rows:
        raise InvalidError("a frame has another number of channels than its description")
    if header.layout == frame_pb2.INTERLEAVED:
        raw = flat.reshape(header.count, rows).T
    else:
        raw = flat.reshape(rows, header.count)
    return Block(
        header.first_index,
        header.count,
        Gap.of(header),
        time_ns,
        header,
        raw,
        description,
    )
