"""A connection to one daemon: what there is, control, subscriptions."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Self
from urllib.parse import urlsplit

import zmq

from acqd import limits, sockets
from acqd._wire import control_pb2
from acqd._wire.control_pb2 import Reply, Request
from acqd._wire.status_pb2 import RecordingStatus, Status
from acqd._wire.stream_pb2 import InstrumentDescriptor, StreamDescriptor
from acqd.control import Control
from acqd.errors import DisconnectedError, InvalidError, NotFoundError, TimeoutError
from acqd.reader import Reader, covers, load_checksum, topic_of
from acqd.settings import Applied, Changes, Settings
from acqd.subscription import Subscription
from acqd.values import Value, to_wire

DEFAULT_CONTROL: Final = "ipc:///run/acqd/control"
DEFAULT_BUDGET_BYTES: Final = 8 * 1024 * 1024
CLIENT_NAME: Final = "python"


def connect(control: str = "", *, timeout: float = 5.0, data: str = "") -> Session:
    """Connects to a daemon. DisconnectedError when nobody answers within `timeout` seconds.

    `control` is the endpoint of its control socket; by default what ACQD_CONTROL names in the
    environment, else that of the installed service. `data` is the endpoint to subscribe at; by
    default the daemon's own answer of the same transport as `control`.
    """
    control = control or os.environ.get("ACQD_CONTROL", "") or DEFAULT_CONTROL
    session = Session(control, timeout=timeout, data=data)
    try:
        session.hello()
    except TimeoutError as error:
        session.close()
        raise DisconnectedError(f"nobody answers at {control} within {timeout} s") from error
    except BaseException:
        session.close()
        raise
    return session


class Instrument:
    """One instrument of a session."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self.name = name
        self.settings = Settings(session, f"instrument.{name}")

    @property
    def descriptor(self) -> InstrumentDescriptor:
        """Identity, state, streams and settings, as they are now."""
        reply = self._session.describe(self.name)
        if not reply.HasField("instrument"):
            raise NotFoundError(f"{self.name} is not an instrument", "instrument")
        return reply.instrument

    @property
    def state(self) -> str:
        """ "ready", "acquiring", "reconnecting" ..."""
        return InstrumentDescriptor.State.Name(self.descriptor.state).lower()

    def start(self) -> None:
        self._session.start(self.name)

    def stop(self) -> None:
        self._session.stop(self.name)

    def __repr__(self) -> str:
        return f"<Instrument {self.name}>"


class Pipeline:
    """One pipeline of a session: its blocks' parameters are `pipeline["fir"].cutoff`."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self.name = name

    def __getitem__(self, block: str | int) -> Settings:
        """The parameters of a block, by its tap, its name, or its number from 0."""
        return Settings(self._session, f"pipeline.{self.name}.{block}")

    def __repr__(self) -> str:
        return f"<Pipeline {self.name}>"


class Session:
    """A connection to one daemon; `connect()` makes one. Control calls may come from any thread.

    Every call raises an acqd.Error when it is refused: with the code, the sentence, the field at
    fault and what would have been allowed.
    """

    def __init__(self, control: str, *, timeout: float, data: str = "") -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._control = Control(self._context, control, timeout)
        self._data = data
        self._subscriptions: weakref.WeakSet[Subscription] = weakref.WeakSet()

    # What there is.

    def hello(self) -> control_pb2.HelloReply:
        """Version of protocol and software, the run's identity, the configuration revision."""
        return self._ask(Request(hello=control_pb2.Hello(client=CLIENT_NAME))).hello

    @property
    def streams(self) -> dict[str, StreamDescriptor]:
        """What can be subscribed to, by topic."""
        return {t.topic: t for t in self._subscribe_info().topics}

    @property
    def instruments(self) -> dict[str, Instrument]:
        names = self._list(control_pb2.List.INSTRUMENTS)
        return {name: Instrument(self, name) for name in names}

    @property
    def pipelines(self) -> dict[str, Pipeline]:
        names = self._list(control_pb2.List.PIPELINES)
        return {name: Pipeline(self, name) for name in names}

    def instrument(self, name: str) -> Instrument:
        """NotFoundError, with the names there are."""
        instruments = self.instruments
        if name not in instruments:
            raise NotFoundError(
                f"there is no instrument '{name[:64]}'", "instrument", ", ".join(instruments)
            )
        return instruments[name]

    def pipeline(self, name: str) -> Pipeline:
        """NotFoundError, with the names there are."""
        pipelines = self.pipelines
        if name not in pipelines:
            raise NotFoundError(
                f"there is no pipeline '{name[:64]}'", "pipeline", ", ".join(pipelines)
            )
        return pipelines[name]

    def blocks(self) -> dict[str, str]:
        """The kinds of block the daemon knows, with a line on each."""
        return self._list(control_pb2.List.BLOCKS)

    def drivers(self) -> dict[str, str]:
        """The drivers the daemon knows, with a line on each."""
        return self._list(control_pb2.List.DRIVERS)

    def describe(self, name: str) -> control_pb2.DescribeReply:
        """A topic, instrument, pipeline, block or driver: whichever the name belongs to."""
        return self._ask(Request(describe=control_pb2.Describe(name=name))).describe

    def status(self) -> Status:
        """Every counter of the daemon."""
        return self._ask(Request(stats=control_pb2.GetStatus())).stats

    # Parameters.

    def get(self, path: str) -> Value | None:
        """The value in force of "instrument.NAME.param" or "pipeline.NAME.BLOCK.param"."""
        return self.values(path)[path].in_force

    def values(self, *paths: str) -> dict[str, Applied]:
        """Parameters with their declarations, by path; without paths all of them."""
        reply = self._ask(Request(get=control_pb2.Get(paths=paths))).get
        return {value.path: Applied.from_wire(value) for value in reply.values}

    def set(self, values: Mapping[str, object], *, dry_run: bool = False) -> Changes:
        """Sets parameters by path, together or not at all. The reply has the values in force,
        which may be coerced. With `dry_run` nothing is changed."""
        return Changes(
            self._ask(
                Request(set=control_pb2.Set(assignments=_assignments(values), dry_run=dry_run))
            ).set
        )

    def negotiate(self, values: Mapping[str, object]) -> Changes:
        """The nearest legal values to those asked for, and why; nothing is changed."""
        request = Request(negotiate=control_pb2.Negotiate(assignments=_assignments(values)))
        return Changes(self._ask(request).set)

    def configure(
        self, *, toml: str = "", patch: str = "", reload: bool = False, dry_run: bool = False
    ) -> control_pb2.ConfigureReply:
        """Replaces the whole configuration, lays a patch over it, or reads the file again. All
        problems are in the reply, and then nothing has changed."""
        if (bool(toml), bool(patch), reload).count(True) != 1:
            raise InvalidError("give one of toml, patch and reload", "configure")
        configure = control_pb2.Configure(dry_run=dry_run)
        if toml:
            configure.toml = toml
        elif patch:
            configure.patch = patch
        else:
            configure.reload = True
        return self._ask(Request(configure=configure)).configure

    def start(self, instrument: str) -> None:
        self._ask(Request(start=control_pb2.Start(instrument=instrument)))

    def stop(self, instrument: str) -> None:
        self._ask(Request(stop=control_pb2.Stop(instrument=instrument)))

    # Recordings: the daemon chooses the folder.

    def record(
        self,
        name: str,
        *,
        streams: Sequence[str] = (),
        topics: Sequence[str] = (),
        compression: str = "none",
    ) -> None:
        """Starts a recording: raw streams ("instrument/stream") and topics; of neither, every stream."""
        self._record(
            control_pb2.Record.START,
            name,
            streams=streams,
            topics=topics,
            compression=compression,
        )

    def stop_recording(self, name: str) -> None:
        self._record(control_pb2.Record.STOP, name)

    def trigger_recording(self, name: str) -> None:
        """Begins one that waits, with what it has kept in memory."""
        self._record(control_pb2.Record.TRIGGER, name)

    def mark(self, text: str, recording: str = "") -> None:
        """Writes a mark into a recording, or into all that run."""
        self._record(control_pb2.Record.MARK, recording, text=text)

    def recordings(self) -> list[RecordingStatus]:
        """Those that run, then the last that ended."""
        return self._record(control_pb2.Record.STATUS, "")

    def _record(
        self,
        action: control_pb2.Record.Action,
        name: str,
        *,
        streams: Sequence[str] = (),
        topics: Sequence[str] = (),
        text: str = "",
        compression: str = "",
    ) -> list[RecordingStatus]:
        record = control_pb2.Record(
            action=action,
            name=name,
            streams=streams,
            topics=topics,
            text=text,
            compression=compression,
        )
        return list(self._ask(Request(record=record)).record.recordings)

    def shutdown(self) -> None:
        """Asks the daemon to end. Done when it says so, or when the connection ends instead."""
        self._ask(Request(shutdown=control_pb2.Shutdown()))

    # Data.

    def subscribe(
        self,
        *topics: str,
        timeout: float | None = None,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        verify: bool = False,
        descriptions: bool = False,
    ) -> Subscription:
        """Subscribes to topics: "instrument/stream", "s/daemon", or with a slash at the end all
        that begin so: "scope/".

        `timeout`: seconds without a frame after which the iterator raises TimeoutError.
        `budget_bytes`: what may wait in this process for a slow reader, in frames as large as the
        topics have when the subscription begins; beyond it frames are lost and counted. `verify` checks each payload's CRC-32C (needs google-crc32c).
        `descriptions` yields frames of kind DESCRIPTION too.
        """
        names = [topic_of(topic) for topic in topics]
        info = self._subscribe_info()
        reader = Reader(
            names,
            checksum=load_checksum() if verify else None,
            yields_descriptions=descriptions,
        )
        subscription = Subscription(
            self._context,
            self._data or choose_endpoint(self._control.endpoint, info.endpoints),
            names,
            reader,
            self._stream,
            timeout=timeout,
            high_water_mark=sockets.high_water_mark(
                budget_bytes, largest_frame_bytes(names, info.topics)
            ),
        )
        self._subscriptions.add(subscription)
        return subscription

    def close(self) -> None:
        """Closes the session and its subscriptions; closing twice is harmless."""
        for subscription in list(self._subscriptions):
            subscription.close()
        self._control.close()
        self._context.term()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Session {self._control.endpoint}>"

    def _ask(self, request: Request) -> Reply:
        return self._control.request(request)

    def _list(self, what: control_pb2.List.What) -> dict[str, str]:
        reply = self._ask(Request(list=control_pb2.List(what=what))).list
        texts = reply.texts or [""] * len(reply.names)
        return dict(zip(reply.names, texts, strict=True))

    def _subscribe_info(self) -> control_pb2.SubscribeInfoReply:
        return self._ask(Request(subscribe_info=control_pb2.SubscribeInfo())).subscribe_info

    def _stream(self, topic: str) -> StreamDescriptor:
        reply = self.describe(topic)
        if not reply.HasField("stream"):
            raise NotFoundError(f"{topic} is not a stream", "topic")
        return reply.stream

def choose_endpoint(control: str, offered: Sequence[str]) -> str:
    """The offered endpoint of the same transport as `control`, else the first; a wildcard host
    is the one that `control` reached."""
    if not offered:
        raise NotFoundError("the daemon publishes nowhere", "publish.bind")
    here = urlsplit(control)
    same = [endpoint for endpoint in offered if urlsplit(endpoint).scheme == here.scheme]
    endpoint = (same or list(offered))[0]
    there = urlsplit(endpoint)
    if there.scheme == "tcp" and there.hostname in ("0.0.0.0", "*") and here.scheme == "tcp":
        return f"tcp://{here.hostname}:{there.port}"
    return endpoint


def largest_frame_bytes(names: Sequence[str], topics: Iterable[StreamDescriptor]) -> int:
    """Of the frames that these subscriptions bring; 0 where the daemon does not tell."""
    sizes = (t.frame_bytes for t in topics if any(covers(name, t.topic) for name in names))
    return max(sizes, default=0)


def _assignments(values: Mapping[str, object]) -> list[control_pb2.Assignment]:
    if not 0 < len(values) <= limits.ASSIGNMENTS:
        raise InvalidError(f"{len(values)} values", "values", f"1 to {limits.ASSIGNMENTS}")
    return [
        control_pb2.Assignment(path=path, value=to_wire(value, path))
        for path, value in values.items()
    ]
