"""Messages to frames: topic match, header check, loss arithmetic, descriptions. No sockets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from google.protobuf.message import DecodeError

from acqd import limits
from acqd._wire.stream_pb2 import StreamDescriptor
from acqd.errors import Error, InvalidError, UnsupportedError
from acqd.frame import Frame
from acqd.header import Kind, decode_header
from acqd.loss import Arrival, Losses, LossTracker, Place

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def covers(wanted: str, topic: str) -> bool:
    """Whether a subscription to `wanted` is to bring frames of `topic`."""
    return topic.startswith(wanted) if wanted.endswith("/") else topic == wanted


def topic_of(name: str) -> str:
    """The topic of a name a user types: "scope/psd" is "d/scope/psd". With a slash at its end it
    stands for all topics that begin so. InvalidError when it cannot be a topic."""
    full = name if name[:2] in ("d/", "s/", "e/") else f"d/{name}"
    segments = full.removesuffix("/").split("/")
    is_right = len(segments) <= 3 and all(
        segment and len(segment) <= limits.NAME_BYTES and _NAME.issuperset(segment)
        for segment in segments
    )
    if not is_right or not name or (len(segments) == 1 and name not in ("d/", "s/", "e/")):
        raise InvalidError(
            f"'{name[:64]}' is not a topic", "topic", "instrument/stream; names of [a-z0-9_-]{1,64}"
        )
    return full


class Checksum(Protocol):
    def __call__(self, payload: bytes) -> int: ...


def load_checksum() -> Checksum:
    """CRC-32C by the google-crc32c package; UnsupportedError without it. In pure Python it would
    be a hundred times slower than the data."""
    try:
        import google_crc32c
    except ImportError as error:
        raise UnsupportedError("checking needs google-crc32c: pip install acqd[crc]") from error
    checksum: Checksum = google_crc32c.value
    return checksum


class Reader:
    """Reads the messages of one subscription, in order. One thread."""

    def __init__(
        self,
        topics: Iterable[str],
        *,
        checksum: Checksum | None = None,
        yields_descriptions: bool = False,
    ) -> None:
        self._topics = tuple(topics)
        self._checksum = checksum
        self._yields_descriptions = yields_descriptions
        self._trackers: dict[str, LossTracker] = {}
        self._descriptors: dict[tuple[str, int], StreamDescriptor] = {}

    @property
    def losses(self) -> dict[str, Losses]:
        return {topic: tracker.losses for topic, tracker in self._trackers.items()}

    def matches(self, topic: str) -> bool:
        """ZeroMQ matches prefixes: d/a/b also brings d/a/bc, which nobody asked for."""
        return any(covers(wanted, topic) for wanted in self._topics)

    def read(self, parts: Sequence[bytes | memoryview]) -> Frame | None:
        """The frame of one message; None for one that is not for the user: of another topic, a
        description, or one that came twice or is malformed, which are counted."""
        topic = self._topic(parts)
        if topic is None or not self.matches(topic):
            return None
        tracker = self._trackers.setdefault(topic, LossTracker())
        try:
            return self._read(topic, parts, tracker)
        except (Error, DecodeError):
            tracker.losses.malformed += 1
            return None

    def learn(self, frame: Frame, descriptor: StreamDescriptor) -> Frame:
        """Takes a description that came by another way as the one of `frame`."""
        self._descriptors[frame.topic, frame.header.descriptor_id] = descriptor
        return Frame(frame.topic, frame.header, frame.payload, frame.arrival, descriptor)

    def _topic(self, parts: Sequence[bytes | memoryview]) -> str | None:
        # What matches no subscription cannot arrive, so a topic of strange bytes has no counter
        # of its own.
        if not parts or len(parts[0]) > limits.STRING_BYTES:
            return None
        try:
            return bytes(parts[0]).decode("ascii")
        except UnicodeDecodeError:
            return None

    def _read(
        self, topic: str, parts: Sequence[bytes | memoryview], tracker: LossTracker
    ) -> Frame | None:
        if len(parts) != 3:
            raise InvalidError(f"{len(parts)} parts", "message", "3: topic, header, payload")
        payload = memoryview(parts[2])
        header = decode_header(bytes(parts[1]), payload.nbytes)
        if self._checksum and header.crc32c and self._checksum(bytes(payload)) != header.crc32c:
            raise InvalidError("the payload does not have this checksum", "crc32c")
        key = (topic, header.descriptor_id)
        if Kind(header.kind) is Kind.DESCRIPTION:
            descriptor = StreamDescriptor.FromString(bytes(payload))
            self._descriptors[key] = descriptor
            frame = Frame(topic, header, payload, Arrival(), descriptor)
            return frame if self._yields_descriptions else None
        arrival = tracker.track(header)
        if arrival.place is Place.DUPLICATE:
            return None
        return Frame(topic, header, payload, arrival, self._descriptors.get(key))
