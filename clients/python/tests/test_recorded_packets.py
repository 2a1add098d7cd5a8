"""Packets of a recording: how their samples are stored, and how they are found and timed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from recordings import (
    RATE_HZ,
    STREAM,
    Maker,
    arrival_ns,
    counted,
    described,
    run_of,
    segment,
    values,
)

import acqd
from acqd._wire import stream_pb2
from acqd.header import DTYPES
from acqd.journal.fields import CHUNK_HEAD_BYTES, RECORD_HEAD


@pytest.mark.parametrize("compression", ["", "zstd"])
def test_the_middle_of_a_file_costs_the_chunk_it_is_in(tmp_path: Path, compression: str) -> None:
    """How long the stream is, the heads of its first and last packets tell; compressed, their
    chunks must be read."""
    path = segment(tmp_path / "run-0001.mcap", run_of(0, 99_900), compression=compression)
    with acqd.open(path) as recording:
        offsets = counted(recording)
        np.testing.assert_array_equal(recording[STREAM][:, 50_010:50_020], values(50_010, 10))
        assert len(set(offsets)) == (1 if compression == "" else 3)


@pytest.mark.parametrize("packet", [0, 1, 7, 8])
def test_heads_that_do_not_follow_one_another_are_not_believed(
    tmp_path: Path, packet: int
) -> None:
    path = segment(tmp_path / "run-0001.mcap", run_of(1000, 2700))  # three chunks
    for number in (0, -1):
        rotten = bytearray(path.read_bytes())
        with acqd.open(path) as recording:
            chunk = recording._segments[0].chunks[number]
            source = recording[STREAM]._series.source
            messages = source.messages(len(source.places) - 1 if number else 0)
        records = chunk.offset + RECORD_HEAD.size + CHUNK_HEAD_BYTES
        index = rotten.index(b"\x11", records + int(messages.starts[packet])) + 1  # first_index
        assert rotten[index + 2 : index + 8] == bytes(6)
        rotten[index + 1] ^= 0x10
        bad = tmp_path / f"rotten{number}.mcap"
        bad.write_bytes(rotten)
        with pytest.warns(acqd.DamageWarning, match="checksum"), acqd.open(bad) as recording:
            wave = recording[STREAM]
            assert wave.shape == (2, 1800)
            assert wave.first_index == (1000 if number else 1900)


@pytest.mark.parametrize("seed", range(4))
def test_times_of_joined_packets_are_those_of_each_packet(tmp_path: Path, seed: int) -> None:
    """Of two sizes, with losses, stamps that jitter, and for some of them on another scale."""
    random = np.random.default_rng(seed)
    tick = stream_pb2.Rational(num=3, den=1_000_000_007)
    maker = Maker(tmp_path / "run-0001.mcap", chunk_bytes=int(random.integers(2000, 20_000)))
    index = first = int(random.integers(0, 1000))
    scale = stream_pb2.FREE_RUNNING
    expected: list[float] = []
    begin = count = 0
    before: tuple[float, int] | None = None
    for number in range(120):
        gap = int(random.integers(1, 200)) if random.random() < 0.1 and number else 0
        if random.random() < 0.03 and seed % 2:
            scale = stream_pb2.TAI
        size = 40 if random.random() < 0.8 else int(random.integers(1, 90))
        at = index + gap
        ticks = at * 333_333 + int(random.integers(-50_000, 50_000)) + 2**40
        maker.packet(at, size, gap, tick_s=tick, t0_ticks=ticks, time_scale=scale)
        if before is None:
            begin, count, seconds = ticks, size, 0.0
        else:
            expected += [before[0] + (i - before[1]) / RATE_HZ for i in range(index, at)]
            if scale == stream_pb2.FREE_RUNNING:
                seconds = float(Fraction(3 * (ticks - begin), 1_000_000_007))
            else:
                arrived = arrival_ns(at + size) - arrival_ns(first + count)
                seconds = arrived * 1e-9 - (size - count) / RATE_HZ
        expected += [seconds + i / RATE_HZ for i in range(size)]
        before, index = (seconds, at), at + size
    with acqd.open(maker.finish()) as recording:
        wave = recording[STREAM]
        np.testing.assert_allclose(wave.times(), expected, rtol=0, atol=1e-9)
        for _ in range(30):
            start, stop = sorted(random.integers(0, len(expected), 2).tolist())
            part = wave.times(start, stop)
            np.testing.assert_allclose(part, expected[start:stop], rtol=0, atol=1e-9)


@pytest.mark.parametrize("is_planar", [False, True])
@pytest.mark.parametrize("dtype", [*DTYPES])
def test_arranged_samples_of_every_type_read_back_bit_for_bit(
    tmp_path: Path, dtype: int, is_planar: bool
) -> None:
    random = np.random.default_rng(dtype)
    told = described(dtype=dtype, is_planar=is_planar)
    maker = Maker(tmp_path / "run-0001.mcap", compression="zstd", is_arranged=True)
    counts = [1, 40, 40, 40, 3, 100]
    packets = []
    first = 0
    for count in counts:
        samples = random.bytes(2 * count * DTYPES[dtype].itemsize)
        maker.packet(first, count, told=told, samples=samples)
        numbers = np.frombuffer(samples, DTYPES[dtype])
        packets.append(numbers.reshape(2, count) if is_planar else numbers.reshape(count, 2).T)
        first += count
    with acqd.open(maker.finish()) as recording:
        found = np.asarray(recording[STREAM].raw[:, :])
    assert found.tobytes() == np.concatenate(packets, axis=1).tobytes()


def test_an_arrangement_that_nobody_knows_is_told_by_its_number(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "run-0001.mcap")
    maker.packet(0, 100, arrangement=7)
    maker.packet(100, 100)
    with pytest.warns(acqd.DamageWarning, match="arranged in way 7"):
        with acqd.open(maker.finish()) as recording:
            read = recording[STREAM][:, :]
    assert np.isnan(read[:, :100]).all()
    np.testing.assert_array_equal(read[:, 100:], values(100, 100))


def test_a_compressed_recording_whose_samples_are_as_made_reads() -> None:
    path = Path(__file__).parents[3] / "tests" / "data" / "as_made_zstd.mcap"
    with acqd.open(path) as recording:
        wave = recording["daq/analog"]
        assert wave.shape == (2, 2050)
        assert [(at, gap.samples) for at, gap in wave.gaps()] == [(800, 50)]
        np.testing.assert_array_equal(wave[:, :800], values(0, 800))
        np.testing.assert_array_equal(wave[:, 850:], values(850, 1200))
