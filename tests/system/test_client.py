"""The Python client against the real daemon: what there is, data, parameters, changes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import itertools
import random
import signal
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import acqd
from conftest import Print
from daemon import Daemon, wait_for

RAW = """
[pipeline.raw]
from = ["sim/wave"]
"""

BODY = (
    """
[instrument.sim]
driver = "sim"
channels = 2
rate = "100 kHz"
dtype = "i16"
range = "5 V"
"""
    + RAW
)


def first_where(
    frames: acqd.Subscription, is_right: Callable[[acqd.Frame], bool], timeout: float = 5
) -> acqd.Frame:
    """The first frame for which it is right; fails when none comes in time."""
    deadline = time.monotonic() + timeout
    for frame in frames:
        if is_right(frame):
            return frame
        assert time.monotonic() < deadline, f"{frames.losses.frames} frames, none that is right"
    raise AssertionError("the subscription was closed")


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with Daemon(BODY) as running:
        yield running


@pytest.fixture
def session(daemon: Daemon) -> Iterator[acqd.Session]:
    with daemon.connect() as connected:
        connected.configure(toml=daemon.config.read_text())  # whatever the test before has done
        connected.start("sim")
        yield connected


def test_the_daemon_tells_what_there_is(session: acqd.Session) -> None:
    assert session.hello().version // 1000 == 1
    assert list(session.instruments) == ["sim"]
    assert list(session.streams) == ["d/sim/raw"]
    assert "sim" in session.drivers()
    assert "calibrate" in session.blocks()
    sim = session.instrument("sim")
    assert sim.state == "acquiring"
    assert [channel.unit for channel in sim.descriptor.streams[0].channels] == ["V", "V"]
    assert {setting.name for setting in sim.descriptor.settings} >= {"rate", "range", "noise"}


def test_frames_have_data_axis_time_and_unit(session: acqd.Session) -> None:
    with session.subscribe("sim/raw", timeout=5, verify=True) as frames:
        first, second = itertools.islice(frames, 2)
        assert first.kind is acqd.Kind.WAVEFORM
        assert first.data.shape == (2, first.count)
        assert first.data.dtype == np.dtype("<i2")
        assert not first.data.flags.writeable
        assert first.unit == "V"
        np.testing.assert_allclose(first.values, first.data * (10 / 2**16))
        np.testing.assert_allclose(first.x, np.arange(first.count) / 100e3)
        assert first.time.scale is acqd.TimeScale.MONOTONIC
        assert second.first_index == first.first_index + first.count
        elapsed_s = second.time.seconds - first.time.seconds
        assert float(elapsed_s) == pytest.approx(first.count / 100e3, abs=2e-9)
        assert frames.losses.malformed == 0


def test_asyncio_reads_the_same_stream(session: acqd.Session) -> None:
    async def read() -> list[acqd.Frame]:
        async with session.subscribe("sim/raw", timeout=5) as frames:
            return [await anext(frames) for _ in range(5)]

    got = asyncio.run(read())
    for before, after in itertools.pairwise(got):
        assert after.sequence == before.sequence + 1
        assert after.first_index == before.first_index + before.count


def test_a_late_subscriber_gets_the_description_first(session: acqd.Session) -> None:
    with session.subscribe("sim/raw", timeout=5) as early:
        next(early)  # the stream is running
        with session.subscribe("sim/raw", timeout=5, descriptions=True) as late:
            first = next(late)
            assert first.kind is acqd.Kind.DESCRIPTION
            assert first.descriptor.topic == "d/sim/raw"
            frame = first_where(late, lambda frame: frame.kind is acqd.Kind.WAVEFORM)
            assert frame.header.descriptor_id == first.header.descriptor_id
            assert frame.descriptor == first.descriptor
            assert frame.descriptor == session.streams["d/sim/raw"]
            assert late.losses.transport_frames == 0
        next(early)
        assert early.losses.transport_frames == 0


def test_a_pipeline_nobody_watches_rests(session: acqd.Session) -> None:
    def is_active() -> bool:
        return bool(session.status().pipelines[0].active)

    wait_for("nobody watches", lambda: not is_active())
    with session.subscribe("sim/raw", timeout=5) as frames:
        next(frames)
        assert is_active()
    wait_for("nobody watches", lambda: not is_active())


def test_a_set_gives_back_the_values_in_force(session: acqd.Session) -> None:
    changes = session.set({"instrument.sim.range": "2000 mV", "instrument.sim.noise": 0.5})
    assert changes["instrument.sim.range"].in_force == 2.0
    assert changes["instrument.sim.range"].asked == "2000 mV"
    assert changes.change == "parameters"
    assert session.get("instrument.sim.range") == 2.0
    assert session.get("instrument.sim.noise") == 0.5


def test_a_set_is_all_or_nothing(session: acqd.Session) -> None:
    revision = session.hello().config_revision
    with pytest.raises(acqd.InvalidError) as refused:
        session.set({"instrument.sim.noise": 0.25, "instrument.sim.range": "-1 V"})
    assert refused.value.field == "instrument.sim.range"
    assert refused.value.allowed
    with pytest.raises(acqd.NotFoundError):
        session.set({"instrument.sim.noise": 0.25, "instrument.sim.colour": "red"})
    assert session.get("instrument.sim.noise") == 0.0
    assert session.hello().config_revision == revision


def test_a_dry_run_changes_nothing(session: acqd.Session) -> None:
    changes = session.set({"instrument.sim.noise": 0.25}, dry_run=True)
    assert changes["instrument.sim.noise"].in_force == 0.25
    assert session.get("instrument.sim.noise") == 0.0
    with pytest.raises(acqd.InvalidError):
        session.set({"instrument.sim.noise": -1}, dry_run=True)


def test_a_proposal_is_the_nearest_legal_value_and_why(session: acqd.Session) -> None:
    settings = session.instrument("sim").settings
    proposal = settings.propose(range="2 MV", channels=3.4)
    assert proposal["instrument.sim.range"].in_force == 1e6
    assert "largest" in proposal["instrument.sim.range"].why
    assert proposal["instrument.sim.channels"].in_force == 3
    assert settings.range == 5.0


def test_parameters_are_attributes_of_the_instrument(session: acqd.Session) -> None:
    settings = session.instrument("sim").settings
    settings.offset = "20 mV"
    assert settings.offset == pytest.approx(0.02)
    assert settings.describe("offset").setting.unit == "V"
    assert {"rate", "offset"} <= set(settings)
    with pytest.raises(AttributeError):
        settings.colour
    with pytest.raises(acqd.InvalidError):
        settings.offset = "1 Hz"


def test_values_stay_right_while_the_range_changes() -> None:
    body = BODY + 'signal = [{ kind = "zero", offset = "0.5 V" }]\n'
    body = body.replace(RAW, "") + RAW
    ranges = ["1 V", "20 V", "2 V", "5 V"]
    with Daemon(body) as daemon, daemon.connect() as session:
        with session.subscribe("sim/raw", timeout=5) as frames:
            descriptor_id = next(frames).header.descriptor_id
            for full_scale in ranges:
                session.set({"instrument.sim.range": full_scale})

                def is_new(frame: acqd.Frame) -> bool:
                    step = frame.descriptor.channels[0].scale
                    np.testing.assert_allclose(frame.values, 0.5, rtol=0, atol=step / 2)
                    return frame.header.descriptor_id != descriptor_id

                descriptor_id = first_where(frames, is_new).header.descriptor_id
            losses = frames.losses
        now = session.instrument("sim").descriptor.streams[0].channels[0]
    assert now.scale == pytest.approx(10 / 2**16)
    assert losses.transport_frames == losses.unannounced_samples == losses.index_faults == 0
    # What came before its description was in force is lost, by name.
    assert set(losses.upstream) <= {"reconfigure"}


def test_an_instrument_stops_and_starts(session: acqd.Session) -> None:
    sim = session.instrument("sim")
    with session.subscribe("sim/raw", timeout=5) as frames:
        epoch = next(frames).epoch
        sim.stop()
        sim.stop()
        assert sim.state == "ready"
        with pytest.raises(acqd.TimeoutError):
            while True:
                frames.receive(0.5)
        sim.start()
        sim.start()
        assert next(frames).epoch == epoch + 1
        losses = frames.losses
        assert (losses.epochs, losses.transport_frames, losses.index_faults) == (1, 0, 0)
    with pytest.raises(acqd.NotFoundError) as refused:
        session.stop("absent")
    assert "sim" in refused.value.allowed


def test_a_patch_adds_a_pipeline_and_a_bad_one_is_refused_whole(session: acqd.Session) -> None:
    reply = session.configure(patch='[pipeline.copy]\nfrom = ["sim/wave"]')
    assert reply.change == "pipeline"
    with session.subscribe("sim/copy", timeout=5) as frames:
        assert next(frames).count > 0
    with pytest.raises(acqd.InvalidError) as refused:
        session.configure(patch='[pipeline.copy2]\nfrom = ["sim/absent"]')
    assert "pipeline.copy2" in refused.value.field
    assert "d/sim/copy2" not in session.streams
    session.configure(patch='[pipeline]\ncopy = "none"')
    assert list(session.streams) == ["d/sim/raw"]


def test_the_status_topic_says_what_the_status_request_says(session: acqd.Session) -> None:
    with session.subscribe("s/daemon", timeout=5) as frames:
        status = next(frames).status
        assert status.run_id == session.status().run_id
        assert status.instruments[0].streams[0].stream == "sim/wave"
        following = next(frames).status
        assert following.uptime_ns > status.uptime_ns
        assert frames.losses.transport_frames == 0


def test_events_tell_of_changes(session: acqd.Session) -> None:
    with session.subscribe("e/", timeout=5) as events:
        deadline = time.monotonic() + 5
        seen: list[acqd.Frame] = []
        session.stop("sim")
        while not seen and time.monotonic() < deadline:
            try:
                frame = events.receive(0.2)
            except acqd.TimeoutError:  # the subscription may be younger than the event
                session.start("sim")
                session.stop("sim")
                continue
            seen = [frame] if frame.event.source == "sim" else []
        assert seen[0].topic == "e/sim"
        assert seen[0].event.what == "state"
        assert seen[0].event.sentence


def test_tcp_brings_what_ipc_brings(daemon: Daemon, session: acqd.Session) -> None:
    with acqd.connect(daemon.tcp_control) as remote:
        assert remote.streams == session.streams
        with remote.subscribe("sim/raw", timeout=5) as frames:
            assert next(frames).data.shape[0] == 2


def test_hangup_reads_the_file_again_or_refuses_it_whole() -> None:
    with Daemon(BODY) as daemon, daemon.connect() as session:
        revision = session.hello().config_revision

        def hang_up(body: str) -> None:
            daemon.write(body)
            daemon.signal(signal.SIGHUP)

        hang_up(BODY + '[pipeline.second]\nfrom = ["sim/wave"]\n')
        wait_for("the new pipeline", lambda: "d/sim/second" in session.streams)
        assert session.hello().config_revision == revision + 1

        refused = daemon.log.count("refused")
        hang_up(BODY.replace('"100 kHz"', '"-3 kHz"') + '[pipeline.third]\nfrom = ["sim/wave"]\n')
        wait_for("the refusal in the log", lambda: daemon.log.count("refused") > refused)
        assert session.get("instrument.sim.rate") == 100e3
        assert sorted(session.streams) == ["d/sim/raw", "d/sim/second"]
        assert session.hello().config_revision == revision + 1
        assert "acqd.toml:" in daemon.log, "the refusal names file and line"
        assert session.instrument("sim").state == "acquiring"


def test_a_restarted_daemon_is_found_again_and_is_no_loss() -> None:
    with Daemon(BODY) as daemon, daemon.connect() as session:
        with session.subscribe("sim/raw", timeout=10) as frames:
            before = [next(frames) for _ in range(5)]
            assert daemon.stop() == 0
            daemon.start()
            run_id = before[0].header.run_id
            after = first_where(frames, lambda frame: frame.header.run_id != run_id, timeout=10)
            assert after.header.stream_id == before[0].header.stream_id
            assert after.descriptor.topic == "d/sim/raw"
            losses = frames.losses
            assert (losses.restarts, losses.malformed, losses.duplicates) == (1, 0, 0)
            assert losses.transport_frames == 0
        assert session.instrument("sim").state == "acquiring"


def test_a_shutdown_request_ends_the_daemon_in_order() -> None:
    with Daemon(BODY) as daemon:
        with daemon.connect() as session:
            session.shutdown()
        assert daemon.process.wait(10) == 0
        daemon.start()  # and it starts again on the same sockets


def test_every_request_around_a_stopped_daemon_is_answered_or_refused_clearly(
    seed: int, figures: Print
) -> None:
    """Twenty connections from before, each with one request somewhere in the 5 s that the daemon
    stands still or in the 2 s after it."""
    random_ = random.Random(seed)
    outcomes: list[str] = []
    back_s: list[float] = []

    def ask(session: acqd.Session, at: float, is_change: bool) -> None:
        time.sleep(max(0.0, at - time.monotonic()))
        try:
            if is_change:
                session.start("sim")
            else:
                session.status()
            outcomes.append("answered")
        except acqd.DisconnectedError as refused:
            assert is_change and "may have been made" in str(refused)
            outcomes.append("refused")
        begin = time.monotonic()
        session.status()
        back_s.append(time.monotonic() - begin)

    with Daemon(BODY) as daemon, contextlib.ExitStack() as stack:
        sessions = [
            stack.enter_context(
                acqd.connect(daemon.tcp_control if i % 2 else daemon.control, timeout=10)
            )
            for i in range(20)
        ]
        with concurrent.futures.ThreadPoolExecutor(len(sessions)) as pool:
            begin = time.monotonic()
            with daemon.paused():
                asked = [
                    pool.submit(ask, session, begin + random_.uniform(0, 7), i % 4 > 1)
                    for i, session in enumerate(sessions)
                ]
                time.sleep(5)
            for future in asked:
                future.result()
    figures(
        answered=outcomes.count("answered"),
        refused=outcomes.count("refused"),
        slowest_after_s=round(max(back_s), 3),
    )
    assert len(back_s) == len(outcomes) == len(sessions)
    assert outcomes.count("answered") >= 10, "questions are asked again"
