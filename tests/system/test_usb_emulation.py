"""The emulated USB devices, checked by programs that are not ours, each over an unmodified libusb."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from logic_truth import follows

EMULATOR = os.environ["USB_EMULATOR"]
SCOPE = "USB0::0x1209::0x7301::SCOPE01::INSTR"
IDENTITY = "ACME,SIM488,000042,1.2.3"


def run_on(devices: list[str], *program: str) -> str:
    """What a program says on a machine with these devices; it has to succeed."""
    options = [word for device in devices for word in ("--device", device)]
    command = ["umockdev-wrapper", EMULATOR, *options, "--", *program]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    return said


def python_on(devices: list[str], program: str) -> str:
    return run_on(devices, sys.executable, "-c", program)


def test_lsusb_lists_each_device() -> None:
    said = run_on(["scope", "counter", "-rigol"], "lsusb")
    # The vendor's name comes from udev's database where there is one, else from the device.
    assert re.search(r"ID 1209:7301 \S.* Scope$", said, re.M), said
    assert re.search(r"ID 1209:7302 \S.* Counter$", said, re.M), said
    assert "1ab1" not in said, "the one that is not plugged in"


def test_lsusb_decodes_every_descriptor() -> None:
    said = run_on(["scope"], "lsusb", "-v", "-d", "1209:7301")
    for line in (
        r"iManufacturer +1 acqd tests",
        r"iSerial +3 SCOPE01",
        r"wTotalLength +0x0027",
        r"bInterfaceClass +254",
        r"bInterfaceSubClass +3",
        r"bInterfaceProtocol +1",
        r"bEndpointAddress +0x01 +EP 1 OUT",
        r"bEndpointAddress +0x82 +EP 2 IN",
        r"bEndpointAddress +0x83 +EP 3 IN",
        r"Transfer Type +Interrupt",
    ):
        assert re.search(line, said), f"{line} not in {said}"


def test_sigrok_finds_an_oscilloscope_over_usbtmc() -> None:
    said = run_on(["scope", "rigol"], "sigrok-cli", "-l", "5", "-d", "rigol-ds:conn=usbtmc", "--scan")
    assert "Device capabilities: SCPI, TermChar, L4, T6, SR1, RL1, DT1" in said
    assert f"Got response: '{IDENTITY}'" in said
    assert "rigol-ds - Rigol DS1054Z 00.04.04.SP4 [S/N: DS1ZA000000001] with 4 channels" in said


def test_pyvisa_queries_and_reads_blocks() -> None:
    said = python_on(["scope"], f"""
import pyvisa
manager = pyvisa.ResourceManager("@py")
print(manager.list_resources())
scope = manager.open_resource("{SCOPE}")
for _ in range(50):
    assert scope.query("*IDN?").strip() == "{IDENTITY}"
words = scope.query_binary_values("DATA:BLOCK? 800000", datatype="Q", container=list)
assert words == list(range(100000)), words[:10]
scope.timeout = 200
scope.write("TEST:MUTE")
try:
    scope.query("*IDN?")
    raise SystemExit("a mute instrument answered")
except pyvisa.errors.VisaIOError as error:
    assert error.error_code == pyvisa.constants.StatusCode.error_timeout, error
scope.timeout = 2000
assert scope.query("*IDN?").strip() == "{IDENTITY}"
print("done")
""")
    assert "USB0::4617::29441::SCOPE01::0::INSTR" in said
    assert "done\n" in said


def test_pyusb_reads_the_counter() -> None:
    said = python_on(["counter"], """
import struct
import usb.core
device = usb.core.find(idVendor=0x1209, idProduct=0x7302)
device.set_configuration()
device.ctrl_transfer(0x40, 0xA0, 0, 0, struct.pack("<I", 0))
words = []
for _ in range(20):
    words += struct.unpack("<16384I", device.read(0x82, 65536))
assert words == list(range(words[0], words[0] + 20 * 16384))
device.ctrl_transfer(0x40, 0xA1)
try:
    device.ctrl_transfer(0x40, 0x77)
    raise SystemExit("an unknown request was taken")
except usb.core.USBError as error:
    assert error.errno == 32, error  # EPIPE
print("done")
""")
    assert "done\n" in said


def test_lsusb_decodes_a_logic_analyser_with_its_firmware() -> None:
    said = run_on(["loaded_analyser"], "lsusb", "-v", "-d", "1d50:608c")
    for line in (
        r"iManufacturer +1 sigrok",
        r"iProduct +2 fx2lafw",
        r"bInterfaceClass +255",
        r"bEndpointAddress +0x82 +EP 2 IN",
        r"wMaxPacketSize +0x0200",
    ):
        assert re.search(line, said), f"{line} not in {said}"


def test_lsusb_sees_no_texts_of_a_board_without_firmware() -> None:
    said = run_on(["analyser"], "lsusb", "-v", "-d", "1d50:608d")
    assert re.search(r"iManufacturer +0", said)


@pytest.mark.parametrize("device", ["analyser", "bare_fx2", "loaded_analyser"])
def test_sigrok_loads_its_firmware_and_captures_what_the_lines_do(
    device: str, tmp_path: Path
) -> None:
    """libsigrok uploads Debian's firmware where there is none, finds the board again, and captures
    the samples from number 0 on, each the one the emulator says it is."""
    file = tmp_path / "capture.bin"
    count = 200_000
    run_on(
        [device], "sigrok-cli", "-d", "fx2lafw", "-C", ",".join(f"D{i}" for i in range(8)),
        "-c", "samplerate=1m", "--samples", str(count), "-O", "binary", "-o", str(file),
    )
    words = np.frombuffer(file.read_bytes(), np.uint8)
    assert len(words) == count
    assert follows(words, 0)


def test_sigrok_captures_sixteen_lines(tmp_path: Path) -> None:
    file = tmp_path / "capture.bin"
    run_on(
        ["analyser"], "sigrok-cli", "-d", "fx2lafw", "-c", "samplerate=12m", "--samples", "300000",
        "-O", "binary", "-o", str(file),
    )
    words = np.frombuffer(file.read_bytes(), "<u2")
    assert len(words) == 300_000
    assert follows(words, 0, 16)
