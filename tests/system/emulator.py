"""Runs an emulated instrument beside the daemon: acq_emulator, built with the tests."""

from __future__ import annotations

import subprocess
from typing import Self

from daemon import binary


class Emulator:
    """One process. As a context it ends on leaving."""

    def __init__(self, instrument: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [binary().parent / "acq_emulator", instrument, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        first = self._read()
        assert first.startswith("port "), f"{instrument} says {first!r}"
        self.address = first.split()[1]  # a TCP port, or the name of a serial line

    @property
    def port(self) -> int:
        return int(self.address)

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def tell(self, order: str) -> list[str]:
        """Gives an order, such as "unplug", and returns the lines it answers once it is done."""
        assert self._process.stdin is not None
        print(order, file=self._process.stdin, flush=True)
        lines = []
        while (line := self._read()) != f"done {order}":
            assert line, f"the emulator ended over {order!r}"
            lines.append(line)
        return lines

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            assert self._process.wait(5) == 0
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
