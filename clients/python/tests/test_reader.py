"""Messages to frames: what is malformed is counted and skipped."""

from __future__ import annotations

import random
from collections.abc import Sequence

import google_crc32c
import pytest
from support import TOPIC, descriptor, description, header, message, payload

from acqd import InvalidError, Kind
from acqd._wire import stream_pb2
from acqd.reader import Reader, load_checksum, topic_of


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("scope/raw", "d/scope/raw"),
        ("d/scope/raw", "d/scope/raw"),
        ("s/daemon", "s/daemon"),
        ("scope/", "d/scope/"),
        ("d/", "d/"),
    ],
)
def test_a_short_name_is_a_data_topic(name: str, topic: str) -> None:
    assert topic_of(name) == topic


@pytest.mark.parametrize(
    "name", ["", "/", "d//", "a/b/c", "Scope/raw", "scope/ra w", "a//b", "a/" + "x" * 65, "é/a"]
)
def test_what_cannot_be_a_topic_is_refused(name: str) -> None:
    with pytest.raises(InvalidError) as refused:
        topic_of(name)
    assert refused.value.field == "topic"


def test_only_the_topics_asked_for_get_through() -> None:
    reader = Reader([TOPIC])
    assert reader.read(message(header(), topic=TOPIC + "2")) is None
    assert reader.losses == {}
    assert reader.read(message(header())) is not None
    every = Reader(["d/scope/"])
    assert every.read(message(header(), topic=TOPIC + "2")) is not None
    assert every.read(message(header(), topic="d/other/raw")) is None


def broken_messages() -> list[Sequence[bytes]]:
    whole = message(header())
    return [
        whole[:1],
        whole[:2],
        [*whole, b"more"],
        [whole[0], b"\xff\xff", whole[2]],
        [whole[0], whole[1], whole[2][:-1]],
        [whole[0], b"", whole[2]],
        [whole[0], whole[1], b""],
        description(descriptor())[:2] + [b"\xff" * 5],
    ]


def test_malformed_messages_are_counted_and_skipped() -> None:
    reader = Reader([TOPIC])
    for broken in broken_messages():
        assert reader.read(broken) is None
    assert reader.losses[TOPIC].malformed == len(broken_messages())
    frame = reader.read(message(header()))
    assert frame is not None
    assert reader.losses[TOPIC].frames == 1


def test_messages_of_no_topic_leave_no_trace() -> None:
    reader = Reader(["d/"])
    for topic in (b"\xff\xfe", b"x" * 300):
        assert reader.read([topic, b"", b""]) is None
    assert reader.read([]) is None
    assert reader.losses == {}


def test_a_description_is_learned_and_kept_for_the_frames_it_is_true_for() -> None:
    reader = Reader([TOPIC])
    assert reader.read(description(descriptor(name="old"), 7)) is None
    assert reader.read(description(descriptor(name="new"), 8)) is None
    old = reader.read(message(header(sequence=0, descriptor_id=7)))
    new = reader.read(message(header(sequence=1, first_index=4, descriptor_id=8)))
    assert old is not None and old.descriptor.name == "old"
    assert new is not None and new.descriptor.name == "new"


def test_descriptions_are_no_frames_of_the_sequence() -> None:
    reader = Reader([TOPIC], yields_descriptions=True)
    reader.read(message(header(sequence=41)))
    seen = reader.read(description(descriptor()))
    assert seen is not None and seen.kind is Kind.DESCRIPTION
    reader.read(message(header(sequence=42, first_index=4)))
    losses = reader.losses[TOPIC]
    assert (losses.frames, losses.transport_frames, losses.duplicates) == (2, 0, 0)


def test_a_duplicate_is_not_given_twice() -> None:
    reader = Reader([TOPIC])
    assert reader.read(message(header(sequence=1))) is not None
    assert reader.read(message(header(sequence=1))) is None
    assert reader.losses[TOPIC].duplicates == 1


def test_a_wrong_checksum_is_malformed_when_asked_to_verify() -> None:
    right = header(crc32c=google_crc32c.value(payload()))
    wrong = header(crc32c=right.crc32c ^ 1, sequence=1, first_index=4)
    reader = Reader([TOPIC], checksum=load_checksum())
    assert reader.read(message(right)) is not None
    assert reader.read(message(wrong)) is None
    assert reader.losses[TOPIC].malformed == 1
    trusting = Reader([TOPIC])
    assert trusting.read(message(wrong)) is not None


@pytest.mark.parametrize("seed", range(10))
def test_a_damaged_stream_raises_nothing_and_every_message_is_accounted_for(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    reader = Reader([TOPIC])
    given = 0
    for i in range(500):
        parts = [bytearray(p) for p in message(header(sequence=i, first_index=4 * i))]
        parts[1][rng.randrange(len(parts[1]))] = rng.randrange(256)
        given += reader.read([bytes(p) for p in parts]) is not None
    losses = reader.losses[TOPIC]
    assert losses.frames == given
    others = losses.malformed + losses.duplicates
    descriptions = 500 - given - others  # a changed kind byte can make a lawful description
    assert 0 <= descriptions <= 10


def test_a_status_topic_is_followed_like_any_other() -> None:
    reader = Reader(["s/daemon"])
    made = header(kind=stream_pb2.STATUS, dtype=stream_pb2.U8, shape=[0], count=0)
    made.ClearField("tick_s")
    made.ClearField("time_scale")
    made.sequence = 1
    reader.read(message(made, b"", "s/daemon"))
    made.sequence = 3
    reader.read(message(made, b"", "s/daemon"))
    assert reader.losses["s/daemon"].transport_frames == 1
