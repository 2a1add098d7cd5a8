"""Loss arithmetic of one topic, as a subscriber can know it: transport and upstream apart.

Transport: sequence numbers that never came. Upstream: what the frames announce in `gap_before`.
The sample index ties the two together: between two frames of a waveform it advances by what was
delivered, by the gap the second frame announces, and by what the missing frames held. The same
arithmetic as the C++ client's StreamTracker.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from acqd._wire.frame_pb2 import FrameHeader
from acqd._wire.stream_pb2 import IQ, WAVEFORM

# More holes than this at one time are not waited for: what is missing stays counted as lost.
_HOLES = 64

NEW_RECORD = "new_record"  # nothing is known lost, and what is before does not adjoin

_REASONS = (
    "device",
    "usb",
    "ring_full",
    "late",
    "publisher",
    "reconnect",
    "reconfigure",
    "unknown",
    "recorder",
    NEW_RECORD,
    "paused",
)


def reasons_of(bits: int) -> tuple[str, ...]:
    """The words of a set of gap reasons; bits this client does not know read as "unknown"."""
    words = [word for bit, word in enumerate(_REASONS) if bits >> bit & 1]
    if bits >> len(_REASONS) and "unknown" not in words:
        words.append("unknown")
    return tuple(words)


@dataclass(frozen=True, slots=True)
class Gap:
    """What lies between a frame and the one before: samples per channel known lost, or a reason
    alone, "new_record", where none is. False when the two adjoin."""

    samples: int = 0
    reasons: tuple[str, ...] = ()
    exact: bool = True  # False where nobody can tell how many

    def __bool__(self) -> bool:
        return self.samples > 0 or bool(self.reasons) or not self.exact

    @classmethod
    def of(cls, header: FrameHeader) -> Gap:
        return cls(header.gap_before, reasons_of(header.gap_reasons), not header.gap_inexact)


class Place(enum.Enum):
    """What a frame is in the order of its topic."""

    FIRST = "first"  # nothing to compare with
    NEXT = "next"  # joins the frame before, or follows a loss that it tells
    NEW_EPOCH = "new epoch"  # the stream started anew: indices do not join
    RESTART = "restart"  # the daemon started anew: neither sequences nor indices join
    LATE = "late"  # fills a hole
    DUPLICATE = "duplicate"  # to be ignored


@dataclass(frozen=True, slots=True)
class Arrival:
    """One frame's place, and what was found lost in transport just before it."""

    place: Place = Place.FIRST
    transport_frames: int = 0
    transport_samples: int = 0  # continuous kinds only


@dataclass(slots=True)
class Losses:
    """Totals of one topic since the subscription; samples are per channel.

    For a continuous kind within one epoch, last index - first index = samples + transport_samples
    + upstream_samples + unannounced_samples.
    """

    frames: int = 0  # received, each once
    samples: int = 0  # in those frames
    transport_frames: int = 0  # sent, and not received
    transport_samples: int = 0  # in those of continuous kind, with the gaps they announced
    transport_samples_exact: bool = True  # False: frames were lost across a change of epoch
    upstream_samples: int = 0  # announced by the frames received
    upstream: dict[str, int] = field(default_factory=dict)  # by reason; several: "usb+late"
    upstream_exact: bool = True
    unannounced_samples: int = 0  # jumps of the index that nothing explains
    index_faults: int = 0  # the index ran backwards, or less than the announced gap
    late: int = 0  # came out of order, and were first counted as lost
    duplicates: int = 0
    malformed: int = 0  # messages skipped because they broke the protocol
    epochs: int = 0  # changes of epoch
    restarts: int = 0  # another run of the daemon, or a topic made anew

    def add(self, other: Losses) -> None:
        """Sums two topics."""
        for words, samples in other.upstream.items():
            self.upstream[words] = self.upstream.get(words, 0) + samples
        self.transport_samples_exact &= other.transport_samples_exact
        self.upstream_exact &= other.upstream_exact
        for name in _COUNTERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_COUNTERS = tuple(
    name for name in Losses.__dataclass_fields__ if Losses.__annotations__[name] == "int"
)


@dataclass(slots=True)
class _Hole:
    """Sequence numbers that have not come."""

    first: int
    last: int
    has_samples: bool  # their samples are part of transport_samples


class LossTracker:
    """Follows the frames of one topic in the order they arrive."""

    def __init__(self) -> None:
        self.losses = Losses()
        self._before: FrameHeader | None = None
        self._holes: list[_Hole] = []

    def track(self, header: FrameHeader) -> Arrival:
        """Counts one frame and says what is missing right before it."""
        before = self._before
        if before is None:
            return self._start_from(header, Place.FIRST)
        if header.run_id != before.run_id:
            self.losses.restarts += 1
            return self._start_from(header, Place.RESTART)
        if header.sequence > before.sequence:
            return self._advance(before, header)
        return self._look_back(before, header)

    def _start_from(self, header: FrameHeader, place: Place) -> Arrival:
        # What came before this frame is unknown, and not lost to this subscriber.
        self._holes.clear()
        self._before = header
        self._count(header)
        return Arrival(place)

    def _advance(self, before: FrameHeader, header: FrameHeader) -> Arrival:
        losses = self.losses
        frames = header.sequence - before.sequence - 1
        samples = 0
        is_new_epoch = header.epoch != before.epoch
        unexplained: int | None = None
        if header.kind in (WAVEFORM, IQ) and not is_new_epoch:
            unexplained = self._unexplained(before, header)
        if frames:
            samples = unexplained or 0
            self._holes.append(
                _Hole(before.sequence + 1, header.sequence - 1, unexplained is not None)
            )
            del self._holes[:-_HOLES]
            if header.kind in (WAVEFORM, IQ) and unexplained is None:
                losses.transport_samples_exact = False
        else:
            losses.unannounced_samples += unexplained or 0
        losses.epochs += is_new_epoch
        losses.transport_frames += frames
        losses.transport_samples += samples
        self._before = header
        self._count(header)
        self._count_upstream(header)
        return Arrival(Place.NEW_EPOCH if is_new_epoch else Place.NEXT, frames, samples)

    def _unexplained(self, before: FrameHeader, header: FrameHeader) -> int | None:
        """Samples between two frames that the second does not announce; None when the indices
        cannot be right."""
        hole = header.first_index - before.first_index - before.count - header.gap_before
        if hole < 0:
            self.losses.index_faults += 1
            return None
        return hole

    def _look_back(self, before: FrameHeader, header: FrameHeader) -> Arrival:
        # Late, twice, or the topic was made anew. Within a run epochs and revisions only grow with
        # the sequence, so a newer one cannot come from before.
        losses = self.losses
        if header.epoch > before.epoch or header.config_revision > before.config_revision:
            losses.restarts += 1
            return self._start_from(header, Place.RESTART)
        hole = next((h for h in self._holes if h.first <= header.sequence <= h.last), None)
        if hole is None:
            losses.duplicates += 1
            return Arrival(Place.DUPLICATE)
        losses.transport_frames -= 1
        if hole.has_samples:
            held = header.count + header.gap_before
            losses.transport_samples -= min(losses.transport_samples, held)
        self._fill(hole, header.sequence)
        losses.late += 1
        self._count(header)
        self._count_upstream(header)
        return Arrival(Place.LATE)

    def _fill(self, hole: _Hole, sequence: int) -> None:
        upper = _Hole(sequence + 1, hole.last, hole.has_samples)
        hole.last = sequence - 1
        at = self._holes.index(hole)
        pieces = [piece for piece in (hole, upper) if piece.first <= piece.last]
        self._holes[at : at + 1] = pieces
        del self._holes[_HOLES:]

    def _count(self, header: FrameHeader) -> None:
        self.losses.frames += 1
        self.losses.samples += header.count

    def _count_upstream(self, header: FrameHeader) -> None:
        if header.gap_before:
            self.losses.upstream_samples += header.gap_before
            reasons = reasons_of(header.gap_reasons)
            words = "+".join(word for word in reasons if word != NEW_RECORD) or "unknown"
            before = self.losses.upstream.get(words, 0)
            self.losses.upstream[words] = before + header.gap_before
        self.losses.upstream_exact &= not header.gap_inexact
