"""The records of MCAP 1.0 (https://mcap.dev/spec) that a recording is read by, field by field."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

import numpy as np

MAGIC: Final = b"\x89MCAP0\r\n"
RECORD_HEAD: Final = struct.Struct("<BQ")  # opcode, length
MESSAGE_HEAD: Final = struct.Struct("<HIQQ")  # channel, sequence, log time, publish time
# Both heads of a message's record, for many at once.
MESSAGE_RECORD: Final = np.dtype(
    [
        ("opcode", "u1"),
        ("length", "<u8"),
        ("channel", "<u2"),
        ("sequence", "<u4"),
        ("log_time", "<u8"),
        ("publish_time", "<u8"),
    ]
)

HEADER: Final = 0x01
FOOTER: Final = 0x02
SCHEMA: Final = 0x03
CHANNEL: Final = 0x04
MESSAGE: Final = 0x05
CHUNK: Final = 0x06
MESSAGE_INDEX: Final = 0x07
CHUNK_INDEX: Final = 0x08
ATTACHMENT: Final = 0x09
ATTACHMENT_INDEX: Final = 0x0A
METADATA: Final = 0x0C
METADATA_INDEX: Final = 0x0D
DATA_END: Final = 0x0F

_CHUNK_HEAD = struct.Struct("<QQQI")
CHUNK_HEAD_BYTES: Final = _CHUNK_HEAD.size + 4 + 8  # of a chunk's content without compression
_CHUNK_INDEX = struct.Struct("<QQQQI")
_SIZE = struct.Struct("<I")
_WORDS = struct.Struct("<QQ")


class Malformed(Exception):
    """A record whose fields contradict its length."""


@dataclass(frozen=True, slots=True)
class Channel:
    id: int
    schema_id: int
    topic: str
    metadata: dict[str, str]


@dataclass(slots=True)
class Chunk:
    """Where a chunk is, and what its head or its index says of it."""

    offset: int
    length: int  # of the whole record
    start_ns: int
    end_ns: int
    compression: str
    packed_bytes: int
    bytes: int
    indexes: dict[int, int] = field(default_factory=dict)  # of messages: place by channel


class Fields:
    """Reads fields one after the other; Malformed at the end of the record."""

    def __init__(self, raw: bytes | memoryview) -> None:
        self.raw = raw
        self.at = 0

    def unpack(self, form: struct.Struct) -> tuple[int, ...]:
        if self.at + form.size > len(self.raw):
            raise Malformed
        values = form.unpack_from(self.raw, self.at)
        self.at += form.size
        return values

    def size(self) -> int:
        return self.unpack(_SIZE)[0]

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.raw):
            raise Malformed
        self.at += size
        return bytes(self.raw[self.at - size : self.at])

    def text(self) -> str:
        return self.take(self.size()).decode(errors="replace")

    def table(self) -> dict[str, str]:
        end = self.size() + self.at
        table: dict[str, str] = {}
        while self.at < end:
            key = self.text()
            table[key] = self.text()
        return table


def schema(raw: bytes) -> tuple[int, str]:
    """Its number and the name of the message."""
    fields = Fields(raw)
    return int.from_bytes(fields.take(2), "little"), fields.text()


def channel(raw: bytes) -> Channel:
    fields = Fields(raw)
    number, schema_id = fields.unpack(struct.Struct("<HH"))
    topic = fields.text()
    fields.text()  # the encoding of its messages
    return Channel(number, schema_id, topic, fields.table())


def chunk_head(raw: bytes | memoryview, offset: int, length: int) -> tuple[Chunk, int]:
    """A chunk by the start of its content, and the size of this head. `length`: of the content."""
    fields = Fields(raw)
    start_ns, end_ns, size, _ = fields.unpack(_CHUNK_HEAD)
    compression = fields.text()
    packed = int.from_bytes(fields.take(8), "little")
    if fields.at + packed != length:
        raise Malformed
    record = RECORD_HEAD.size + length
    return Chunk(offset, record, start_ns, end_ns, compression, packed, size), fields.at


def chunk_crc(raw: bytes | memoryview) -> int:
    return Fields(raw).unpack(_CHUNK_HEAD)[3]


def chunk_index(raw: bytes | memoryview) -> Chunk:
    fields = Fields(raw)
    start_ns, end_ns, offset, length, index_bytes = fields.unpack(_CHUNK_INDEX)
    places = fields.take(index_bytes)
    if len(places) % 10:
        raise Malformed
    indexes: dict[int, int] = dict(struct.iter_unpack("<HQ", places))
    fields.at += 8  # the size of all message indexes
    compression = fields.text()
    packed, size = fields.unpack(_WORDS)
    return Chunk(offset, length, start_ns, end_ns, compression, packed, size, indexes)


def attachment(raw: bytes) -> tuple[str, bytes]:
    """Its name and what it holds."""
    fields = Fields(raw)
    fields.unpack(_WORDS)
    name = fields.text()
    fields.text()  # its media type
    return name, fields.take(int.from_bytes(fields.take(8), "little"))


def metadata(raw: bytes) -> tuple[str, dict[str, str]]:
    fields = Fields(raw)
    return fields.text(), fields.table()
