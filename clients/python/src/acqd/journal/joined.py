"""Packets of a chunk joined: those alike that follow one another are one block, undecoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from acqd._wire.recording_pb2 import Packet
from acqd.journal.blocks import Block, Samples, Stamps
from acqd.journal.packets import layout_of
from acqd.journal.source import Message, Messages


@dataclass(frozen=True, slots=True)
class _Alike:
    """Messages laid out as one of them is."""

    firsts: npt.NDArray[np.int64]  # the first index of each message
    ticks: npt.NDArray[np.int64]
    is_like: npt.NDArray[np.bool_]  # whether it is laid out so
    count: int  # how many samples these have


def blocks_between(
    messages: Messages,
    start: int,
    stop: int,
    decode: Callable[[Message], Block | None],
    has_samples: bool = True,
) -> Iterator[Block]:
    """The blocks of a chunk in order, without most of those outside of [start, stop); on demand
    those that are joined without their samples, for their times."""
    like = _alike(messages, decode)
    if like is None:
        yield from (block for message in messages if (block := decode(message)) is not None)
        return
    firsts, is_like, count = like.firsts, like.is_like, like.count
    follows = np.zeros(len(messages), bool)
    follows[1:] = is_like[1:] & is_like[:-1] & (firsts[1:] == firsts[:-1] + count)
    begins = np.flatnonzero(~follows)
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(messages)], strict=True):
        if is_like[begin]:
            begin = min(begin + max((start - int(firsts[begin])) // count, 0), end - 1)
            end = min(end, begin + max(-((int(firsts[begin]) - stop) // count), 1))
        first = decode(messages[begin])
        if first is None:
            continue
        if end > begin + 1:
            arrivals = messages.heads["log_time"][begin:end].astype(np.int64)
            stamps = Stamps(like.ticks[begin:end], arrivals)
            raw = _joined(first, messages, begin, end) if has_samples else first.raw[:, :0]
            first = replace(first, count=(end - begin) * count, raw=raw, stamps=stamps)
        yield first


def _joined(first: Block, messages: Messages, begin: int, end: int) -> Samples:
    rows, count = first.raw.shape
    size = first.raw.nbytes
    ends = messages.ends[begin:end].tolist()
    joined = b"".join([messages.records[e - size : e] for e in ends])
    if isinstance(first.head, Packet) and first.head.arrangement != Packet.AS_MADE:
        flat = first.description.restored(np.frombuffer(joined, np.uint8).reshape(-1, size))
    else:
        flat = np.frombuffer(joined, first.raw.dtype)
    if first.description.has_scans:
        return flat.reshape(-1, rows).T
    return flat.reshape(-1, rows, count).swapaxes(0, 1).reshape(rows, -1)


def _alike(messages: Messages, decode: Callable[[Message], Block | None]) -> _Alike | None:
    """The messages beside the one in the middle. None: that one is no packet of samples, or does
    not follow its own."""
    if len(messages) < 2:
        return None
    middle = len(messages) // 2
    model = messages[middle]
    layout = layout_of(model.data, len(model.data))
    block = decode(model) if layout is not None else None
    if layout is None or layout.first_index is None:
        return None
    if block is None or block.count == 0 or block.gap:
        return None
    sizes = messages.ends - messages.starts
    is_like = (sizes == len(model.data)) & (messages.heads["channel"] == model.channel)
    bytes_ = np.frombuffer(messages.records, np.uint8)
    places = np.where(is_like, messages.starts, messages.starts[middle])
    heads = bytes_[places[:, None] + np.arange(layout.head_bytes)]
    stays = np.ones(layout.head_bytes, bool)
    for at in layout.numbers:
        stays[at : at + 8] = False
    same = np.frombuffer(model.data, np.uint8, layout.head_bytes)
    is_like &= (heads[:, stays] == same[stays]).all(axis=1)

    def number(at: int) -> npt.NDArray[np.int64]:
        return np.ascontiguousarray(heads[:, at : at + 8]).view("<i8")[:, 0]

    ticks = np.zeros(len(heads), np.int64) if layout.ticks is None else number(layout.ticks)
    return _Alike(number(layout.first_index), ticks, is_like, block.count)
