"""Recordings are read by programs that are not ours."""
import os
import pathlib
import subprocess
import sys

import numpy
import pytest
from mcap.exceptions import EndOfFile
from mcap.reader import make_reader
from mcap.records import Channel, Message
from mcap.stream_reader import StreamReader
from mcap_protobuf.decoder import DecoderFactory

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import stranger  # noqa: E402

MAKE_SAMPLE = os.environ["MAKE_SAMPLE"]


def sample(folder: pathlib.Path, compression: str, *more: str) -> pathlib.Path:
    subprocess.run([MAKE_SAMPLE, str(folder), compression, *more], check=True)
    [path] = (folder / "run").iterdir()
    return path


def expected(first: int, count: int) -> numpy.ndarray:
    """Two channels, 7 n and 7 n + 1000 as 16-bit integers; scale 0.001, offsets 0 and -1 (sample_journal.h)."""
    n = numpy.arange(first, first + count, dtype=numpy.int64) * 7
    return numpy.stack([n, n + 1000], axis=1).astype(numpy.int16) * 0.001 + [0, -1]


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_sixty_lines_by_a_stranger_read_every_sample_and_gap(tmp_path: pathlib.Path, compression: str) -> None:
    lines = (pathlib.Path(__file__).parent / "stranger.py").read_text().splitlines()
    code = [line for line in lines if line.strip() and not line.strip().startswith('"""')]
    assert len(code) <= 60
    assert not any("acqd" in line or "mcap" in line for line in code)
    index = samples = lost = 0
    for stream, first, gap, values in stranger.read(sample(tmp_path, compression)):
        assert stream == "daq/analog"
        assert first == index + gap
        numpy.testing.assert_allclose(values, expected(first, len(values)), rtol=0, atol=1e-12)
        index = first + len(values)
        samples += len(values)
        lost += gap
    assert (samples, lost) == (100_000, 500)


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_the_mcap_package_reads_every_message_by_its_schema(tmp_path: pathlib.Path, compression: str) -> None:
    with open(sample(tmp_path, compression), "rb") as file:
        reader = make_reader(file, validate_crcs=True, decoder_factories=[DecoderFactory()])
        assert reader.get_header().profile == "acqd"
        summary = reader.get_summary()
        assert summary is not None and summary.statistics is not None
        seen: dict[str, int] = {}
        samples = 0
        for _, channel, _, message in reader.iter_decoded_messages():
            seen[channel.topic] = seen.get(channel.topic, 0) + 1
            if channel.topic == "s/daq/analog":
                samples += message.count
                is_arranged = message.arrangement == 1
                assert is_arranged == (compression != "none")
                assert len(message.arranged if is_arranged else message.samples) == 4 * message.count
        assert samples == 100_000
        assert summary.statistics.message_count == sum(seen.values())
        assert seen["s/daq/analog"] == 100 and seen["event"] == 1 and seen["account"] >= 4
        [attachment] = reader.iter_attachments()
        assert attachment.name == "config-1.toml" and attachment.data.startswith(b"[instrument.daq]")
        [metadata] = reader.iter_metadata()
        assert metadata.metadata["recording"] == "run"


def test_the_mcap_package_reads_a_segment_that_was_never_ended(tmp_path: pathlib.Path) -> None:
    path = sample(tmp_path, "none", "unfinished")
    assert path.name.endswith(".part")
    packets = 0
    channels: dict[int, str] = {}
    with open(path, "rb") as file:
        try:
            for record in StreamReader(file, validate_crcs=True).records:
                if isinstance(record, Channel):
                    channels[record.id] = record.topic
                elif isinstance(record, Message):
                    packets += channels[record.channel_id] == "s/daq/analog"
        except EndOfFile:  # it has no footer
            pass
    assert packets >= 90
