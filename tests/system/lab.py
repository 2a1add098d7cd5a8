"""A laboratory's network of two machines: namespaces of the kernel, with a cable between them."""

from __future__ import annotations

import subprocess
import time
from types import TracebackType
from typing import Self

OURS, THEIRS = "10.99.0.1", "10.99.0.2"


class Lab:
    """Programs on our machine, and on the other one. Needs no rights on the real one."""

    def __init__(self) -> None:
        hold = ["sleep", "infinity"]
        self._ours = subprocess.Popen(["unshare", "--map-root-user", "--net", *hold])
        self._others: list[subprocess.Popen[bytes]] = []
        self._wait_for_namespace()
        self._theirs = subprocess.Popen(
            [*self._enter(self._ours, "--user", "--net"), "unshare", "--net", "--mount", *hold]
        )
        self._wait_until(lambda: self._name_of(self._theirs, "mnt") != self._name_of(None, "mnt"))
        self.ours("ip", "link", "add", "lab0", "type", "veth", "peer", "name", "lab1")
        self.ours("ip", "link", "set", "lab1", "netns", str(self._theirs.pid))
        self.ours("ip", "address", "add", f"{OURS}/24", "dev", "lab0")
        self.ours("ip", "link", "set", "lab0", "up")
        self._theirs_now("ip", "link", "set", "lo", "up")
        self._theirs_now("ip", "address", "add", f"{THEIRS}/24", "dev", "lab1")
        self._theirs_now("ip", "link", "set", "lab1", "up")

    @staticmethod
    def _name_of(process: subprocess.Popen[bytes] | None, kind: str) -> str:
        who = "self" if process is None else str(process.pid)
        run = subprocess.run(
            ["readlink", f"/proc/{who}/ns/{kind}"], capture_output=True, text=True, check=False
        )
        return run.stdout.strip()

    def _wait_for_namespace(self) -> None:
        own = self._name_of(None, "net")
        self._wait_until(lambda: self._name_of(self._ours, "net") not in ("", own))

    @staticmethod
    def _wait_until(check: object) -> None:
        assert callable(check)
        deadline = time.monotonic() + 10
        while not check():
            assert time.monotonic() < deadline, "no namespace within 10 s"
            time.sleep(0.02)

    @staticmethod
    def _enter(process: subprocess.Popen[bytes], *kinds: str) -> list[str]:
        return ["nsenter", "--target", str(process.pid), "--preserve-credentials", *kinds]

    def ours(self, *program: str, succeeds: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a program on our machine."""
        command = [*self._enter(self._ours, "--user", "--net"), *program]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert not succeeds or run.returncode == 0, run.stdout + run.stderr
        return run

    def _theirs_now(self, *program: str) -> None:
        command = [*self._enter(self._theirs, "--user", "--net", "--mount"), *program]
        subprocess.run(command, check=True, timeout=60)

    def theirs(self, *program: str) -> subprocess.Popen[bytes]:
        """Starts a program on the other machine, which ends with the laboratory."""
        command = [*self._enter(self._theirs, "--user", "--net", "--mount"), *program]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self._others.append(process)
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in [*self._others, self._theirs, self._ours]:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
