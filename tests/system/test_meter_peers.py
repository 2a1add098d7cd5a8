"""Drivers that are not ours, those of PyMeasure, use the emulated meters and sources: they must understand every
answer, and the emulators every command.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pymeasure.instruments.agilent import Agilent33220A  # type: ignore[import-untyped]
from pymeasure.instruments.hp import HP34401A  # type: ignore[import-untyped]
from pymeasure.instruments.rohdeschwarz import HMP4040  # type: ignore[import-untyped]

from emulator import Emulator

# It does not know whether these instruments have *IDN?.
pytestmark = pytest.mark.filterwarnings("ignore:It is not known whether:FutureWarning")


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
