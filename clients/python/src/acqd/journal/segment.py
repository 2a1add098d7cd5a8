"""One file of a recording: what is in it by its summary, or by walking over it where there is
none."""

from __future__ import annotations

import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from acqd.errors import InvalidError, IOError, NotFoundError, UnsupportedError
from acqd.journal import fields
from acqd.journal.fields import Channel, Chunk, Malformed
from acqd.journal.unpack import unpack

# Larger ones are not believed: they bound what a false file can make a reader allocate.
MOST_CHUNK_BYTES: Final = 256 << 20
MOST_RECORD_BYTES: Final = 64 << 20
_FOOTER = struct.Struct("<BQQQI8s")
_HEAD_BYTES = 64  # of a chunk's record
_MESSAGE_BYTES = 512  # of a message, to know what it is
_WINDOW_BYTES = 1 << 20


class ClosedError(UnsupportedError):
    """The recording was closed before it was read."""


class Segment:
    """A file of a recording. Several threads may read chunks; refresh() is for one alone.

    Damage is told in `damages`, by its place in the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.schemas: dict[int, str] = {}
        self.channels: dict[int, Channel] = {}
        self.chunks: list[Chunk] = []
        self.attachments: list[int] = []  # where they are
        self.metadata: dict[str, dict[str, str]] = {}
        self.damages: dict[int, str] = {}
        self.is_ended = False
        self._place = 0  # the walk's
        self._lock = threading.Lock()
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise NotFoundError(f"there is no file {path}", "path") from error
        except OSError as error:
            raise IOError(f"cannot open {path}: {error.strerror}", "path") from error
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def check_open(self) -> None:
        if self._descriptor < 0:
            raise ClosedError(f"the recording {self.path} is closed")

    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    @property
    def is_whole(self) -> bool:
        """It has been ended as it should: its last record is the footer."""
        size = self.size()
        if not self.is_ended or size < _FOOTER.size:
            return False
        opcode, *_, magic = _FOOTER.unpack(self._read(size - _FOOTER.size, _FOOTER.size))
        return bool(opcode == fields.FOOTER and magic == fields.MAGIC)

    def refresh(self) -> bool:
        """Takes in what has been added to a file that is being written; True when there was."""
        before = len(self.chunks)
        if not self.is_ended:
            self._walk(may_grow=True)
        return len(self.chunks) != before

    def read_chunk(self, chunk: Chunk) -> memoryview:
        """The records of a chunk, checked. InvalidError says what is wrong with it."""
        if not 0 < chunk.length <= MOST_CHUNK_BYTES or chunk.bytes > MOST_CHUNK_BYTES:
            raise self._bad(chunk.offset, "a chunk is too large to be believed")
        raw = memoryview(self._read(chunk.offset, chunk.length))
        try:
            opcode, length = fields.RECORD_HEAD.unpack_from(raw)
            content = raw[fields.RECORD_HEAD.size :]
            if opcode != fields.CHUNK or length != len(content):
                raise Malformed
            found, head = fields.chunk_head(content, chunk.offset, length)
            if found.bytes > MOST_CHUNK_BYTES:
                raise Malformed
            records = unpack(found.compression, content[head:], found.bytes)
        except (Malformed, struct.error) as error:
            raise self._bad(chunk.offset, "a chunk's head contradicts itself") from error
        crc = fields.chunk_crc(content)
        if crc and zlib.crc32(records) != crc:
            raise self._bad(chunk.offset, "a chunk's checksum is wrong")
        return records

    def has_all_indexes(self, chunk: Chunk) -> bool:
        """Whether the file tells of every channel that has messages in the chunk. Of a file that is
        not ended, those of the last chunk may be on their way."""
        is_last = not self.is_ended and chunk is self.chunks[-1]
        return bool(chunk.indexes) and not is_last and not self.damages

    def count_messages(self, chunk: Chunk, channel: int) -> int | None:
        """How many messages of a channel a chunk has, by its message index; None: not told."""
        if channel not in chunk.indexes:
            return 0 if self.has_all_indexes(chunk) else None
        raw = self._read(chunk.indexes[channel], fields.RECORD_HEAD.size)
        opcode, length = fields.RECORD_HEAD.unpack(raw)
        return (length - 6) // 16 if opcode == fields.MESSAGE_INDEX else None

    def message_places(self, chunk: Chunk, channel: int) -> npt.NDArray[np.uint64] | None:
        """Where the messages of a channel are in the records of a chunk, by its message index;
        None: not told."""
        if channel not in chunk.indexes:
            return np.empty(0, np.uint64) if self.has_all_indexes(chunk) else None
        try:
            opcode, raw = self._record(chunk.indexes[channel])
        except (InvalidError, struct.error):
            return None
        size = len(raw) - 6
        head = channel.to_bytes(2, "little") + max(size, 0).to_bytes(4, "little")
        if opcode != fields.MESSAGE_INDEX or raw[:6] != head or size % 16:
            return None
        return np.frombuffer(raw, "<u8", offset=6).reshape(-1, 2)[:, 1]  # behind their times

    def read_message_head(
        self, chunk: Chunk, at: int, channels: frozenset[int]
    ) -> tuple[bytes, int]:
        """The first bytes of a message of one of these channels, by its place in the records of a
        chunk without compression, and the message's size; (b"", 0) where it is not."""
        size = fields.MESSAGE_RECORD.itemsize
        begin = fields.RECORD_HEAD.size + fields.CHUNK_HEAD_BYTES + at
        if begin + size > chunk.length:
            return b"", 0
        raw = self._read(chunk.offset + begin, min(size + _MESSAGE_BYTES, chunk.length - begin))
        head = np.frombuffer(raw, fields.MESSAGE_RECORD, 1)[0]
        message = int(head["length"]) + fields.RECORD_HEAD.size - size
        if head["opcode"] != fields.MESSAGE or int(head["channel"]) not in channels or message < 0:
            return b"", 0
        return raw[size : size + message], message

    def read_attachments(self) -> list[tuple[str, bytes]]:
        return [fields.attachment(self._record(place)[1]) for place in self.attachments]

    def _bad(self, offset: int, sentence: str) -> InvalidError:
        return InvalidError(f"{self.path}, byte {offset}: {sentence}")

    def _read(self, offset: int, size: int) -> bytes:
        self.check_open()
        try:
            raw = os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise IOError(f"cannot read {self.path}: {error.strerror}", "path") from error
        if len(raw) != size:
            raise self._bad(offset, "the file ends here")
        return raw

    def _record(self, offset: int) -> tuple[int, bytes]:
        opcode, length = fields.RECORD_HEAD.unpack(self._read(offset, fields.RECORD_HEAD.size))
        if length > MOST_RECORD_BYTES:
            raise self._bad(offset, "a record is too large to be believed")
        return opcode, self._read(offset + fields.RECORD_HEAD.size, length)

    def _open(self) -> None:
        magic = fields.MAGIC
        size = self.size()
        if size < len(magic):
            raise InvalidError(f"{self.path} is too short for a recording", "path", "an MCAP file")
        begins_right = self._read(0, len(magic)) == magic
        if begins_right and self._read_summary(size):
            return
        self.schemas, self.channels, self.chunks, self.attachments = {}, {}, [], []
        self.metadata = {}
        self._place = len(magic)
        if not begins_right:
            self.damages[0] = "the file does not begin as an MCAP file does"
        # A finished name on a file without an end: it was cut off, and will not grow.
        self._walk(may_grow=self.path.name.endswith(".part") and not self.is_ended)
        if not self.chunks and not begins_right:
            raise InvalidError(f"{self.path} is not a recording", "path", "an MCAP file")

    def _read_summary(self, size: int) -> bool:
        """False where there is none that can be used; then `is_ended` says whether one should be."""
        if size < 2 * len(fields.MAGIC) + _FOOTER.size:
            return False
        tail = self._read(size - _FOOTER.size, _FOOTER.size)
        opcode, _, start, _, crc, magic = _FOOTER.unpack(tail)
        if opcode != fields.FOOTER or magic != fields.MAGIC:
            return False
        self.is_ended = True
        end = size - _FOOTER.size
        if not 0 < start <= end or end - start > MOST_CHUNK_BYTES:
            return False
        raw = self._read(start, end - start) + tail[:-12]  # the footer up to its checksum
        if crc and zlib.crc32(raw) != crc:
            self.damages[start] = "the summary's checksum is wrong"
            return False
        try:
            self._enter_summary(memoryview(raw)[: end - start])
        except (Malformed, struct.error, InvalidError):
            self.damages[start] = "the summary is damaged"
            return False
        self.chunks.sort(key=lambda chunk: chunk.offset)
        return all(chunk.offset + chunk.length <= start for chunk in self.chunks)

    def _enter_summary(self, raw: memoryview) -> None:
        at = 0
        while at < len(raw):
            opcode, length = fields.RECORD_HEAD.unpack_from(raw, at)
            at += fields.RECORD_HEAD.size
            content = raw[at : at + length]
            if len(content) != length:
                raise Malformed
            if opcode == fields.CHUNK_INDEX:
                self.chunks.append(fields.chunk_index(content))
            elif opcode == fields.ATTACHMENT_INDEX:
                self.attachments.append(int.from_bytes(content[:8], "little"))
            elif opcode == fields.METADATA_INDEX:
                self._enter(*self._record(int.from_bytes(content[:8], "little")), place=0)
            else:
                self._enter(opcode, bytes(content), place=0)
            at += length

    def _enter(self, opcode: int, content: bytes, place: int) -> None:
        if opcode == fields.SCHEMA:
            number, name = fields.schema(content)
            self.schemas[number] = name
        elif opcode == fields.CHANNEL:
            channel = fields.channel(content)
            self.channels[channel.id] = channel
        elif opcode == fields.METADATA:
            name, table = fields.metadata(content)
            self.metadata[name] = table
        elif opcode == fields.ATTACHMENT:
            self.attachments.append(place)

    def _walk(self, may_grow: bool) -> None:
        """Goes on from where the last walk ended, record by record."""
        size = self.size()
        while self._place + fields.RECORD_HEAD.size <= size:
            place = self._place
            head = self._read(place, min(_HEAD_BYTES, size - place))
            opcode, length = fields.RECORD_HEAD.unpack_from(head)
            end = place + fields.RECORD_HEAD.size + length
            if not (1 <= opcode <= 0x0F or opcode >= 0x80):
                self._skip(place, size, "there is no record here")
            elif end > size:
                if may_grow:
                    return
                self._skip(place, size, "the file ends within a record")
            elif opcode == fields.DATA_END:
                self.is_ended = True
                self._place = size
            else:
                try:
                    self._take(opcode, place, length, head)
                    self._place = end
                except (Malformed, struct.error):
                    self._skip(place, size, "a record's fields contradict its length")

    def _take(self, opcode: int, place: int, length: int, head: bytes) -> None:
        body = memoryview(head)[fields.RECORD_HEAD.size :]
        if opcode == fields.CHUNK:
            self.chunks.append(fields.chunk_head(body, place, length)[0])
        elif opcode == fields.MESSAGE_INDEX:
            if length < 6 or (length - 6) % 16:
                raise Malformed
            if self.chunks:
                self.chunks[-1].indexes[int.from_bytes(body[:2], "little")] = place
        elif opcode in (fields.SCHEMA, fields.CHANNEL, fields.METADATA, fields.ATTACHMENT):
            if length > MOST_RECORD_BYTES:
                raise Malformed
            self._enter(opcode, self._read(place + fields.RECORD_HEAD.size, length), place)

    def _skip(self, place: int, size: int, sentence: str) -> None:
        """Goes to the next chunk whose checksum is right, or to the end."""
        self.damages[place] = sentence
        self._place = self._find_chunk(place + 1, size)

    def _find_chunk(self, place: int, size: int) -> int:
        while place < size:
            window = self._read(place, min(_WINDOW_BYTES, size - place))
            is_last = place + len(window) == size
            end = len(window) if is_last else len(window) - _HEAD_BYTES
            at = window.find(bytes([fields.CHUNK]), 0, end)
            while at >= 0:
                if self._is_chunk(place + at, window[at : at + _HEAD_BYTES], size):
                    return place + at
                at = window.find(bytes([fields.CHUNK]), at + 1, end)
            if is_last:
                break
            place += end
        return size

    def _is_chunk(self, place: int, head: bytes, size: int) -> bool:
        if len(head) < fields.RECORD_HEAD.size:
            return False
        _, length = fields.RECORD_HEAD.unpack_from(head)
        if length > min(size - place - fields.RECORD_HEAD.size, MOST_CHUNK_BYTES):
            return False
        try:
            chunk, _ = fields.chunk_head(head[fields.RECORD_HEAD.size :], place, length)
            self.read_chunk(chunk)
        except (Malformed, struct.error, InvalidError):
            return False
        return True
