"""The test's end of peer.py: subscribers that are processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

PEER = Path(__file__).with_name("peer.py")


@dataclass(frozen=True)
class Report:
    """One peer's account; samples are per channel."""

    raw: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.raw[name]

    @property
    def accounted(self) -> int:
        """Samples received and known lost, from the first received to the last."""
        total: int = (
            self.samples + self.transport_samples + self.upstream_samples + self.unannounced_samples
        )
        return total


class Peer:
    """A subscriber process; made, it is subscribed. As a context it ends on leaving."""

    def __init__(self, control: str, topic: str, *, delay_s: float = 0.0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PEER), control, topic, "--delay", str(delay_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._read() == "ready", f"no subscriber to {topic}"

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def report(self) -> Report:
        assert self._process.stdin is not None
        print("report", file=self._process.stdin, flush=True)
        return Report(json.loads(self._read()))

    def settled(self, seconds: float = 0.5, timeout: float = 20.0) -> Report:
        """The report once nothing new has come for so long."""
        before = self.report()
        deadline = time.monotonic() + timeout
        while True:
            time.sleep(seconds)
            now = self.report()
            if now.frames == before.frames:
                return now
            assert time.monotonic() < deadline, f"frames still come after {timeout} s"
            before = now

    def hurry(self) -> None:
        """From now on without delay."""
        assert self._process.stdin is not None
        print("hurry", file=self._process.stdin, flush=True)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.resume()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
