"""A device behind iiod: the emulator against libiio's own programs, then the daemon against it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import acqd
from conftest import Print
from daemon import Daemon, wait_for
from emulator import Emulator

EPOCH_NS = 1_700_000_000_000_000_000
CHANNELS = ("voltage0", "voltage1", "voltage2", "temp")
BITS = (12, 24, 16, 16)
SIGNED = (True, True, False, True)


def body(port: int, settings: str) -> str:
    return f"""
[instrument.adc]
driver = "iiod"
port = {port}
{settings}

[pipeline.raw]
from = ["adc/scan"]
"""


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator("iiod") as running:
        yield running


def expected(channel: int, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What the emulator puts into its scans, by their numbers."""
    raw = numbers * (7 + 2 * channel) & ((1 << BITS[channel]) - 1)
    if not SIGNED[channel]:
        return raw
    half = 1 << (BITS[channel] - 1)
    return (raw ^ half) - half


def run(*command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=60)


def test_iio_info_lists_the_emulated_devices(server: Emulator) -> None:
    info = run("iio_info", "-u", f"ip:127.0.0.1:{server.port}")
    text = info.stdout.decode()
    assert info.returncode == 0, text + info.stderr.decode()
    assert "IIO context has 3 devices:" in text
    assert "format: le:s12/16>>4" in text and "format: be:s24/32>>8" in text
    assert "attr  0: sampling_frequency value: 10000" in text
    assert "scale value: 62.5" in text


def test_iio_readdev_receives_every_sample(server: Emulator) -> None:
    uri = f"ip:127.0.0.1:{server.port}"
    read = run("iio_readdev", "-u", uri, "-b", "500", "-s", "2000", "acq-adc")
    assert read.returncode == 0, read.stderr.decode()
    scan = np.dtype(
        {
            "names": [*CHANNELS, "timestamp"],
            "formats": ["<u2", ">u4", "<u2", "<i2", "<i8"],
            "offsets": [0, 4, 8, 10, 16],
            "itemsize": 24,
        }
    )
    scans = np.frombuffer(read.stdout, scan)
    numbers = np.arange(2000)
    assert scans.size == 2000
    np.testing.assert_array_equal(scans["voltage0"] >> 4, expected(0, numbers) & 0xFFF)
    np.testing.assert_array_equal(scans["voltage1"] >> 8, expected(1, numbers) & 0xFFFFFF)
    np.testing.assert_array_equal(scans["voltage2"], expected(2, numbers))
    np.testing.assert_array_equal(scans["timestamp"], EPOCH_NS + numbers * 100_000)


PYTHON = """
import sys, iio
context = iio.Context("ip:127.0.0.1:" + sys.argv[1])
device = context.find_device("acq-adc")
device.attrs["sampling_frequency"].value = "700"
print(device.attrs["sampling_frequency"].value)
channel = device.find_channel("voltage0")
channel.attrs["scale"].value = "0.125"
print(channel.attrs["scale"].value)
try:
    device.attrs["sampling_frequency"].value = "-1"
except OSError as error:
    print(error.errno)
"""


def test_libiios_python_binding_reads_and_writes_attributes(server: Emulator) -> None:
    said = run("/usr/bin/python3", "-c", PYTHON, str(server.port))
    assert said.stdout.decode().split() == ["1000", "0.125", "22"], said.stderr.decode()


def checked_samples(frames: acqd.Subscription, count: int) -> int:
    """Compares frames with what the emulator makes, by the devices own time; returns how many."""
    checked = 0
    for frame in frames:
        first = (int(frame.time.ticks) - EPOCH_NS) // 100_000
        numbers = first + np.arange(frame.count)
        for channel in range(len(CHANNELS)):
            np.testing.assert_array_equal(frame.data[channel], expected(channel, numbers))
        checked += frame.count
        if checked >= count:
            break
    return checked


def test_every_sample_arrives_with_the_devices_time(server: Emulator, figures: Print) -> None:
    settings = 'device = "acq-adc"\nrate = "9 kHz"'
    with Daemon(body(server.port, settings)) as daemon, daemon.connect() as session:
        adc = session.instrument("adc").descriptor
        assert (adc.model, adc.firmware) == ("acq-adc", "iiod 0.24.acq-sim")
        assert adc.settings_read_back
        assert adc.streams[0].rate_hz.num == 10_000  # the nearest the device has
        with session.subscribe("adc/raw", timeout=5, verify=True) as frames:
            first = next(frames)
            assert first.time.origin is acqd.TimeOrigin.DEVICE_REPORTED
            assert first.time.scale is acqd.TimeScale.UTC
            assert first.units == ("mV", "mV", "mV", "mCel")
            np.testing.assert_allclose(first.values[3], (first.data[3] + 512) * 62.5)
            checked = checked_samples(frames, 20_000)
            losses = frames.losses
    assert losses.transport_frames == losses.upstream_samples == losses.unannounced_samples == 0
    figures(samples_checked=checked)


def test_an_attribute_changes_while_samples_come(server: Emulator) -> None:
    attribute = 'attributes = [{{ channel = "voltage0", name = "scale", value = "{}" }}]'
    settings = 'device = "acq-adc"\nchannels = "voltage0"\n' + attribute.format("0.5")
    with Daemon(body(server.port, settings)) as daemon, daemon.connect() as session:
        with session.subscribe("adc/raw", timeout=5) as frames:
            assert next(frames).descriptor.channels[0].scale == 0.5
            changed: list[dict[str, Any]] = [{"channel": "voltage0", "name": "scale", "value": "2"}]
            session.set({"instrument.adc.attributes": changed})
            wait_for(
                "the new scale", lambda: next(frames).descriptor.channels[0].scale == 2
            )
            assert next(frames).epoch == 1
    assert "WRITE iio:device0 INPUT voltage0 scale 1" in server.tell("commands")


def test_a_server_that_goes_and_comes_is_a_new_epoch(server: Emulator, figures: Print) -> None:
    with Daemon(body(server.port, 'device = "acq-adc"')) as daemon, daemon.connect() as session:
        adc = session.instrument("adc")
        with session.subscribe("adc/raw", timeout=5) as frames:
            before = next(frames)
            server.tell("unplug")
            wait_for("reconnecting", lambda: adc.state == "reconnecting")
            server.tell("plug")
            plugged = time.monotonic()
            while (after := next(frames)).epoch == before.epoch:
                pass
            back_s = time.monotonic() - plugged
            assert after.epoch == before.epoch + 1
            assert after.gap.reasons == ("reconnect",) and not after.gap.exact
            assert frames.losses.unannounced_samples == 0
    assert back_s < 2.0
    figures(back_s=round(back_s, 3))
