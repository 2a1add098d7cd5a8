"""acqctl doctor sees each trouble where it is made, says what to type, and is content without it."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon import ROOT, Daemon, binary, free_port
from test_scan import acqctl
from usb import UsbMachine

Finding = dict[str, Any]
MENDING = 12
IS_ROOT = os.geteuid() == 0
# Root may open everything: its rights tell nothing. Without root, this process is the other account.
OTHER = ["--user", "nobody"] if IS_ROOT else []
OTHER_NAME = "nobody" if IS_ROOT else pwd.getpwuid(os.geteuid()).pw_name

SCOPES = """
[instrument.a]
driver = "scope"
address = "usb://1ab1:04ce:A"

[instrument.b]
driver = "scope"
address = "usb://1ab1:04ce:B"
"""


def findings_of(*command: str | Path, **environment: str) -> list[Finding]:
    run = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )
    assert run.returncode in (0, MENDING), run.stdout + run.stderr
    found: list[Finding] = json.loads(run.stdout)
    assert (run.returncode == MENDING) == any(one["level"] == "problem" for one in found)
    return found


def only(findings: list[Finding], check: str, subject: str = "") -> Finding:
    """The one finding of a check about a subject."""
    chosen = [f for f in findings if f["check"] == check and subject in f["subject"]]
    assert len(chosen) == 1, findings
    return chosen[0]


class Machine:
    """Another machine's files, and what doctor says about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "acqd.toml"
        self.configure("")

    def configure(self, body: str, control: str = "", publish: str = "") -> None:
        control = control or f"ipc://{self.folder}/control"
        publish = publish or f"ipc://{self.folder}/data"
        self.config.write_text(
            f'[control]\nbind = ["{control}"]\n[publish]\nbind = ["{publish}"]\n{body}'
        )

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def plug(self, port: str, ids: str, interface: str, driver: str = "") -> None:
        """A device with one interface, and the kernel's driver on it."""
        device = f"sys/bus/usb/devices/{port}"
        vendor, product = ids.split(":")
        class_code, subclass = interface.split("/")
        for name, text in [("idVendor", vendor), ("idProduct", product), ("busnum", "1")]:
            self.write(f"{device}/{name}", text + "\n")
        self.write(f"{device}/devnum", "2\n")
        folder = f"{device}/{port}:1.0"
        self.write(f"{folder}/bInterfaceNumber", "00\n")
        self.write(f"{folder}/bInterfaceClass", class_code + "\n")
        self.write(f"{folder}/bInterfaceSubClass", subclass + "\n")
        if driver:
            (self.folder / folder / "driver").symlink_to(f"../../drivers/{driver}")
        self.write("dev/bus/usb/001/002", "")

    def examine(self, *words: str, launcher: list[str] | None = None) -> list[Finding]:
        return findings_of(
            *(launcher or []), binary(), "doctor", "--json", "--root", self.folder,
            "--config", self.config, *words,
        )  # fmt: skip


@pytest.fixture
def machine() -> Iterator[Machine]:
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        Path(folder).chmod(0o755)  # the other account has to come in
        yield Machine(Path(folder))


@pytest.mark.parametrize(("mode", "level"), [("000", "problem"), ("666", "good")])
def test_a_device_that_may_not_be_opened(mode: str, level: str) -> None:
    with UsbMachine(["rigol_ds1104z"]) as usb:
        script = (
            f"chmod 711 $TMPDIR $UMOCKDEV_DIR; chmod {mode} $UMOCKDEV_DIR/dev/bus/usb/001/002;"
            f" exec {acqctl()} --json doctor {' '.join(OTHER)}"
        )
        found = findings_of(*usb.launcher, "sh", "-c", script, **usb.environment)
    finding = only(found, "usb_rights", "DS1000Z")
    assert finding["level"] == level
    if level == "problem":
        assert "may not open /dev/bus/usb/001/002" in finding["sentence"]
        assert any(line.startswith("sudo adduser") for line in finding["remedy"])
        assert any("udevadm trigger" in line for line in finding["remedy"])


def test_missing_udev_rules_are_named(machine: Machine) -> None:
    machine.plug("1-1", "1ab1:04ce", "fe/03")
    (machine.folder / "dev/bus/usb/001/002").chmod(0)
    finding = only(machine.examine(*OTHER), "usb_rights")
    assert finding["level"] == "problem"
    assert "rules of acqd are not installed" in finding["sentence"]
    machine.write("lib/udev/rules.d/60-acqd.rules", "")
    assert "rules" not in only(machine.examine(*OTHER), "usb_rights")["sentence"]


@pytest.mark.parametrize(
    ("ids", "interface", "driver", "level", "remedy"),
    [
        ("0bda:2838", "ff/ff", "dvb_usb_rtl28xxu", "problem", "sudo modprobe -r dvb_usb_rtl28xxu"),
        ("1ab1:04ce", "fe/03", "usbtmc", "note", "sudo modprobe -r usbtmc"),
        ("1ab1:04ce", "fe/03", "usbfs", "note", "sudo fuser -v /dev/bus/usb/001/002"),
    ],
)
def test_an_interface_that_somebody_has(
    machine: Machine, ids: str, interface: str, driver: str, level: str, remedy: str
) -> None:
    machine.plug("1-1", ids, interface, driver)
    finding = only(machine.examine(), "usb_claimed")
    assert finding["level"] == level
    assert remedy in finding["remedy"]


def test_an_interface_that_nobody_has_is_not_mentioned(machine: Machine) -> None:
    machine.plug("1-1", "1ab1:04ce", "fe/03")
    assert not [f for f in machine.examine() if f["check"] == "usb_claimed"]


@pytest.mark.parametrize(("allowed", "level"), [("1", "problem"), ("16", "good"), ("0", "good")])
def test_too_little_memory_for_usb_transfers(machine: Machine, allowed: str, level: str) -> None:
    machine.configure(SCOPES)
    machine.write("sys/module/usbcore/parameters/usbfs_memory_mb", allowed + "\n")
    finding = only(machine.examine(), "usb_memory")
    assert finding["level"] == level
    if level == "problem":
        assert "may take 2 MiB, usbfs allows 1 MiB" in finding["sentence"]
        path = "/sys/module/usbcore/parameters/usbfs_memory_mb"
        assert finding["remedy"][0] == f"echo 4 | sudo tee {path}"


def test_missing_firmware(machine: Machine) -> None:
    machine.plug("1-1", "04b4:8613", "ff/ff")
    finding = only(machine.examine(), "firmware")
    assert finding["level"] == "problem"
    assert finding["remedy"] == ["sudo apt install sigrok-firmware-fx2lafw"]
    machine.write("usr/share/sigrok-firmware/fx2lafw-cypress-fx2.fw", "")
    assert only(machine.examine(), "firmware")["level"] == "good"


def test_limits_that_refuse_what_is_asked_for(machine: Machine) -> None:
    limits = ["prlimit", "--rtprio=0", "--memlock=65536"]
    assert only(machine.examine(*OTHER, launcher=limits), "limits")["level"] == "good"  # asks for none
    machine.configure("[service]\nrealtime = true\nlock_memory = true\n")
    found = machine.examine(*OTHER, launcher=limits)
    for subject in ("real-time priority", "locked memory"):
        finding = only(found, "limits", subject)
        assert finding["level"] == "problem", finding
        assert any("examples/realtime.conf" in line for line in finding["remedy"])


def test_a_serial_line_that_may_not_be_opened(machine: Machine) -> None:
    line = machine.write("dev/ttyUSB0", "")
    line.chmod(0)
    by_id = machine.folder / "dev/serial/by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-adapter").symlink_to("../../ttyUSB0")
    finding = only(machine.examine(*OTHER), "serial_rights")
    assert finding["level"] == "problem"
    assert finding["remedy"][0] == f"sudo adduser {OTHER_NAME} {line.group()}"
    line.chmod(0o666)
    assert only(machine.examine(*OTHER), "serial_rights")["level"] == "good"


def test_a_serial_line_that_is_configured_and_not_there(machine: Machine) -> None:
    machine.configure('[instrument.m]\ndriver = "scpi_meter"\naddress = "serial:///dev/ttyS9?baud=9600"\n')
    finding = only(machine.examine(), "serial_rights", "/dev/ttyS9")
    assert finding["level"] == "problem"
    assert finding["sentence"] == "is not there"


SERIAL = '[instrument.m]\ndriver = "scpi_meter"\naddress = "serial:///dev/ttyS9?baud=9600"\n'
NETWORK = '[instrument.m]\ndriver = "scpi_meter"\naddress = "tcp://192.0.2.7:5025"\n'


@pytest.mark.parametrize(
    ("body", "example"),
    [(SCOPES, "usb.conf"), (SERIAL, "serial.conf"), (NETWORK, "network.conf")],
)
def test_a_service_that_may_not_reach_what_is_configured(
    machine: Machine, body: str, example: str
) -> None:
    machine.configure(body)
    assert only(machine.examine(), "service")["sentence"] == "is not installed"
    unit = (ROOT / "systemd/acqd.service.in").read_text()
    machine.write("lib/systemd/system/acqd.service", unit)
    finding = only(machine.examine(), "service")
    assert finding["level"] == "problem"
    assert any(f"examples/{example}" in line for line in finding["remedy"])
    drop_in = machine.folder / "etc/systemd/system/acqd.service.d"
    drop_in.mkdir(parents=True)
    shutil.copy(ROOT / "systemd" / example, drop_in)
    assert only(machine.examine(), "service")["level"] == "good"


def test_a_daemon_that_is_not_there(machine: Machine) -> None:
    finding = only(machine.examine(), "daemon")
    assert finding["level"] == "problem"
    assert "sudo systemctl start acqd" in finding["remedy"]


def test_a_daemon_that_answers_has_its_endpoints() -> None:
    with Daemon("") as daemon:
        command = [acqctl(), "--json", "--control", daemon.control, "doctor"]
        found = findings_of(*command, "--config", daemon.config)
        assert only(found, "daemon")["sentence"] == "the daemon answers"
        for endpoint in (daemon.control, daemon.data, daemon.tcp_control, daemon.tcp_data):
            assert only(found, "endpoints", endpoint)["sentence"] == "a daemon has it"


def test_a_daemon_that_may_not_be_connected_to(machine: Machine) -> None:
    folder = machine.folder / "run"
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "control"))
        listener.listen()
        machine.configure("", control=f"ipc://{folder}/control")
        folder.chmod(0o700 if IS_ROOT else 0)
        finding = only(machine.examine(*OTHER), "daemon")
    assert finding["sentence"] == f"{OTHER_NAME} may not connect to the daemon"
    assert finding["remedy"][0] == f"sudo adduser {OTHER_NAME} acqd"


def test_ports_that_another_program_has(machine: Machine) -> None:
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as local:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        local.bind(str(machine.folder / "taken"))
        local.listen()
        taken = f"tcp://127.0.0.1:{tcp.getsockname()[1]}"
        machine.configure("", control=f"ipc://{machine.folder}/taken", publish=taken)
        found = machine.examine()
    assert only(found, "endpoints", taken)["sentence"] == "another program has the port"
    assert only(found, "endpoints", taken)["remedy"][0].startswith("sudo ss -ltnp")
    assert only(found, "endpoints", "ipc://")["sentence"] == "another program listens there"
    assert "does not answer as the daemon does" in only(found, "daemon")["sentence"]


def test_a_free_port_is_free(machine: Machine) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    machine.configure("", publish=endpoint)
    assert only(machine.examine(), "endpoints", endpoint)["sentence"] == "is free"


def test_a_configuration_that_is_refused(machine: Machine) -> None:
    machine.config.write_text("[publish]\nbindd = 1\n")
    finding = only(machine.examine(), "configuration")
    assert finding["level"] == "problem"
    assert "bindd" in finding["sentence"]


def test_an_account_that_does_not_exist_is_refused() -> None:
    command = [acqctl(), "doctor", "--user", "no-such-account"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2  # not found
    assert "no account 'no-such-account'" in run.stderr


def test_people_read_a_line_for_each_finding_and_what_to_type_below(machine: Machine) -> None:
    machine.plug("1-1", "04b4:8613", "ff/ff")
    command = [binary(), "doctor", "--root", machine.folder, "--config", machine.config]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert run.returncode == MENDING
    lines = run.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("problem  firmware: FX2 boards"))
    assert lines[at + 1] == "             sudo apt install sigrok-firmware-fx2lafw"


GROUP_ID = 4711
# udev's own program, with our rules beside the machine's, says what it would do with a device.
UDEV = f"""
mount -t tmpfs none /run && mkdir -p /run/udev/rules.d &&
cp {ROOT}/systemd/60-acqd.rules /run/udev/rules.d/ &&
(cat /etc/group; echo acqd:x:{GROUP_ID}:) > $TMPDIR/group && mount --bind $TMPDIR/group /etc/group &&
exec udevadm test --action=add /sys/devices/pci0000:00/0000:00:14.0/usb1/$0
"""


def udev_says(port: str, usb: UsbMachine) -> tuple[str, str, bool]:
    """The group and mode a device ends with, and whether who sits at the machine may open it."""
    command = [*usb.launcher, "unshare", "--map-root-user", "--mount", "sh", "-c", UDEV, port]
    run = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **usb.environment}, check=False
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0 and "60-acqd.rules" in said, said
    assert not re.search(r"60-acqd.rules:\d+ (Invalid|Unknown|Failed)", said), said
    groups, modes = (re.findall(rf"\.rules:\d+ {word} (\d+)", said) for word in ("GROUP", "MODE"))
    return (groups or [""])[-1], (modes or [""])[-1], ":uaccess:" in said


def test_udev_gives_an_instrument_to_the_group_and_nothing_else() -> None:
    with UsbMachine(["rigol_ds1104z", "counter"]) as usb:
        assert udev_says("1-1", usb) == (str(GROUP_ID), "0660", True)
    with UsbMachine(["rigol_ds1104z", "counter"]) as usb:
        assert udev_says("1-2", usb) == ("", "0664", False)
