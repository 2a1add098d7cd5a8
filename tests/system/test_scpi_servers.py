"""Our VXI-11 and HiSLIP links against servers whose messages are taken apart and put together by code that
is not ours: pyvisa-py's remote procedure calls, which refuse one that is a byte too long or too short, and
its HiSLIP headers.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pyvisa_py.protocols import hislip, rpc, vxi11  # type: ignore[import-untyped]

from daemon import binary

IDENTITY = b"PEER,RPC488,7,0.8\n"
HISLIP_IDENTITY = b"PEER,HISLIP,7,0.8\n"
LINK_ID = 41
SESSION = 97
END = 8
MOST_BYTES = 64
TIMED_OUT = 15
TIMEOUT_S = 30


class Instrument(rpc.TCPServer):  # type: ignore[misc]
    """One client at a time. What it was asked is kept in `calls`."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", vxi11.DEVICE_CORE_PROG, vxi11.DEVICE_CORE_VERS, 0)
        self.port = self.sock.getsockname()[1]
        self.sock.listen(1)
        self.sock.settimeout(TIMEOUT_S)
        self.calls: list[tuple[object, ...]] = []
        self.message = b""
        self.answer = b""

    def addpackers(self) -> None:
        self.packer = vxi11.Vxi11Packer()
        self.unpacker = vxi11.Vxi11Unpacker("")

    def accept_one(self) -> None:
        # Its own loop does not notice that a client has left: this one ends with the link.
        with self.sock, self.sock.accept()[0] as client:
            while self.calls[-1:] != [("destroy_link", LINK_ID)]:
                rpc._sendrecord(client, self.handle(rpc._recvrecord(client, TIMEOUT_S)))

    def handle_10(self) -> None:
        unpack = self.unpacker
        unpack.unpack_int()
        is_locking, lock_ms = unpack.unpack_bool(), unpack.unpack_uint()
        self.calls.append(("create_link", is_locking, lock_ms, unpack.unpack_string()))
        self.turn_around()
        for number in (0, LINK_ID, 0, MOST_BYTES):
            self.packer.pack_uint(number)

    def handle_11(self) -> None:
        unpack = self.unpacker
        link, _, lock_ms = unpack.unpack_int(), unpack.unpack_uint(), unpack.unpack_uint()
        flags, data = unpack.unpack_int(), unpack.unpack_opaque()
        self.calls.append(("write", link, lock_ms, flags, data))
        self.turn_around()
        self.message += data
        if flags & END:
            if b"*IDN?" in self.message:
                self.answer = IDENTITY
            elif b"?" in self.message:
                self.answer = b"" if b"MUTE?" in self.message else b"%d\n" % len(self.message)
            self.message = b""
        self.packer.pack_uint(0)
        self.packer.pack_uint(len(data))

    def handle_12(self) -> None:
        unpack = self.unpacker
        link, size = unpack.unpack_int(), unpack.unpack_uint()
        unpack.unpack_uint()
        lock_ms, flags, end = unpack.unpack_uint(), unpack.unpack_int(), unpack.unpack_int()
        self.calls.append(("read", link, lock_ms, flags, end))
        self.turn_around()
        # In pieces, so that the end is told apart from them.
        data, self.answer = self.answer[: min(size, 5)], self.answer[min(size, 5) :]
        self.packer.pack_int(0 if data else TIMED_OUT)
        self.packer.pack_int(0 if self.answer else vxi11.RX_END)
        self.packer.pack_opaque(data)

    def generic(self, name: str) -> None:
        unpack = self.unpacker
        link, flags, lock_ms = unpack.unpack_int(), unpack.unpack_int(), unpack.unpack_uint()
        unpack.unpack_uint()
        self.calls.append((name, link, flags, lock_ms))
        self.turn_around()
        self.packer.pack_int(0)

    def handle_15(self) -> None:
        self.generic("clear")
        self.message = self.answer = b""

    def handle_23(self) -> None:
        self.calls.append(("destroy_link", self.unpacker.unpack_int()))
        self.turn_around()
        self.packer.pack_int(0)


@contextmanager
def instrument() -> Iterator[Instrument]:
    server = Instrument()
    thread = threading.Thread(target=server.accept_one)
    thread.start()
    try:
        yield server
    finally:
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()


def test_the_vxi_11_link_speaks_to_another_rpc_server() -> None:
    long_query = "SENS:LIST? " + "1,2,3,4,5," * 20 + "6"
    with instrument() as server:
        address = f"vxi11://127.0.0.1:{server.port}/inst0"
        asked = ["*IDN?", long_query, "MUTE?", "AGAIN?"]
        done = subprocess.run(
            [binary().parent / "scpi_client", address, "1000", *asked],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
    said = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert said[:3] == ["open", IDENTITY.decode().strip(), str(len(long_query) + 1)]
    assert said[3].startswith("timeout: the instrument did not answer in time")
    assert said[4] == "7"
    assert server.calls[0] == ("create_link", False, 0, b"inst0")
    writes = [call for call in server.calls if call[0] == "write"]
    assert all(call[1:3] == (LINK_ID, 0) for call in writes)
    assert max(len(bytes(call[4])) for call in writes if isinstance(call[4], bytes)) == MOST_BYTES
    assert [call[3] for call in writes[1:5]] == [0, 0, 0, END]
    assert ("clear", LINK_ID, 0, 0) in server.calls
    assert server.calls[-1] == ("destroy_link", LINK_ID)


class FromClient(NamedTuple):
    """A header of pyvisa-py's format. Its own class for that takes no RMT-delivered flag, which only clients set."""

    msg_type: str
    control_code: int
    message_parameter: int
    payload_length: int

    @classmethod
    def taken(cls, sock: socket.socket) -> FromClient:
        raw = hislip.receive_exact(sock, hislip.HEADER_SIZE)
        prologue, number, *rest = struct.unpack(hislip.HEADER_FORMAT, raw)
        assert prologue == b"HS"
        return cls(hislip.MESSAGETYPE_STR[number], *rest)


class HislipInstrument:
    """One session. Answers queries, "CALL" with a service request; the ids of its messages in `ids`, and
    whether each said that the answer before was delivered in `delivered`."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(TIMEOUT_S)
        self.port: int = self.listener.getsockname()[1]
        self.seen: list[str] = []
        self.ids: list[int] = []
        self.delivered: list[int] = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        with self.listener, self.listener.accept()[0] as sync:
            hello = hislip.RxHeader(sync, "Initialize")
            assert hislip.receive_exact(sync, hello.payload_length) == b"hislip0"
            hislip.send_msg(sync, "InitializeResponse", 0, 0x0100 << 16 | SESSION)
            with self.listener.accept()[0] as aside:
                assert hislip.RxHeader(aside, "AsyncInitialize").message_parameter == SESSION
                hislip.send_msg(aside, "AsyncInitializeResponse", 0, 0x5050)
                beside = threading.Thread(target=self.serve_aside, args=(aside, sync))
                beside.start()
                self.serve_messages(sync, aside)
                beside.join(TIMEOUT_S)

    def serve_messages(self, sync: socket.socket, aside: socket.socket) -> None:
        message = b""
        while True:
            try:
                header = FromClient.taken(sync)
            except RuntimeError:
                return  # the client has left
            self.seen.append(header.msg_type)
            message += hislip.receive_exact(sync, header.payload_length)
            if header.msg_type == "DeviceClearComplete":
                hislip.send_msg(sync, "DeviceClearAcknowledge", 0, 0)
                message = b""
            if header.msg_type == "Trigger" or header.msg_type in ("Data", "DataEnd"):
                self.ids.append(header.message_parameter)
                self.delivered.append(header.control_code)
            if header.msg_type != "DataEnd":
                continue
            asked, message = message, b""
            if asked == b"CALL\n":
                hislip.send_msg(aside, "AsyncServiceRequest", 64 | 4, 0)
            elif b"MUTE?" not in asked and b"?" in asked:
                answer = HISLIP_IDENTITY if b"*IDN?" in asked else b"%d\n" % len(asked)
                # In two pieces, so that the end is told apart from them.
                hislip.send_msg(sync, "Data", 0, header.message_parameter, answer[:3])
                hislip.send_msg(sync, "DataEnd", 0, header.message_parameter, answer[3:])

    def serve_aside(self, aside: socket.socket, sync: socket.socket) -> None:
        while True:
            try:
                header = hislip.RxHeader(aside)
            except RuntimeError:
                return
            self.seen.append(header.msg_type)
            payload = hislip.receive_exact(aside, header.payload_length)
            if header.msg_type == "AsyncMaxMsgSize":
                assert struct.unpack("!Q", payload)[0] > 4096
                most = struct.pack("!Q", MOST_BYTES + hislip.HEADER_SIZE)
                hislip.send_msg(aside, "AsyncMaxMsgSizeResponse", 0, 0, most)
            elif header.msg_type == "AsyncStatusQuery":
                hislip.send_msg(aside, "AsyncStatusResponse", 20, 0)
            elif header.msg_type == "AsyncDeviceClear":
                hislip.send_msg(aside, "AsyncDeviceClearAcknowledge", 0, 0)
            else:
                hislip.send_msg(aside, "Error", 1, 0, b"unexpected " + header.msg_type.encode())


def test_the_hislip_link_speaks_to_another_server() -> None:
    long_query = "SENS:LIST? " + "1,2,3,4,5," * 20 + "6"
    server = HislipInstrument()
    asked = ["*IDN?", long_query, "CALL", "@srq", "@stb", "@srq", "MUTE?", "AGAIN?"]
    done = subprocess.run(
        [binary().parent / "scpi_client", f"hislip://127.0.0.1:{server.port}", "1000", *asked],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    server.thread.join(TIMEOUT_S)
    assert not server.thread.is_alive()
    said = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert said[:3] == ["open", HISLIP_IDENTITY.decode().strip(), str(len(long_query) + 1)]
    assert said[3:7] == ["ok", "called", "20", "not called"]
    assert said[7].startswith("timeout: ")
    assert said[8] == "7"
    # A long message goes in pieces, and ids go up by two from where IVI-6.1 begins them.
    assert server.seen.count("Data") >= 3
    assert server.ids[0] == 0xFFFFFF00
    before_clear = server.ids[: server.ids.index(0xFFFFFF00, 1)]
    assert all(b - a == 2 for a, b in zip(before_clear, before_clear[1:]))
    # Whole answers came before the second and the third message, and before no other.
    assert server.delivered[:2] == [0, 1]
    assert sum(server.delivered) == 2
    assert "AsyncDeviceClear" in server.seen and "DeviceClearComplete" in server.seen
