"""A viewer that stops costs the others nothing, the daemon its byte budget, and itself exactly
what it is told."""

from __future__ import annotations

import signal
import threading
import time

import pytest
import zmq

from accounts import Run
from conftest import Print
from daemon import Daemon, wait_for
from peers import Peer

MIB = 1024 * 1024
BUDGET_BYTES = 8 * MIB
HEARTBEAT_S = 1.0
STOPPED_S = 10.0
FREED_WITHIN_S = 4.0  # three heartbeats, and the slack of one
KEPT_BYTES = 2 * MIB  # of the budget, for what else the daemon does meanwhile

# 4 channels of i32 at 250 kHz: 4 MB/s, so that a stopped viewer fills its budget in 2 s.
BODY = """
[instrument.sim]
driver = "sim"
channels = 4
rate = "250 kHz"
dtype = "i32"
packet_bytes = {packet_bytes}
latency = "0 s"
seed = {seed}
signal = [{{ kind = "counter" }}]

[pipeline.raw]
from = ["sim/wave"]
publish = "always"
"""


class MemoryWatch:
    """The daemon's resident memory, ten times a second, on a thread of its own."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._stop = threading.Event()
        self.samples: list[tuple[float, int]] = []  # seconds, bytes
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            self.samples.append((time.monotonic(), self._daemon.resident_bytes()))

    def largest(self) -> int:
        """Since the start."""
        return max(size for _, size in self.samples)

    def end(self) -> int:
        """The largest since the start."""
        self._stop.set()
        self._thread.join()
        return self.largest()


# Frames just below and above the size from which they go out by reference instead of as a copy.
@pytest.mark.parametrize("packet_bytes", [61440, 131072], ids=["copied", "by_reference"])
def test_a_stopped_viewer_costs_its_budget_for_four_seconds_and_nobody_else(
    packet_bytes: int, seed: int, figures: Print
) -> None:
    body = BODY.format(packet_bytes=packet_bytes, seed=seed)
    publish = f'budget = "8 MiB"\nheartbeat = "{HEARTBEAT_S:g} s"'
    with Daemon(body, publish=publish) as daemon, daemon.connect() as session:
        run = Run(daemon, session)
        with (
            Peer(daemon.control, "sim/raw") as healthy,
            Peer(daemon.control, "sim/raw") as also_healthy,
            Peer(daemon.control, "sim/raw") as viewer,
            Peer(daemon.control, "sim/raw") as next_viewer,
        ):

            def peers() -> int:
                return int(session.status().publisher_peers)

            run.start()
            time.sleep(2)  # memory has reached its level
            watch = MemoryWatch(daemon)
            time.sleep(0.5)
            before = watch.samples[-1][1]
            stopped_at = time.monotonic()
            viewer.stop()
            wait_for("the viewer is cut off", lambda: peers() == 3, FREED_WITHIN_S)
            cut_s = time.monotonic() - stopped_at
            held = watch.largest() - before
            wait_for(
                "the memory is given back",
                lambda: daemon.resident_bytes() - before <= KEPT_BYTES,
                max(0.1, FREED_WITHIN_S - cut_s),
            )
            freed_s = time.monotonic() - stopped_at
            kept = daemon.resident_bytes() - before
            # A second budget, while the first viewer is still stopped: there is room for it only
            # if the first one's is free again.
            next_viewer.stop()
            time.sleep(STOPPED_S - cut_s)
            peak = watch.end()
            viewer.resume()
            next_viewer.resume()
            time.sleep(4)
            run.stop()
            others = [healthy.settled(), also_healthy.settled()]
            stopped = [viewer.settled(), next_viewer.settled()]
        ledger = run.ledgers()["sim"]
    for report in others:
        assert report.transport_frames == report.upstream_samples == 0
        assert report.wrong == 0, report.complaints
    delivered = others[0].samples
    true_gaps = [delivered - report.samples for report in stopped]
    figures(
        made=ledger.made,
        delivered=delivered,
        others_lost_frames=[report.transport_frames for report in others],
        cut_s=round(cut_s, 2),
        freed_s=round(freed_s, 2),
        held_bytes=held,
        kept_bytes=kept,
        grown_bytes=peak - before,
        reported_gaps=[report.transport_samples for report in stopped],
        true_gaps=true_gaps,
    )
    assert others[1].samples == delivered
    assert ledger.difference == 0
    for report, true_gap in zip(stopped, true_gaps, strict=True):
        assert report.wrong == 0, report.complaints
        assert report.transport_samples == true_gap > 0
        assert report.upstream_samples == report.unannounced_samples == 0
    assert peak - before <= BUDGET_BYTES
    if packet_bytes < 65536:
        assert held > BUDGET_BYTES / 2, "it held nothing that could be freed"


COME_AND_GO = """
[instrument.sim]
driver = "sim"
channels = 4
rate = "250 kHz"
dtype = "i32"
latency = "1 ms"

[pipeline.raw]
from = ["sim/wave"]
frame_samples = {frame_samples}
"""


def test_viewers_that_come_and_go_do_not_end_the_daemon(figures: Print) -> None:
    """Connections are closed while others begin, and the largest frame changes meanwhile."""
    frames = 0
    with Daemon(COME_AND_GO.format(frame_samples=1000)) as daemon, zmq.Context() as context:
        for turn in range(60):
            sockets = []
            for _ in range(8):
                viewer = context.socket(zmq.SUB)
                viewer.setsockopt(zmq.LINGER, 0)
                viewer.setsockopt(zmq.RCVTIMEO, 10_000)
                viewer.setsockopt(zmq.SUBSCRIBE, b"d/sim/raw")
                viewer.connect(daemon.data)
                sockets.append(viewer)
            for viewer in sockets:
                frames += len(viewer.recv_multipart()) > 1
            for viewer in sockets:
                viewer.close()
            if turn % 10 == 5:
                size = 500 if turn % 20 == 5 else 4000
                daemon.write(COME_AND_GO.format(frame_samples=size))
                daemon.signal(signal.SIGHUP)
        with daemon.connect() as session:
            assert session.status().config_revision > 1
    figures(frames=frames)
    assert frames == 60 * 8
