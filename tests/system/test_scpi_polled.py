"""A multimeter and a function generator that speak SCPI under the real daemon."""

from __future__ import annotations

import numpy as np
import pytest

from accounts import Run
from conftest import Print
from daemon import Daemon, wait_for
from emulator import Emulator

METER = """
[instrument.meter]
driver = "scpi_meter"
address = "tcp://127.0.0.1:{port}"
period = "5 ms"

[pipeline.value]
from = ["meter/reading"]
"""

GENERATOR = """
[instrument.generator]
driver = "scpi_generator"
address = "tcp://127.0.0.1:{port}"
period = "10 ms"
shape = "square"
frequency = "2 kHz"
on = true

[pipeline.output]
from = ["generator/reading"]
"""


def test_readings_of_a_meter_arrive_each_once_and_the_sums_agree(figures: Print) -> None:
    with Emulator("scpi", "multimeter") as emulator:
        with Daemon(METER.format(port=emulator.port)) as daemon, daemon.connect() as session:
            run = Run(daemon, session, "meter/reading")
            run.start()
            values: list[float] = []
            with session.subscribe("meter/value", timeout=5) as frames:
                while len(values) < 100:
                    frame = next(frames)
                    assert frame.descriptor.channels[0].unit == "V"
                    values += frame.values[0].tolist()
                losses = frames.losses
            assert losses.transport_frames == losses.unannounced_samples == 0
            # The emulator counts: each reading is 1 mV of its 10 V range above the one before.
            assert np.diff(values) == pytest.approx(0.01)
            run.stop()
            ledgers = run.ledgers()
            figures(accounts={worker: vars(ledger) for worker, ledger in ledgers.items()})
            assert ledgers
            for ledger in ledgers.values():
                assert ledger.made >= 100
                assert ledger.difference == 0


def test_a_generator_follows_its_set_points_and_is_off_when_the_daemon_has_ended() -> None:
    with Emulator("scpi", "generator") as emulator:
        with Daemon(GENERATOR.format(port=emulator.port)) as daemon, daemon.connect() as session:
            with session.subscribe("generator/output", timeout=5) as frames:

                def shows(frequency: float) -> bool:
                    return bool(next(frames).values[0, -1] == frequency)

                wait_for("2 kHz", lambda: shows(2000))
                path = "instrument.generator.frequency"
                assert session.set({path: "5 kHz"})[path].in_force == 5000
                wait_for("5 kHz", lambda: shows(5000))
        commands = emulator.tell("commands")
        assert "FUNC SQU" in commands and "OUTP 1" in commands
        assert commands[-1] == "OUTP 0"
