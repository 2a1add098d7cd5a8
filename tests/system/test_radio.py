"""I/Q samples of an rtl_tcp server: the emulator against rtl_433, then the daemon against it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import acqd
from conftest import Print
from daemon import Daemon, wait_for
from emulator import Emulator

RATE_HZ = 2_048_000
CARRIER_HZ = 100.1e6
UNCONFIRMED = 64


def body(port: int, settings: str) -> str:
    return f"""
[instrument.radio]
driver = "rtl_tcp"
port = {port}
rate = {RATE_HZ}
{settings}

[pipeline.iq]
from = ["radio/iq"]

[pipeline.narrow]
from = ["radio/iq"]
blocks = [{{ block = "decimate", factor = 8 }}]
"""


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator("rtl_tcp") as running:
        yield running


def frequency(samples: npt.NDArray[np.complexfloating], rate_hz: float) -> float:
    """Of the strongest carrier, from the centre."""
    power = np.abs(np.fft.fft(samples * np.hanning(samples.size)))
    return float(np.fft.fftfreq(samples.size, 1 / rate_hz)[np.argmax(power)])


def test_rtl_433_drives_the_emulator_and_receives_its_carrier(
    server: Emulator, tmp_path: Path
) -> None:
    recording = tmp_path / "carrier.cu8"
    run = subprocess.run(
        ["rtl_433", "-d", f"rtl_tcp:127.0.0.1:{server.port}"]
        + ["-f", "100M", "-s", "250k", "-T", "2", "-w", str(recording)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Tuned to 100.000MHz" in run.stderr, run.stderr
    told = dict(line.split() for line in server.tell("commands"))
    assert told["2"] == "250000" and told["1"] == "100000000" and told["3"] == "0"
    raw = np.fromfile(recording, np.uint8)[100_000:].astype(float) - 127.5
    samples = raw[0::2] + 1j * raw[1::2]
    assert samples.size > 100_000
    assert frequency(samples[:65536], 250e3) == pytest.approx(CARRIER_HZ - 100e6, abs=10)


def test_every_byte_of_the_counter_arrives(server: Emulator, figures: Print) -> None:
    with Daemon(body(server.port, "test_mode = true")) as daemon, daemon.connect() as session:
        radio = session.instrument("radio")
        assert radio.state == "acquiring"
        assert not radio.descriptor.settings_read_back
        assert radio.descriptor.model == "RTL2832 with R820T"
        with session.subscribe("radio/iq", timeout=5, verify=True) as frames:
            first = next(frames)
            assert first.kind is acqd.Kind.IQ
            assert first.header.flags & UNCONFIRMED
            assert first.time.origin is acqd.TimeOrigin.HOST_ARRIVAL
            checked = 0
            expected = int(first.data[1, -1]) + 1
            for frame in frames:
                scans = frame.data.T.ravel()
                counter = (expected + np.arange(scans.size)).astype(np.uint8)
                np.testing.assert_array_equal(scans, counter)
                expected += scans.size
                checked += frame.count
                if checked > 2 * RATE_HZ:
                    break
            losses = frames.losses
    assert losses.transport_frames == losses.upstream_samples == losses.unannounced_samples == 0
    figures(samples_checked=checked)


def test_a_change_of_frequency_moves_the_carrier_while_it_runs(server: Emulator) -> None:
    settings = 'frequency = "100 MHz"\ngain_mode = "manual"\ngain = "30 dB"'
    with Daemon(body(server.port, settings)) as daemon, daemon.connect() as session:
        with session.subscribe("radio/narrow", timeout=5) as frames:

            def received(offset_hz: float) -> bool:
                frame = next(frames)
                assert frame.kind is acqd.Kind.IQ
                samples = np.concatenate([frame.iq[0]] + [next(frames).iq[0] for _ in range(7)])
                assert np.abs(samples).max() < 1.01
                return abs(frequency(samples, RATE_HZ / 8) - offset_hz) < 200

            wait_for("the carrier at +100 kHz", lambda: received(100e3))
            session.set({"instrument.radio.frequency": "100.15 MHz"})
            wait_for("the carrier at -50 kHz", lambda: received(-50e3))
            assert next(frames).epoch == 1
    told = dict(line.split() for line in server.tell("commands"))
    assert (told["3"], told["4"]) == ("1", "300")


def test_a_server_that_goes_and_comes_is_a_new_epoch(server: Emulator, figures: Print) -> None:
    with Daemon(body(server.port, "")) as daemon, daemon.connect() as session:
        radio = session.instrument("radio")
        with session.subscribe("radio/iq", timeout=5) as frames:
            before = next(frames)
            server.tell("unplug")
            wait_for("reconnecting", lambda: radio.state == "reconnecting")
            time.sleep(0.7)
            server.tell("plug")
            plugged = time.monotonic()
            while (after := next(frames)).epoch == before.epoch:
                pass
            back_s = time.monotonic() - plugged
            assert after.epoch == before.epoch + 1
            # Nobody counted: the length of the silence is told, and that it is not exact.
            assert after.gap.reasons == ("reconnect",)
            assert not after.gap.exact
            assert after.gap.samples > 0.5 * RATE_HZ
            assert frames.losses.unannounced_samples == 0
        assert radio.state == "acquiring"
    assert back_s < 2.0
    figures(back_s=round(back_s, 3))


def test_a_daemon_without_its_server_runs_and_takes_it_when_it_comes() -> None:
    with Emulator("rtl_tcp") as server:
        server.tell("unplug")
        with Daemon(body(server.port, "")) as daemon, daemon.connect() as session:
            assert session.instrument("radio").state == "reconnecting"
            server.tell("plug")
            wait_for("acquiring", lambda: session.instrument("radio").state == "acquiring")
            with session.subscribe("radio/iq", timeout=5) as frames:
                assert next(frames).kind is acqd.Kind.IQ
