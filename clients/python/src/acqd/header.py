"""Turns the bytes of a header into a checked FrameHeader, as proto/codec does for C++.

A header that passes has sizes that agree with each other and with the payload, enums this client
knows, and finite numbers where they must be. Unknown fields are ignored: a newer minor version of
the protocol may have added them.
"""

from __future__ import annotations

import enum
import math
from typing import Final

import numpy as np
from google.protobuf.message import DecodeError

from acqd import limits
from acqd._wire import frame_pb2, stream_pb2
from acqd._wire.frame_pb2 import FrameHeader
from acqd.errors import InvalidError, OverflowError, UnsupportedError

VERSION_MAJOR: Final = 1


class Kind(enum.IntEnum):
    """What a frame carries."""

    UNSPECIFIED = 0
    WAVEFORM = 1  # continuous samples: successive frames join
    RECORD = 2  # a cut-out with its own x axis
    SPECTRUM = 3
    SCALARS = 4  # named results
    EVENT = 5
    DESCRIPTION = 6
    STATUS = 7
    IQ = 8  # continuous; channels in pairs: in-phase, quadrature
    LOGIC = 9  # continuous; every value 0 or 1, packed
    IMAGE = 10
    TABLE = 11


CONTINUOUS: Final = frozenset((Kind.WAVEFORM, Kind.IQ, Kind.LOGIC))
PACKABLE: Final = frozenset((Kind.LOGIC, Kind.RECORD))
MESSAGES: Final = frozenset((Kind.EVENT, Kind.DESCRIPTION, Kind.STATUS))

DTYPES: Final[dict[int, np.dtype[np.generic]]] = {
    stream_pb2.I8: np.dtype("i1"),
    stream_pb2.U8: np.dtype("u1"),
    stream_pb2.I16: np.dtype("<i2"),
    stream_pb2.U16: np.dtype("<u2"),
    stream_pb2.I32: np.dtype("<i4"),
    stream_pb2.F32: np.dtype("<f4"),
    stream_pb2.F64: np.dtype("<f8"),
    stream_pb2.C64: np.dtype("<c8"),
}


def decode_header(raw: bytes, payload_bytes: int) -> FrameHeader:
    """Reads an untrusted header. InvalidError names the field at fault; OverflowError: larger than
    the limits allow; UnsupportedError: another major version of the protocol."""
    if len(raw) > limits.HEADER_BYTES:
        raise OverflowError(f"a header of {len(raw)} bytes", "header", f"{limits.HEADER_BYTES}")
    if payload_bytes > limits.FRAME_BYTES:
        raise OverflowError(f"a payload of {payload_bytes} bytes", "", f"{limits.FRAME_BYTES}")
    try:
        header = FrameHeader.FromString(raw)
    except (DecodeError, UnicodeDecodeError) as error:
        raise InvalidError("the header is not a FrameHeader", "header") from error
    if header.version // 1000 != VERSION_MAJOR:
        raise UnsupportedError(
            f"protocol version {header.version}", "version", f"{VERSION_MAJOR}.x"
        )
    _check_identity(header)
    _check_axes(header)
    _check_time(header)
    _check_shape(header, payload_bytes)
    _check_marks(header)
    return header


def _require(is_right: bool, field: str, sentence: str) -> None:
    if not is_right:
        raise InvalidError(sentence, field)


def _require_text(text: str, field: str) -> None:
    is_right = len(text.encode()) <= limits.STRING_BYTES and not any(
        ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text
    )
    _require(is_right, field, "too long, or with control characters")


def _is_deviation(value: float) -> bool:
    """One standard deviation: unknown (NaN), or finite and not negative."""
    return math.isnan(value) or 0 <= value < math.inf


def _check_identity(header: FrameHeader) -> None:
    if header.kind > Kind.LOGIC:
        raise UnsupportedError(f"kind {header.kind}", "kind", f"1 to {int(Kind.LOGIC)}")
    _require(header.kind > 0, "kind", f"kind {header.kind}")
    _require(len(header.stream_id) == 16, "stream_id", "not 16 bytes")
    _require(header.dtype in stream_pb2.Dtype.values(), "dtype", "unknown dtype")
    _require(header.layout in frame_pb2.Layout.values(), "layout", "unknown layout")
    _require(header.first_index + header.count < 2**64, "count", "runs past the 64-bit index")


def _check_axes(header: FrameHeader) -> None:
    _require(len(header.axes) <= limits.AXES, "axes", f"{len(header.axes)} axes")
    for i, axis in enumerate(header.axes):
        _require_text(axis.name, f"axes[{i}].name")
        _require_text(axis.unit, f"axes[{i}].unit")
        _require(axis.rule in stream_pb2.Axis.Rule.values(), f"axes[{i}].rule", "unknown rule")
        _require(math.isfinite(axis.start), f"axes[{i}].start", "not finite")
        if axis.rule == stream_pb2.Axis.LIST:
            continue  # its positions are in the description
        is_step = axis.step > 0 if axis.rule == stream_pb2.Axis.LOG else axis.step != 0
        _require(is_step and math.isfinite(axis.step), f"axes[{i}].step", "gives no axis")
    _require(math.isfinite(header.axis_start), "axis_start", "not finite")


def _check_time(header: FrameHeader) -> None:
    if header.HasField("group_delay"):
        _require(header.group_delay.den > 0, "group_delay", "denominator 0")
    _require(header.time_scale in stream_pb2.TimeScale.values(), "time_scale", "unknown")
    _require(header.time_origin in stream_pb2.TimeOrigin.values(), "time_origin", "unknown")
    _require(header.clock_state in stream_pb2.ClockState.values(), "clock_state", "unknown")
    # A time needs its unit; a message without a time has neither.
    if header.HasField("tick_s") or header.t0_ticks or header.time_scale:
        _require(header.tick_s.num > 0 and header.tick_s.den > 0, "tick_s", "not a period")
    _require(_is_deviation(header.t_sigma_ns), "t_sigma_ns", "not a standard deviation")


def _check_shape(header: FrameHeader, payload_bytes: int) -> None:
    shape = list(header.shape)
    _require(len(shape) <= limits.DIMENSIONS, "shape", f"{len(shape)} dimensions")
    _require(header.dtype in DTYPES or not shape, "dtype", "none, for a payload with a shape")
    size = math.prod(shape) * DTYPES[header.dtype].itemsize if shape else 0
    _require(size == payload_bytes, "shape", f"{shape}, for a payload of {payload_bytes} bytes")
    if Kind(header.kind) not in (*CONTINUOUS, Kind.RECORD, Kind.SPECTRUM):
        return
    is_packed = header.layout == frame_pb2.PACKED
    is_suited = Kind(header.kind) in PACKABLE if is_packed else Kind(header.kind) != Kind.LOGIC
    _require(is_suited, "layout", f"{header.layout}, for kind {Kind(header.kind).name}")
    if is_packed:
        is_word = header.dtype in (stream_pb2.U8, stream_pb2.U16)
        _require(is_word, "dtype", f"{header.dtype}, for packed bits")
        _require(len(shape) == 1, "shape", f"{shape}, for packed bits")
        _require(shape[0] == header.count, "count", f"{header.count}, with shape {shape}")
        return
    _require(len(shape) == 2, "shape", f"{shape}, for samples of channels")
    channels, count = shape if header.layout == frame_pb2.PLANAR else reversed(shape)
    _require(count == header.count, "count", f"{header.count}, with shape {shape}")
    _require(channels <= limits.CHANNELS, "shape", f"{channels} channels")


def _check_marks(header: FrameHeader) -> None:
    _require(len(header.triggers) <= limits.TRIGGERS, "triggers", f"{len(header.triggers)} marks")
    for i, mark in enumerate(header.triggers):
        _require(math.isfinite(mark.position), f"triggers[{i}].position", "not finite")
        _require(math.isfinite(mark.level), f"triggers[{i}].level", "not finite")
        _require(mark.source < limits.CHANNELS, f"triggers[{i}].source", "not a channel")
    _require(len(header.results) <= limits.RESULTS, "results", f"{len(header.results)} results")
    for i, result in enumerate(header.results):
        _require_text(result.name, f"results[{i}].name")
        _require_text(result.unit, f"results[{i}].unit")
        _require_text(result.reason, f"results[{i}].reason")
        _require(result.channel < limits.CHANNELS, f"results[{i}].channel", "not a channel")
        is_number = not result.valid or math.isfinite(result.value)
        _require(is_number, f"results[{i}].value", "valid but not finite")
        is_deviation = _is_deviation(result.uncertainty)
        _require(is_deviation, f"results[{i}].uncertainty", "not a standard deviation")
