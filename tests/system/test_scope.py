"""Emulated oscilloscopes of every family, a supply and serial meters under the real daemon."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

import acqd
from conftest import Print
from daemon import Daemon, wait_for
from emulator import Emulator

FAMILIES = {
    "rigol": "DS1104Z",
    "siglent_old": "SDS1104X-E",
    "siglent": "SDS2104X Plus",
    "keysight": "DSO-X 3024T",
    "tektronix": "MSO4104",
    "rohde_schwarz": "RTB2004",
}
TRIGGERED = 1
POINTS = 1000
SCALE_V = 0.5
NEW_RECORD = acqd.Gap(0, ("new_record",), True)

SCOPE = """
[instrument.scope]
driver = "scope"
address = "tcp://127.0.0.1:{port}"
channels = [1, 2]
ch1_scale = "{scale} V"
ch2_scale = "{scale} V"
ch2_offset = "250 mV"
timebase = "1 ms"
most_points = {points}
poll = "1 ms"
packet_bytes = 65536

[pipeline.raw]
from = ["scope/wave"]

[pipeline.volts]
from = ["scope/wave"]
blocks = [{{ block = "calibrate" }}]
"""


def truth(channel: int, count: int, scale: float) -> npt.NDArray[np.float64]:
    """What the emulator's channels see: scope_volts() in tests/support/emulators."""
    turn = (np.arange(count) % 97) / 97 + 0.1 * channel
    return 2 * scale * np.sin(2 * math.pi * turn)


def is_true(frame: acqd.Frame, scale: float) -> bool:
    """Whether both channels of a whole record are what they see, within a code of at least 8 bits."""
    step = scale * 10 / 250
    return frame.count == POINTS and all(
        np.abs(frame.values[i] - truth(i + 1, POINTS, scale)).max() < step for i in range(2)
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_records_of_every_family_arrive_as_what_the_channels_see(
    family: str, figures: Print
) -> None:
    with Emulator("scpi", family) as emulator:
        body = SCOPE.format(port=emulator.port, points=POINTS, scale=SCALE_V)
        with Daemon(body) as daemon, daemon.connect() as session:
            scope = session.instrument("scope")
            assert scope.descriptor.model == FAMILIES[family]
            assert scope.descriptor.settings_read_back
            with session.subscribe("scope/raw", timeout=5, verify=True) as frames:
                for number in range(20):
                    frame = next(frames)
                    # The first one may be that of the epoch, which needs no mark.
                    assert frame.gap == NEW_RECORD or (number == 0 and not frame.gap)
                    assert frame.header.flags & TRIGGERED
                    assert frame.time.origin is acqd.TimeOrigin.HOST_ARRIVAL
                    assert frame.header.t_sigma_ns > 0
                    assert frame.data.dtype.itemsize == 1
                    assert is_true(frame, SCALE_V)
                losses = frames.losses
            assert losses.transport_frames == losses.unannounced_samples == 0
            assert losses.upstream_samples == 0 and losses.upstream_exact
            path = "instrument.scope.ch1_scale"
            # 1, 2, 5: the instrument takes the nearest, and says so.
            assert session.set({path: "0.3 V"})[path].in_force == pytest.approx(0.2)
            assert session.get(path) == pytest.approx(0.2)
            with session.subscribe("scope/raw", timeout=5) as frames:
                seen = 0
                while not np.ptp(frame.values[0]) < 1 and seen < 200:
                    frame = next(frames)
                    seen += 1
                assert np.abs(frame.values[0] - truth(1, POINTS, 0.2)).max() < 0.2 * 10 / 250
        figures(family=family, frames_until_new_scale=seen)


GATHERED = """
[pipeline.gathered]
from = ["scope/wave"]
blocks = [{{ block = "calibrate" }}]
frame_samples = 700

[pipeline.cut]
from = ["scope/wave"]
blocks = [{{ block = "segment", length = 300, overlap = 0 }}]
"""


def test_nothing_is_made_of_samples_of_two_records() -> None:
    with Emulator("scpi", "siglent") as emulator:
        body = (SCOPE + GATHERED).format(port=emulator.port, points=POINTS, scale=SCALE_V)
        with Daemon(body) as daemon, daemon.connect() as session:
            with session.subscribe("scope/gathered", timeout=5) as frames:
                counts = [next(frames).count for _ in range(20)]
                assert frames.losses.upstream_samples == 0
            # Each record of 1000 gives a whole frame and the rest, whatever comes behind it.
            assert set(zip(counts[::2], counts[1::2])) in ({(700, 300)}, {(300, 700)})
            with session.subscribe("scope/cut", timeout=5) as frames:
                places = {next(frames).first_index % POINTS for _ in range(12)}
            assert places == {0, 300, 600}


def test_a_scope_that_goes_and_comes_is_a_new_epoch() -> None:
    with Emulator("scpi", "rigol") as emulator:
        body = SCOPE.format(port=emulator.port, points=POINTS, scale=SCALE_V)
        with Daemon(body) as daemon, daemon.connect() as session:
            scope = session.instrument("scope")
            with session.subscribe("scope/raw", timeout=5) as frames:
                before = next(frames)
                emulator.tell("unplug")
                wait_for("reconnecting", lambda: scope.state == "reconnecting")
                emulator.tell("plug")
                while (after := next(frames)).epoch == before.epoch:
                    pass
                assert after.epoch == before.epoch + 1
                assert after.gap.reasons == ("reconnect",)
                assert not after.gap.exact
                assert is_true(after, SCALE_V)


SUPPLY = """
[instrument.supply]
driver = "scpi_supply"
address = "tcp://127.0.0.1:{port}"
period = "10 ms"
voltage = "5 V"
current = "1 A"
on = true

[pipeline.output]
from = ["supply/reading"]
"""


def test_a_supply_follows_its_set_points_and_is_off_when_the_daemon_has_ended() -> None:
    with Emulator("scpi", "supply") as emulator:
        with Daemon(SUPPLY.format(port=emulator.port)) as daemon, daemon.connect() as session:
            with session.subscribe("supply/output", timeout=5) as frames:

                def shows(volts: float) -> bool:
                    values = next(frames).values[:, -1]
                    return bool(np.allclose(values, [volts, volts / 10]))

                wait_for("5 V", lambda: shows(5))
                changed = session.set({"instrument.supply.voltage": "8 V"})
                assert changed["instrument.supply.voltage"].in_force == 8
                wait_for("8 V", lambda: shows(8))
        assert emulator.tell("commands")[-1] == "OUTP 0"


METER = """
[instrument.meter]
driver = "serial_dmm"
port = "{path}"
meter = "{meter}"

[pipeline.raw]
from = ["meter/reading"]
"""
METERS = ["voltcraft-vc820", "uni-t-ut61d", "uni-t-ut61e", "metex-me31", "uni-t-ut71a"]


@pytest.mark.parametrize("meter", [*METERS, "brymen-bm25x", "brymen-bm857"])
def test_readings_of_a_serial_meter_arrive_under_their_own_unit(meter: str, figures: Print) -> None:
    with Emulator("meter", meter) as emulator:
        shown = [line.split(" ", 2) for line in emulator.tell("frames")]
        meant = {(f"{float(value):.12g}", unit, quantity) for value, unit, quantity in shown}
        with Daemon(METER.format(path=emulator.address, meter=meter)) as daemon:
            with daemon.connect() as session:
                with session.subscribe("meter/raw", timeout=10) as frames:
                    units: set[str] = set()
                    readings = 0
                    while readings < 100 or len(units) < 2:
                        frame = next(frames)
                        channel = frame.descriptor.channels[0]
                        for value in frame.values[0]:
                            assert (f"{value:.12g}", channel.unit, channel.quantity) in meant
                            readings += 1
                        units.add(channel.unit)
        figures(meter=meter, readings=readings, units=sorted(units))
