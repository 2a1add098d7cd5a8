"""An MCAP file out of the records of the `mcap` package, laid out as recordings are: schemas,
channels, metadata and attachments stand outside of chunks."""

from __future__ import annotations

import zlib
from pathlib import Path

import lz4.frame
import zstandard
from mcap._chunk_builder import ChunkBuilder
from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import (
    Attachment,
    AttachmentIndex,
    Channel,
    Chunk,
    ChunkIndex,
    DataEnd,
    Footer,
    Header,
    McapRecord,
    Message,
    Metadata,
    MetadataIndex,
    Schema,
)

MAGIC = b"\x89MCAP0\r\n"
PACK = {"": bytes, "lz4": lz4.frame.compress, "zstd": zstandard.ZstdCompressor().compress}


def encoded(*records: McapRecord) -> bytes:
    builder = RecordBuilder()
    for record in records:
        record.write(builder)
    return builder.end()


class McapFile:
    def __init__(self, path: Path, compression: str, chunk_bytes: int) -> None:
        self._file = path.open("wb")
        self._compression = compression
        self._chunk_bytes = chunk_bytes
        self._chunk = ChunkBuilder()
        self._described: list[McapRecord] = []
        self._indexes: list[McapRecord] = []
        self._file.write(MAGIC + encoded(Header(profile="acqd", library="acqd test")))

    def add(self, record: Schema | Channel | Metadata | Attachment) -> None:
        place, raw = self._file.tell(), encoded(record)
        self._file.write(raw)
        if isinstance(record, Metadata):
            self._indexes.append(MetadataIndex(place, len(raw), record.name))
        elif isinstance(record, Attachment):
            self._indexes.append(
                AttachmentIndex(
                    place,
                    len(raw),
                    record.log_time,
                    record.create_time,
                    len(record.data),
                    record.name,
                    record.media_type,
                )
            )
        else:
            self._described.append(record)

    def message(self, channel: int, time_ns: int, sequence: int, data: bytes) -> None:
        self._chunk.add_message(Message(channel, time_ns, data, time_ns, sequence))
        if self._chunk.count >= self._chunk_bytes:
            self.end_chunk()

    def end_chunk(self) -> None:
        built = self._chunk
        if built.num_messages == 0:
            return
        start, end, indexes = (
            built.message_start_time,
            built.message_end_time,
            list(built.message_indices.values()),
        )
        records = built.end()
        packed = PACK[self._compression](records)
        place = self._file.tell()
        chunk = encoded(
            Chunk(self._compression, packed, end, start, zlib.crc32(records), len(records))
        )
        self._file.write(chunk)
        places = {}
        for index in indexes:
            places[index.channel_id] = self._file.tell()
            self._file.write(encoded(index))
        index_bytes = self._file.tell() - place - len(chunk)
        self._indexes.append(
            ChunkIndex(
                len(chunk),
                place,
                self._compression,
                len(packed),
                end,
                index_bytes,
                places,
                start,
                len(records),
            )
        )
        self._chunk = ChunkBuilder()

    def finish(self) -> None:
        self.end_chunk()
        self._file.write(encoded(DataEnd(0)))
        start = self._file.tell()
        summary = encoded(*self._described, *self._indexes)
        footer = encoded(Footer(start, 0, 0))
        assert footer[0] == Opcode.FOOTER
        crc = zlib.crc32(summary + footer[:-4])
        self._file.write(summary + encoded(Footer(start, 0, crc)) + MAGIC)
        self._file.close()

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()
