"""The account of every sample: made - delivered - lost - queued, for each consumer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import acqd
from acqd._wire.status_pb2 import ConsumerStatus, StreamStatus
from daemon import Daemon, wait_for


def stream_status(session: acqd.Session, name: str) -> StreamStatus:
    for instrument in session.status().instruments:
        for stream in instrument.streams:
            if stream.stream == name:
                return stream
    raise AssertionError(f"no stream {name}")


def lost(consumer: ConsumerStatus) -> dict[str, int]:
    return {loss.reason: loss.samples for loss in consumer.lost}


@dataclass
class Ledger:
    """The daemon's account of one stream between two moments at which its source was stopped."""

    made: int
    delivered: int
    lost: dict[str, int]
    queued: int

    @property
    def difference(self) -> int:
        return self.made - self.delivered - sum(self.lost.values()) - self.queued


class Run:
    """One start and stop of an instrument's stream, with the daemon's counters around it."""

    def __init__(self, daemon: Daemon, session: acqd.Session, stream: str = "sim/wave") -> None:
        self._daemon = daemon
        self._session = session
        self._stream = stream
        self._instrument = stream.split("/")[0]
        self.stop()
        self.before = stream_status(session, stream)

    def start(self) -> None:
        self._session.start(self._instrument)

    def stop(self, session: acqd.Session | None = None) -> None:
        """Stops the source and waits until the consumers have taken what was made."""
        (session or self._session).stop(self._instrument)
        wait_for("the rings are empty", self._is_drained)

    def _is_drained(self) -> bool:
        status = stream_status(self._session, self._stream)
        return all(consumer.queued == 0 for consumer in status.consumers)

    def ledgers(self) -> dict[str, Ledger]:
        """One for each consumer."""
        after = stream_status(self._session, self._stream)
        before = {consumer.worker: consumer for consumer in self.before.consumers}
        result = {}
        for now in after.consumers:
            then = before.get(now.worker, ConsumerStatus())
            reasons = {r: n - lost(then).get(r, 0) for r, n in lost(now).items()}
            result[now.worker] = Ledger(
                made=now.made - then.made,
                delivered=now.delivered - then.delivered,
                lost={r: n for r, n in reasons.items() if n},
                queued=now.queued,
            )
            assert result[now.worker].made == after.made - self.before.made
        return result


def truth(daemon: Daemon, name: str = "sim") -> dict[str, Any]:
    """What the simulated device really did."""
    path: Path = daemon.folder / f"{name}.truth.json"
    result: dict[str, Any] = json.loads(path.read_text())
    return result
