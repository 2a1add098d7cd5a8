"""The daemon's disk as a test wants it: slow to sync, or a power failure took what was not synced."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Disk:
    """Give `environment` to the Daemon: its disk then does as it is told here."""

    def __init__(self, folder: Path) -> None:
        shim = folder / "disk_shim.so"
        source = Path(__file__).with_name("disk_shim.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)
        self._slow = folder / "slow"
        self._log = folder / "syncs"
        self.environment = {
            "LD_PRELOAD": str(shim),
            "ACQ_SLOW_DISK": str(self._slow),
            "ACQ_SYNC_LOG": str(self._log),
        }

    @contextmanager
    def slow(self) -> Iterator[None]:
        """Each fdatasync takes two seconds."""
        self._slow.touch()
        try:
            yield
        finally:
            self._slow.unlink()

    def synced(self) -> list[tuple[Path, int]]:
        """Every sync so far: the file, and how many bytes of it were safe then."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        pairs = (line.split(" ", 1) for line in lines)
        return [(Path(path), int(size)) for size, path in pairs]

    def lose_power(self, folder: Path) -> int:
        """Takes from the files what was not synced, as the worst disk may. The bytes lost."""
        safe = {path.with_suffix(""): size for path, size in self.synced()}  # without .part
        lost = 0
        for path in folder.iterdir():
            size = path.stat().st_size
            kept = min(size, safe.get(path.with_suffix("") if path.suffix == ".part" else path, 0))
            os.truncate(path, kept)
            lost += size - kept
        return lost
