"""Programs that are not ours read the emulated oscilloscopes of Siglent, Tektronix and Keysight: they must
see the volts that the channels see, as tests/system/test_scope.py knows them.
"""

from __future__ import annotations

import numpy as np
import pytest
from oscope_scpi.dso import DSOX3xx4T  # type: ignore[import-untyped]
from scpi_control import Oscilloscope
from siglent import Oscilloscope as OldSiglent

from emulator import Emulator
from test_scope import truth

SCALE_V = 0.5


def differs_most(volts: object, scale_v: float) -> float:
    """From what channel 1 sees; the first sample read is the first of the record."""
    seen = np.asarray(volts, dtype=np.float64)
    return float(np.abs(seen - truth(1, seen.size, scale_v)).max())


@pytest.mark.parametrize(
    ("family", "model", "code_v"),
    [
        ("siglent", "SDS2104X Plus", SCALE_V / 30),
        ("tektronix", "MSO4104", SCALE_V / 25),
    ],
)
def test_scpi_control_sees_the_volts_of_the_channel(
    family: str, model: str, code_v: float
) -> None:
    with Emulator("scpi", family) as emulator:
        scope = Oscilloscope("127.0.0.1", emulator.port, timeout=10)
        scope.connect()
        try:
            assert scope.device_info is not None and scope.device_info["model"] == model
            channel = vars(scope)["channel1"]
            channel.voltage_scale = SCALE_V
            assert channel.voltage_scale == pytest.approx(SCALE_V)
            waveform = scope.get_waveform(1, provenance=False)
        finally:
            scope.disconnect()
        unknown = [line for line in emulator.tell("unknown") if line]
    assert waveform.voltage.size >= 1000
    assert differs_most(waveform.voltage, SCALE_V) <= code_v
    assert unknown == []


def test_siglent_oscilloscope_sees_the_volts_of_a_channel_of_the_old_dialect() -> None:
    with Emulator("scpi", "siglent_old") as emulator:
        scope = OldSiglent("127.0.0.1", emulator.port, timeout=10)
        scope.connect()
        try:
            assert scope.device_info is not None and scope.device_info["model"] == "SDS1104X-E"
            channel = vars(scope)["channel1"]
            channel.voltage_scale = SCALE_V
            assert channel.voltage_scale == pytest.approx(SCALE_V)
            waveform = scope.get_waveform(1)
        finally:
            scope.disconnect()
        unknown = [line for line in emulator.tell("unknown") if line]
    assert waveform.voltage.size >= 1000
    assert differs_most(waveform.voltage, SCALE_V) <= SCALE_V / 25
    assert unknown == []


def test_oscope_scpi_sees_the_volts_of_a_keysight_channel() -> None:
    with Emulator("scpi", "keysight") as emulator:
        scope = DSOX3xx4T(f"TCPIP0::127.0.0.1::{emulator.port}::SOCKET")
        # By default it waits for the END of a message, which a bare socket does not have.
        scope._read_termination = "\n"
        scope.open()
        try:
            _, volts, _, meta = scope.waveformData("CHAN1")
        finally:
            scope.close()
        unknown = [line for line in emulator.tell("unknown") if line]
    told = dict(meta)
    assert told["Waveform format"] == "BYTE"
    assert int(told["Waveform points available"]) == len(volts) == 1000
    assert differs_most(volts, 1.0) <= 8 / 256
    assert unknown == []
