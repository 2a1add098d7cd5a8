"""Samples that are stored as differences, byte by byte (docs/recording-format.md, Packets)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def restored(
    arranged: npt.NDArray[np.uint8], dtype: np.dtype[Any], channels: int
) -> npt.NDArray[Any]:
    """Of packets of one size, (packets, bytes), the numbers as they were made, (packets, numbers).

    `channels`: how many numbers stand from one to the next of its channel.
    """
    parts = 2 if dtype.kind == "c" else 1
    size, step = dtype.itemsize // parts, channels * parts
    unsigned = np.dtype(f"<u{size}")
    planes = arranged.reshape(len(arranged), size, -1)
    folded = planes[:, 0].astype(unsigned)
    for byte in range(1, size):
        folded |= planes[:, byte].astype(unsigned) << unsigned.type(8 * byte)
    differences = (folded >> unsigned.type(1)) ^ np.negative(folded & unsigned.type(1))
    scans = differences.reshape(len(arranged), -1, step)
    whole = np.add.accumulate(scans, axis=1, dtype=unsigned)
    return whole.reshape(len(arranged), -1).view(dtype)
