"""The fastest logic analyser for half a minute: 24 million samples a second from an emulated board,
through libusb and the daemon, with every sample accounted for."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from accounts import lost, stream_status
from conftest import Print
from daemon import Daemon
from logic_truth import follows, number_of
from usb import UsbMachine, child_of

RATE = 24_000_000
SECONDS = 30.0
CONFIG = """
[instrument.la]
driver = "fx2lafw"
rate = "24 MHz"
packet_bytes = 65536

[pipeline.raw]
from = ["la/logic"]
publish = "always"
"""
BLOCKS = """
[pipeline.edges]
from = ["la/logic"]
blocks = [{ block = "logic_timing", length_time = "100 ms" }]
publish = "always"

[pipeline.hits]
from = ["la/logic"]
blocks = [{ block = "pattern_trigger", pattern = "d7=rising d4=1", pre = 1000, post = 1000, hold_off_time = "10 ms" }]
publish = "always"
"""


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, system calls included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("blocks", ["", BLOCKS], ids=["raw", "blocks"])
def test_24_megasamples_a_second_for_30_s_without_an_overrun(blocks: str, figures: Print) -> None:
    """With blocks a build without optimisation may be too slow for its worker: what that costs is
    counted, and stops neither the board nor its reading."""
    with UsbMachine(["loaded_analyser"]) as machine:
        daemon = Daemon(CONFIG + blocks, launcher=machine.launcher, environment=machine.environment)
        with daemon, daemon.connect() as session:
            acqd_pid = child_of(daemon.pid)
            before = stream_status(session, "la/logic")
            sent = int(machine.say("tell 1 sent"))
            cpu = cpu_seconds(acqd_pid)
            begun = time.monotonic()
            while time.monotonic() - begun < SECONDS:
                # A look at the samples now and then; the account below is of all of them.
                with session.subscribe("la/raw", timeout=10) as frames:
                    frame = next(frames)
                    assert follows(frame.data, number_of(frame.data))
                time.sleep(1)
            took = time.monotonic() - begun
            cpu = cpu_seconds(acqd_pid) - cpu
            sent = int(machine.say("tell 1 sent")) - sent
            overruns = int(machine.say("tell 1 overruns"))
            starts = int(machine.say("tell 1 starts"))
            session.instrument("la").stop()
            after = stream_status(session, "la/logic")
            made = after.made - before.made
            losses = sum(sum(lost(consumer).values()) for consumer in after.consumers)
            differences = [
                c.made - c.delivered - sum(lost(c).values()) - c.queued for c in after.consumers
            ]
            figures(
                seconds=round(took, 2),
                rate_hz=round(sent / took),
                made=made,
                lost=losses,
                overruns=overruns,
                starts=starts,
                differences=differences,
                acqd_cpu_percent=round(100 * cpu / took, 1),
            )
    assert overruns == 0 and starts == 1
    assert losses == 0 or blocks
    assert differences == [0] * len(differences)
    assert abs(sent / took / RATE - 1) < 0.02
