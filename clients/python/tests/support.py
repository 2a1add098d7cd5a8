"""Headers and messages as a publisher makes them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from acqd._wire import frame_pb2, stream_pb2
from acqd._wire.frame_pb2 import FrameHeader
from acqd._wire.stream_pb2 import StreamDescriptor

TOPIC = "d/scope/raw"


def header(**fields: Any) -> FrameHeader:
    """A waveform header of one float32 channel with four samples, and what the caller changes."""
    made = FrameHeader(
        version=1000,
        stream_id=bytes(16),
        descriptor_id=7,
        run_id=1,
        kind=stream_pb2.WAVEFORM,
        dtype=stream_pb2.F32,
        layout=frame_pb2.PLANAR,
        epoch=1,
        count=4,
        shape=[1, 4],
        tick_s=stream_pb2.Rational(num=1, den=1_000_000_000),
        time_scale=stream_pb2.UTC,
        time_origin=stream_pb2.HOST_ARRIVAL,
    )
    for name, value in fields.items():
        if name in ("shape", "axes", "triggers", "results"):
            made.ClearField(name)
            getattr(made, name).extend(value)
        elif hasattr(value, "SerializeToString"):
            getattr(made, name).CopyFrom(value)
        else:
            setattr(made, name, value)
    return made


def payload(count: int = 4) -> bytes:
    return struct.pack(f"<{count}f", *range(count))


def message(made: FrameHeader, data: bytes = payload(), topic: str = TOPIC) -> list[bytes]:
    return [topic.encode(), made.SerializeToString(), data]


def descriptor(topic: str = TOPIC, **fields: Any) -> StreamDescriptor:
    made = StreamDescriptor(
        topic=topic,
        rate_hz=stream_pb2.Rational(num=1000, den=1),
        channels=[stream_pb2.Channel(id="a", unit="V", scale=1)],
    )
    made.MergeFrom(StreamDescriptor(**fields))
    return made


def description(of: StreamDescriptor, descriptor_id: int = 7) -> list[bytes]:
    data = of.SerializeToString()
    made = header(
        kind=stream_pb2.DESCRIPTION,
        dtype=stream_pb2.U8,
        shape=[len(data)],
        count=0,
        descriptor_id=descriptor_id,
    )
    made.ClearField("tick_s")
    made.ClearField("time_scale")
    return message(made, data, of.topic)


def ramp(shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)
