"""Every sample made is delivered, or counted as lost with its reason, or still queued: for each
consumer, under each fault. Every sample delivered has the value its index says."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import acqd
from accounts import Ledger, Run, stream_status, truth
from conftest import Print
from daemon import Daemon
from freeze import frozen
from peers import Peer, Report

TOPIC = "sim/raw"
# For a burst of more frames than a subscriber's queue is sure to hold.
ROOMY = 'budget = "64 MiB"'

BODY = """
[instrument.sim]
driver = "sim"
channels = 2
rate = "{rate}"
dtype = "i32"
packets = {packets}
seed = {seed}
signal = [{{ kind = "counter" }}]
faults = [{faults}]
truth_file = "{{folder}}/sim.truth.json"

[pipeline.raw]
from = ["sim/wave"]
publish = "always"
"""


def body(seed: int, *, faults: str = "", rate: str = "200 kHz", packets: int = 64) -> str:
    return BODY.format(seed=seed, faults=faults, rate=rate, packets=packets)


# Each strikes several times within the 3 s of a run. Whether the device can tell how many samples
# a fault cost, and the reason they are lost for, where any are.
FAULTS: dict[str, tuple[str, bool, str]] = {
    "lost_run": ('kind="lost_run", at="0.2 s", every="0.3 s", samples=777', True, "device"),
    "burst": ('kind="burst", at="0.3 s", every="1 s", samples=50, runs=20', True, "device"),
    "stall": ('kind="stall", at="0.5 s", every="1.5 s", duration="0.4 s"', True, ""),
    "long_stall": ('kind="stall", at="0.2 s", count=1, duration="1.6 s"', True, "device"),
    "garbage": ('kind="garbage", at="0.3 s", every="0.5 s", samples=5000', True, "device"),
    "unplug": ('kind="unplug", at="0.5 s", count=1, duration="0.5 s"', True, "reconnect"),
    "clock_drift": ('kind="clock_drift", at="0.5 s", value=0.1', True, ""),
    "clock_jump": ('kind="clock_jump", at="0.5 s", every="0.5 s", jump="0.2 s"', True, ""),
    "wrong_rate": ('kind="wrong_rate", at="0.5 s", value=1.5', True, ""),
    "overrun_inexact": (
        'kind="overrun_inexact", at="0.3 s", every="0.5 s", samples=1234',
        False,
        "",
    ),
    "error": ('kind="error", at="0.3 s", every="0.5 s"', True, ""),
    "short_blocks": ('kind="short_blocks", at="0.2 s", every="1 s", samples=2000', True, ""),
    "random": (
        'kind="lost_run", at="0.1 s", every="0.05 s", samples=300, random=true',
        True,
        "device",
    ),
}


def check_daemon(ledgers: dict[str, Ledger]) -> None:
    assert ledgers
    for worker, ledger in ledgers.items():
        assert ledger.difference == 0, f"{worker}: {ledger}"
        assert ledger.queued == 0


def check_client(report: Report, ledger: Ledger, before: int) -> dict[str, Any]:
    """The client's account, against the daemon's, of a stream whose topic was watched from before
    its first sample to after its last."""
    assert report.wrong == 0, report.complaints
    assert report.malformed == report.duplicates == report.index_faults == 0
    assert report.unannounced_samples == 0
    assert report.accounted == report.end_index - report.first_index
    # The first frame also announces what the run before lost behind its last packet.
    head = report.first_index - before
    assert 0 <= head <= report.first_gap
    tail = ledger.made - (report.end_index - before)  # lost behind the last frame
    assert tail >= 0
    difference = ledger.made - head - report.accounted - tail
    assert difference == 0
    return {
        "made": ledger.made,
        "received": report.samples,
        "transport": report.transport_samples,
        "upstream": report.upstream_samples + head,
        "upstream_by_reason": report.upstream,
        "tail": tail,
        "lost_in_daemon": ledger.lost,
        "difference": difference,
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_every_sample_is_accounted_for_under(fault: str, seed: int, figures: Print) -> None:
    line, is_exact, reason = FAULTS[fault]
    with (
        Daemon(body(seed, faults="{" + line + "}", packets=1024)) as daemon,
        daemon.connect() as session,
    ):
        run = Run(daemon, session)
        with Peer(daemon.control, TOPIC) as peer:
            run.start()
            time.sleep(3)
            run.stop()
            report = peer.settled()
        ledgers = run.ledgers()
        after = run.before.made + ledgers["sim"].made
        device = truth(daemon)
    check_daemon(ledgers)
    account = check_client(report, ledgers["sim"], run.before.made)
    figures(**account, device_lost=device["lost"], frames=report.frames)

    assert report.transport_frames == 0
    assert report.samples > 100_000
    # A healthy consumer lost what the device lost, no more and no less.
    unseen = 0 if is_exact else device["lost"]["overrun_inexact"]
    assert (
        device["made"]
        == device["sent"] + sum(device["lost"].values()) + device["overflowed"] + device["left"]
    )
    assert after == device["made"] - unseen
    assert account["upstream"] + account["tail"] == sum(ledgers["sim"].lost.values())
    assert set(report.upstream) == ({reason} if reason else set())
    assert report.upstream_exact == is_exact
    assert report.shifted_by == unseen
    assert report.epoch_shifts == 0, "the device counted on, and so did the daemon"
    assert sum(device["times"].values()) > 0, "the fault never struck"


def test_a_stopped_subscriber_costs_itself_alone(seed: int, figures: Print) -> None:
    with Daemon(body(seed)) as daemon, daemon.connect() as session:
        run = Run(daemon, session)
        with Peer(daemon.control, TOPIC) as healthy, Peer(daemon.control, TOPIC) as stopped:
            run.start()
            time.sleep(1)
            stopped.stop()
            time.sleep(6)
            stopped.resume()
            time.sleep(3)
            run.stop()
            reports = {"healthy": healthy.settled(), "stopped": stopped.settled()}
        ledgers = run.ledgers()
    check_daemon(ledgers)
    for name, report in reports.items():
        figures(peer=name, **check_client(report, ledgers["sim"], run.before.made))
    assert reports["healthy"].transport_frames == 0
    assert reports["stopped"].transport_frames > 0


def test_a_slow_subscriber_costs_itself_alone(seed: int, figures: Print) -> None:
    with Daemon(body(seed, rate="1 MHz")) as daemon, daemon.connect() as session:
        run = Run(daemon, session)
        with (
            Peer(daemon.control, TOPIC) as healthy,
            Peer(daemon.control, TOPIC, delay_s=0.01) as slow,
        ):
            run.start()
            time.sleep(5)
            slow.hurry()  # what was lost is told by the frames that follow
            time.sleep(3)
            run.stop()
            reports = {"healthy": healthy.settled(), "slow": slow.settled()}
        ledgers = run.ledgers()
    check_daemon(ledgers)
    for name, report in reports.items():
        figures(peer=name, **check_client(report, ledgers["sim"], run.before.made))
    assert reports["healthy"].transport_frames == 0
    assert reports["slow"].transport_frames > 0


# Each stage with a rate and a pool such that what comes before it cannot hold 2 s.
STAGES = {
    "acq:sim": ("200 kHz", 512, "device"),  # the device holds 1 s
    "dsp:sim": ("200 kHz", 64, "ring_full"),  # 64 packets of 2048 samples are 0.66 s
    "publish": ("500 kHz", 64, "publisher"),  # 256 frames of 2048 samples are 1.05 s
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_stalls_2_s_costs_exactly_what_is_counted(
    stage: str, seed: int, figures: Print
) -> None:
    rate, packets, reason = STAGES[stage]
    configuration = body(seed, rate=rate, packets=packets)
    with Daemon(configuration, publish=ROOMY) as daemon, daemon.connect() as session:
        run = Run(daemon, session)
        with Peer(daemon.control, TOPIC) as peer:
            run.start()
            time.sleep(1)
            with frozen(daemon.threads()[stage]):
                time.sleep(2)
            time.sleep(1)
            run.stop()
            report = peer.settled()
        ledgers = run.ledgers()
        device = truth(daemon)
    check_daemon(ledgers)
    account = check_client(report, ledgers["sim"], run.before.made)
    figures(**account, overflowed=device["overflowed"])
    assert report.transport_frames == 0
    assert report.upstream_exact
    assert set(report.upstream) == {reason}, "named after the stage that lost them"
    if stage != "publish":  # whose losses come after the consumer's ring
        assert account["upstream"] + account["tail"] == sum(ledgers["sim"].lost.values())


@pytest.mark.parametrize("seconds", [2, 5])
def test_a_stopped_daemon_finds_out_what_the_device_lost_meanwhile(
    seconds: int, seed: int, figures: Print
) -> None:
    with Daemon(body(seed)) as daemon, daemon.connect() as session:
        run = Run(daemon, session)
        with Peer(daemon.control, TOPIC) as peer:
            run.start()
            time.sleep(1)
            with daemon.paused():
                time.sleep(seconds)
            time.sleep(2)
            with daemon.connect() as after:  # heartbeats may have cut the connection from before
                run.stop(after)
            report = peer.settled()
        ledgers = run.ledgers()
        device = truth(daemon)
    check_daemon(ledgers)
    account = check_client(report, ledgers["sim"], run.before.made)
    figures(**account, overflowed=device["overflowed"])
    # The device goes on at 200 kHz, and has a buffer of 1 s.
    assert device["overflowed"] > 200_000 * (seconds - 1.5)
    lost = sum(ledgers["sim"].lost.values())
    if seconds < 3:
        assert report.transport_frames == 0
        assert account["upstream"] + account["tail"] == lost
    else:
        # Heartbeats have cut the subscriber off: what was sent before it came back is lost to it.
        assert account["upstream"] + account["tail"] + account["transport"] >= lost
    assert ledgers["sim"].lost["device"] >= device["overflowed"]


# A spectrum every 16 samples: far more work than anything else the daemon does.
SLOW = """
[pipeline.slow]
from = ["sim/wave"]
publish = "always"
blocks = [{ block = "welch_psd", length = 1024, overlap = 1008, averages = 64 }]
"""


def processor_ns_per_sample(daemon: Daemon, session: acqd.Session) -> float:
    """What the worker has needed of a processor for a sample per channel so far: not how long it
    took, which other work on the machine decides too."""
    task = Path(f"/proc/{daemon.pid}/task/{daemon.threads()['dsp:sim']}/schedstat")
    processor_ns = int(task.read_text().split()[0])
    return processor_ns / stream_status(session, "sim/wave").consumers[0].delivered


def test_a_source_twice_as_fast_as_its_pipeline_loses_what_is_counted(
    seed: int, figures: Print
) -> None:
    configuration = body(seed, rate="20 kHz") + SLOW
    with Daemon(configuration) as daemon, daemon.connect() as session:
        time.sleep(2)  # the pipeline's own pace, at leisure
        session.stop("sim")
        capacity_hz = 1e9 / processor_ns_per_sample(daemon, session)
        session.set({"instrument.sim.rate": 2 * capacity_hz})
        run = Run(daemon, session)
        with Peer(daemon.control, TOPIC) as peer:
            run.start()
            time.sleep(4)
            run.stop()
            report = peer.settled()
        ledgers = run.ledgers()
    check_daemon(ledgers)
    ledger = ledgers["sim"]
    account = check_client(report, ledger, run.before.made)
    figures(**account, capacity_hz=round(capacity_hz), rate_hz=round(2 * capacity_hz))
    assert account["upstream"] + account["tail"] == sum(ledger.lost.values())
    reasons = {word for words in report.upstream for word in words.split("+")}
    assert "ring_full" in reasons
    assert reasons <= {"ring_full", "device"}, "the device's, where its thread starves too"
    # Half of it, or more where other work has a part of the processor.
    assert 0.1 < ledger.lost["ring_full"] / ledger.made < 1
    assert ledger.delivered > 0
