"""A multimeter, a counter, a supply and a function generator that speak SCPI under the real daemon."""

from __future__ import annotations

import numpy as np
import pytest

from accounts import Run
from conftest import Print
from daemon import Daemon, wait_for
from emulator import Emulator
from test_capture import acqctl
from test_meter_peers import outputs_of

METER = """
[instrument.meter]
driver = "scpi_meter"
address = "tcp://127.0.0.1:{port}"
period = "5 ms"

[pipeline.value]
from = ["meter/reading"]
"""

COUNTER = """
[instrument.counter]
driver = "scpi_counter"
address = "tcp://127.0.0.1:{port}"
family = "{family}"
channel = 2
gate = "20 ms"
period = "5 ms"

[pipeline.value]
from = ["counter/reading"]
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


@pytest.mark.parametrize(
    ("family", "emulated"),
    [("keysight", "counter"), ("hp", "counter_hp"), ("pendulum", "counter_pendulum")],
)
def test_a_counter_says_what_it_counts_and_each_reading_arrives_once(
    family: str, emulated: str, figures: Print
) -> None:
    with Emulator("scpi", emulated) as emulator:
        body = COUNTER.format(port=emulator.port, family=family)
        with Daemon(body) as daemon, daemon.connect() as session:
            run = Run(daemon, session, "counter/reading")
            run.start()
            with session.subscribe("counter/value", timeout=5) as frames:
                values: list[float] = []
                while len(values) < 100:
                    frame = next(frames)
                    channel = frame.descriptor.channels[0]
                    assert (channel.unit, channel.quantity) == ("Hz", "frequency")
                    values += frame.values[0].tolist()
                # 2 MHz, and one Hz more with each reading.
                assert 2e6 < values[0] < 3e6
                assert (np.diff(values) == 1).all()

                path = "instrument.counter.function"
                assert session.set({path: "period_time"})[path].in_force == "period_time"

                def shows_periods() -> bool:
                    frame = next(frames)
                    channel = frame.descriptor.channels[0]
                    if channel.unit != "s":
                        return False
                    assert channel.quantity == "period"
                    assert frame.values[0, -1] == pytest.approx(0.5e-6, rel=0.01)
                    return True

                wait_for("periods", shows_periods)
                losses = frames.losses
            assert losses.transport_frames == losses.unannounced_samples == 0
            run.stop()
            ledgers = run.ledgers()
            figures(accounts={worker: vars(ledger) for worker, ledger in ledgers.items()})
            assert ledgers
            for ledger in ledgers.values():
                assert ledger.made >= 100
                assert ledger.difference == 0
        assert emulator.tell("unknown") == []


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


SUPPLY = """
[instrument.supply]
driver = "scpi_supply"
address = "tcp://127.0.0.1:{port}"
outputs = 3
voltage = "5 V"
out2_voltage = "4 V"
out3_voltage = "3 V"
# Whoever chooses an output of the instrument chooses it for all who talk to it.
period = "1 h"

[pipeline.output]
from = ["supply/reading"]
"""


def test_outputs_of_a_supply_are_switched_from_the_command_line_and_another_program_sees_it() -> None:
    with Emulator("scpi", "supply", "0", "ROHDE&SCHWARZ,HMC8043,1,1.0") as emulator:
        with Daemon(SUPPLY.format(port=emulator.port)) as daemon:

            def set_to(output: str, state: str) -> None:
                done = acqctl(daemon, "set", f"instrument.supply.{output}={state}")
                assert done.returncode == 0, done.stderr
                told = acqctl(daemon, "get", f"instrument.supply.{output}")
                assert told.stdout.splitlines()[-1].split()[1] == state, told.stdout

            assert outputs_of(emulator) == [0, 0, 0, 0, 0, 0]
            set_to("out3_on", "true")
            assert outputs_of(emulator) == pytest.approx([0, 0, 0, 0, 3, 0.3])
            set_to("on", "true")
            set_to("out3_on", "false")
            assert outputs_of(emulator) == pytest.approx([5, 0.5, 0, 0, 0, 0])
            set_to("out2_on", "true")

            def state_after(verb: str) -> list[float]:
                done = acqctl(daemon, verb, "supply")
                assert done.returncode == 0, done.stderr
                return outputs_of(emulator)

            assert state_after("stop") == [0, 0, 0, 0, 0, 0]
            told = acqctl(daemon, "get", "instrument.supply.on")
            assert told.stdout.splitlines()[-1].split()[1] == "false", told.stdout
            assert state_after("start") == pytest.approx([5, 0.5, 4, 0.4, 0, 0])
        assert outputs_of(emulator) == [0, 0, 0, 0, 0, 0]  # the daemon has ended
        assert emulator.tell("unknown") == []
