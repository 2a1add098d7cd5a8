"""Runs the real daemon as a child, from outside: configuration, sockets, signals, memory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import acqd

ROOT = Path(__file__).resolve().parents[2]
START_S = 20.0
STOP_S = 10.0


def binary() -> Path:
    """The daemon under test; a missing one is a failure, never a skip."""
    path = Path(os.environ.get("ACQD_BINARY", ROOT / "build" / "dev" / "acqd"))
    assert path.is_file(), f"{path} is not there: build it, or name one in ACQD_BINARY"
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def threads_of(pid: int) -> dict[str, int]:
    """Thread ids by name."""
    tasks = Path(f"/proc/{pid}/task")
    return {(t / "comm").read_text().strip(): int(t.name) for t in tasks.iterdir()}


def wait_for(condition: str, check: object, timeout: float = 10.0) -> None:
    """Returns when check() is true; fails with the condition's words after `timeout` seconds."""
    assert callable(check)
    deadline = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < deadline, f"not within {timeout} s: {condition}"
        time.sleep(0.05)  # a daemon takes 50 requests a second from one client


class Daemon:
    """One acqd process in a folder of its own. As a context it is started, and on leaving it must
    still be alive, end within STOP_S of SIGTERM, and say 0."""

    def __init__(
        self,
        body: str,
        *,
        publish: str = "",
        environment: dict[str, str] | None = None,
        launcher: list[str] | None = None,
    ) -> None:
        self.environment = environment or {}
        self.launcher = launcher or []
        self._folder = tempfile.TemporaryDirectory(prefix="acqd-")
        self.folder = Path(self._folder.name)
        self.control = f"ipc://{self.folder}/control"
        self.data = f"ipc://{self.folder}/data"
        self.tcp_control = f"tcp://127.0.0.1:{free_port()}"
        self.tcp_data = f"tcp://127.0.0.1:{free_port()}"
        self.config = self.folder / "acqd.toml"
        self.log_file = self.folder / "log"
        (self.folder / "state").mkdir()
        self.head = (
            f'[publish]\nbind = ["{self.data}", "{self.tcp_data}"]\n{publish}\n'
            f'[control]\nbind = ["{self.control}", "{self.tcp_control}"]\n\n'
        )
        self.notices: list[str] = []  # what has come to NOTIFY_SOCKET since start()
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(self.folder / "notify"))
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        self._process: subprocess.Popen[bytes] | None = None
        self.write(body)

    def write(self, body: str) -> None:
        """Writes the configuration file: the sockets, then `body` with {folder} filled in."""
        self.config.write_text(self.head + body.replace("{folder}", str(self.folder)))

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the daemon was not started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def start(self) -> None:
        """Returns when the daemon has said READY."""
        notify = {
            "NOTIFY_SOCKET": str(self.folder / "notify"),
            "STATE_DIRECTORY": str(self.folder / "state"),
        }
        environment = {**os.environ, **notify, **self.environment}
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.launcher, binary(), "--config", str(self.config)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        self.notices.clear()
        wait_for("READY=1", self._is_ready, START_S)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.log}"
        return any("READY=1" in notice for notice in self.notices)

    def _listen(self) -> None:
        # Always read: the daemon skips what finds no room in the queue.
        while text := self._notify.recv(4096).decode():
            self.notices.append(text)

    def connect(self, timeout: float = 5.0) -> acqd.Session:
        return acqd.connect(self.control, timeout=timeout)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The whole process stopped."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE")

    def threads(self) -> dict[str, int]:
        return threads_of(self.pid)

    def stop(self) -> int:
        """Sends SIGTERM and gives the exit status; fails when it takes longer than STOP_S."""
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not stop within {STOP_S} s:\n{self.log[-4000:]}") from None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        try:
            status = self.process.poll()
            if kind is not None:
                print(f"the daemon's log ends with:\n{self.log[-4000:]}")
                return
            assert status is None, f"ended by itself with {status}:\n{self.log[-4000:]}"
            status = self.stop()
            assert status == 0, f"exit status {status}:\n{self.log[-4000:]}"
        finally:
            self._end()

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ourselves:
            ourselves.sendto(b"", str(self.folder / "notify"))
        self._listener.join()
        self._notify.close()
        self._folder.cleanup()
