"""Frames as a user sees them."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support import descriptor, header, payload, ramp

from acqd import Frame, InvalidError, Kind, NotFoundError, TimeScale, UnsupportedError
from acqd._wire import frame_pb2, stream_pb2
from acqd._wire.status_pb2 import Event, Status


def frame(data: bytes = payload(), described: bool = True, **fields: Any) -> Frame:
    of = descriptor() if described else None
    return Frame("d/scope/raw", header(**fields), memoryview(data), descriptor=of)


def test_data_is_a_read_only_view_of_the_payload() -> None:
    raw = bytearray(payload())
    made = Frame("d/a/b", header(), memoryview(raw))
    assert np.shares_memory(made.data, np.frombuffer(raw, np.uint8))
    assert not made.data.flags.writeable
    np.testing.assert_array_equal(made.data, [[0, 1, 2, 3]])


@pytest.mark.parametrize(
    ("dtype", "numpy_dtype"),
    [
        (stream_pb2.I8, "i1"),
        (stream_pb2.U8, "u1"),
        (stream_pb2.I16, "<i2"),
        (stream_pb2.U16, "<u2"),
        (stream_pb2.I32, "<i4"),
        (stream_pb2.F32, "<f4"),
        (stream_pb2.F64, "<f8"),
        (stream_pb2.C64, "<c8"),
    ],
)
def test_every_dtype_reads_back_as_written(dtype: int, numpy_dtype: str) -> None:
    expected = ramp((2, 5), numpy_dtype)
    made = frame(expected.tobytes(), dtype=dtype, shape=[2, 5], count=5)
    assert made.data.dtype == np.dtype(numpy_dtype)
    np.testing.assert_array_equal(made.data, expected)


def test_scans_come_as_channels_by_samples_without_a_copy() -> None:
    scans = ramp((5, 2), "<i2")
    raw = scans.tobytes()
    made = frame(raw, dtype=stream_pb2.I16, layout=frame_pb2.INTERLEAVED, shape=[5, 2], count=5)
    np.testing.assert_array_equal(made.data, scans.T)
    assert np.shares_memory(made.data, np.frombuffer(raw, np.uint8))


def test_device_integers_have_values_in_the_channels_unit() -> None:
    raw = np.array([[-2, 0, 3]], "<i2").tobytes()
    of = descriptor()
    of.channels[0].scale = 0.5
    of.channels[0].offset = 1
    of.channels[0].unit = "mV"
    made = Frame(
        "d/a/b", header(dtype=stream_pb2.I16, shape=[1, 3], count=3), memoryview(raw), descriptor=of
    )
    np.testing.assert_array_equal(made.values, [[0, 1, 2.5]])
    assert made.unit == "mV"


def test_channels_of_different_units_have_no_common_one() -> None:
    of = descriptor(channels=[stream_pb2.Channel(id="b", unit="K")])
    made = Frame("d/a/b", header(), memoryview(payload()), descriptor=of)
    assert made.units == ("V", "K")
    with pytest.raises(UnsupportedError):
        made.unit


def test_x_follows_the_axis_its_rule_and_its_start() -> None:
    linear = stream_pb2.Axis(name="frequency", unit="Hz", start=10, step=5)
    np.testing.assert_array_equal(frame(axes=[linear]).x, [10, 15, 20, 25])
    assert frame(axes=[linear]).x_unit == "Hz"
    np.testing.assert_array_equal(frame(axes=[linear], axis_start=-1).x, [-1, 4, 9, 14])
    np.testing.assert_array_equal(frame(axes=[linear], axis_start=0).x, [0, 5, 10, 15])
    log = stream_pb2.Axis(rule=stream_pb2.Axis.LOG, start=1, step=10)
    np.testing.assert_allclose(frame(axes=[log]).x, [1, 10, 100, 1000])


def test_x_of_a_listed_axis_is_what_the_description_lists() -> None:
    listed = stream_pb2.Axis(name="mass", unit="u", rule=stream_pb2.Axis.LIST)
    of = descriptor(axes=[stream_pb2.Axis(rule=stream_pb2.Axis.LIST, values=[1, 2.5, 4, 28])])
    made = Frame("d/a/b", header(axes=[listed]), memoryview(payload()), descriptor=of)
    np.testing.assert_array_equal(made.x, [1, 2.5, 4, 28])
    assert made.x_unit == "u"
    of.axes[0].values.append(29)
    with pytest.raises(InvalidError, match="lists 5 positions for 4 values"):
        made.x


def test_a_waveform_without_axis_has_seconds() -> None:
    np.testing.assert_allclose(frame().x, [0, 1e-3, 2e-3, 3e-3])
    assert frame().x_unit == "s"


def test_time_is_exact_and_dated_only_on_utc() -> None:
    third = stream_pb2.Rational(num=1, den=3)
    made = frame(t0_ticks=7, tick_s=third, time_scale=stream_pb2.FREE_RUNNING).time
    assert made.seconds == Fraction(7, 3)
    assert float(made) == 7 / 3
    assert made.scale is TimeScale.FREE_RUNNING
    with pytest.raises(UnsupportedError, match="FREE_RUNNING"):
        made.datetime64
    # 2024-05-06T07:08:09.123456789 UTC is 1714979289 s after 1970 (date -ud '...' +%s).
    utc = frame(t0_ticks=1714979289123456789).time
    assert utc.datetime64 == np.datetime64("2024-05-06T07:08:09.123456789")


def test_an_unknown_uncertainty_stays_unknown() -> None:
    assert math.isnan(frame(t_sigma_ns=math.nan).time.sigma_s)
    assert frame(t_sigma_ns=250).time.sigma_s == pytest.approx(250e-9)


def test_gap_triggers_and_results_are_what_the_header_says() -> None:
    made = frame(
        gap_before=9,
        gap_reasons=frame_pb2.GAP_DEVICE,
        gap_inexact=True,
        triggers=[frame_pb2.TriggerMark(position=1.25, source=2, rising=True, level=0.5)],
        results=[frame_pb2.NamedResult(channel=1, name="rms", unit="V", value=3, valid=True)],
    )
    assert (made.gap.samples, made.gap.reasons, made.gap.exact) == (9, ("device",), False)
    assert made.triggers[0].position == 1.25
    assert made.triggers[0].channel == 2
    assert (made.results[0].name, made.results[0].value, made.results[0].valid) == ("rms", 3, True)


def test_a_frame_that_does_not_adjoin_has_a_gap_of_no_samples() -> None:
    assert not frame().gap
    border = frame(gap_reasons=frame_pb2.GAP_NEW_RECORD).gap
    assert border and border.samples == 0 and border.reasons == ("new_record",)


def test_messages_are_read_as_messages_only() -> None:
    status = Status(version="1").SerializeToString()
    made = frame(status, kind=stream_pb2.STATUS, dtype=stream_pb2.U8, shape=[len(status)])
    assert made.kind is Kind.STATUS
    assert made.status.version == "1"
    with pytest.raises(UnsupportedError):
        made.data
    with pytest.raises(UnsupportedError):
        made.event
    event = Event(what="state").SerializeToString()
    assert frame(event, kind=stream_pb2.EVENT, shape=[len(event)]).event.what == "state"


def test_a_frame_without_description_says_so() -> None:
    with pytest.raises(NotFoundError, match="no description"):
        frame(described=False).unit


def test_raw_floats_of_a_device_are_scaled_too() -> None:
    of = descriptor()
    of.channels[0].scale = 0.5
    of.channels[0].offset = 1
    made = Frame("d/a/b", header(), memoryview(payload()), descriptor=of)
    np.testing.assert_array_equal(made.values, [[1, 1.5, 2, 2.5]])
    assert frame().values.dtype == np.float32


def test_iq_samples_are_complex_values_of_their_unit() -> None:
    scans = np.array([[0, 255], [128, 127], [255, 0]], "u1")
    of = descriptor(channels=[stream_pb2.Channel(id="q", unit="V", scale=1)])
    for channel in of.channels:
        channel.scale, channel.offset = 2, -255
    fields = {"dtype": stream_pb2.U8, "layout": frame_pb2.INTERLEAVED, "shape": [3, 2], "count": 3}
    made = Frame(
        "d/a/b", header(kind=stream_pb2.IQ, **fields), memoryview(scans.tobytes()), descriptor=of
    )
    np.testing.assert_array_equal(made.iq, [[-255 + 255j, 1 - 1j, 255 - 255j]])
    with pytest.raises(UnsupportedError):
        frame().iq


@pytest.mark.parametrize("kind", [stream_pb2.LOGIC, stream_pb2.RECORD])
def test_logic_is_packed_and_unpacks_to_a_row_for_each_channel(kind: int) -> None:
    words = np.array([0b001, 0b110, 0b1111_0100], "u1")
    of = descriptor(channels=[stream_pb2.Channel(id=name, scale=1) for name in "bc"])
    fields = {"dtype": stream_pb2.U8, "layout": frame_pb2.PACKED, "shape": [3], "count": 3}
    made = Frame(
        "d/la/raw", header(kind=kind, **fields), memoryview(words.tobytes()), descriptor=of
    )
    np.testing.assert_array_equal(made.data, words)
    assert not made.data.flags.writeable
    np.testing.assert_array_equal(made.bits, [[1, 0, 0], [0, 1, 0], [0, 1, 1]])
    np.testing.assert_array_equal(made.values, made.bits)
    np.testing.assert_allclose(made.x, [0, 1e-3, 2e-3])
    with pytest.raises(UnsupportedError):
        frame().bits
