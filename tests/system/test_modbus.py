"""Modbus registers: the emulator against mbpoll, then the daemon against it."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator

import numpy as np
import pytest

import acqd
from conftest import Print
from daemon import Daemon, wait_for
from emulator import Emulator

ROWS = """
registers = [
  {{ name = "polls", kind = "input", address = 0, type = "u16" }},
  {{ name = "flow", address = 100, type = "f32", unit = "m3/h" }},
  {{ name = "pi", address = 104, type = "f64", scale = 2 }},
  {{ name = "total", address = 110, type = "u32", unit = "kW.h" }},
  {{ name = "alarm", kind = "coil", address = 9 }},
]
"""
PERIOD_S = 0.02


def body(settings: str) -> str:
    return f"""
[instrument.meter]
driver = "modbus"
period = {PERIOD_S}
{settings}
{ROWS.replace("{{", "{").replace("}}", "}")}

[pipeline.raw]
from = ["meter/registers"]
"""


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator("modbus") as running:
        yield running


def mbpoll(*arguments: str) -> list[str]:
    """The values mbpoll prints, as text."""
    run = subprocess.run(["mbpoll", "-1", *arguments], capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stdout + run.stderr
    return re.findall(r"^\[\d+\]:\s+(\S+)", run.stdout, re.M)


def test_mbpoll_reads_the_emulator(server: Emulator) -> None:
    tcp = ["-m", "tcp", "-p", str(server.port), "-0"]
    assert mbpoll(*tcp, "-t", "4", "-r", "4", "-c", "3", "127.0.0.1") == ["1028", "1285", "1542"]
    assert mbpoll(*tcp, "-t", "4:float", "-B", "-r", "100", "127.0.0.1") == ["-123457"]
    assert mbpoll(*tcp, "-t", "0", "-r", "9", "-c", "2", "127.0.0.1") == ["1", "0"]
    assert mbpoll(*tcp, "-t", "3", "-r", "5", "127.0.0.1") == ["1005"]


def test_mbpoll_reads_the_emulators_serial_line() -> None:
    with Emulator("modbus_rtu") as line:
        rtu = ["-m", "rtu", "-b", "19200", "-P", "even", "-0"]
        assert mbpoll(*rtu, "-t", "4", "-r", "4", "-c", "2", line.address) == ["1028", "1285"]


def check_values(frames: acqd.Subscription, count: int) -> int:
    """Checks frames and that the device was asked once for each; returns the polls lost."""
    before = None
    lost = 0
    for _ in range(count):
        frame = next(frames)
        values = frame.values[:, 0]
        np.testing.assert_array_equal(
            values[1:], [-123456.75, 2 * np.pi, 4e9, 1], err_msg=str(frame)
        )
        if before is not None:
            assert values[0] == before + 1
            lost += frame.gap.samples
        before = values[0]
    return lost


@pytest.mark.parametrize("transport", ["tcp", "rtu"])
def test_every_poll_arrives_with_its_values(transport: str, figures: Print) -> None:
    with Emulator("modbus" if transport == "tcp" else "modbus_rtu") as server:
        settings = (
            f"port = {server.port}"
            if transport == "tcp"
            else f'transport = "rtu"\ndevice = "{server.address}"'
        )
        with Daemon(body(settings)) as daemon, daemon.connect() as session:
            with session.subscribe("meter/raw", timeout=5, verify=True) as frames:
                assert next(frames).units == ("1", "m3/h", "1", "kW.h", "1")
                lost = check_values(frames, 150)
                losses = frames.losses
            assert session.instrument("meter").descriptor.loss_report == 2  # exact
    assert losses.transport_frames == losses.unannounced_samples == 0
    assert set(losses.upstream) <= {"late"}
    figures(transport=transport, polls=150, lost=lost)


def test_the_polls_of_an_absence_are_counted_exactly(server: Emulator, figures: Print) -> None:
    with Daemon(body(f"port = {server.port}")) as daemon, daemon.connect() as session:
        meter = session.instrument("meter")
        with session.subscribe("meter/raw", timeout=5) as frames:
            before = next(frames)
            server.tell("unplug")
            wait_for("reconnecting", lambda: meter.state == "reconnecting")
            time.sleep(0.5)
            server.tell("plug")
            last = before
            while (after := next(frames)).epoch == before.epoch:
                last = after
            assert "reconnect" in after.gap.reasons
            assert after.gap.exact
            # Samples numbered, lost ones included, are the periods that went by.
            periods = float(after.time.seconds - last.time.seconds) / PERIOD_S
            numbered = after.first_index - last.first_index
            assert abs(numbered - periods) <= 1.5
            assert frames.losses.unannounced_samples == 0
    figures(polls_lost=after.gap.samples, periods=round(periods, 2))
