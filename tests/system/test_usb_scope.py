"""An oscilloscope on USB under the real daemon: usbfs is umockdev's, libusb and acqd are the real ones."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

import numpy as np
import pytest

import acqd
from accounts import Run
from conftest import Print
from daemon import Daemon, threads_of, wait_for
from test_scope import POINTS, SCALE_V, SCOPE, TRIGGERED, is_true, truth
from usb import UsbMachine, child_of

ADDRESS = "usb://1ab1:04ce:DS1ZA000000001"
BODY = SCOPE.format(port=0, points=POINTS, scale=SCALE_V).replace("tcp://127.0.0.1:0", ADDRESS)
RECONNECT_S = 1.0
MOST_TRIES = 10  # a machine that is busy elsewhere is slow now and then, not always


@pytest.fixture
def undisturbed() -> Iterator[None]:
    """Before other work of the machine where we may: what a time is measured with."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -19)
    yield
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, own)


def usb_daemon(machine: UsbMachine) -> Daemon:
    return Daemon(BODY, launcher=machine.launcher, environment=machine.environment)


def assert_sums_agree(run: Run, figures: Print, **more: object) -> None:
    """Made = delivered + lost + queued, for every consumer, and something was made."""
    run.stop()
    ledgers = run.ledgers()
    assert ledgers
    figures(accounts={worker: vars(ledger) for worker, ledger in ledgers.items()}, **more)
    for ledger in ledgers.values():
        assert ledger.made > 0
        assert ledger.difference == 0


def test_records_over_usb_are_what_the_channels_see_and_the_sums_agree(figures: Print) -> None:
    with UsbMachine(["rigol_ds1104z"]) as machine, usb_daemon(machine) as daemon:
        with daemon.connect() as session:
            scope = session.instrument("scope")
            assert scope.descriptor.model == "DS1104Z"
            assert scope.descriptor.settings_read_back
            run = Run(daemon, session, "scope/wave")
            run.start()
            with session.subscribe("scope/raw", timeout=5, verify=True) as frames:
                for _ in range(30):
                    frame = next(frames)
                    assert frame.header.flags & TRIGGERED
                    assert frame.time.origin is acqd.TimeOrigin.HOST_ARRIVAL
                    assert is_true(frame, SCALE_V)
                losses = frames.losses
            assert losses.transport_frames == losses.unannounced_samples == 0
            assert_sums_agree(run, figures)
            # The device looked at every message, and found nothing that the standard forbids.
            assert machine.say("tell 1 violations").split()[0] == "0"


def test_settings_over_usb_come_back_as_the_instrument_took_them() -> None:
    with UsbMachine(["rigol_ds1104z"]) as machine, usb_daemon(machine) as daemon:
        with daemon.connect() as session:
            path = "instrument.scope.ch1_scale"
            wait_for("acquiring", lambda: session.instrument("scope").state == "acquiring")
            assert session.set({path: "0.3 V"})[path].in_force == pytest.approx(0.2)
            assert session.get(path) == pytest.approx(0.2)
            with session.subscribe("scope/raw", timeout=5) as frames:
                for _ in range(200):
                    frame = next(frames)
                    if np.ptp(frame.values[0]) < 1:
                        break
                assert np.abs(frame.values[0] - truth(1, POINTS, 0.2)).max() < 0.2 * 10 / 250


def test_transfers_are_completed_before_those_who_wait_for_them_or_it_is_said_why_not() -> None:
    with UsbMachine(["rigol_ds1104z"]) as machine:
        body = "[service]\nrealtime = true\n" + BODY
        daemon = Daemon(body, launcher=machine.launcher, environment=machine.environment)
        with daemon, daemon.connect() as session:
            wait_for("acquiring", lambda: session.instrument("scope").state == "acquiring")
            threads = threads_of(child_of(daemon.pid))
            policies = {
                name: os.sched_getscheduler(threads[name]) for name in ("usb-events", "acq:scope")
            }
            notes = [note for note in session.status().notes if "usb-events" in note]
            if policies["acq:scope"] == os.SCHED_FIFO:
                assert policies["usb-events"] == os.SCHED_FIFO
                priorities = [os.sched_getparam(threads[name]).sched_priority for name in policies]
                assert priorities[0] > priorities[1]
                assert not notes
            else:
                assert policies["usb-events"] == os.SCHED_OTHER
                assert notes[0].startswith("real-time priority for usb-events refused: ")


@pytest.mark.parametrize("leaving", ["", " errors 30", " left 30", " gone 30"])
def test_a_scope_pulled_out_is_back_within_a_second_and_the_sums_agree(
    leaving: str, figures: Print, undisturbed: None
) -> None:
    with UsbMachine(["rigol_ds1104z"]) as machine, usb_daemon(machine) as daemon:
        with daemon.connect() as session:
            scope = session.instrument("scope")
            run = Run(daemon, session, "scope/wave")
            run.start()
            seconds: list[float] = []
            with session.subscribe("scope/raw", timeout=10) as frames:
                while len(seconds) < 3 or RECONNECT_S < min(seconds) and len(seconds) < MOST_TRIES:
                    before = next(frames)
                    machine.say("unplug 1" + leaving)
                    wait_for("reconnecting", lambda: scope.state == "reconnecting")
                    # Long enough for the pauses between two looks to have grown to their longest.
                    time.sleep(1.2)
                    machine.say("plug 1")
                    answers = time.monotonic()
                    while (after := next(frames)).epoch == before.epoch:
                        pass
                    seconds.append(round(time.monotonic() - answers, 3))
                    assert after.epoch == before.epoch + 1
                    assert after.gap.reasons == ("reconnect",)
                    assert not after.gap.exact
                    assert is_true(after, SCALE_V)
            assert_sums_agree(run, figures, leaving=leaving, seconds_to_data=seconds)
            assert min(seconds) <= RECONNECT_S, seconds
