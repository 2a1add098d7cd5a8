"""Encoded packets, as far as they can be read without their samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import DecodeError

from acqd._wire.recording_pb2 import Packet

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5  # of protobuf: how a field is laid out
_FIRST_INDEX: Final = Packet.FIRST_INDEX_FIELD_NUMBER << 3 | _EIGHT_BYTES
_TICKS: Final = Packet.T0_TICKS_FIELD_NUMBER << 3 | _EIGHT_BYTES
_SAMPLES: Final = (
    Packet.SAMPLES_FIELD_NUMBER << 3 | _BYTES,
    Packet.ARRANGED_FIELD_NUMBER << 3 | _BYTES,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Of an encoded packet: its head, then nothing but samples. From packet to packet of a stream
    mostly only the fields of eight bytes differ."""

    fields_bytes: int  # of the head without the tag and the length of the samples
    head_bytes: int
    numbers: list[int]  # where the fields of eight bytes are
    first_index: int | None  # where it is; None: it is 0
    ticks: int | None  # likewise


def layout_of(data: Any, size: int) -> Layout | None:
    """Of a packet of `size` bytes, of which `data` has the first ones. None: it has no samples, or
    its head is longer."""
    numbers: list[int] = []
    first_index: int | None = None
    ticks: int | None = None
    at = 0
    try:
        while at < len(data):
            begin = at
            tag, at = _varint(data, at)
            if tag & 7 == _EIGHT_BYTES:
                first_index = at if tag == _FIRST_INDEX else first_index
                ticks = at if tag == _TICKS else ticks
                numbers.append(at)
                at += 8
                continue
            number, after = _varint(data, at) if tag & 7 != _FOUR_BYTES else (4, at)
            at = after if tag & 7 == _VARINT else after + number
            if tag in _SAMPLES and at == size:
                return Layout(begin, after, numbers, first_index, ticks)
    except IndexError:
        pass
    return None


def head_of(data: bytes, size: int) -> Packet | None:
    """The packet without its samples, by the first bytes of it."""
    layout = layout_of(data, size)
    if layout is None:
        return None
    try:
        return Packet.FromString(data[: layout.fields_bytes])
    except DecodeError:
        return None


def _varint(data: Any, at: int) -> tuple[int, int]:
    """A number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
