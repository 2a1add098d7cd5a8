"""One published frame, as a user of the client sees it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from acqd._wire import frame_pb2, stream_pb2
from acqd._wire.frame_pb2 import FrameHeader
from acqd._wire.status_pb2 import Event, Status
from acqd._wire.stream_pb2 import StreamDescriptor
from acqd.errors import InvalidError, NotFoundError, UnsupportedError
from acqd.header import DTYPES, MESSAGES, PACKABLE, Kind
from acqd.loss import Arrival, Gap
from acqd.time import ClockState, Time, TimeOrigin, TimeScale


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger within a frame. `position` counts samples from the first one, with fraction."""

    position: float
    channel: int
    rising: bool
    level: float  # in the channel's unit


@dataclass(frozen=True, slots=True)
class Result:
    """One named number of one channel. `valid` is False where it could not be computed, and
    `reason` then says why."""

    channel: int
    name: str
    unit: str
    value: float
    uncertainty: float  # one standard deviation; NaN: unknown
    valid: bool
    reason: str


class Frame:
    """A frame: its header (checked), its payload, and what is known about both.

    The payload stays where ZeroMQ received it: `data` is a view of it, and keeps it alive.
    """

    __slots__ = ("topic", "header", "payload", "arrival", "_descriptor")

    def __init__(
        self,
        topic: str,
        header: FrameHeader,
        payload: memoryview,
        arrival: Arrival = Arrival(),
        descriptor: StreamDescriptor | None = None,
    ) -> None:
        self.topic = topic
        self.header = header
        self.payload = payload
        self.arrival = arrival  # what was lost in transport right before this frame
        self._descriptor = descriptor

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.header.shape))
        return f"<Frame {self.topic} {self.kind.name.lower()} {shape} at {self.first_index}>"

    @property
    def kind(self) -> Kind:
        return Kind(self.header.kind)

    @property
    def first_index(self) -> int:
        """Index of the first sample, lost ones counted."""
        return self.header.first_index

    @property
    def count(self) -> int:
        """Samples per channel."""
        return self.header.count

    @property
    def epoch(self) -> int:
        return self.header.epoch

    @property
    def sequence(self) -> int:
        return self.header.sequence

    @property
    def data(self) -> npt.NDArray[Any]:
        """The samples, (channels, samples), read-only and without a copy. Logic is packed,
        (samples): channel c is bit c, and `bits` unpacks it. Images and tables have the shape of
        the header. UnsupportedError for a frame that carries a message."""
        if self.kind in MESSAGES:
            raise UnsupportedError(f"a frame of kind {self.kind.name} has a message, not data")
        if not self.header.shape:
            return np.empty((0, 0), np.float32)
        flat = np.frombuffer(self.payload, DTYPES[self.header.dtype])
        flat.flags.writeable = False
        array = flat.reshape(tuple(self.header.shape))
        is_scans = array.ndim == 2 and self.header.layout == frame_pb2.INTERLEAVED
        return array.T if is_scans and self.kind is not Kind.IMAGE else array

    @property
    def values(self) -> npt.NDArray[Any]:
        """The samples in the channels' units: `data` itself, or for raw values of a device a new
        float64 array of data * scale + offset. Of logic: `bits`."""
        if self._is_packed:
            return self.bits
        data = self.data
        if data.dtype.kind == "c" or self.kind is Kind.SCALARS:
            return data
        channels = self.descriptor.channels if self._descriptor or data.dtype.kind in "iu" else ()
        is_plain = all((c.scale, c.offset) == (1, 0) for c in channels)
        if data.dtype.kind not in "iu" and is_plain:
            return data
        scale = np.array([c.scale for c in channels])[:, None]
        offset = np.array([c.offset for c in channels])[:, None]
        scaled: npt.NDArray[np.float64] = data * scale + offset
        return scaled

    @property
    def bits(self) -> npt.NDArray[np.uint8]:
        """The samples of packed logic as 0 and 1, (channels, samples): a new array, one row for each
        channel of the description. UnsupportedError for anything else."""
        if not self._is_packed:
            raise UnsupportedError(f"a frame of kind {self.kind.name} here holds no packed bits")
        words = self.data
        places = np.arange(len(self.descriptor.channels), dtype=words.dtype)[:, None]
        unpacked: npt.NDArray[np.uint8] = ((words >> places) & 1).astype(np.uint8)
        return unpacked

    @property
    def _is_packed(self) -> bool:
        return self.header.layout == frame_pb2.PACKED and self.kind in PACKABLE

    @property
    def iq(self) -> npt.NDArray[np.complexfloating]:
        """The samples of a frame of kind IQ as complex numbers in the channels' units, one row
        for each pair of channels. UnsupportedError for any other kind."""
        if self.kind is not Kind.IQ:
            raise UnsupportedError(f"a frame of kind {self.kind.name} has no I/Q samples")
        values = self.values
        if values.dtype.kind == "c":
            return values
        pairs: npt.NDArray[np.complexfloating] = values[0::2] + 1j * values[1::2]
        return pairs

    @property
    def x(self) -> npt.NDArray[np.float64]:
        """The x axis: one value for each column of `data`. Waveforms without an axis of their own
        have seconds from the first sample."""
        data = self.data
        count = data.shape[-1] if data.ndim else 0
        steps = np.arange(count, dtype=np.float64)
        if not self.header.axes:
            rate = self.descriptor.rate_hz
            return steps * (rate.den / rate.num)
        axis = self.header.axes[0]
        if axis.rule == stream_pb2.Axis.LIST:
            listed = np.array(self.descriptor.axes[0].values if self.descriptor.axes else ())
            if len(listed) != count:
                raise InvalidError(
                    f"the description lists {len(listed)} positions for {count} values", "axes"
                )
            return listed
        start = self.header.axis_start if self.header.HasField("axis_start") else axis.start
        if axis.rule == stream_pb2.Axis.LOG:
            return start * axis.step**steps
        return start + steps * axis.step

    @property
    def x_unit(self) -> str:
        return self.header.axes[0].unit if self.header.axes else "s"

    @property
    def time(self) -> Time:
        """When the first sample was taken."""
        header = self.header
        return Time(
            ticks=header.t0_ticks,
            tick_s=Fraction(header.tick_s.num, header.tick_s.den),
            scale=TimeScale(header.time_scale),
            origin=TimeOrigin(header.time_origin),
            clock_state=ClockState(header.clock_state),
            sigma_s=header.t_sigma_ns * 1e-9,
        )

    @property
    def unit(self) -> str:
        """The unit of the values, where all channels share it; `units` has one for each."""
        units = set(self.units)
        if len(units) > 1:
            raise UnsupportedError(f"the channels of {self.topic} differ in unit: {self.units}")
        return units.pop() if units else ""

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(channel.unit for channel in self.descriptor.channels)

    @property
    def gap(self) -> Gap:
        """What was lost upstream right before this frame."""
        return Gap.of(self.header)

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        return tuple(Trigger(t.position, t.source, t.rising, t.level) for t in self.header.triggers)

    @property
    def results(self) -> tuple[Result, ...]:
        return tuple(
            Result(r.channel, r.name, r.unit, r.value, r.uncertainty, r.valid, r.reason)
            for r in self.header.results
        )

    @property
    def descriptor(self) -> StreamDescriptor:
        """The description in force when the frame was made. NotFoundError: it never came."""
        if self._descriptor is None:
            raise NotFoundError(f"no description of {self.topic} has arrived")
        return self._descriptor

    @property
    def status(self) -> Status:
        """The message of a frame of kind STATUS."""
        return Status.FromString(self._message(Kind.STATUS))

    @property
    def event(self) -> Event:
        """The message of a frame of kind EVENT."""
        return Event.FromString(self._message(Kind.EVENT))

    def _message(self, kind: Kind) -> bytes:
        if self.kind is not kind:
            raise UnsupportedError(f"a frame of kind {self.kind.name} is not {kind.name}")
        return bytes(self.payload)
