"""Makes the captures beside it: the real daemon against the emulated instrument of each driver.

From the root of the sources, with everything built: build/venv/bin/python tests/data/transports/make.py [NAME...]
Environment: ACQD_BINARY names another daemon than build/dev/acqd. The test transport_replay_test plays them back.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "system"))

from daemon import Daemon, binary  # noqa: E402
from emulator import Emulator  # noqa: E402
from usb import UsbMachine  # noqa: E402

REGISTERS = """registers = [
  { name = "polls", kind = "input", address = 0, type = "u16" },
  { name = "flow", address = 100, type = "f32", unit = "m3/h" },
  { name = "pi", address = 104, type = "f64", scale = 2 },
  { name = "alarm", kind = "coil", address = 9 },
]"""
TCP = 'address = "tcp://127.0.0.1:{address}"'

# name of the file: arguments of acq_emulator, or "usb" and the emulated device; driver, parameters, seconds, memory
SESSIONS: dict[str, tuple[list[str], str, str, float, str]] = {
    "rtl_tcp": (["rtl_tcp"], "rtl_tcp", 'port = {address}\nrate = "250 kHz"', 2, "96K"),
    "iiod": (["iiod"], "iiod", 'port = {address}\ndevice = "acq-adc"', 2, "96K"),
    "modbus_tcp": (["modbus"], "modbus", f'port = {{address}}\nperiod = "20 ms"\n{REGISTERS}', 1, "64K"),
    "modbus_rtu": (
        ["modbus_rtu"],
        "modbus",
        f'transport = "rtu"\ndevice = "{{address}}"\nbaud = 115200\nperiod = "50 ms"\n{REGISTERS}',
        2,
        "64K",
    ),
    "serial_dmm": (["meter", "uni-t-ut61d", "50"], "serial_dmm", 'port = "{address}"\nmeter = "uni-t-ut61d"', 2, "64K"),
    "scope": (
        ["scpi", "rigol"],
        "scope",
        f'{TCP}\nchannels = [1, 2]\ntimebase = "1 ms"\nmost_points = 500\npoll = "5 ms"',
        3,
        "128K",
    ),
    "scpi_meter": (["scpi", "multimeter"], "scpi_meter", f'{TCP}\nperiod = "20 ms"\nrange = 10', 2, "64K"),
    "scpi_counter": (["scpi", "counter"], "scpi_counter", f'{TCP}\nperiod = "20 ms"', 2, "64K"),
    "scpi_supply": (["scpi", "supply"], "scpi_supply", f'{TCP}\nperiod = "50 ms"\nvoltage = "5 V"', 2, "64K"),
    "scpi_generator": (["scpi", "generator"], "scpi_generator", f'{TCP}\nperiod = "50 ms"', 2, "64K"),
    "scope_usb": (
        ["usb", "rigol_ds1104z"],
        "scope",
        'address = "usb://1ab1:04ce"\nchannels = [1]\ntimebase = "1 ms"\nmost_points = 500\npoll = "5 ms"',
        3,
        "128K",
    ),
    "fx2lafw": (["usb", "loaded_analyser"], "fx2lafw", 'rate = "20 kHz"\nnames = "clk,data"', 3, "128K"),
}


@contextmanager
def daemon_with(arguments: list[str], instrument: str) -> Iterator[Daemon]:
    """The daemon with this instrument; {address} stands for where it is."""
    if arguments[0] == "usb":
        with (
            UsbMachine(arguments[1:]) as machine,
            Daemon(instrument, launcher=machine.launcher, environment=machine.environment) as daemon,
        ):
            yield daemon
    else:
        with (
            Emulator(*arguments) as emulator,
            Daemon(instrument.replace("{address}", emulator.address)) as daemon,
        ):
            yield daemon


def make(name: str) -> None:
    arguments, driver, parameters, seconds, memory = SESSIONS[name]
    body = f'[instrument.device]\ndriver = "{driver}"\npacket_bytes = 4096\n{parameters}\n'
    with daemon_with(arguments, body) as daemon:
        run = subprocess.run(
            [binary().parent / "acqctl", "--control", daemon.control, "capture-transport", "device"]
            + ["--seconds", str(seconds), "--most-bytes", memory, "--out", HERE / f"{name}.jsonl"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        print(name, run.stdout.strip(), run.stderr.strip())
        assert run.returncode == 0, daemon.log


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SESSIONS:
        make(chosen)
