"""Emulated USB devices around the real daemon: usb_emulator under umockdev, with the system's libusb."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import Self

from daemon import binary


def launcher(devices: list[str], *options: str) -> list[str]:
    """What starts a program on a machine with these devices, at the ports 1-1, 1-2 ..."""
    emulator = binary().parent / "usb_emulator"
    assert emulator.is_file(), f"{emulator} is not there: build it"
    named = [word for device in devices for word in ("--device", device)]
    return ["umockdev-wrapper", str(emulator), *named, *options, "--"]


def child_of(pid: int) -> int:
    """The only child of a process: the daemon under its launcher."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


class UsbMachine:
    """The devices of one daemon, and orders to them once it runs. umockdev's own folder is removed
    with it: a killed emulator leaves one behind."""

    def __init__(self, devices: list[str]) -> None:
        # Short: umockdev cuts the names of its sockets at 107 bytes.
        self._folder = tempfile.TemporaryDirectory(prefix="usb-", dir="/tmp")
        self._control = Path(self._folder.name) / "orders"
        self.launcher = launcher(devices, "--control", str(self._control))
        self.environment = {"TMPDIR": self._folder.name}

    def say(self, order: str) -> str:
        """Gives an order of tests/support/usb/usb_emulator.cpp; it has to be carried out."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._control))
            connection.sendall(order.encode() + b"\n")
            answer = connection.makefile().readline().strip()
        assert answer.startswith("ok"), f"{order!r}: {answer}"
        return answer.removeprefix("ok").strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()
