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
from lab import THEIRS, Lab
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
    assert 'address = "usb://1ab1:04ce:DS1ZA000000001"' in things[0]["config"]
    assert "serial DS1ZA000000001 (1ab1:04ce)" in things[0]["title"]
    assert 'address = "usb://1209:7301:SCOPE01"' in things[1]["config"]
    assert "not known" in things[1]["remark"]
    assert_every_snippet_is_accepted(things)


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
    assert "[instrument.ds1000z_series]" in run.stdout
    with UsbMachine(["rigol_ds1104z"]) as machine:
        daemon = Daemon(run.stdout, launcher=machine.launcher, environment=machine.environment)
        with daemon, daemon.connect() as session:
            topic = "ds1000z_series/ds1000z_series"
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


SERVICES = [  # type, port, what its text says
    ("_lxi._tcp", 80, {"Manufacturer": "Rigol", "Model": "DS1104Z", "SerialNumber": "S1"}),
    ("_scpi-raw._tcp", 5555, {}),
    ("_vxi-11._tcp", 111, {}),
    ("_hislip._tcp", 4880, {}),
    ("_iio._tcp", 30431, {}),
]

AVAHI = """<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>{name}</name>{services}</service-group>
"""


def start_avahi(lab: Lab, folder: Path) -> None:
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
        "[server]\nhost-name=labscope\nuse-ipv4=yes\nuse-ipv6=no\nallow-interfaces=lab1\n"
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
import socket, sys, time
from zeroconf import ServiceInfo, Zeroconf
zeroconf = Zeroconf(interfaces=[{address!r}])
for kind, port, texts in {services!r}:
    zeroconf.register_service(ServiceInfo(kind + ".local.", "Rigol DS1104Z." + kind + ".local.",
        addresses=[socket.inet_aton({address!r})], port=port, properties=texts,
        server="labscope.local."))
time.sleep(600)
"""


def start_zeroconf(lab: Lab, folder: Path) -> None:
    script = folder / "responder.py"
    script.write_text(ZEROCONF.format(address=THEIRS, services=SERVICES))
    lab.theirs(sys.executable, str(script))


@pytest.mark.parametrize("start", [start_avahi, start_zeroconf])
def test_instruments_on_the_network_are_found(start: Any, tmp_path: Path, figures: Print) -> None:
    with Lab() as lab:
        start(lab, tmp_path)
        deadline = time.monotonic() + 30
        things: Things = []
        tries = 0
        # It probes for some seconds before it answers.
        while len(things) < 2 and time.monotonic() < deadline:
            run = lab.ours(acqctl(), "--json", "scan", "--lan", "--timeout", "1.5")
            things = json.loads(run.stdout)
            tries += 1
        figures(tries=tries, places=[thing["place"] for thing in things])
        assert [thing["driver"] for thing in things] == ["iiod", "scope"]
        iio, scope = things
        assert f'host = "{THEIRS}"\nport = "30431"' in iio["config"]
        assert f'address = "hislip://{THEIRS}:4880/hislip0"' in scope["config"]
        assert "Rigol DS1104Z, serial S1 at labscope.local" in scope["title"]
        assert_every_snippet_is_accepted(things)


def test_a_machine_without_a_network_is_told_so() -> None:
    command = ["unshare", "--map-root-user", "--net", acqctl(), "scan", "--lan", "--timeout", "0.2"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 7  # unsupported
    assert "no network that carries multicasts" in run.stderr
    assert run.stdout == "# no instrument was found\n"
