"""Receivers behind SoapySDR: the emulated one against SoapySDRUtil, then the daemon against it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import numpy as np
import pytest

import acqd
from conftest import Print
from daemon import Daemon, binary, wait_for
from emulator import Emulator

RATE_HZ = 500_000
BODY = f"""
[instrument.receiver]
driver = "soapy"
device = "driver=acq_radio"
rate = {RATE_HZ}

[pipeline.iq]
from = ["receiver/iq"]
"""


@pytest.fixture
def radio() -> Iterator[Emulator]:
    """Its address is the file that says what it does."""
    with Emulator("soapy_radio") as running:
        yield running


def environment(radio: Emulator) -> dict[str, str]:
    return {
        "SOAPY_SDR_PLUGIN_PATH": str(binary().parent / "soapy"),
        "ACQ_RADIO_CONTROL": radio.address,
    }


def test_soapysdrutil_finds_and_probes_the_emulated_receiver(radio: Emulator) -> None:
    run = subprocess.run(
        ["SoapySDRUtil", "--probe=driver=acq_radio"],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, **environment(radio)},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "driver=acq_radio" in run.stdout
    assert "Native format: CS16" in run.stdout


def test_every_sample_arrives_and_an_absence_is_a_new_epoch(
    radio: Emulator, figures: Print
) -> None:
    with Daemon(BODY, environment=environment(radio)) as daemon, daemon.connect() as session:
        receiver = session.instrument("receiver")
        assert receiver.descriptor.settings_read_back
        with session.subscribe("receiver/iq", timeout=5, verify=True) as frames:
            first = next(frames)
            assert first.kind is acqd.Kind.IQ
            assert first.time.origin is acqd.TimeOrigin.DEVICE_REPORTED
            checked = 0
            for frame in frames:
                number = round(float(frame.time.seconds) * RATE_HZ)
                counter = number + np.arange(frame.count)
                np.testing.assert_array_equal(frame.data[0], counter.astype(np.int16))
                np.testing.assert_array_equal(frame.data[1], (-counter).astype(np.int16))
                checked += frame.count
                if checked > 2 * RATE_HZ:
                    break
            losses = frames.losses
            assert losses.transport_frames == losses.upstream_samples == 0
            radio.tell("unplug")
            wait_for("reconnecting", lambda: receiver.state == "reconnecting")
            radio.tell("plug")
            while (back := next(frames)).epoch == first.epoch:
                pass
            assert not back.gap.exact
            assert frames.losses.unannounced_samples == 0
    figures(samples_checked=checked)
