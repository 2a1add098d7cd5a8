"""Drivers that are not ours, those of PyMeasure and sigrok, use the emulated meters and sources: they must understand
every answer, and the emulators every command.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pymeasure.instruments.agilent import (  # type: ignore[import-untyped]
    Agilent33220A,
    Agilent34410A,
)
from pymeasure.instruments.hp import HP33120A, HP34401A  # type: ignore[import-untyped]
from pymeasure.instruments.keithley import (  # type: ignore[import-untyped]
    Keithley2000,
    Keithley2260B,
)
from pymeasure.instruments.keysight import Keysight33250A  # type: ignore[import-untyped]
from pymeasure.instruments.pendulum import CNT91  # type: ignore[import-untyped]
from pymeasure.instruments.rohdeschwarz import HMP4040  # type: ignore[import-untyped]

from emulator import Emulator

# It does not know whether these instruments have *IDN?.
pytestmark = pytest.mark.filterwarnings("ignore:It is not known whether:FutureWarning")


SIGROK_TIMEOUT_S = 60


def sigrok(emulator: Emulator, driver: str, *arguments: str) -> str:
    """What sigrok-cli prints; it opens the instrument, does what it is told and leaves."""
    where = f"{driver}:conn=tcp-raw/127.0.0.1/{emulator.port}"
    done = subprocess.run(
        ["sigrok-cli", "--driver", where, *arguments],
        capture_output=True,
        text=True,
        timeout=SIGROK_TIMEOUT_S,
    )
    # Its status is that of a library's complaint at the end, whatever it did before.
    assert "Failed" not in done.stderr and "No devices" not in done.stderr, done.stderr
    return done.stdout


def numbers_in(csv: str) -> list[float]:
    return [float(field) for line in csv.splitlines() if re.match(r"[-+\d]", line) for field in line.split(",")]


@contextmanager
def opened(driver: Any, family: str) -> Iterator[Any]:
    with Emulator("scpi", family) as emulator:
        address = f"TCPIP0::127.0.0.1::{emulator.port}::SOCKET"
        instrument = driver(
            address, visa_library="@py", read_termination="\n", write_termination="\n"
        )
        try:
            yield instrument
        finally:
            instrument.adapter.close()
        assert [line for line in emulator.tell("unknown") if line] == []


def test_a_driver_for_the_34401a_reads_the_multimeter() -> None:
    """Its readings count in thousandths of the range."""
    with opened(HP34401A, "multimeter") as meter:
        functions = ["DCV", "ACV", "DCI", "ACI", "R2W", "R4W", "FREQ", "PERIOD", "CONTINUITY", "DIODE"]
        for function in functions:
            meter.function_ = function
            assert meter.function_ == function
        meter.function_ = "DCV"
        meter.range_ = 1
        assert meter.range_ == 1
        meter.nplc = 10
        assert meter.nplc == 10
        meter.autorange = False
        assert meter.autorange is False
        assert [meter.reading for _ in range(3)] == pytest.approx([0.001, 0.002, 0.003])
        meter.init_trigger()
        assert meter.stored_reading == pytest.approx(0.004)
        assert meter.check_errors() == []


def test_a_driver_for_the_hmp4040_sets_and_measures_the_supply() -> None:
    """10 ohm are on its output. It has one switch for all outputs, which other supplies call otherwise."""
    with opened(HMP4040, "supply") as supply:
        supply.selected_channel = 1
        supply.voltage = 5
        supply.current = 0.2
        assert (supply.voltage, supply.current) == (5, 0.2)
        assert supply.measured_voltage == 0
        supply.write("OUTP ON")
        assert supply.measured_voltage == pytest.approx(2)
        assert supply.measured_current == pytest.approx(0.2)


def test_a_driver_for_the_33220a_sets_the_generator() -> None:
    with opened(Agilent33220A, "generator") as generator:
        for shape in ["SQU", "RAMP", "SIN"]:
            generator.shape = shape
            assert generator.shape == shape
        generator.frequency = 12345
        generator.amplitude = 2.5
        generator.offset = -1
        assert (generator.frequency, generator.amplitude, generator.offset) == (12345, 2.5, -1)
        assert generator.output is False
        generator.output = True
        assert generator.output is True
        assert generator.check_errors() == []


def outputs_of(emulator: Emulator) -> list[float]:
    """Volts and amperes of each."""
    csv = sigrok(emulator, "scpi-pps", "--samples", "1", "-O", "csv:header=false:label=none")
    return numbers_in(csv)


def test_sigrok_switches_the_supply_and_reads_it_with_commands_of_scpi_alone() -> None:
    with Emulator("scpi", "supply", "0", "Agilent Technologies,N5767A,US00,A.1") as emulator:

        def told(key: str) -> str:
            return sigrok(emulator, "scpi-pps", "-g", "1", "--get", key).strip()

        def set_to(settings: str) -> None:
            sigrok(emulator, "scpi-pps", "-g", "1", "--config", settings, "--set")

        set_to("voltage_target=5")
        assert float(told("voltage_target")) == 5
        assert (told("enabled"), outputs_of(emulator)) == ("false", [0, 0])
        set_to("enabled=on")
        assert (told("enabled"), outputs_of(emulator)) == ("true", [5, 0.5])
        set_to("enabled=off")
        assert (told("enabled"), outputs_of(emulator)) == ("false", [0, 0])
        assert emulator.tell("unknown") == []


def test_sigrok_sets_each_of_three_outputs_of_the_supply() -> None:
    with Emulator("scpi", "supply", "0", "ROHDE&SCHWARZ,HMC8043,1,1.0") as emulator:
        for group, settings in [
            ("1", "voltage_target=5:current_limit=0.2:enabled=on"),
            ("3", "voltage_target=3:current_limit=2:enabled=on"),
        ]:
            sigrok(emulator, "scpi-pps", "-g", group, "--config", settings, "--set")
        assert outputs_of(emulator) == pytest.approx([2, 0.2, 0, 0, 3, 0.3])
        assert emulator.tell("unknown") == []


def test_a_driver_for_the_keithley_2260b_switches_the_supply() -> None:
    with opened(Keithley2260B, "supply") as supply:
        supply.voltage_setpoint = 5
        supply.current_limit = 0.2
        assert (supply.voltage_setpoint, supply.current_limit) == (5, 0.2)
        assert (supply.output_enabled, supply.voltage) == (False, 0)
        supply.output_enabled = True
        assert supply.output_enabled is True
        assert (supply.voltage, supply.current, supply.power) == pytest.approx((2, 0.2, 0.4))
        supply.output_enabled = False
        assert (supply.voltage, supply.current) == (0, 0)
        assert supply.check_errors() == []


@pytest.mark.parametrize(
    "identity", ["HEWLETT-PACKARD,34401A,0,11-5-2", "Agilent Technologies,34405A,TW1,1.40"]
)
def test_sigrok_reads_each_function_of_the_multimeter(identity: str) -> None:
    functions = {
        "voltage/dc": "V DC",
        "voltage/ac": "V AC",
        "current/dc": "A DC",
        "current/ac": "A AC",
        "resistance": "\u03a9",
        "frequency": "Hz",
    }
    with Emulator("scpi", "multimeter", "0", identity) as emulator:
        for reads, (function, unit) in enumerate(functions.items()):
            config = ["--config", f"measured_quantity={function}", "--samples", "2"]
            out = sigrok(emulator, "scpi-dmm", *config, "-O", "analog:digits=all")
            lines = [line.replace("\u2126", "\u03a9") for line in out.splitlines() if "P1" in line]
            # Readings count on in thousandths of the range.
            expected = [f"{10.0 * (2 * reads + n):.3f} m" for n in (1, 2)]
            assert len(lines) == 2, out
            for line, value in zip(lines, expected):
                assert line.startswith(f"P1: {value}") and line.rstrip().endswith(unit), out
        # For some it also says MEAS alone, which no instrument knows.
        assert set(emulator.tell("unknown")) <= {"MEAS"}


def test_a_driver_for_the_34410a_measures_with_the_multimeter() -> None:
    with opened(Agilent34410A, "multimeter") as meter:
        read = [meter.voltage_dc, meter.voltage_ac, meter.current_dc, meter.current_ac]
        read += [meter.resistance, meter.resistance_4w]
        assert read == pytest.approx([0.01 * n for n in range(1, 7)])


def test_a_driver_for_the_keithley_2000_measures_with_the_multimeter() -> None:
    """Frequency and period too: what a counter has of SCPI."""
    with opened(Keithley2000, "multimeter") as meter:
        meter.mode = "voltage"
        meter.voltage_range = 1
        meter.voltage_nplc = 0.1
        assert (meter.voltage_range, meter.voltage_nplc) == (1, 0.1)
        assert meter.voltage == pytest.approx(0.001)
        for mode in ["frequency", "period", "temperature", "resistance 4W", "current ac"]:
            meter.mode = mode
        meter.mode = "frequency"
        assert meter.frequency == pytest.approx(0.02)
        meter.mode = "period"
        assert meter.period == pytest.approx(0.03)


def test_a_driver_for_the_cnt91_counts_with_the_counter() -> None:
    """2 MHz are on its second channel, and as many Hz more as it has taken readings."""
    with opened(CNT91, "counter_pendulum") as counter:
        for gate_s in (0.25, 2e-8, 1000):
            counter.gate_time = gate_s
            assert counter.gate_time == gate_s
        for is_on in (True, False):
            counter.continuous = is_on
            assert counter.continuous is is_on
        counter.buffer_frequency_time_series("B", 8, gate_time=0.01)
        assert counter.read_buffer(8) == [2e6 + n for n in range(1, 9)]
        assert (counter.continuous, counter.gate_time) == (False, 0.01)
        assert counter.check_errors() == []


def test_a_driver_for_the_33120a_sets_the_generator() -> None:
    with opened(HP33120A, "generator") as generator:
        generator.shape = "square"
        generator.amplitude_units = "Vpp"
        generator.frequency = 5000
        generator.amplitude = 1.5
        generator.offset = 0.25
        assert (generator.shape, generator.amplitude_units) == ("square", "Vpp")
        assert (generator.frequency, generator.amplitude, generator.offset) == (5000, 1.5, 0.25)
        assert (generator.min_frequency, generator.max_frequency) == (1e-6, 20e6)
        assert (generator.min_amplitude, generator.max_offset) == (1e-3, 5)


def test_a_driver_for_the_33250a_sets_the_generator() -> None:
    with opened(Keysight33250A, "generator") as generator:
        generator.shape = "RAMP"
        generator.frequency = 2000
        generator.amplitude = 3
        generator.offset = -0.5
        assert (generator.shape, generator.frequency) == ("RAMP", 2000)
        assert (generator.amplitude, generator.offset) == (3, -0.5)
