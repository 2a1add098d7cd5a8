"""Loss arithmetic: what the tracker reports is what was taken away, and nothing else."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from support import header

from acqd._wire import frame_pb2, stream_pb2
from acqd._wire.frame_pb2 import FrameHeader
from acqd.loss import Gap, Losses, LossTracker, Place, reasons_of


def track(*headers: FrameHeader) -> Losses:
    tracker = LossTracker()
    for each in headers:
        tracker.track(each)
    return tracker.losses


def test_a_stream_without_loss_has_no_losses() -> None:
    losses = track(*(header(sequence=i, first_index=4 * i) for i in range(10)))
    assert losses == Losses(frames=10, samples=40)


def test_a_late_subscriber_has_lost_nothing() -> None:
    losses = track(
        header(sequence=5000, first_index=20000, gap_before=3, gap_reasons=1),
        header(sequence=5001, first_index=20004),
    )
    assert losses == Losses(frames=2, samples=8)


def test_missing_sequence_numbers_are_loss_in_transport() -> None:
    losses = track(header(sequence=0), header(sequence=3, first_index=12))
    assert (losses.transport_frames, losses.transport_samples) == (2, 8)
    assert losses.upstream_samples == losses.unannounced_samples == 0


def test_an_announced_gap_is_loss_upstream_with_its_reason() -> None:
    ring_full = frame_pb2.GAP_RING_FULL
    losses = track(
        header(sequence=0),
        header(sequence=1, first_index=104, gap_before=100, gap_reasons=ring_full),
    )
    assert losses.upstream == {"ring_full": 100}
    assert losses.transport_frames == losses.unannounced_samples == 0


def test_a_new_record_is_no_loss() -> None:
    begins, device = frame_pb2.GAP_NEW_RECORD, frame_pb2.GAP_DEVICE
    losses = track(header(sequence=0), header(sequence=1, first_index=4, gap_reasons=begins))
    assert losses == Losses(frames=2, samples=8)
    losses = track(
        header(sequence=0),
        header(sequence=1, first_index=9, gap_before=5, gap_reasons=begins | device),
    )
    assert losses.upstream == {"device": 5}


def test_both_kinds_of_loss_before_one_frame_are_told_apart() -> None:
    losses = track(
        header(sequence=0), header(sequence=2, first_index=108, gap_before=100, gap_reasons=1)
    )
    assert (losses.transport_frames, losses.transport_samples) == (1, 4)
    assert losses.upstream == {"device": 100}


def test_a_restarted_daemon_is_not_a_loss() -> None:
    losses = track(header(run_id=1, sequence=10), header(run_id=2, sequence=700, first_index=2800))
    assert losses == Losses(frames=2, samples=8, restarts=1)


def test_a_new_epoch_is_not_a_loss_of_its_own() -> None:
    losses = track(
        header(sequence=0, first_index=9000),
        header(sequence=1, epoch=2, gap_before=50, gap_reasons=frame_pb2.GAP_RECONNECT),
    )
    assert losses.epochs == 1
    assert losses.upstream == {"reconnect": 50}
    assert losses.transport_frames == losses.unannounced_samples == losses.index_faults == 0


def test_frames_lost_across_a_change_of_epoch_have_no_exact_number_of_samples() -> None:
    losses = track(header(sequence=0), header(sequence=5, epoch=2))
    assert losses.transport_frames == 4
    assert not losses.transport_samples_exact


def test_a_jump_that_nothing_explains_is_reported_as_such() -> None:
    losses = track(header(sequence=0), header(sequence=1, first_index=10))
    assert losses.unannounced_samples == 6


def test_an_index_that_runs_backwards_is_a_fault_and_no_loss() -> None:
    losses = track(header(sequence=0, first_index=100), header(sequence=1, first_index=0))
    assert losses.index_faults == 1
    assert losses.transport_samples == losses.unannounced_samples == 0


def test_records_are_followed_by_sequence_alone() -> None:
    record = stream_pb2.RECORD
    losses = track(
        header(sequence=0, kind=record), header(sequence=2, kind=record, first_index=10**6)
    )
    assert (losses.transport_frames, losses.transport_samples) == (1, 0)
    assert losses.unannounced_samples == 0


def test_a_duplicate_is_counted_and_changes_nothing_else() -> None:
    tracker = LossTracker()
    tracker.track(header(sequence=0))
    tracker.track(header(sequence=1, first_index=4))
    assert tracker.track(header(sequence=1, first_index=4)).place is Place.DUPLICATE
    assert tracker.losses == Losses(frames=2, samples=8, duplicates=1)


def test_a_late_frame_is_given_back() -> None:
    losses = track(
        header(sequence=0),
        header(sequence=3, first_index=12),
        header(sequence=1, first_index=4),
        header(sequence=2, first_index=8),
    )
    assert losses == Losses(frames=4, samples=16, late=2)


def test_the_middle_of_a_hole_comes_back_without_its_ends() -> None:
    losses = track(
        header(sequence=0), header(sequence=4, first_index=16), header(sequence=2, first_index=8)
    )
    assert (losses.transport_frames, losses.transport_samples, losses.late) == (2, 8, 1)


def test_reasons_read_as_words_and_unknown_bits_as_unknown() -> None:
    assert reasons_of(frame_pb2.GAP_USB | frame_pb2.GAP_LATE) == ("usb", "late")
    assert reasons_of(1 << 20) == ("unknown",)
    assert reasons_of(0) == ()


def test_a_gap_is_true_where_samples_are_missing_or_might_be() -> None:
    assert not Gap()
    assert Gap(3, ("usb",))
    assert Gap(0, ("unknown",), exact=False)


def test_sums_of_topics_keep_every_counter() -> None:
    total = track(
        header(sequence=0), header(sequence=2, first_index=9, gap_before=1, gap_inexact=True)
    )
    total.add(track(header(sequence=0), header(sequence=2, first_index=8)))
    assert (total.frames, total.samples) == (4, 16)
    assert (total.transport_frames, total.transport_samples) == (2, 8)
    assert total.upstream == {"unknown": 1}
    assert not total.upstream_exact


@dataclass
class Publisher:
    """Makes a random but lawful stream of frames, and knows what it holds."""

    random: random.Random
    sequence: int = 0
    index: int = 0
    epoch: int = 1
    run_id: int = 1
    sent: list[FrameHeader] = field(default_factory=list)

    def step(self) -> None:
        chance = self.random.random()
        gap = self.random.choice((0, 0, 0, self.random.randrange(1, 1000)))
        if chance < 0.01:
            self.run_id += 1
            self.sequence, self.index, self.epoch, gap = 0, 0, 1, 0
        elif chance < 0.03:
            self.epoch += 1
            self.index = 0
        else:
            self.index += gap
        count = self.random.randrange(1, 500)
        self.sent.append(
            header(
                sequence=self.sequence,
                first_index=self.index,
                count=count,
                gap_before=gap,
                gap_reasons=4 if gap else 0,
                epoch=self.epoch,
                run_id=self.run_id,
            )
        )
        self.sequence += 1
        self.index += count


@pytest.mark.parametrize("seed", range(200))
def test_reported_loss_is_the_loss_that_was_made(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    publisher = Publisher(rng)
    for _ in range(rng.randrange(2, 300)):
        publisher.step()
    share = rng.choice((0.0, 0.02, 0.3, 0.9))
    kept = [i for i, _ in enumerate(publisher.sent) if rng.random() >= share] or [0]
    losses = track(*(publisher.sent[i] for i in kept))

    frames = samples = upstream = 0
    exact = True
    for before, after in zip(kept, kept[1:]):
        first, last = publisher.sent[before], publisher.sent[after]
        if first.run_id != last.run_id:
            continue  # what a dead daemon sent last, nobody can know
        upstream += last.gap_before
        dropped = publisher.sent[before + 1 : after]
        frames += len(dropped)
        if first.epoch == last.epoch:
            samples += sum(h.count + h.gap_before for h in dropped)
        elif dropped:
            exact = False
    assert losses.frames == len(kept)
    assert losses.samples == sum(publisher.sent[i].count for i in kept)
    assert (losses.transport_frames, losses.transport_samples) == (frames, samples)
    assert losses.transport_samples_exact == exact
    assert losses.upstream_samples == upstream
    assert losses.unannounced_samples == losses.index_faults == losses.duplicates == 0


@pytest.mark.parametrize("seed", range(50))
def test_shuffled_neighbours_come_out_even(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    count = 100
    order = sorted(range(count), key=lambda i: i + rng.uniform(0, 5))
    order.insert(0, order.pop(order.index(0)))
    losses = track(*(header(sequence=i, first_index=4 * i) for i in order))
    assert losses.frames == count
    assert losses.transport_frames == losses.transport_samples == losses.duplicates == 0
