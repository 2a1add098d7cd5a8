"""The header check: what breaks the protocol is named, and nothing else gets through."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from support import header, payload

from acqd import InvalidError, OverflowError, UnsupportedError, limits
from acqd._wire import frame_pb2, stream_pb2
from acqd.errors import Error
from acqd.header import decode_header


PACKED = {"layout": frame_pb2.PACKED, "kind": stream_pb2.LOGIC}


def decode(size: int = 16, **fields: Any) -> frame_pb2.FrameHeader:
    return decode_header(header(**fields).SerializeToString(), size)


def test_a_right_header_passes_unchanged() -> None:
    assert decode(first_index=12, sequence=3) == header(first_index=12, sequence=3)


def test_unknown_fields_are_ignored() -> None:
    later = header().SerializeToString() + b"\xf8\x3e\x01"  # field 1007, varint 1
    assert decode_header(later, 16).count == 4


def test_a_newer_minor_version_is_read_and_another_major_is_not() -> None:
    assert decode(version=1999).version == 1999
    with pytest.raises(UnsupportedError, match="version"):
        decode(version=2000)
    with pytest.raises(UnsupportedError, match="version"):
        decode(version=0)


@pytest.mark.parametrize(
    ("field", "changes", "size"),
    [
        ("kind", {"kind": 0}, 16),
        ("dtype", {"dtype": 0}, 16),
        ("dtype", {"dtype": 9}, 16),
        ("stream_id", {"stream_id": b""}, 16),
        ("t_sigma_ns", {"t_sigma_ns": -1.0}, 16),
        ("shape", {"shape": [4]}, 16),
        ("shape", {"shape": [65, 4]}, 65 * 16),
        ("axes[0].step", {"axes": [stream_pb2.Axis(step=0)]}, 16),
        ("axes[0].step", {"axes": [stream_pb2.Axis(rule=stream_pb2.Axis.LOG, step=-1)]}, 16),
        ("triggers", {"triggers": [frame_pb2.TriggerMark()] * 65}, 16),
        ("triggers[0].source", {"triggers": [frame_pb2.TriggerMark(source=64)]}, 16),
        ("results", {"results": [frame_pb2.NamedResult()] * 257}, 16),
        ("results[0].channel", {"results": [frame_pb2.NamedResult(channel=64)]}, 16),
        ("results[0].value", {"results": [frame_pb2.NamedResult(valid=True, value=math.nan)]}, 16),
        ("results[0].uncertainty", {"results": [frame_pb2.NamedResult(uncertainty=-1)]}, 16),
        ("layout", {"layout": 3}, 16),
        ("dtype", {"layout": frame_pb2.PACKED, "kind": stream_pb2.LOGIC}, 16),
        ("layout", {"layout": frame_pb2.PACKED}, 16),
        ("layout", {"kind": stream_pb2.LOGIC}, 16),
        ("shape", {**PACKED, "dtype": stream_pb2.U16, "shape": [2, 4]}, 16),
        ("count", {**PACKED, "dtype": stream_pb2.U16, "shape": [8]}, 16),
        ("stream_id", {"stream_id": b"short"}, 16),
        ("time_scale", {"time_scale": 5}, 16),
        ("time_origin", {"time_origin": 5}, 16),
        ("clock_state", {"clock_state": 5}, 16),
        ("tick_s", {"tick_s": stream_pb2.Rational(num=1, den=0)}, 16),
        ("group_delay", {"group_delay": stream_pb2.Rational(num=1, den=0)}, 16),
        ("count", {"first_index": 2**64 - 2}, 16),
        ("count", {"count": 5}, 16),
        ("shape", {"shape": []}, 16),
        ("shape", {"shape": [1, 3]}, 16),
        ("shape", {"shape": [1, 1, 1, 1, 4]}, 16),
        ("shape", {"shape": [2**62, 4]}, 16),
        ("shape", {"shape": [2**63, 2]}, 0),
        ("axes", {"axes": [stream_pb2.Axis(step=1)] * 5}, 16),
        ("axes[0].step", {"axes": [stream_pb2.Axis(step=math.nan)]}, 16),
        ("axes[0].start", {"axes": [stream_pb2.Axis(start=math.inf)]}, 16),
        ("axes[0].name", {"axes": [stream_pb2.Axis(name="a\nb", step=1)]}, 16),
        ("axes[0].unit", {"axes": [stream_pb2.Axis(unit="x" * 257)]}, 16),
        ("axis_start", {"axis_start": math.nan}, 16),
        ("triggers[0].position", {"triggers": [frame_pb2.TriggerMark(position=math.inf)]}, 16),
        ("results[0].name", {"results": [frame_pb2.NamedResult(name="\x7f")]}, 16),
    ],
)
def test_a_wrong_field_is_refused_by_name(field: str, changes: dict[str, Any], size: int) -> None:
    with pytest.raises(InvalidError) as refused:
        decode(size, **changes)
    assert refused.value.field == field


def test_packed_logic_has_one_word_a_sample() -> None:
    for kind in (stream_pb2.LOGIC, stream_pb2.RECORD):
        fields = {**PACKED, "kind": kind, "dtype": stream_pb2.U16, "shape": [8], "count": 8}
        assert decode(16, **fields).shape == [8]


def test_a_text_of_the_longest_allowed_size_passes() -> None:
    axis = stream_pb2.Axis(name="x" * limits.STRING_BYTES, step=1)
    assert decode(axes=[axis]).axes[0] == axis


def test_unknown_uncertainty_is_not_an_error() -> None:
    result = frame_pb2.NamedResult(name="rms", value=math.nan, uncertainty=math.nan)
    assert decode(results=[result], t_sigma_ns=math.nan).results[0].name == "rms"


def test_a_kind_of_a_later_protocol_is_unsupported() -> None:
    with pytest.raises(UnsupportedError) as refused:
        decode(kind=99)
    assert refused.value.field == "kind"


def test_scalars_need_no_payload() -> None:
    assert decode(0, kind=stream_pb2.SCALARS, dtype=0, shape=[]).kind == stream_pb2.SCALARS


def test_sizes_above_the_limits_are_refused() -> None:
    with pytest.raises(OverflowError):
        decode_header(bytes(limits.HEADER_BYTES + 1), 16)
    with pytest.raises(OverflowError):
        decode_header(header().SerializeToString(), limits.FRAME_BYTES + 1)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_bytes_are_refused_or_read_never_worse(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    whole = header(
        axes=[stream_pb2.Axis(name="time", unit="s", step=1e-3)],
        triggers=[frame_pb2.TriggerMark(position=1.5)],
        results=[frame_pb2.NamedResult(name="rms", unit="V", value=1)],
    ).SerializeToString()
    for _ in range(500):
        raw = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        try:
            read = decode_header(bytes(raw[: rng.randrange(1, len(raw) + 1)]), len(payload()))
        except Error:
            continue
        itemsize = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 8, 8: 8}[read.dtype]
        assert math.prod(read.shape) * itemsize in (16, 16 * itemsize)
