"""Sound cards: the emulated card against arecord, then the daemon against it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator

import numpy as np
import pytest

import acqd
from conftest import Print
from daemon import Daemon, wait_for
from emulator import Emulator

RATE_HZ = 48_000
BODY = f"""
[instrument.card]
driver = "alsa"
device = "card"
format = "s32"
rate = {RATE_HZ}
channels = 2
full_scale = "1.5 V"

[pipeline.raw]
from = ["card/audio"]
"""


@pytest.fixture
def card() -> Iterator[Emulator]:
    """Its address is the configuration file that ALSA programs find it by."""
    with Emulator("sound_card") as running:
        yield running


def environment(card: Emulator) -> dict[str, str]:
    return {"ALSA_CONFIG_PATH": card.address}


def test_arecord_records_the_emulated_card(card: Emulator) -> None:
    run = subprocess.run(
        ["arecord", "-q", "-D", "card", "-f", "S32_LE", "-r", str(RATE_HZ), "-c", "2"]
        + ["-s", "20000", "-t", "raw"],
        capture_output=True,
        timeout=30,
        env={**os.environ, **environment(card)},
    )
    assert run.returncode == 0, run.stderr.decode()
    frames = np.frombuffer(run.stdout, "<i4").reshape(-1, 2)
    assert frames.shape == (20_000, 2)
    np.testing.assert_array_equal(np.diff(frames[:, 0]), 7)
    np.testing.assert_array_equal(frames[:, 1] - frames[:, 0], 1000)


def test_every_frame_arrives(card: Emulator, figures: Print) -> None:
    with Daemon(BODY, environment=environment(card)) as daemon, daemon.connect() as session:
        with session.subscribe("card/raw", timeout=5, verify=True) as frames:
            first = next(frames)
            assert first.time.origin is acqd.TimeOrigin.HOST_ARRIVAL
            assert first.unit == "V"
            np.testing.assert_allclose(first.values, first.data * (1.5 / 2**31))
            expected = int(first.data[0, -1]) + 7
            checked = 0
            for frame in frames:
                counter = expected + 7 * np.arange(frame.count)
                np.testing.assert_array_equal(frame.data[0], counter)
                np.testing.assert_array_equal(frame.data[1], counter + 1000)
                expected += 7 * frame.count
                checked += frame.count
                if checked > 2 * RATE_HZ:
                    break
            # The stamps follow the card's clock, which is the machine's here.
            elapsed_s = float(frame.time.seconds - first.time.seconds)
            assert elapsed_s == pytest.approx((checked - frame.count) / RATE_HZ, abs=0.1)
            losses = frames.losses
    assert losses.transport_frames == losses.upstream_samples == losses.unannounced_samples == 0
    figures(frames_checked=checked)


def test_an_overrun_and_an_absence_are_losses_that_nobody_counted(card: Emulator) -> None:
    with Daemon(BODY, environment=environment(card)) as daemon, daemon.connect() as session:
        with session.subscribe("card/raw", timeout=5) as frames:
            before = next(frames)
            with daemon.paused():
                time.sleep(1.5)  # the card's buffer holds half a second
            last = before
            while not (after := next(frames)).gap:
                last = after
            assert not after.gap.exact
            assert after.gap.reasons == ("device",)
            lost = (int(after.data[0, 0]) - int(last.data[0, -1])) / 7 - 1
            assert after.gap.samples == pytest.approx(lost, abs=0.1 * RATE_HZ)
            assert lost > RATE_HZ
            card.tell("unplug")
            instrument = session.instrument("card")
            wait_for("reconnecting", lambda: instrument.state == "reconnecting")
            card.tell("plug")
            while (back := next(frames)).epoch == before.epoch:
                pass
            assert not back.gap.exact
            assert frames.losses.unannounced_samples == 0
