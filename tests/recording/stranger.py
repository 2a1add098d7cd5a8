"""Reads the packets of a segment with nothing of ours: docs/recording-format.md is all it knows."""
import json
import pathlib
import struct
import zlib

import lz4.frame
import numpy
import zstandard

DTYPES = {"I8": "i1", "U8": "u1", "I16": "<i2", "U16": "<u2", "I32": "<i4", "F32": "<f4", "F64": "<f8", "C64": "<c8"}
UNPACK = {"": bytes, "lz4": lz4.frame.decompress, "zstd": zstandard.decompress}


def records(data):
    at = 0
    while at + 9 <= len(data):
        opcode, length = struct.unpack_from("<BQ", data, at)
        if at + 9 + length <= len(data):  # else it is torn off
            yield opcode, data[at + 9:at + 9 + length]
        at += 9 + length


def text(data, at):
    (size,) = struct.unpack_from("<I", data, at)
    return data[at + 4:at + 4 + size].decode(), at + 4 + size


def varint(data, at):
    end = at
    while data[end] > 127:
        end += 1
    return sum((byte & 127) << 7 * place for place, byte in enumerate(data[at:end + 1])), end + 1


def fields(message):
    """Protobuf: field number to value; varints and fixed64 as integers, the rest as bytes."""
    at, out = 0, {}
    while at < len(message):
        tag, at = varint(message, at)
        value, at = (8, at) if tag & 7 == 1 else varint(message, at)
        if tag & 7 != 0:
            value, at = message[at:at + value], at + value
        out[tag >> 3] = int.from_bytes(value, "little") if tag & 7 == 1 else value
    return out


def as_made(arranged, dtype, step):
    """The numbers out of their differences, whose lowest bytes come first."""
    size = 4 if dtype == "<c8" else numpy.dtype(dtype).itemsize
    planes = numpy.frombuffer(arranged, "u1").reshape(size, -1).astype(f"<u{size}")
    folded = numpy.bitwise_or.reduce([plane << planes.dtype.type(8 * byte) for byte, plane in enumerate(planes)])
    differences = (folded >> planes.dtype.type(1)) ^ -(folded & planes.dtype.type(1))
    return differences.reshape(-1, step).cumsum(axis=0, dtype=planes.dtype).reshape(-1).view(dtype)


def values(packet, told):
    dtype, channels, is_planar = DTYPES[told["dtype"]], told["channels"], told.get("is_planar")
    step = (1 if is_planar else len(channels)) * (2 if dtype == "<c8" else 1)
    numbers = {0: lambda: numpy.frombuffer(packet.get(20, b""), dtype), 1: lambda: as_made(packet[21], dtype, step)}
    read = numbers[packet.get(18, 0)]()
    scans = read.reshape(len(channels), -1).T if is_planar else read.reshape(-1, len(channels))
    return scans * [channel["scale"] for channel in channels] + [channel["offset"] for channel in channels]


def read(path):
    """Yields (stream, first index, samples lost before, values as (samples, channels) in their units)."""
    descriptions = {}
    for opcode, body in records(pathlib.Path(path).read_bytes()[8:]):
        if opcode == 4 and text(body, 4)[0].startswith("s/"):  # channel
            topic, at = text(body, 4)
            key, at = text(body, text(body, at)[1] + 4)
            descriptions[body[:2]] = topic[2:], json.loads(text(body, at)[0])
        elif opcode == 6:  # chunk
            compression, at = text(body, 28)
            content = UNPACK[compression](body[at + 8:])
            for kind, message in records(content) if struct.pack("<I", zlib.crc32(content)) == body[24:28] else ():
                if kind == 5 and message[:2] in descriptions:
                    (stream, told), packet = descriptions[message[:2]], fields(message[22:])
                    yield stream, packet.get(2, 0), packet.get(12, 0), values(packet, told)
