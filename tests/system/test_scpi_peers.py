"""Programs that are not ours speak to the emulated SCPI instrument, over every link it has.

What they understand is what the standards say, so our own links may be tested against it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
import pyvisa
from pyvisa.resources import MessageBasedResource
from pyvisa_py.protocols import hislip  # type: ignore[import-untyped]

from conftest import Print
from daemon import binary

IDENTITY = "ACME,SIM488,000042,1.2.3"
TIMEOUT_S = 60
ISOLATED = ["unshare", "--map-root-user", "--net", "--mount"]


def block(first: int, count: int) -> bytes:
    """What DATA:BLOCk? holds: 8-byte words, little endian, that count on."""
    return bytes(n // 8 >> 8 * (n % 8) & 0xFF for n in range(first, first + count))


class Instrument:
    """The emulator on the links named. In a namespace it has a loopback interface of its own."""

    def __init__(self, *links: str, before: str = "") -> None:
        program = str(binary().parent / "scpi_emulator")
        command = [program, *links]
        if before:
            command = [*ISOLATED, "sh", "-ec", before + '\nexec "$0" "$@"', *command]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.pid = self._process.pid
        self.addresses: list[str] = []
        while (line := self._process.stdout.readline().strip()) != "ready":
            assert line, "the emulator ended"
            self.addresses.append(line)

    def run(self, *command: str) -> str:
        """What a program prints, in the emulator's namespace where it has one."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        return done.stdout + done.stderr

    def run_inside(self, *command: str) -> str:
        enter = ["nsenter", "--target", str(self.pid), "--user", "--net", "--mount"]
        return self.run(*enter, "--preserve-credentials", *command)

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(TIMEOUT_S) == 0


@contextmanager
def instrument(*links: str, before: str = "") -> Iterator[Instrument]:
    running = Instrument(*links, before=before)
    try:
        yield running
    finally:
        running.close()


def port_of(address: str) -> str:
    return address.rsplit(":", 1)[1].split("/")[0]


@contextmanager
def visa(name: str) -> Iterator[MessageBasedResource]:
    manager = pyvisa.ResourceManager("@py")
    try:
        resource = cast(MessageBasedResource, manager.open_resource(name))
        resource.timeout = 5000
        resource.write_termination = "\n"
        resource.read_termination = "\n"
        yield resource
        resource.close()
    finally:
        manager.close()


def check_messages(resource: MessageBasedResource) -> None:
    assert resource.query("*IDN?") == IDENTITY
    resource.write("*CLS")
    resource.write('CHAN2:SCAL 0.5;LAB "it ""is"""')
    assert resource.query("CHAN2:SCAL?;LAB?") == '0.5;"it ""is"""'
    assert resource.query_ascii_values("DATA:NUMB? 5", converter="d") == [0, 1, 2, 3, 4]
    first = 0
    for size in (1, 7, 1000, 70001):
        got = resource.query_binary_values(f"DATA:BLOC? {size}", datatype="B", container=bytes)
        assert got == block(first, size)
        first += size
    payload = bytes(n * 7 % 256 for n in range(20000))
    resource.write_binary_values("DATA:LOAD ", payload, datatype="B")
    back = resource.query_binary_values("DATA:LOAD?", datatype="B", container=bytes)
    assert back == payload
    resource.write("NONSENSE")
    assert resource.query("SYST:ERR?") == '-113,"Undefined header"'
    assert resource.query("SYST:ERR?") == '0,"No error"'
    assert resource.query("*ESR?") == "32"


def check_beside_messages(resource: MessageBasedResource) -> None:
    """Status byte and device clear, which have ways of their own."""
    resource.write("NONSENSE")
    assert resource.query("*OPC?") == "1"
    assert resource.read_stb() & 4 == 4
    resource.timeout = 300
    resource.write("TEST:MUTE")
    with pytest.raises(pyvisa.errors.VisaIOError):
        resource.query("READ?")
    resource.clear()
    assert resource.query("SYST:VERS?") == "1999.0"


def test_lxi_tools_speak_over_a_raw_socket() -> None:
    with instrument("tcp") as running:

        def ask(message: str) -> str:
            where = ["--address", "127.0.0.1", "--port", port_of(running.addresses[0])]
            return running.run("lxi", "scpi", "--raw", *where, message).strip()

        assert ask("*IDN?") == IDENTITY
        ask("CHAN3:SCAL 0.125")
        assert ask("CHAN3:SCAL?") == "0.125"
        assert ask("SYST:ERR?") == '0,"No error"'


def test_lxi_tools_find_vxi_11_by_the_port_mapper() -> None:
    # They insist on the port mapper's own port: in a namespace it is free, and allowed.
    with instrument("vxi11=0,111", before="ip link set lo up") as running:

        def ask(message: str) -> str:
            return running.run_inside("lxi", "scpi", "--address", "127.0.0.1", message).strip()

        assert ask("*IDN?") == IDENTITY
        ask("CHAN3:SCAL 0.125")
        assert ask("CHAN3:SCAL?") == "0.125"


def test_sigrok_reads_it_as_a_multimeter() -> None:
    with instrument("identity=Agilent Technologies,34405A,TW1,1.40", "tcp") as running:
        where = f"scpi-dmm:conn=tcp-raw/127.0.0.1/{port_of(running.addresses[0])}"
        out = running.run("sigrok-cli", "--driver", where, "--samples", "3", "--output-format", "csv")
    assert [float(line) for line in out.splitlines() if line[:1].isdigit()] == [1, 2, 3], out


def test_pyvisa_speaks_over_a_raw_socket() -> None:
    with instrument("tcp") as running:
        with visa(f"TCPIP::127.0.0.1::{port_of(running.addresses[0])}::SOCKET") as resource:
            check_messages(resource)


def test_pyvisa_speaks_over_a_serial_line() -> None:
    with instrument("pty") as running:
        path = running.addresses[0].removeprefix("serial://")
        with visa(f"ASRL{path}::INSTR") as resource:
            check_messages(resource)


def test_pyvisa_speaks_over_hislip() -> None:
    with instrument("hislip") as running:
        port = port_of(running.addresses[0])
        with visa(f"TCPIP::127.0.0.1::hislip0,{port}::INSTR") as resource:
            check_messages(resource)
            check_beside_messages(resource)


def test_pyvisa_triggers_and_goes_remote_over_hislip() -> None:
    # Its protocol layer can; what is above it cannot.
    with instrument("hislip") as running:
        peer = hislip.Instrument("127.0.0.1", port=int(port_of(running.addresses[0])))
        peer.trigger()
        peer.async_remote_local_control("enableAndGotoRemote")
        peer.send(b"TRIG:COUN?;:SYST:REM?\n")
        assert peer.receive() == b"1;1\n"
        peer.async_remote_local_control("justGTL")
        peer.send(b"SYST:REM?\n")
        assert peer.receive() == b"0\n"
        peer.close()


def test_pyvisa_understands_a_service_request_over_hislip() -> None:
    with instrument("hislip") as running:
        peer = hislip.Instrument("127.0.0.1", port=int(port_of(running.addresses[0])))
        peer.send(b"TEST:CALL\n")
        # Decoded and checked by its class for this message.
        request = hislip.AsyncServiceRequest(peer._async)
        assert request.server_status & 64
        peer.close()


def test_pyvisa_speaks_over_vxi_11() -> None:
    with instrument("vxi11") as running:
        port = port_of(running.addresses[0].split()[1])
        with visa(f"TCPIP::127.0.0.1,{port}::inst0::INSTR") as resource:
            check_messages(resource)
            check_beside_messages(resource)
            resource.assert_trigger()
            assert resource.query("TRIG:COUN?") == "1"


def client(running: Instrument, address: str, timeout_ms: int, *messages: str) -> list[list[str]]:
    """What our own links say, each line with its milliseconds."""
    program = str(binary().parent / "scpi_client")
    out = running.run_inside(program, address, str(timeout_ms), *messages)
    return [line.split("\t") for line in out.splitlines()]


def test_our_link_finds_vxi_11_by_the_port_mapper() -> None:
    with instrument("vxi11=0,111", before="ip link set lo up") as running:
        opened, identity = client(running, "vxi11://127.0.0.1", 5000, "*IDN?")
        assert (opened[0], identity[0]) == ("open", IDENTITY)


def test_a_silent_name_service_costs_no_more_than_the_deadline(
    figures: Print, tmp_path: Path
) -> None:
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    before = f"ip link set lo up\nmount --bind {tmp_path}/resolv.conf /etc/resolv.conf"
    with instrument("tcp", before=before) as running:
        # Somebody has the port, so nothing refuses; nobody answers.
        hold = "import socket,sys; s=socket.socket(2,2); s.bind(('127.0.0.1',53)); print(flush=True); input()"
        enter = ["nsenter", "--target", str(running.pid), "--user", "--net", "--preserve-credentials"]
        silent = subprocess.Popen([*enter, "python3", "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert silent.stdin is not None and silent.stdout is not None
        silent.stdout.readline()
        try:
            ((said, took_ms),) = client(running, "tcp://scope.example", 500, "*IDN?")
        finally:
            silent.stdin.close()
            silent.stdout.close()
            silent.wait(TIMEOUT_S)
    assert said.startswith("timeout: the name service did not find 'scope.example' in time")
    assert 500 <= int(took_ms) < 600
    figures(deadline_ms=500, took_ms=int(took_ms))


@pytest.mark.parametrize("link", ["tcp", "pty", "hislip", "vxi11"])
def test_a_mute_instrument_costs_the_deadline_within_a_fifth(figures: Print, link: str) -> None:
    deadline_ms = 500
    with instrument(link, before="ip link set lo up") as running:
        address = running.addresses[0].split()[-1]
        asked = ["TEST:MUTE", "READ?", "SYST:VERS?"]
        _, muted, mute, version = client(running, address, deadline_ms, *asked)
    assert muted[0] == "ok"
    assert mute[0].startswith("timeout: ")
    assert 0.8 * deadline_ms <= int(mute[1]) <= 1.2 * deadline_ms
    assert version[0] == "1999.0"
    figures(link=link, deadline_ms=deadline_ms, took_ms=int(mute[1]), resync_ms=int(version[1]))
