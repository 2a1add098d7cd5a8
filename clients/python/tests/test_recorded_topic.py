"""Topics in a recording: frames by number and time, samples of continuous ones, tables of results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from recordings import Maker, described
from support import header

import acqd
from acqd._wire import frame_pb2, stream_pb2
from acqd._wire.stream_pb2 import Channel, Rational, StreamDescriptor

VOLTS = StreamDescriptor(
    topic="d/scope/smooth",
    kind=stream_pb2.WAVEFORM,
    dtype=stream_pb2.F32,
    rate_hz=Rational(num=1000, den=1),
    channels=[Channel(id="a", unit="V", scale=1)],
)


def recorded(path: Path, frames: int = 50, finish: bool = True) -> Path:
    """`frames` frames of 100 samples, a spectrum of 5 values and 2 results with each."""
    maker = Maker(path, chunk_bytes=3000)
    spectrum = described(kind=stream_pb2.SPECTRUM, dtype=stream_pb2.F32)
    for channel in spectrum.channels:
        channel.scale, channel.offset = 1, 0
    axis = stream_pb2.Axis(name="frequency", unit="Hz", step=10)
    results = StreamDescriptor(topic="d/scope/peak", kind=stream_pb2.SCALARS)
    for i in range(frames):
        samples = np.arange(100 * i, 100 * i + 100, dtype="<f4")
        wave = header(first_index=100 * i, count=100, shape=[1, 100], sequence=i)
        maker.frame("d/scope/smooth", VOLTS, wave, samples.tobytes())
        bins = header(
            kind=stream_pb2.SPECTRUM, first_index=100 * i, count=5, shape=[2, 5], axes=[axis]
        )
        maker.frame("d/scope/psd", spectrum, bins, np.full((2, 5), i, "<f4").tobytes())
        values = [
            frame_pb2.NamedResult(channel=0, name="top", unit="V", value=2 * i, valid=i != 3),
            frame_pb2.NamedResult(channel=1, name="top", unit="V", value=-i, valid=True),
        ]
        peak = header(
            kind=stream_pb2.SCALARS, first_index=100 * i, count=0, shape=[], results=values
        )
        peak.dtype = stream_pb2.F64
        maker.frame("d/scope/peak", results, peak, b"")
        if i == 10:
            maker.mark(1050, "here")
    if finish:
        return maker.finish()
    return maker.abandon()


@pytest.fixture
def recording(tmp_path: Path) -> acqd.Recording:
    return acqd.open(recorded(tmp_path / "run-0001.mcap"))


def test_frames_are_read_by_number_from_either_end(recording: acqd.Recording) -> None:
    spectra = recording.topic("scope/psd")
    assert len(spectra) == 50 and spectra.kind is acqd.Kind.SPECTRUM
    for number in (0, 1, 17, 49, -1, -50):
        frame = spectra[number]
        np.testing.assert_array_equal(frame.data, np.full((2, 5), number % 50))
        np.testing.assert_array_equal(frame.x, [0, 10, 20, 30, 40])
        assert frame.x_unit == "Hz" and frame.unit == "V"
    assert [f.first_index for f in spectra[10:20:5]] == [1000, 1500]
    with pytest.raises(IndexError, match="no frame 50: it has 50"):
        spectra[50]
    with pytest.raises(acqd.NotFoundError, match="d/scope/psd"):
        recording.topic("scope/none")


def test_frames_are_counted_without_reading_a_chunk(recording: acqd.Recording) -> None:
    def refuse(_: object) -> memoryview:
        raise AssertionError("a chunk was read")

    for segment in recording._segments:
        segment.read_chunk = refuse  # type: ignore[method-assign]
    assert len(recording.topic("scope/psd")) == 50


def test_frames_of_a_file_without_its_end_are_counted_too(tmp_path: Path) -> None:
    path = recorded(tmp_path / "run-0001.mcap.part", finish=False)
    with acqd.open(path) as recording:
        spectra = recording.topic("scope/psd")
        assert 40 <= len(spectra) < 50
        assert len(list(spectra)) == len(spectra)
        assert spectra[-1].first_index == 100 * (len(spectra) - 1)


def test_frames_are_iterated_by_time_and_mark(recording: acqd.Recording) -> None:
    spectra = recording.topic("scope/psd")
    assert [f.first_index for f in spectra] == [100 * i for i in range(50)]
    assert [f.first_index for f in spectra.between(stop="here")] == [100 * i for i in range(11)]
    assert next(iter(spectra.between("here"))).first_index == 1100


def test_a_continuous_topic_is_one_array(recording: acqd.Recording) -> None:
    samples = recording["scope/smooth"]
    assert samples.shape == (1, 5000) and samples.dtype == np.float32
    np.testing.assert_array_equal(samples[0, 1234:4321], np.arange(1234, 4321))
    with pytest.raises(acqd.UnsupportedError, match="SPECTRUM"):
        recording["scope/psd"]


def test_frames_of_one_shape_stack_to_an_array(recording: acqd.Recording) -> None:
    stacked = recording.topic("scope/psd").values(5, 8)
    assert stacked.shape == (3, 2, 5)
    np.testing.assert_array_equal(stacked[:, 0, 0], [5, 6, 7])
    results = recording.topic("scope/peak").values()
    assert results.shape == (50, 2)
    assert np.isnan(results[3, 0]) and results[4, 0] == 8


def test_results_are_a_table_with_the_time_as_index(recording: acqd.Recording) -> None:
    table = recording.topic("scope/peak").to_pandas()
    assert list(table.columns) == ["0.top", "1.top"] and len(table) == 50
    assert table["1.top"].iloc[7] == -7 and np.isnan(table["0.top"].iloc[3])
    assert str(table.index.tz) == "UTC"
    assert table.index[1] > table.index[0]
