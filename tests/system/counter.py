"""The counter signal of sim: each sample's value is its number, so nothing can hide."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from acqd import Frame

MODULUS = 2**32  # of dtype i32


@dataclass
class CounterCheck:
    """Compares every sample with its index. The device numbers from 0 at each start, the daemon
    through: the first frame after a start says by how much they differ."""

    samples: int = 0
    wrong: int = 0  # samples whose value is not the one of their index
    shifted_by: int = 0  # samples the device lost without being able to say so: value - index grew
    epoch_shifts: int = 0  # epochs that began with another difference
    base: int | None = None
    epoch: int = 0
    complaints: list[str] = field(default_factory=list)

    def check(self, frame: Frame) -> None:
        data = frame.data
        values = data[0].astype(np.int64) % MODULUS
        base = (int(values[0]) - frame.first_index) % MODULUS
        expected = (frame.first_index + base + np.arange(frame.count, dtype=np.int64)) % MODULUS
        wrong = int(np.count_nonzero(values != expected))
        for row in data[1:]:
            wrong += int(np.count_nonzero(row != data[0]))
        if self.base is not None and base != self.base:
            if frame.epoch != self.epoch:
                self.epoch_shifts += 1
            elif frame.header.gap_inexact:
                self.shifted_by += (base - self.base) % MODULUS
            else:
                wrong += frame.count
                self._complain(f"{frame}: value - index went from {self.base} to {base}")
        if wrong:
            self._complain(f"{frame}: {wrong} wrong values")
        self.base = base
        self.epoch = frame.epoch
        self.samples += frame.count
        self.wrong += wrong

    def _complain(self, sentence: str) -> None:
        if len(self.complaints) < 10:
            self.complaints.append(sentence)
