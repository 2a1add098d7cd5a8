"""A recording opened for reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from google.protobuf.message import DecodeError

from acqd._wire.status_pb2 import Event
from acqd.errors import InvalidError, IOError, NotFoundError
from acqd.journal.array import Gaps, Moment, SampleArray, check_gaps
from acqd.journal.blocks import packet_block
from acqd.journal.packets import head_of
from acqd.journal.segment import Segment
from acqd.journal.series import Series
from acqd.journal.source import ChunkCache, Message, Source
from acqd.journal.topic import RecordedTopic

Path_ = str | Path
_PACKETS, _FRAMES, _EVENTS = "acq.v1.Packet", "acq.v1.RecordedFrame", "acq.v1.Event"


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """Something that happened while the recording ran: a state, a fault, a change of
    configuration; `what` is "mark" for a person's mark, whose text is the sentence."""

    time: np.datetime64  # UTC as the recording counts it: as samples and frames have it
    seconds: float  # from the start of the recording
    source: str
    what: str
    sentence: str
    replayed: bool = False  # it happened in a recording that was played while this one ran


def open_recording(path: Path_ | Iterable[Path_], *, gaps: Gaps = "nan") -> Recording:
    """Opens a recording: its folder, one segment, or a list of segments. Only what tells what is
    in it is read, so a large recording opens as fast as a small one; one that is still being
    written can be opened, too, and followed with `refresh()`.

    `gaps`: what stands for samples that were lost: "nan", or "mask" for masked arrays.
    NotFoundError, IOError: the path; InvalidError: it is not a recording.
    """
    check_gaps(gaps)
    return Recording(path, gaps)


class Recording:
    """What is in a recording, over all its segments. Reading is safe from several threads;
    `refresh()` is for one alone."""

    def __init__(self, path: Path_ | Iterable[Path_], gaps: Gaps) -> None:
        self._paths = [Path(path)] if isinstance(path, str | Path) else [Path(p) for p in path]
        self._gaps: Gaps = gaps
        self._cache = ChunkCache()
        self._segments: list[Segment] = []
        self._skipped: list[str] = []  # segments with nothing that can be read
        self._sources: dict[str, Source] = {}
        self._series: dict[str, Series] = {}
        self._topics: dict[str, RecordedTopic] = {}
        self._events: list[RecordedEvent] | None = None
        try:
            self._add_segments()
            self._check_run()
            self._take_in()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Arrays and topics of the recording cannot read any more."""
        for segment in self._segments:
            segment.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        names = ", ".join((*self.streams, *self.topics)) or "nothing yet"
        return f"<Recording {self.name}: {names}>"

    # What there is.

    @property
    def streams(self) -> Mapping[str, SampleArray]:
        """The samples of each raw stream, by "instrument/stream"."""
        return {name: self._array(name) for name in self._series}

    @property
    def topics(self) -> Mapping[str, RecordedTopic]:
        """The frames of each topic, by "d/instrument/name"."""
        return dict(self._topics)

    def stream(self, name: str) -> SampleArray:
        """The samples of a stream. NotFoundError, with the names there are."""
        if name not in self._series:
            raise NotFoundError(
                f"the recording has no stream '{name[:64]}'", "stream", ", ".join(self._series)
            )
        return self._array(name)

    def topic(self, name: str) -> RecordedTopic:
        """The frames of a topic; "d/" may be left out. NotFoundError, with the names there are."""
        full = name if name in self._topics else f"d/{name}"
        if full not in self._topics:
            raise NotFoundError(
                f"the recording has no topic '{name[:64]}'", "topic", ", ".join(self._topics)
            )
        return self._topics[full]

    def __getitem__(self, name: str) -> SampleArray:
        """The samples of a stream, or of a continuous topic by its name."""
        if name in self._series:
            return self._array(name)
        if name in self._topics or f"d/{name}" in self._topics:
            return self.topic(name).samples
        raise NotFoundError(
            f"the recording has nothing named '{name[:64]}'",
            "name",
            ", ".join((*self._series, *self._topics)),
        )

    @property
    def events(self) -> list[RecordedEvent]:
        """In order. Read when they are first asked for."""
        if self._events is None:
            source = self._sources.get("event")
            found = [] if source is None else [*map(self._event, source.all_messages())]
            self._events = [event for event in found if event is not None]
        return list(self._events)

    @property
    def marks(self) -> list[RecordedEvent]:
        return [event for event in self.events if event.what == "mark"]

    @property
    def configurations(self) -> list[str]:
        """The TOML texts of the configurations in force, in order of time."""
        texts: list[str] = []
        for segment in self._segments:
            for name, data in segment.read_attachments():
                text = data.decode(errors="replace")
                if name.startswith("config-") and text not in texts[-1:]:
                    texts.append(text)
        return texts

    @property
    def name(self) -> str:
        return self._told("recording") or self._paths[0].name

    @property
    def software(self) -> str:
        """The version of the daemon that wrote it."""
        return self._told("software")

    @property
    def start(self) -> np.datetime64:
        """UTC of the first thing recorded, as the recording counts it."""
        return np.datetime64(self._start_ns, "ns")

    @property
    def seconds(self) -> float:
        """From the first thing recorded to the last."""
        return (self._end_ns - self._start_ns) * 1e-9

    @property
    def is_complete(self) -> bool:
        """Every segment has been ended as it should; False while the recording goes on."""
        return not self._skipped and all(segment.is_whole for segment in self._segments)

    @property
    def damages(self) -> list[str]:
        """What could not be read, each in a sentence: found on opening, and since by reading.
        `acqctl recording verify` looks at every byte."""
        found = list(self._skipped)
        for segment in self._segments:
            for offset, sentence in segment.damages.items():
                found.append(f"{segment.path}, byte {offset}: {sentence}")
        for source in self._sources.values():
            found.extend(sentence for sentence in source.damages.values() if sentence not in found)
        return found

    def refresh(self) -> bool:
        """Takes in what has been added since to a recording that goes on; True when there was."""
        has_more = [segment.refresh() for segment in self._segments]
        has_new = self._add_segments()
        if any(has_more) or has_new:
            self._events = None
        self._take_in()
        return any(has_more) or has_new

    # Within.

    def _add_segments(self) -> bool:
        """Opens the segments that are not open yet."""
        paths = [segment for path in self._paths for segment in _segment_paths(path)]
        known = {segment.path for segment in self._segments}
        known |= {path.with_suffix("") for path in known if path.suffix == ".part"}
        has_new = False
        for path in paths:
            if path in known or any(text.startswith(f"{path}:") for text in self._skipped):
                continue
            try:
                self._segments.append(Segment(path))
                has_new = True
            except InvalidError as error:
                if len(paths) == 1:
                    raise
                self._skipped.append(f"{path}: {error.sentence}")
        if not self._segments:
            raise InvalidError(self._skipped[0], "path", "a segment that can be read")
        return has_new

    def _check_run(self) -> None:
        runs = {s.metadata.get("acqd", {}).get("run_id", "") for s in self._segments} - {""}
        if len(runs) > 1:
            raise InvalidError(
                f"the segments are of {len(runs)} runs of the daemon, whose samples count anew",
                "path",
                "a list of the segments of one run",
            )

    def _take_in(self) -> None:
        """Enters the channels of the segments, and what is new in those known."""
        for segment in self._segments:
            for channel in list(segment.channels.values()):
                schema = segment.schemas.get(channel.schema_id, "")
                if channel.topic not in self._sources:
                    self._enter(channel.topic, schema)
        for source in self._sources.values():
            source.set_segments(self._segments)
        for series in self._series.values():
            series.refresh()
        for topic in self._topics.values():
            topic.refresh()
        chunks = [chunk for segment in self._segments for chunk in segment.chunks]
        self._start_ns = min((chunk.start_ns for chunk in chunks), default=0)
        self._end_ns = max((chunk.end_ns for chunk in chunks), default=0)

    def _enter(self, topic: str, schema: str) -> None:
        source = Source(topic, self._cache)
        if schema == _PACKETS and topic.startswith("s/"):
            self._series[topic[2:]] = Series(source, packet_block, head_of)
        elif schema == _FRAMES:
            self._topics[topic] = RecordedTopic(topic, source, self._ns_of, self._gaps)
        elif schema != _EVENTS:
            return
        self._sources[topic] = source

    def _array(self, name: str) -> SampleArray:
        return SampleArray(name, self._series[name], self._ns_of, self._gaps)

    def _told(self, key: str) -> str:
        return self._segments[0].metadata.get("acqd", {}).get(key, "")

    def _event(self, message: Message) -> RecordedEvent | None:
        try:
            event = Event.FromString(bytes(message.data))
        except DecodeError:
            return None
        seconds = (message.time_ns - self._start_ns) * 1e-9
        time = np.datetime64(message.time_ns, "ns")
        said = (event.source, event.what, event.sentence, event.replayed)
        return RecordedEvent(time, seconds, *said)

    def _ns_of(self, moment: Moment) -> int:
        if isinstance(moment, np.datetime64):
            return int(moment.astype("datetime64[ns]").astype(np.int64))
        if not isinstance(moment, str):
            return self._start_ns + round(float(moment) * 1e9)
        for mark in self.marks:
            if mark.sentence == moment:
                return int(mark.time.astype(np.int64))
        texts = ", ".join(f'"{mark.sentence}"' for mark in self.marks)
        raise NotFoundError(
            f"the recording has no mark '{moment[:64]}'", "mark", texts or "it has none"
        )


def _segment_paths(path: Path) -> list[Path]:
    """The segments in a folder in order, or the file itself."""
    if not path.is_dir():
        # A segment loses its ".part" when it is ended.
        ended = path.with_suffix("")
        return [ended] if path.suffix == ".part" and not path.exists() and ended.exists() else [path]
    try:
        names = sorted(p for p in path.iterdir() if p.name.endswith((".mcap", ".mcap.part")))
    except OSError as error:
        raise IOError(f"cannot read the folder {path}: {error.strerror}", "path") from error
    if not names:
        raise NotFoundError(
            f"{path} has no segment of a recording", "path", "*.mcap or *.mcap.part"
        )
    return names
