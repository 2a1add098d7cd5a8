"""Whatever arrives on the control socket, the daemon lives, answers others, and counts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import zmq
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from acqd import limits
from acqd._wire import control_pb2
from acqd._wire.control_pb2 import Reply, Request
from conftest import Print
from daemon import Daemon

BODY = """
[instrument.sim]
driver = "sim"
channels = 1
rate = "10 kHz"

[pipeline.raw]
from = ["sim/wave"]
publish = "always"
"""

RATE_BURST = 100  # kRequestBurst of proto/limits.h: more from one peer are answered `busy`


@contextmanager
def dealer(daemon: Daemon) -> Iterator[zmq.Socket[bytes]]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(daemon.control)
    try:
        yield socket
    finally:
        socket.close()
        context.term()


def answer(socket: zmq.Socket[bytes], timeout_s: float = 5) -> Reply:
    assert socket.poll(int(timeout_s * 1000)), "no reply"
    parts = socket.recv_multipart()
    assert len(parts) == 1
    assert len(parts[0]) <= limits.REPLY_BYTES
    return Reply.FromString(parts[0])


def refused(daemon: Daemon) -> int:
    with daemon.connect() as session:
        return int(session.status().control_refused)


def test_garbage_and_wrong_numbers_of_parts_are_refused_and_counted(
    seed: int, figures: Print
) -> None:
    rng = random.Random(seed)
    with Daemon(BODY) as daemon:
        before = refused(daemon)
        sent = 0
        with dealer(daemon) as socket:
            for size in (0, 1, 7, 100, 4000, limits.CONTROL_BYTES):
                socket.send(b"\xff" + rng.randbytes(max(0, size - 1)) if size else b"")
                reply = answer(socket)
                # An empty message is a request without a verb; the rest cannot be parsed.
                assert reply.code in (control_pb2.INVALID, control_pb2.UNSUPPORTED)
                assert reply.sentence
                sent += 1
            whole = Request(id=5, hello=control_pb2.Hello()).SerializeToString()
            for parts in ([whole, whole], [b"", whole], [whole] * 50):
                socket.send_multipart(parts)
                assert answer(socket).code == control_pb2.INVALID
                sent += 1
            unknown = whole + b"\xf8\x3e\x01"  # field 1007: a typing error, or a newer client
            socket.send(unknown)
            assert answer(socket).code in (control_pb2.INVALID, control_pb2.UNSUPPORTED)
            sent += 1
        counted = refused(daemon) - before
        figures(sent=sent, refused=counted)
        assert counted == sent


def test_an_oversized_message_cuts_its_sender_off_and_nobody_else(figures: Print) -> None:
    with Daemon(BODY) as daemon, daemon.connect() as session:
        resident = daemon.resident_bytes()
        for size in (limits.CONTROL_BYTES + 1, 10 * 1024 * 1024):
            for _ in range(5):
                with dealer(daemon) as socket:
                    socket.send(bytes(size))
                    assert not socket.poll(200), "an answer to a message too large to read"
            session.status()
        grown = daemon.resident_bytes() - resident
        figures(grown_bytes=grown)
        assert grown < 8 * 1024 * 1024


def test_a_flood_is_answered_busy_and_other_peers_are_served(figures: Print) -> None:
    with Daemon(BODY) as daemon, dealer(daemon) as socket:
        count = 3 * RATE_BURST
        for i in range(count):
            socket.send(Request(id=i + 1, hello=control_pb2.Hello()).SerializeToString())
        with daemon.connect(timeout=5) as session:
            session.status()
        codes = [answer(socket).code for _ in range(count)]
        figures(ok=codes.count(control_pb2.OK), busy=codes.count(control_pb2.BUSY))
        assert set(codes) == {control_pb2.OK, control_pb2.BUSY}
        assert codes.count(control_pb2.OK) >= RATE_BURST


class Maker:
    """Random requests: lawful messages with unlawful content, by reflection over the schema."""

    NAMES = (
        "sim",
        "raw",
        "wave",
        "instrument.sim.rate",
        "instrument.sim.range",
        "pipeline.raw",
        "d/sim/raw",
        "",
        "x" * 300,
        "a\nb",
        "\u202e",
        "../../etc/passwd",
        "%s%n",
        "none",
    )

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def text(self) -> str:
        rng = self.rng
        if rng.random() < 0.7:
            return rng.choice(self.NAMES)
        return "".join(chr(rng.randrange(1, 0x3000)) for _ in range(rng.randrange(40)))

    def number(self) -> float:
        return self.rng.choice(
            (0.0, -1.0, 1e308, float("nan"), float("inf"), 5e-324, self.rng.uniform(-1e6, 1e6))
        )

    def fill(self, message: Message, depth: int = 0) -> None:
        for field in message.DESCRIPTOR.fields:
            inner = field.message_type
            is_map = inner is not None and inner.GetOptions().map_entry
            if self.rng.random() < 0.4 or is_map or field.name in ("id", "shutdown"):
                continue
            for _ in range(self.rng.randrange(4) if field.is_repeated else 1):
                self.put(message, field, depth)

    def put(self, message: Message, field: Any, depth: int) -> None:
        place = getattr(message, field.name)
        if field.message_type is not None:
            if depth < 9:
                part = place.add() if field.is_repeated else place
                part.SetInParent()
                self.fill(part, depth + 1)
        elif field.is_repeated:
            place.append(self.scalar(field))
        else:
            setattr(message, field.name, self.scalar(field))

    def scalar(self, field: Any) -> object:
        rng = self.rng
        if field.type == FieldDescriptor.TYPE_BYTES:
            return rng.randbytes(8)
        makers: dict[int, Callable[[], object]] = {
            FieldDescriptor.CPPTYPE_INT32: lambda: rng.randrange(-(2**31), 2**31),
            FieldDescriptor.CPPTYPE_INT64: lambda: rng.randrange(-(2**63), 2**63),
            FieldDescriptor.CPPTYPE_UINT32: lambda: rng.randrange(2**32),
            FieldDescriptor.CPPTYPE_UINT64: lambda: rng.randrange(2**64),
            FieldDescriptor.CPPTYPE_DOUBLE: self.number,
            FieldDescriptor.CPPTYPE_BOOL: lambda: rng.random() < 0.5,
            FieldDescriptor.CPPTYPE_ENUM: lambda: rng.randrange(12),
            FieldDescriptor.CPPTYPE_STRING: self.text,
        }
        return makers[field.cpp_type]()

    def request(self, number: int) -> Request:
        request = Request()
        self.fill(request)
        verbs = [f.name for f in Request.DESCRIPTOR.oneofs_by_name["verb"].fields]
        verb = self.rng.choice([v for v in verbs if v != "shutdown"])
        getattr(request, verb).SetInParent()
        self.fill(getattr(request, verb))
        request.id = number
        return request


def test_a_thousand_random_requests_are_each_answered(seed: int, figures: Print) -> None:
    rng = random.Random(seed)
    maker = Maker(rng)
    codes: dict[str, int] = {}
    with Daemon(BODY) as daemon:
        resident = daemon.resident_bytes()
        for first in range(1, 1001, RATE_BURST):
            with dealer(daemon) as socket:
                for number in range(first, first + RATE_BURST):
                    request = maker.request(number)
                    socket.send(request.SerializeToString())
                    reply = answer(socket)
                    name = control_pb2.Code.Name(reply.code)
                    codes[name] = codes.get(name, 0) + 1
                    if reply.code != control_pb2.INTERNAL:
                        assert reply.id in (number, 0), request
                    if reply.code:
                        assert reply.sentence
        grown = daemon.resident_bytes() - resident
        with daemon.connect() as session:
            # It may well have been stopped or changed lawfully; it must be in a state of its own.
            assert session.status().control_requests >= 1000
            session.configure(toml=daemon.config.read_text())
            session.start("sim")
            with session.subscribe("sim/raw", timeout=5) as frames:
                assert next(frames).count > 0
        figures(codes=codes, grown_bytes=grown)
        assert codes.get("INTERNAL", 0) == 0
        assert grown < 16 * 1024 * 1024
