"""A laboratory's network of two machines: namespaces of the kernel, with a cable between them."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Self

OURS, THEIRS = "10.99.0.1", "10.99.0.2"
OURS6, THEIRS6 = "fd99::1", "fd99::2"


class Lab:
    """Programs on our machine, and on the other one. Needs no rights on the real one.

    Without addresses of version 4 or 6 both have the link-local addresses of IPv6 alone.
    """

    def __init__(self, *, ipv4: bool = True, ipv6: bool = False) -> None:
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
        self._theirs_now("ip", "link", "set", "lo", "up")
        for name, address, address6 in [("lab0", OURS, OURS6), ("lab1", THEIRS, THEIRS6)]:
            run = self._ours_now if name == "lab0" else self._theirs_now
            if ipv4:
                run("ip", "address", "add", f"{address}/24", "dev", name)
            if ipv6:
                run("ip", "address", "add", f"{address6}/64", "dev", name, "nodad")
            run("ip", "link", "set", name, "up")
        self._wait_until(lambda: "tentative" not in self.addresses())

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
        # It is root there only when its accounts are mapped, groups last.
        groups = Path(f"/proc/{self._ours.pid}/gid_map")
        self._wait_until(lambda: groups.read_text().strip() != "")

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

    def _ours_now(self, *program: str) -> str:
        return self.ours(*program).stdout

    def _theirs_now(self, *program: str) -> str:
        command = [*self._enter(self._theirs, "--user", "--net", "--mount"), *program]
        return subprocess.run(
            command, check=True, timeout=60, capture_output=True, text=True
        ).stdout

    def addresses(self) -> str:
        """What ip tells of both ends of the cable."""
        show = ["ip", "address", "show", "dev"]
        return self._ours_now(*show, "lab0") + self._theirs_now(*show, "lab1")

    def index(self) -> int:
        """The number of the other machine's end of the cable, there."""
        return int(self._theirs_now("ip", "-o", "link", "show", "dev", "lab1").split(":")[0])

    def link_local(self) -> str:
        """The other machine's, as it is reached from ours."""
        told = self._theirs_now("ip", "-6", "-o", "address", "show", "dev", "lab1", "scope", "link")
        return told.split("inet6 ")[1].split("/")[0] + "%lab0"

    def theirs(self, *program: str) -> subprocess.Popen[bytes]:
        """Starts a program on the other machine, which ends with the laboratory."""
        command = [*self._enter(self._theirs, "--user", "--net", "--mount"), *program]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self._others.append(process)
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for process in [*self._others, self._theirs, self._ours]:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
