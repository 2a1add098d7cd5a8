"""What the emulated logic analyser sees: LogicBoard::sample() of tests/support/usb."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK = 128  # samples that tell one number: 8 digits of 16 samples


def samples(first: int, count: int, channels: int = 8) -> npt.NDArray[np.uint64]:
    """Samples `first`, `first` + 1 ... of the device."""
    n = np.arange(first, first + count, dtype=np.uint64)
    digit = (n // BLOCK) >> (4 * (n // 16 % 8))
    words = (n & 15) | (digit & 15) << 4 | (n // 512 & 255) << 8
    return np.asarray(words & (2**channels - 1), dtype=np.uint64)


def number_of(words: npt.NDArray[Any]) -> int:
    """The number of the first of these samples, which begins a block, as a transfer does."""
    digits = words[: BLOCK : BLOCK // 8].astype(np.int64) >> 4 & 15
    return BLOCK * sum(int(digit) << 4 * place for place, digit in enumerate(digits))


def follows(words: npt.NDArray[Any], first: int, channels: int = 8) -> bool:
    """Whether these are the samples from number `first` on."""
    return bool(np.array_equal(words, samples(first, len(words), channels)))
