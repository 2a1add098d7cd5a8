"""acqctl scan finds real peers, and the daemon takes every snippet it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Print
from daemon import Daemon, binary
from lab import THEIRS, THEIRS6, Lab
from usb import UsbMachine

Things = list[dict[str, Any]]


def acqctl() -> str:
    path = binary().parent / "acqctl"
    assert path.is_file(), f"{path} is not there: build it"
    return str(path)


def assert_accepted(text: str) -> None:
    """acqd --check-config has nothing to say against this configuration."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(text)
        file.flush()
        run = subprocess.run(
            [binary(), "--check-config", file.name], capture_output=True, text=True, check=False
        )
    assert run.returncode == 0, f"{run.stderr}\n{text}"


def assert_every_snippet_is_accepted(things: Things) -> None:
    assert things
    for thing in things:
        assert_accepted(thing["config"])
    assert_accepted("\n".join(thing["config"] for thing in things))


def scan(*words: str, launcher: list[str] | None = None, **environment: str) -> Things:
    run = subprocess.run(
        [*(launcher or []), acqctl(), "--json", "scan", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    things: Things = json.loads(run.stdout)
    return things


def test_instruments_on_usb_are_found_by_class_and_number() -> None:
    devices = ["rigol_ds1104z", "counter", "scope", "-rigol"]
    with UsbMachine(devices) as machine:
        things = scan("--usb", launcher=machine.launcher, **machine.environment)
    assert [thing["place"] for thing in things] == ["1-1", "1-3"]
    assert things[0]["driver"] == "scope"
    assert 'address = "usb://1ab1:04ce:DS1ZA000000001"\nprofile = "rigol-ds1000z"' in things[0]["config"]
    assert "serial DS1ZA000000001 (1ab1:04ce)" in things[0]["title"]
    assert things[0]["identity"].startswith("RIGOL TECHNOLOGIES DS1104Z, serial DS1ZA000000001")
    assert 'address = "usb://1209:7301:SCOPE01"' in things[1]["config"]
    assert things[1]["identity"] and "not known" in things[1]["remark"]
    assert_every_snippet_is_accepted(things)


def test_instruments_that_shall_not_be_asked_are_not_opened() -> None:
    with UsbMachine(["rigol_ds1104z"]) as machine:
        things = scan("--usb", "--no-ask", launcher=machine.launcher, **machine.environment)
    assert things[0]["driver"] == "scope" and things[0]["identity"] == ""
    assert "profile" not in things[0]["config"]


def test_what_scan_prints_is_a_configuration_that_brings_data() -> None:
    with UsbMachine(["rigol_ds1104z"]) as machine:
        run = subprocess.run(
            [*machine.launcher, acqctl(), "scan", "--usb"],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **machine.environment},
            check=True,
        )
    assert "[instrument.ds1104z]" in run.stdout
    assert "# it says it is RIGOL TECHNOLOGIES DS1104Z" in run.stdout
    with UsbMachine(["rigol_ds1104z"]) as machine:
        daemon = Daemon(run.stdout, launcher=machine.launcher, environment=machine.environment)
        with daemon, daemon.connect() as session:
            topic = "ds1104z/ds1104z"
            with session.subscribe(topic, timeout=10) as frames:
                assert next(frames).count > 0


@pytest.fixture
def machine_folder(tmp_path: Path) -> Iterator[Path]:
    """Another machine's files: an adapter with a terminal behind it, a sound card."""
    near, far = os.openpty()
    tty = tmp_path / "sys/class/tty/ttyUSB0"
    port = tmp_path / "sys/devices/usb1/1-1/1-1:1.0/ttyUSB0"
    tty.mkdir(parents=True)
    port.mkdir(parents=True)
    (tty / "device").symlink_to(port)
    (port / "driver").symlink_to("../drivers/ftdi_sio")
    (port.parent.parent / "product").write_text("FT232R USB UART\n")
    by_id = tmp_path / "dev/serial/by-id"
    by_id.mkdir(parents=True)
    (by_id.parent.parent / "ttyUSB0").symlink_to(os.ttyname(far))
    (by_id / "usb-FTDI_FT232R_USB_UART_A1-if00-port0").symlink_to("../../ttyUSB0")
    pcm = tmp_path / "proc/asound/card1/pcm0c"
    pcm.mkdir(parents=True)
    (pcm.parent / "id").write_text("Interface\n")
    (pcm / "info").write_text("card: 1\ndevice: 0\nname: USB Audio\n")
    yield tmp_path
    os.close(near)
    os.close(far)


def test_serial_lines_and_sound_cards_are_found(machine_folder: Path) -> None:
    run = subprocess.run(
        [binary(), "scan", "--json", "--serial", "--audio", "--root", machine_folder],
        capture_output=True,
        text=True,
        check=True,
    )
    things = json.loads(run.stdout)
    assert [thing["way"] for thing in things] == ["serial", "audio"]
    assert things[0]["title"] == "FT232R USB UART (ftdi_sio)"
    by_id = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A1-if00-port0"
    assert f'address = "serial://{by_id}?baud=9600"' in things[0]["config"]
    assert 'device = "hw:CARD=Interface,DEV=0"' in things[1]["config"]
    assert_every_snippet_is_accepted(things)


# A machine whose only serial line is ours: $1 a folder, $2 what is behind the line.
SERIAL = """
set -e
mount -t tmpfs none /sys/class/tty
mkdir -p /sys/class/tty/ttyUSB0/device
ln -s ../drivers/ftdi_sio /sys/class/tty/ttyUSB0/device/driver
touch $1/null $1/urandom
mount --bind /dev/null $1/null
mount --bind /dev/urandom $1/urandom
mkdir $1/pts
mount --rbind /dev/pts $1/pts
ln -s $2 $1/ttyUSB0
mount --rbind $1 /dev
shift 2
exec "$@"
"""


def test_serial_lines_are_asked_when_that_is_wanted(tmp_path: Path) -> None:
    identity = "Keysight Technologies,34465A,MY54500001,A.03.02"
    command = [str(binary().parent / "scpi_emulator"), f"identity={identity}", "pty"]
    namespace = ["unshare", "--map-root-user", "--mount", "sh", "-c", SERIAL, "sh"]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as emulator:
        assert emulator.stdin is not None and emulator.stdout is not None
        line = emulator.stdout.readline().strip().removeprefix("serial://").split("?")[0]
        (plain,) = scan("--serial", launcher=[*namespace, str(tmp_path / "a"), line])
        (asked,) = scan("--serial", "--ask-serial", launcher=[*namespace, str(tmp_path / "b"), line])
        emulator.stdin.close()
        assert emulator.wait(10) == 0
    assert plain["identity"] == "" and "not known" in plain["kind"]
    assert asked["identity"] == "Keysight Technologies 34465A, serial MY54500001, firmware A.03.02"
    assert asked["driver"] == "scpi_meter" and asked["kind"] == "meter"
    assert 'address = "serial:///dev/ttyUSB0?baud=9600"' in asked["config"]
    assert "[instrument.keysight_technologies_34465a]" in asked["config"]
    assert_every_snippet_is_accepted([plain, asked])


SERVICES = [  # type, port, what its text says
    ("_lxi._tcp", 80, {"Manufacturer": "Rigol", "Model": "DS1104Z", "SerialNumber": "S1"}),
    ("_scpi-raw._tcp", 5555, {}),
    ("_vxi-11._tcp", 111, {}),
    ("_hislip._tcp", 4880, {}),
    ("_iio._tcp", 30431, {}),
]

YES = {True: "yes", False: "no"}
AVAHI = """<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>{name}</name>{services}</service-group>
"""


def start_avahi(lab: Lab, folder: Path, *, ipv6: bool = False) -> None:
    """Avahi as Debian ships it, with service files and without D-Bus."""
    services = folder / "services"
    services.mkdir()
    body = "".join(
        f"<service><type>{kind}</type><port>{port}</port>"
        + "".join(f"<txt-record>{key}={value}</txt-record>" for key, value in texts.items())
        + "</service>"
        for kind, port, texts in SERVICES
    )
    (services / "lab.service").write_text(AVAHI.format(name="Rigol DS1104Z", services=body))
    (folder / "avahi.conf").write_text(
        f"[server]\nhost-name=labscope\nuse-ipv4={YES[not ipv6]}\nuse-ipv6={YES[ipv6]}\nallow-interfaces=lab1\n"
        "enable-dbus=no\n[publish]\npublish-addresses=yes\npublish-workstation=no\n[rlimits]\n"
    )
    # Its own account is root in the namespace, where there is no other.
    (folder / "passwd").write_text("root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/sh\n")
    (folder / "group").write_text("root:x:0:\navahi:x:0:\n")
    script = (
        f"mount --bind {folder}/passwd /etc/passwd && mount --bind {folder}/group /etc/group && "
        "mount -t tmpfs none /run && mkdir -p /run/avahi-daemon && "
        f"mount --bind {services} /etc/avahi/services && "
        f"exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f {folder}/avahi.conf"
    )
    lab.theirs("sh", "-c", script)


ZEROCONF = """
import time
from zeroconf import IPVersion, ServiceInfo, Zeroconf
zeroconf = Zeroconf(interfaces={interfaces}, ip_version=IPVersion.{version})
for kind, port, texts in {services!r}:
    zeroconf.register_service(ServiceInfo(kind + ".local.", "Rigol DS1104Z." + kind + ".local.",
        parsed_addresses=[{address!r}], port=port, properties=texts,
        server="labscope.local."))
time.sleep(600)
"""


def start_zeroconf(lab: Lab, folder: Path, *, ipv6: bool = False) -> None:
    script = folder / "responder.py"
    told = {
        "interfaces": f"[{lab.index()}]" if ipv6 else f"[{THEIRS!r}]",
        "version": "V6Only" if ipv6 else "V4Only",
        "address": THEIRS6 if ipv6 else THEIRS,
    }
    script.write_text(ZEROCONF.format(services=SERVICES, **told))
    lab.theirs(sys.executable, str(script))


def scan_lan(lab: Lab, count: int = 2) -> Things:
    """Scans until so many are found: a responder probes for some seconds before it answers."""
    deadline = time.monotonic() + 30
    things: Things = []
    while len(things) < count and time.monotonic() < deadline:
        run = lab.ours(acqctl(), "--json", "scan", "--lan", "--timeout", "1.5")
        things = json.loads(run.stdout)
    return things


@pytest.mark.parametrize("start", [start_avahi, start_zeroconf])
def test_instruments_on_the_network_are_found(start: Any, tmp_path: Path, figures: Print) -> None:
    with Lab() as lab:
        start(lab, tmp_path)
        things = scan_lan(lab)
        figures(places=[thing["place"] for thing in things])
        assert [thing["driver"] for thing in things] == ["iiod", "scope"]
        iio, scope = things
        assert f'host = "{THEIRS}"\nport = "30431"' in iio["config"]
        assert f'address = "hislip://{THEIRS}:4880/hislip0"' in scope["config"]
        assert "Rigol DS1104Z, serial S1 at labscope.local" in scope["title"]
        assert "does not say who it is" in scope["remark"]  # nobody listens there
        assert_every_snippet_is_accepted(things)


@pytest.mark.parametrize("start", [start_avahi, start_zeroconf])
def test_instruments_on_a_network_of_ipv6_alone_are_found(start: Any, tmp_path: Path) -> None:
    with Lab(ipv4=False, ipv6=True) as lab:
        start(lab, tmp_path, ipv6=True)
        iio, scope = scan_lan(lab)
        assert f'host = "{THEIRS6}"' in iio["config"]
        assert f'address = "hislip://[{THEIRS6}]:4880/hislip0"' in scope["config"]
        assert_every_snippet_is_accepted([iio, scope])


# The emulator listens on loopback alone, and ends with its standard input.
MULTIMETER = """
import asyncio, subprocess, sys
emulator = subprocess.Popen([sys.argv[1], "scpi", "multimeter"], stdin=subprocess.PIPE,
    stdout=subprocess.PIPE, text=True)
port = int(emulator.stdout.readline().split()[1])
async def pump(source, sink):
    while data := await source.read(65536):
        sink.write(data)
    sink.close()
async def forward(reader, writer):
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
async def main():
    await (await asyncio.start_server(forward, "::", 5555)).serve_forever()
asyncio.run(main())
"""


def test_who_answers_decides_over_what_is_announced(tmp_path: Path) -> None:
    """Announced as an oscilloscope on four ports; behind one of them is a multimeter, at an address that is of
    no use without its network."""
    with Lab(ipv4=False) as lab:
        start_avahi(lab, tmp_path, ipv6=True)
        emulator = binary().parent / "acq_emulator"
        lab.theirs(sys.executable, "-c", MULTIMETER, str(emulator))
        deadline = time.monotonic() + 30
        while not (found := [t for t in scan_lan(lab) if t["identity"]]):
            assert time.monotonic() < deadline
        (meter,) = found
        assert meter["identity"] == "ACME DMM7000, serial MM000017, firmware 2.5"
        assert meter["driver"] == "scpi_meter"
        assert f'address = "tcp://[{lab.link_local()}]:5555"' in meter["config"]
        assert "[instrument.dmm7000]" in meter["config"]
        assert_every_snippet_is_accepted(found)


ANNOUNCER = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from zeroconf import IPVersion, ServiceInfo, Zeroconf
zeroconf = Zeroconf(interfaces=[sys.argv[1]], ip_version=IPVersion.V4Only)
def register(number_and_address):
    number, address = number_and_address
    kind = "_scpi-raw._tcp.local."
    zeroconf.register_service(ServiceInfo(kind, f"meter{number}." + kind, parsed_addresses=[address],
        port=5025, server=f"meter{number}.local."), cooperating_responders=True)
with ThreadPoolExecutor(32) as pool:
    list(pool.map(register, enumerate(sys.argv[2:])))
time.sleep(600)
"""


def test_many_silent_instruments_cost_the_time_of_one(figures: Print) -> None:
    """Nobody is at the addresses that are announced: a connection to each hangs."""
    took_s = {}
    for count in (1, 20):
        with Lab() as lab:
            addresses = [f"10.99.0.{100 + n}" for n in range(count)]
            lab.theirs(sys.executable, "-c", ANNOUNCER, THEIRS, *addresses)
            scan_lan(lab, count)
            begin = time.monotonic()
            run = lab.ours(acqctl(), "--json", "scan", "--lan", "--timeout", "1.5")
            took_s[count] = time.monotonic() - begin
            things = json.loads(run.stdout)
            assert len(things) == count
            assert all("does not say who it is" in thing["remark"] for thing in things)
    figures(took_s=took_s)
    assert took_s[1] > 3  # it was asked, and waited for
    assert took_s[20] < took_s[1] + 1.5


def test_nobody_is_asked_beyond_our_own_networks_unless_that_is_wanted() -> None:
    """A responder names this machine's loopback, and an address that our routes lead to elsewhere."""
    with Lab() as lab:
        lab.ours("ip", "link", "set", "lo", "up")
        lab.ours("ip", "route", "add", "default", "via", THEIRS)
        lab.theirs(sys.executable, "-c", ANNOUNCER, THEIRS, "127.0.0.1", "10.98.0.7", "10.99.0.9")
        things = scan_lan(lab, 3)
        told = {thing["place"]: thing["remark"] for thing in things}
        assert "no peer is at loopback" in told["127.0.0.1 5025"]
        assert "on none of this machine's networks" in told["10.98.0.7 5025"]
        assert "does not say who it is" in told["10.99.0.9 5025"]
        run = lab.ours(acqctl(), "--json", "scan", "--lan", "--ask-far", "--timeout", "1.5")
        assert all("does not say who it is" in thing["remark"] for thing in json.loads(run.stdout))
        assert_every_snippet_is_accepted(things)


def test_a_machine_without_a_network_is_told_so() -> None:
    command = ["unshare", "--map-root-user", "--net", acqctl(), "scan", "--lan", "--timeout", "0.2"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 7  # unsupported
    assert "no network that carries multicasts" in run.stderr
    assert run.stdout == "# no instrument was found\n"
