"""Reads the packets of a segment with nothing of ours: docs/recording-format.md is all it knows."""
import json
import pathlib
import struct
import zlib

import numpy

DTYPES = {"I8": "i1", "U8": "u1", "I16": "<i2", "U16": "<u2", "I32": "<i4", "F32": "<f4", "F64": "<f8", "C64": "<c8"}


def records(data):
    at = 0
    while at + 9 <= len(data):
        opcode, length = struct.unpack_from("<BQ", data, at)
        if at + 9 + length > len(data):
            return  # torn off
        yield opcode, data[at + 9:at + 9 + length]
        at += 9 + length


def text(data, at):
    (size,) = struct.unpack_from("<I", data, at)
    return data[at + 4:at + 4 + size].decode(), at + 4 + size


def fields(message):
    """Protobuf: field number to value; varints and fixed64 as integers, the rest as bytes."""
    def varint(at):
        value = shift = 0
        while True:
            value |= (message[at] & 127) << shift
            at, shift = at + 1, shift + 7
            if message[at - 1] < 128:
                return value, at
    at, out = 0, {}
    while at < len(message):
        tag, at = varint(at)
        if tag & 7 == 0:
            out[tag >> 3], at = varint(at)
        elif tag & 7 == 1:
            out[tag >> 3], at = struct.unpack_from("<Q", message, at)[0], at + 8
        else:
            size, at = varint(at)
            out[tag >> 3], at = message[at:at + size], at + size
    return out


def read(path):
    """Yields (stream, first index, samples lost before, values as (samples, channels) in their units)."""
    data, descriptions = pathlib.Path(path).read_bytes(), {}
    for opcode, body in records(data[8:]):
        if opcode == 4:  # channel
            topic, at = text(body, 4)
            _, at = text(body, at)
            if topic.startswith("s/"):
                key, at = text(body, at + 4)
                descriptions[struct.unpack_from("<H", body)[0]] = topic[2:], json.loads(text(body, at)[0])
        elif opcode == 6:  # chunk without compression
            crc = struct.unpack_from("<I", body, 24)[0]
            compression, at = text(body, 28)
            if compression or zlib.crc32(body[at + 8:]) != crc:
                continue
            for kind, message in records(body[at + 8:]):
                if kind == 5 and struct.unpack_from("<H", message)[0] in descriptions:
                    stream, told = descriptions[struct.unpack_from("<H", message)[0]]
                    packet = fields(message[22:])
                    numbers = numpy.frombuffer(packet.get(20, b""), DTYPES[told["dtype"]])
                    channels = told["channels"]
                    shape = (len(channels), -1) if told.get("is_planar") else (-1, len(channels))
                    scans = numbers.reshape(shape).T if told.get("is_planar") else numbers.reshape(shape)
                    scale, offset = ([c[key] for c in channels] for key in ("scale", "offset"))
                    yield stream, packet.get(2, 0), packet.get(12, 0), scans * scale + offset
