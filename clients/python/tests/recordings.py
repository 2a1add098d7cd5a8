"""Recordings made by the `mcap` package as docs/recording-format.md says, for a reader to read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import json_format
from mcap.records import Attachment, Metadata, Schema
from mcap.records import Channel as McapChannel
from mcap_file import McapFile

import acqd
from acqd._wire import frame_pb2, stream_pb2
from acqd._wire.frame_pb2 import FrameHeader
from acqd._wire.recording_pb2 import Packet, RecordedFrame
from acqd._wire.status_pb2 import Event
from acqd._wire.stream_pb2 import Channel, Rational, StreamDescriptor
from acqd.header import DTYPES

START_NS = 1_700_000_000_000_000_000
RATE_HZ = 1000
STREAM = "scope/wave"
SCALE, OFFSET = 0.001, (0.0, -1.0)


def described(**changes: Any) -> StreamDescriptor:
    """Two channels of 16-bit integers, 1 kHz."""
    told = StreamDescriptor(
        instrument="scope",
        name="wave",
        kind=stream_pb2.WAVEFORM,
        dtype=stream_pb2.I16,
        rate_hz=Rational(num=RATE_HZ, den=1),
        channels=[
            Channel(id=name, unit="V", scale=SCALE, offset=offset)
            for name, offset in zip("ab", OFFSET, strict=True)
        ],
    )
    told.MergeFrom(StreamDescriptor(**changes))
    return told


def raw(first: int, count: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    """(2, count): whoever reads a sample back knows by its index what it must be."""
    index = np.arange(first, first + count)
    return np.stack([index * 7, index * 7 + 1000]).astype(np.int16)


def values(first: int, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    scaled: np.ndarray[Any, np.dtype[np.float64]] = raw(first, count) * SCALE
    return scaled + np.array(OFFSET)[:, None]


def arranged(samples: bytes, told: StreamDescriptor) -> bytes:
    """The numbers as differences, byte by byte: number by number, as the page says it."""
    dtype = DTYPES[told.dtype]
    parts = 2 if dtype.kind == "c" else 1
    size = dtype.itemsize // parts
    step = parts * (1 if told.is_planar else len(told.channels))
    numbers = [int.from_bytes(samples[i : i + size], "little") for i in range(0, len(samples), size)]
    bits = 8 * size
    folded = []
    for i, number in enumerate(numbers):
        difference = (number - (numbers[i - step] if i >= step else 0)) % 2**bits
        is_negative = difference >= 2 ** (bits - 1)
        folded.append(2 * (2**bits - difference) - 1 if is_negative else 2 * difference)
    return bytes(number >> 8 * byte & 0xFF for byte in range(size) for number in folded)


class Maker:
    """Writes one segment. Times go by the sample's index, as a steady instrument's do."""

    def __init__(
        self,
        path: Path,
        *,
        compression: str = "",
        chunk_bytes: int = 4000,
        run_id: str = "1",
        is_arranged: bool = False,
    ) -> None:
        path.parent.mkdir(exist_ok=True)
        self.path = path
        self._is_arranged = is_arranged
        self._file = McapFile(path, compression, chunk_bytes)
        self._file.add(
            Metadata(
                "acqd",
                {"recording": path.parent.name, "run_id": run_id, "software": "acqd test"},
            )
        )
        self._file.add(
            Attachment(
                START_NS, START_NS, "config-1.toml", "application/toml", b"[instrument.scope]\n"
            )
        )
        self._schemas: dict[str, int] = {}
        self._channels: dict[str, int] = {}
        self._sequences: dict[int, int] = {}

    def channel(self, topic: str, schema: str, told: StreamDescriptor | None) -> int:
        if schema not in self._schemas:
            number = self._schemas[schema] = len(self._schemas) + 1
            self._file.add(Schema(number, b"", "protobuf", schema))
        text = json_format.MessageToJson(told, preserving_proto_field_name=True) if told else ""
        key = topic + text
        if key not in self._channels:
            number = self._channels[key] = len(self._channels)
            metadata = {"description": text} if told else {}
            self._file.add(
                McapChannel(number, topic, "protobuf", metadata, self._schemas[schema])
            )
        return self._channels[key]

    def add(self, channel: int, time_ns: int, data: bytes) -> None:
        sequence = self._sequences.get(channel, 0)
        self._sequences[channel] = sequence + 1
        self._file.message(channel, time_ns, sequence, data)

    def packet(
        self,
        first: int,
        count: int,
        gap: int = 0,
        told: StreamDescriptor | None = None,
        samples: bytes | None = None,
        topic: str = f"s/{STREAM}",
        **changes: Any,
    ) -> None:
        told = told or described()
        if samples is None:
            samples = raw(first, count).T.tobytes()
        packet = Packet(
            epoch=1,
            first_index=first,
            count=count,
            tick_s=Rational(num=1, den=RATE_HZ),
            time_scale=stream_pb2.FREE_RUNNING,
            t0_ticks=first,
            gap_before=gap,
            gap_reasons=frame_pb2.GAP_USB if gap else 0,
        )
        if self._is_arranged and samples:
            packet.arrangement = Packet.DIFFERENCE_PLANES
            packet.arranged = arranged(samples, told)
        else:
            packet.samples = samples
        packet.MergeFrom(Packet(**changes))
        self.add(
            self.channel(topic, "acq.v1.Packet", told),
            arrival_ns(first + count),
            packet.SerializeToString(),
        )

    def frame(self, topic: str, told: StreamDescriptor, header: FrameHeader, data: bytes) -> None:
        message = RecordedFrame(header=header, payload=data).SerializeToString()
        channel = self.channel(topic, "acq.v1.RecordedFrame", told)
        self.add(channel, arrival_ns(header.first_index + header.count), message)

    def mark(self, sample: int, text: str) -> None:
        event = Event(source="daemon", what="mark", sentence=text)
        channel = self.channel("event", "acq.v1.Event", None)
        self.add(channel, arrival_ns(sample), event.SerializeToString())

    def abandon(self) -> Path:
        """Leaves the file without its end."""
        self._file.close()
        return self.path

    def flush(self) -> None:
        self._file.flush()

    def finish(self) -> Path:
        self._file.finish()
        return self.path


def arrival_ns(sample: int) -> int:
    return START_NS + sample * 1_000_000_000 // RATE_HZ


def segment(path: Path, packets: Sequence[tuple[int, int, int]], **options: Any) -> Path:
    """A whole segment with packets of (first index, count, gap in front)."""
    maker = Maker(path, **options)
    for first, count, gap in packets:
        maker.packet(first, count, gap)
    return maker.finish()


def run_of(first: int, count: int, size: int = 100) -> list[tuple[int, int, int]]:
    """Packets of `size` samples without a gap."""
    return [(at, size, 0) for at in range(first, first + count, size)]


def counted(recording: acqd.Recording) -> list[int]:
    """Where each chunk that is read from now on lies."""
    offsets: list[int] = []
    for each in recording._segments:
        read = each.read_chunk

        def remember(chunk, read=read):  # type: ignore[no-untyped-def]
            offsets.append(chunk.offset)
            return read(chunk)

        each.read_chunk = remember  # type: ignore[method-assign]
    return offsets
