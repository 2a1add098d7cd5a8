"""An emulated logic analyser under the real daemon: fx2lafw over an unmodified libusb."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import acqd
from accounts import lost, stream_status
from conftest import Print
from daemon import Daemon, binary, wait_for
from logic_truth import follows, number_of, samples
from usb import UsbMachine

FIRMWARE = Path("/usr/share/sigrok-firmware/fx2lafw-sigrok-fx2-16ch.fw")
RATE = 1_000_000
CONFIG = """
[instrument.la]
driver = "fx2lafw"
rate = "1 MHz"
channels = 8
names = "clk,data,,,,,,busy"
packet_bytes = 16384

[pipeline.raw]
from = ["la/logic"]

[pipeline.edges]
from = ["la/logic"]
blocks = [{ block = "logic_timing", length_time = "50 ms" }]

[pipeline.hits]
from = ["la/logic"]
blocks = [{ block = "pattern_trigger", pattern = "clk=rising data=1 d2=0 d3=1", pre = 20, post = 44 }]

[pipeline.rises]
from = ["la/logic"]
blocks = [{ block = "edge_trigger", channel = "d3", pre = 8, post = 8 }]

[pipeline.high]
from = ["la/logic"]
blocks = [{ block = "statistics", length = 16000 }]
"""


@contextmanager
def analyser() -> Iterator[tuple[UsbMachine, Daemon, acqd.Session]]:
    with UsbMachine(["analyser"]) as machine:
        daemon = Daemon(CONFIG, launcher=machine.launcher, environment=machine.environment)
        with daemon, daemon.connect() as session:
            yield machine, daemon, session


def fnv1a(data: bytes) -> int:
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def test_firmware_is_loaded_and_samples_arrive_as_packed_bits(figures: Print) -> None:
    image = FIRMWARE.read_bytes()
    with analyser() as (machine, _, session):
        assert machine.say("tell 1 firmware") == f"{len(image)} {fnv1a(image)}"
        la = session.instrument("la").descriptor
        assert (la.vendor, la.model, la.serial) == ("sigrok", "fx2lafw 16 channels", "1-1")
        assert la.firmware == "1.4, chip revision 1"
        with session.subscribe("la/raw", timeout=10, verify=True) as frames:
            frame = next(frames)
            assert frame.kind is acqd.Kind.LOGIC
            channels = frame.descriptor.channels
            assert [channel.id for channel in channels] == [f"d{i}" for i in range(8)]
            assert [channels[i].label for i in (0, 1, 2, 7)] == ["clk", "data", "D2", "busy"]
            first = number_of(frame.data) - frame.first_index
            seen = 0
            while seen < 2 * RATE:
                assert frame.data.dtype == np.uint8 and frame.data.shape == (frame.count,)
                assert follows(frame.data, first + frame.first_index)
                seen += frame.count
                frame = next(frames)
            bits = frame.bits
            assert bits.shape == (8, frame.count)
            assert np.array_equal(np.packbits(bits, axis=0, bitorder="little")[0], frame.data)
            losses = frames.losses
        assert losses.transport_frames == losses.unannounced_samples == 0
        assert not losses.upstream
        figures(samples=seen)


def test_triggers_and_timings_are_what_the_lines_do() -> None:
    with analyser() as (_, _, session):
        with session.subscribe("la/edges", timeout=10) as frames:
            next(frames)  # may begin within a period
            results = next(frames).results
        value = {(r.channel, r.name): r for r in results}
        for line in range(4):  # line k changes every 2^k samples
            frequency = value[line, "frequency"]
            assert frequency.unit == "Hz"
            assert frequency.value == pytest.approx(RATE / 2 ** (line + 1))
            assert 0 < frequency.uncertainty < 1e-3 * frequency.value
            assert value[line, "duty"].value == pytest.approx(0.5)
            assert value[line, "high_min"].value == pytest.approx(2**line / RATE)
            assert value[line, "low_max"].value == pytest.approx(2**line / RATE)
        with session.subscribe("la/hits", timeout=10) as frames:
            for _ in range(20):
                frame = next(frames)
                assert frame.kind is acqd.Kind.RECORD
                assert frame.data.dtype == np.uint8 and frame.count == 64
                # clk rises to 1, data 1, d2 0, d3 1: 11 of 16.
                assert frame.data[20] & 15 == 11 and frame.data[19] & 15 == 10
                assert np.array_equal(frame.data & 15, (np.arange(64) - 20 + 11) & 15)
                assert frame.x[19] < 0 < frame.x[20]
                assert frame.triggers[0].position == 19.5 and frame.triggers[0].rising
        with session.subscribe("la/rises", timeout=10) as frames:
            frame = next(frames)
            assert list(frame.bits[3]) == [0] * 8 + [1] * 8
        # To any other block logic is a waveform of 0 and 1.
        with session.subscribe("la/high", timeout=10) as frames:
            means = {r.channel: r.value for r in next(frames).results if r.name == "mean"}
        assert means[0] == means[3] == 0.5


def test_an_overrun_is_a_gap_that_is_not_exact(figures: Print) -> None:
    with analyser() as (machine, _, session):
        with session.subscribe("la/raw", timeout=10) as frames:
            frame = next(frames)
            offset = number_of(frame.data) - frame.first_index
            told = truth = 0
            seconds = []
            for _ in range(3):
                for _ in range(40):
                    frame = next(frames)
                    assert follows(frame.data, offset + frame.first_index)
                before = int(machine.say("tell 1 starts"))
                machine.say("tell 1 overrun")
                since = time.monotonic()
                while not (frame := next(frames)).gap.samples:
                    assert follows(frame.data, offset + frame.first_index)
                seconds.append(round(time.monotonic() - since, 3))
                assert frame.gap.reasons == ("device",)
                assert not frame.gap.exact
                assert int(machine.say("tell 1 starts")) == before + 1
                told += frame.gap.samples
                # What is counted is the clock's estimate; the device's own numbers tell how good.
                moved = number_of(frame.data) - frame.first_index
                truth += frame.gap.samples + moved - offset
                offset = moved
            losses = frames.losses
        assert losses.transport_frames == losses.unannounced_samples == 0
        assert min(seconds) < 1  # the others may be the machine's
        session.instrument("la").stop()
        for consumer in stream_status(session, "la/logic").consumers:
            counted = lost(consumer)
            assert counted["device"] >= told
            assert consumer.made == consumer.delivered + sum(counted.values()) + consumer.queued
        figures(told=told, truth=truth, seconds_to_data=seconds)


def test_a_board_that_is_put_back_is_the_same_stream_in_a_new_epoch(figures: Print) -> None:
    with analyser() as (machine, _, session):
        la = session.instrument("la")
        with session.subscribe("la/raw", timeout=10) as frames:
            seconds = []
            for _ in range(3):
                before = next(frames)
                machine.say("unplug 1")
                wait_for("reconnecting", lambda: la.state == "reconnecting")
                time.sleep(0.3)
                machine.say("plug 1")
                back = time.monotonic()
                while (after := next(frames)).epoch == before.epoch:
                    pass
                seconds.append(round(time.monotonic() - back, 3))
                assert after.epoch == before.epoch + 1
                assert after.header.stream_id == before.header.stream_id
                assert "reconnect" in after.gap.reasons
                assert not after.gap.exact
                # Firmware is gone with the power, and was loaded again.
                image = FIRMWARE.read_bytes()
                assert machine.say("tell 1 firmware") == f"{len(image)} {fnv1a(image)}"
                assert follows(after.data, number_of(after.data))
        # Appearing without firmware, loading, renumeration, first transfer.
        figures(seconds_to_data=seconds)
        assert min(seconds) < 2


def test_acqctl_writes_logic_to_files(tmp_path: Path) -> None:
    with analyser() as (_, daemon, _):
        program = str(binary().parent / "acqctl")
        acqctl = [program, "--control", daemon.control, "dump", "d/la/raw"]
        for form in ("csv", "npy"):
            options = ["--frames", "2", "--format", form, "-o", str(tmp_path / f"out.{form}")]
            subprocess.run([*acqctl, *options], check=True, timeout=60)
        rows = np.loadtxt(tmp_path / "out.csv", delimiter=",", skiprows=1)
        words = np.packbits(rows[:, 2:].astype(np.uint8), axis=1, bitorder="little")[:, 0]
        title = (tmp_path / "out.csv").read_text().splitlines()[0]
        assert title.startswith("index,time (s),clk,data,D2")
        assert follows(words, number_of(words))
        packed = np.load(tmp_path / "out.npy")
        assert packed.dtype == np.uint8 and packed.ndim == 1
        assert follows(packed, number_of(packed))


def test_the_emulator_and_the_truth_agree() -> None:
    assert list(samples(0, 4)) == [0, 1, 2, 3]
    assert number_of(samples(12800, 300)) == 12800
