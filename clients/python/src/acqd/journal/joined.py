"""Packets of a chunk joined: those alike that follow one another are one block, undecoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from acqd._wire.recording_pb2 import Packet
from acqd.journal.blocks import Block
from acqd.journal.source import Message, Messages

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5  # of protobuf: how a field is laid out
_FIRST_INDEX: Final = Packet.FIRST_INDEX_FIELD_NUMBER << 3 | _EIGHT_BYTES
_SAMPLES: Final = Packet.SAMPLES_FIELD_NUMBER << 3 | _BYTES


@dataclass(frozen=True, slots=True)
class _Layout:
    """Of an encoded packet: its head, of which only these fields of eight bytes differ from packet
    to packet, then nothing but samples."""

    head_bytes: int
    numbers: list[int]
    first_index: int


def blocks_between(
    messages: Messages, start: int, stop: int, decode: Callable[[Message], Block | None]
) -> Iterator[Block]:
    """The blocks of a chunk in order, without most of those outside of [start, stop)."""
    like = _alike(messages, decode)
    if like is None:
        yield from (block for message in messages if (block := decode(message)) is not None)
        return
    firsts, is_like, count = like
    follows = np.zeros(len(messages), bool)
    follows[1:] = is_like[1:] & is_like[:-1] & (firsts[1:] == firsts[:-1] + count)
    begins = np.flatnonzero(~follows)
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(messages)], strict=True):
        if is_like[begin]:
            begin = min(begin + max((start - int(firsts[begin])) // count, 0), end - 1)
            end = min(end, begin + max(-((int(firsts[begin]) - stop) // count), 1))
        first = decode(messages[begin])
        if first is not None:
            yield first if end == begin + 1 else _join(first, messages, begin, end)


def _join(first: Block, messages: Messages, begin: int, end: int) -> Block:
    rows, count = first.raw.shape
    size = first.raw.nbytes
    ends = messages.ends[begin:end].tolist()
    flat = np.frombuffer(b"".join([messages.records[e - size : e] for e in ends]), first.raw.dtype)
    if first.description.has_scans:
        raw = flat.reshape(-1, rows).T
    else:
        raw = flat.reshape(-1, rows, count).swapaxes(0, 1).reshape(rows, -1)
    return replace(first, count=raw.shape[1], raw=raw)


def _alike(
    messages: Messages, decode: Callable[[Message], Block | None]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], int] | None:
    """The first index of each message, whether it is laid out as the one in the middle, and how
    many samples these have. None: that one is no packet of samples, or does not follow its own."""
    if len(messages) < 2:
        return None
    model = messages[len(messages) // 2]
    layout = _layout(model.data)
    block = decode(model) if layout is not None else None
    if layout is None or block is None or block.count == 0 or block.gap:
        return None
    sizes = messages.ends - messages.starts
    is_like = (sizes == len(model.data)) & (messages.heads["channel"] == model.channel)
    bytes_ = np.frombuffer(messages.records, np.uint8)
    places = np.where(is_like, messages.starts, messages.starts[len(messages) // 2])
    heads = bytes_[places[:, None] + np.arange(layout.head_bytes)]
    stays = np.ones(layout.head_bytes, bool)
    for at in layout.numbers:
        stays[at : at + 8] = False
    same = np.frombuffer(model.data, np.uint8, layout.head_bytes)
    is_like &= (heads[:, stays] == same[stays]).all(axis=1)
    at = layout.first_index
    firsts = np.ascontiguousarray(heads[:, at : at + 8]).view("<i8")[:, 0]
    return firsts, is_like, block.count


def _layout(data: memoryview) -> _Layout | None:
    numbers: list[int] = []
    first_index = -1
    at = 0
    try:
        while at < len(data):
            tag, at = _varint(data, at)
            if tag == _FIRST_INDEX:
                first_index = at
            if tag & 7 == _EIGHT_BYTES:
                numbers.append(at)
                at += 8
                continue
            number, after = _varint(data, at) if tag & 7 != _FOUR_BYTES else (4, at)
            at = after if tag & 7 == _VARINT else after + number
            if tag == _SAMPLES and at == len(data) and first_index >= 0:
                return _Layout(after, numbers, first_index)
    except IndexError:
        pass
    return None


def _varint(data: Any, at: int) -> tuple[int, int]:
    """A number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
