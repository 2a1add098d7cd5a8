"""Recordings read from the disk, made by a writer that is not ours."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from recordings import (
    RATE_HZ,
    START_NS,
    STREAM,
    Maker,
    counted,
    described,
    raw,
    run_of,
    segment,
    values,
)

import acqd
from acqd._wire import frame_pb2, stream_pb2
from acqd.journal.fields import RECORD_HEAD
from acqd.journal.segment import Segment

GAPPED = [*run_of(1000, 1000), (2250, 100, 250), *run_of(2350, 1000)]


@pytest.mark.parametrize("is_arranged", [False, True])
@pytest.mark.parametrize("compression", ["", "lz4", "zstd"])
def test_every_sample_reads_back_in_its_unit(
    tmp_path: Path, compression: str, is_arranged: bool
) -> None:
    path = segment(
        tmp_path / "run-0001.mcap",
        run_of(1000, 5000),
        compression=compression,
        is_arranged=is_arranged,
    )
    with acqd.open(path) as recording:
        wave = recording[STREAM]
        assert wave.shape == (2, 5000)
        assert (wave.first_index, wave.unit, wave.channels) == (1000, "V", ("a", "b"))
        assert wave.rate_hz == RATE_HZ
        np.testing.assert_array_equal(wave[:, :], values(1000, 5000))
        np.testing.assert_array_equal(np.asarray(wave), values(1000, 5000))
        np.testing.assert_array_equal(wave.raw[:, :], raw(1000, 5000))
        assert wave.raw.dtype == np.int16
        assert recording.is_complete and recording.damages == []


@pytest.mark.parametrize("start", [0, 1, 99, 100, 101, 777, 4999])
@pytest.mark.parametrize("count", [1, 99, 100, 101, 950])
def test_any_slice_is_the_slice_of_the_whole(tmp_path: Path, start: int, count: int) -> None:
    path = segment(tmp_path / "run-0001.mcap", run_of(1000, 5000))
    with acqd.open(path) as recording:
        wave = recording[STREAM]
        whole = values(1000, 5000)
        stop = start + count
        np.testing.assert_array_equal(wave[:, start:stop], whole[:, start:stop])
        np.testing.assert_array_equal(wave["b", start:stop:7], whole[1, start:stop:7])
        np.testing.assert_array_equal(wave[-1, stop:start:-3], whole[-1, stop:start:-3])
        np.testing.assert_array_equal(wave[["b", "a"], -count:], whole[[1, 0], -count:])
        np.testing.assert_array_equal(wave[..., start], whole[:, start])


def test_only_the_chunks_of_a_slice_are_read(tmp_path: Path) -> None:
    path = segment(tmp_path / "run-0001.mcap", run_of(0, 100_000))
    with acqd.open(path) as recording:
        offsets = counted(recording)
        chunks = len(recording._segments[0].chunks)
        assert chunks > 80
        np.testing.assert_array_equal(
            recording[STREAM][:, 50_000:50_100], values(50_000, 100)
        )
        assert len(set(offsets)) <= 2


def test_uneven_streams_are_found_in_few_steps(tmp_path: Path) -> None:
    packets = [*run_of(0, 1000), (900_000, 100, 899_000), *run_of(900_100, 50_000)]
    path = segment(tmp_path / "run-0001.mcap", packets)
    with acqd.open(path, gaps="mask") as recording:
        wave = recording[STREAM]
        offsets = counted(recording)
        for index in (0, 999, 1000, 500_000, 900_000, 900_099, 925_000, 950_099):
            read = wave[:, index]
            is_there = index < 1000 or index >= 900_000
            assert np.ma.is_masked(read) is not is_there
            if is_there:
                np.testing.assert_array_equal(read, values(index, 1)[:, 0])
        assert len(set(offsets)) < 2 * 10 + 8


def test_lost_samples_are_nan_or_masked_by_choice(tmp_path: Path) -> None:
    path = segment(tmp_path / "run-0001.mcap", GAPPED)
    expected = values(1000, 2350)
    with acqd.open(path) as recording:
        wave = recording[STREAM]
        read = wave[:, :]
        assert np.isnan(read[:, 1000:1250]).all()
        np.testing.assert_array_equal(read[:, :1000], expected[:, :1000])
        np.testing.assert_array_equal(read[:, 1250:], expected[:, 1250:])
        assert wave.gaps() == [(1000, acqd.Gap(250, ("usb",), True))]
        assert wave.part(1100, 1200).gaps() == [(0, acqd.Gap(100, ("usb",), True))]
        assert wave.part(0, 1000).gaps() == []
        inside = wave[:, 1100:1105]
        assert inside.shape == (2, 5) and np.isnan(inside).all()
    with acqd.open(path, gaps="mask") as recording:
        read = recording[STREAM][:, :]
        assert isinstance(read, np.ma.MaskedArray)
        assert read.mask[:, 1000:1250].all() and read.mask.sum() == 500
        np.testing.assert_array_equal(read.compressed().reshape(2, -1), np.delete(expected, slice(1000, 1250), 1))
        numbers = recording[STREAM].raw[:, :]
        assert numbers.dtype == np.int16 and numbers.mask.sum() == 500
    with pytest.raises(acqd.InvalidError, match='"nan", "mask"'):
        acqd.open(path, gaps="zero")  # type: ignore[arg-type]


def test_a_new_record_is_a_gap_without_samples(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "run-0001.mcap")
    maker.packet(0, 100)
    for first in range(100, 1000, 100):
        maker.packet(first, 100, gap_reasons=frame_pb2.GAP_NEW_RECORD)
    border = acqd.Gap(0, ("new_record",), True)
    with acqd.open(maker.finish()) as recording:
        wave = recording[STREAM]
        assert wave.shape == (2, 1000) and not np.isnan(wave[:, :]).any()
        np.testing.assert_array_equal(wave[:, :], values(0, 1000))
        assert wave.gaps() == [(first, border) for first in range(100, 1000, 100)]
        assert wave.part(50, 150).gaps() == [(50, border)]
        assert wave.part(100, 200).gaps() == wave.part(0, 100).gaps() == []


def test_what_was_lost_at_the_end_belongs_to_the_stream(tmp_path: Path) -> None:
    path = segment(tmp_path / "run-0001.mcap", [*run_of(0, 500), (640, 0, 140)])
    with acqd.open(path) as recording:
        wave = recording[STREAM]
        assert wave.shape == (2, 640)
        assert np.isnan(wave[:, 500:]).all()
        assert wave.gaps() == [(500, acqd.Gap(140, ("usb",), True))]


def test_channels_are_picked_as_numpy_picks_rows(tmp_path: Path) -> None:
    path = segment(tmp_path / "run-0001.mcap", GAPPED)
    with acqd.open(path) as recording:
        for array in (recording[STREAM], recording[STREAM].raw):
            whole = array[:, :]
            for rows in (0, -1, slice(1, None), [1, 0, 1], [], [True, False], slice(None, None, -1)):
                for at in (slice(900, 1400), 7):
                    picked, expected = array[rows, at], whole[rows, at]
                    assert type(picked) is type(expected) and picked.shape == expected.shape
                    np.testing.assert_array_equal(picked, expected)
                    masks = np.ma.getmaskarray(picked), np.ma.getmaskarray(expected)
                    np.testing.assert_array_equal(*masks)


@pytest.mark.parametrize("seed", range(6))
def test_packets_of_all_shapes_read_as_if_each_were_alone(tmp_path: Path, seed: int) -> None:
    """Joined or not: of two sizes, flags that change, losses, and another topic in between."""
    random = np.random.default_rng(seed)
    maker = Maker(
        tmp_path / "run-0001.mcap",
        chunk_bytes=int(random.integers(500, 20_000)),
        is_arranged=seed % 2 == 1,
    )
    index, is_lost = 1000, []
    for number in range(200):
        gap = int(random.integers(1, 300)) if random.random() < 0.05 and number else 0
        count = 40 if random.random() < 0.8 else int(random.integers(1, 90))
        maker.packet(index + gap, count, gap, flags=int(random.random() < 0.05))
        is_lost += [True] * gap + [False] * count
        index += gap + count
        if random.random() < 0.3:
            maker.mark(index, f"mark {number}")
    whole = np.where(is_lost, np.nan, values(1000, index - 1000))
    with acqd.open(maker.finish()) as recording:
        wave = recording[STREAM]
        np.testing.assert_array_equal(wave[:, :], whole)
        for _ in range(50):
            start, stop = sorted(random.integers(0, len(is_lost), 2).tolist())
            step = int(random.integers(1, 200))
            np.testing.assert_array_equal(wave[:, start:stop:step], whole[:, start:stop:step])
            told = wave.part(start, stop).gaps()
            assert sum(gap.samples for _, gap in told) == sum(is_lost[start:stop])


@pytest.mark.parametrize("byte", range(6, 22))
def test_a_wrong_message_index_costs_nothing(tmp_path: Path, byte: int) -> None:
    path = segment(tmp_path / "run-0001.mcap", run_of(1000, 2000))
    with acqd.open(path) as recording:
        [place, *_] = recording._segments[0].chunks[1].indexes.values()
    rotten = bytearray(path.read_bytes())
    rotten[place + RECORD_HEAD.size + byte] ^= 0x10
    path.write_bytes(rotten)
    with acqd.open(path) as recording:
        np.testing.assert_array_equal(recording[STREAM][:, :], values(1000, 2000))


def test_segments_of_one_recording_are_one_array(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = segment(folder / "run-0001.mcap", run_of(0, 1000))
    second = segment(folder / "run-0002.mcap", [(1100, 100, 100), *run_of(1200, 800)])
    for opened in (folder, [first, second], str(folder)):
        with acqd.open(opened) as recording:
            assert recording.name == "run"
            read = recording[STREAM][:, 900:1300]
            np.testing.assert_array_equal(read[:, :100], values(900, 100))
            assert np.isnan(read[:, 100:200]).all()
            np.testing.assert_array_equal(read[:, 200:], values(1100, 200))
            assert recording.configurations == ["[instrument.scope]\n"]


def test_segments_of_two_runs_are_not_taken_for_one(tmp_path: Path) -> None:
    segment(tmp_path / "run-0001.mcap", run_of(0, 100))
    segment(tmp_path / "run-0002.mcap", run_of(0, 100), run_id="2")
    with pytest.raises(acqd.InvalidError, match="2 runs"):
        acqd.open(tmp_path)


def test_a_missing_segment_is_a_gap_of_the_recorder(tmp_path: Path) -> None:
    segment(tmp_path / "run-0001.mcap", run_of(0, 1000))
    segment(tmp_path / "run-0003.mcap", run_of(2000, 1000))
    with acqd.open(tmp_path) as recording:
        assert recording[STREAM].gaps() == [(1000, acqd.Gap(1000, ("recorder",), True))]


def test_time_slices_go_by_the_recordings_clock_and_its_marks(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "run-0001.mcap")
    for first, count, _ in run_of(0, 10_000):
        maker.packet(first, count)
        if first == 4000:
            maker.mark(4050, "here")
            maker.mark(4100, "there")
    with acqd.open(maker.finish()) as recording:
        wave = recording[STREAM]
        # The recording begins when its first packet of 100 samples has come: 0.1 s in.
        np.testing.assert_array_equal(
            wave.between(0.9, 1.4)[:, :], values(1000, 500)
        )
        start = np.datetime64(START_NS + 2_000_000_000, "ns")
        part = wave.between(start, start + np.timedelta64(250, "ms"))
        assert (part.first_index, part.shape) == (2000, (2, 250))
        np.testing.assert_array_equal(part[:, 10:20], values(2010, 10))
        marked = wave.between("here", "there")
        assert (marked.first_index, marked.shape) == (4050, (2, 50))
        assert wave.between(stop=-5).shape == (2, 0)
        assert wave.between(1e6).shape == (2, 0)
        assert wave.between().shape == wave.shape
        with pytest.raises(acqd.NotFoundError, match='"here", "there"'):
            wave.between("nowhere")
        assert [mark.sentence for mark in recording.marks] == ["here", "there"]
        assert recording.marks[0].seconds == pytest.approx(3.95)


def test_times_follow_the_stamps_and_not_the_nominal_rate(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "run-0001.mcap")
    tick = stream_pb2.Rational(num=1, den=1_000_000)
    for first in (0, 100, 300):  # 1.01 ms a sample where 1 ms is nominal
        maker.packet(first, 100, tick_s=tick, t0_ticks=first * 1010)
    with acqd.open(maker.finish()) as recording:
        times = recording[STREAM].times()
        assert len(times) == 400
        expected = np.arange(400) % 100 * 1e-3 + np.arange(400) // 100 * 0.101
        expected[200:300] = 0.101 + np.arange(100, 200) * 1e-3  # lost: as the rate has it
        np.testing.assert_allclose(times, expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(recording[STREAM].times(150, 350), expected[150:350])
        assert recording[STREAM].time.tick_s == pytest.approx(1e-6)


def test_a_change_of_scale_is_applied_from_its_packet_on(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "run-0001.mcap")
    maker.packet(0, 100)
    other = described()
    for channel in other.channels:
        channel.scale = 2 * channel.scale
    maker.packet(100, 100, told=other)
    with acqd.open(maker.finish()) as recording:
        read = recording[STREAM][:, :]
        np.testing.assert_array_equal(read[:, :100], values(0, 100))
        expected = raw(100, 100) * 0.002 + np.array([[0.0], [-1.0]])
        np.testing.assert_array_equal(read[:, 100:], expected)


def test_planar_floats_and_packed_logic_read_as_channels(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "run-0001.mcap")
    numbers = np.arange(20, dtype="<f4").reshape(2, 10)
    plain = described(dtype=stream_pb2.F32, is_planar=True)
    for channel in plain.channels:
        channel.scale, channel.offset = 1, 0
    maker.packet(0, 10, told=plain, samples=numbers.tobytes(), topic="s/daq/float")
    logic = described(dtype=stream_pb2.U8, kind=stream_pb2.LOGIC)
    words = np.array([0b01, 0b10, 0b11, 0b00], "u1")
    maker.packet(0, 4, told=logic, samples=words.tobytes(), topic="s/daq/logic")
    with acqd.open(maker.finish(), gaps="mask") as recording:
        floats = recording["daq/float"]
        assert floats.dtype == np.float32
        np.testing.assert_array_equal(floats[:, :], numbers)
        bits = recording["daq/logic"]
        assert bits.dtype == np.uint8
        np.testing.assert_array_equal(bits[:, :], [[1, 0, 1, 0], [0, 1, 1, 0]])
        np.testing.assert_array_equal(bits.raw[:, :], [words])
        assert bits.with_gaps("nan")[:, :].dtype == np.float32


def test_names_and_indices_that_are_not_there_are_named(tmp_path: Path) -> None:
    path = segment(tmp_path / "run-0001.mcap", run_of(0, 500))
    with acqd.open(path) as recording:
        wave = recording[STREAM]
        with pytest.raises(acqd.NotFoundError, match=STREAM):
            recording["scope/other"]
        with pytest.raises(acqd.InvalidError, match="a, b"):
            wave["c", :]
        with pytest.raises(IndexError, match="no sample 500: it has 500"):
            wave[0, 500]
        with pytest.raises(IndexError, match="no channel 2"):
            wave[2]
        with pytest.raises(acqd.InvalidError, match="a number or a slice"):
            wave[0, [1, 2]]
        assert [row.shape for row in wave] == [(500,), (500,)]
    with pytest.raises(acqd.UnsupportedError, match="closed"):
        wave[:, 250:300]


def test_a_path_that_is_no_recording_says_so(tmp_path: Path) -> None:
    with pytest.raises(acqd.NotFoundError, match="no file"):
        acqd.open(tmp_path / "none.mcap")
    with pytest.raises(acqd.NotFoundError, match="no segment"):
        acqd.open(tmp_path)
    for content in (b"", b"hello", b"not a recording " * 1000):
        (tmp_path / "text.mcap").write_bytes(content)
        with pytest.raises(acqd.InvalidError, match="text.mcap"):
            acqd.open(tmp_path / "text.mcap")


def test_a_growing_file_reads_up_to_its_last_chunk_and_on(tmp_path: Path) -> None:
    path = tmp_path / "run" / "run-0001.mcap.part"
    maker = Maker(path)
    for first, count, _ in run_of(0, 1000):
        maker.packet(first, count)
    maker.flush()
    with acqd.open(tmp_path / "run") as recording:
        assert not recording.is_complete and recording.damages == []
        wave = recording[STREAM]
        seen = wave.shape[1]
        assert 0 < seen < 1000
        np.testing.assert_array_equal(wave[:, :], values(0, seen))
        part = wave.part(-100)
        assert not recording.refresh()
        for first, count, _ in run_of(1000, 4000):
            maker.packet(first, count)
        maker.mark(5000, "end")
        maker.finish()
        path.rename(tmp_path / "run" / "run-0001.mcap")
        segment(tmp_path / "run" / "run-0002.mcap", run_of(5000, 1000))
        assert recording.refresh()
        assert recording.is_complete
        assert wave.shape == (2, 6000)
        np.testing.assert_array_equal(wave[:, :], values(0, 6000))
        assert part.first_index == seen - 100 and part.shape == (2, 100)
        assert [mark.sentence for mark in recording.marks] == ["end"]
        assert not recording.refresh()


def test_every_torn_off_file_reads_whole_chunks_and_nothing_else(tmp_path: Path) -> None:
    whole = segment(tmp_path / "whole.mcap", run_of(0, 5000)).read_bytes()
    with acqd.open(tmp_path / "whole.mcap") as recording:
        ends = [chunk.offset + chunk.length for chunk in recording._segments[0].chunks]
        sums = [0]
        for number in range(len(ends)):
            blocks = recording._series[STREAM].blocks_of(number)
            sums.append(sums[-1] + sum(block.count for block in blocks))
    rng = np.random.default_rng(5)
    for size in [8, 9, *ends[:3], *rng.integers(8, len(whole), 60)]:
        path = tmp_path / "torn.mcap.part"
        path.write_bytes(whole[:size])
        with acqd.open(path) as recording:
            expected = sums[sum(end <= size for end in ends)]
            read = recording[STREAM][:, :] if recording.streams else values(0, 0)
            assert read.shape[1] == expected
            np.testing.assert_array_equal(read, values(0, expected))
            assert not recording.is_complete


def test_a_flipped_byte_costs_its_chunk_and_is_told(tmp_path: Path) -> None:
    path = segment(tmp_path / "run-0001.mcap", run_of(0, 5000))
    whole = path.read_bytes()
    with acqd.open(path) as recording:
        places = [(chunk.offset, chunk.length) for chunk in recording._segments[0].chunks]
    rng = np.random.default_rng(6)
    for offset in [places[0][0] + 100, places[1][0] + 5, *rng.integers(0, len(whole), 100)]:
        bad = bytearray(whole)
        bad[offset] ^= 0x20
        path.write_bytes(bad)
        with warnings.catch_warnings(record=True) as caught, acqd.open(path) as recording:
            warnings.simplefilter("always")
            wave = recording[STREAM]
            read = wave[:, :]
            first = wave.first_index
            is_there = ~np.isnan(read)
            expected = values(first, read.shape[1])
            np.testing.assert_array_equal(read[is_there], expected[is_there])
            lost = 5000 - is_there[0].sum()
            assert lost <= 1000, f"byte {offset} costs {lost} samples"  # a chunk of 10 packets
            if lost:
                assert recording.damages and any(
                    w.category is acqd.DamageWarning for w in caught
                )


def test_sizes_that_a_false_file_tells_are_not_believed(tmp_path: Path) -> None:
    path = segment(tmp_path / "run-0001.mcap", run_of(0, 500))
    found = Segment(path)
    chunk = found.chunks[0]
    chunk.bytes = 1 << 60
    with pytest.raises(acqd.InvalidError, match="too large"):
        found.read_chunk(chunk)
    chunk.bytes, chunk.length = 10, 1 << 40
    with pytest.raises(acqd.InvalidError, match="too large"):
        found.read_chunk(chunk)
    found.close()
