"""SigMF, checked by the sigmf package; WAV and RF64, read by SciPy, sox and ffprobe."""
from __future__ import annotations

import json
import pathlib
import subprocess
import warnings

import numpy as np
import scipy.io.wavfile
import sigmf

from conftest import analog, analog_raw, export, iq, refused


def load(meta: pathlib.Path) -> sigmf.SigMFFile:
    recording = sigmf.fromfile(str(meta), autoscale=False)
    recording.validate()
    return recording


def test_sigmf_is_valid_and_begins_a_capture_at_each_gap(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "sigmf", "--topic", "daq/analog")
    read = load(tmp_path / "a.sigmf-meta")
    np.testing.assert_array_equal(read.read_samples(), analog_raw())
    info = read.get_global_info()
    assert info["core:sample_rate"] == 100_000 and info["acqd:lost_samples"] == 540
    assert [(c["unit"], c["scale"], c["offset"]) for c in info["acqd:channels"]] == [("V", 0.001, 0), ("V", 0.001, -1)]
    captures = read.get_captures()
    assert [(c["core:sample_start"], c["core:global_index"]) for c in captures] == [
        (0, 0), (40_000, 40_500), (70_000, 70_540)]
    assert captures[1]["core:datetime"] == "2023-11-14T22:13:20.405000000Z"
    assert [c.get("acqd:lost_before") for c in captures] == [None, 500, 40]
    gaps = [a for a in read.get_annotations() if a["core:label"] == "gap"]
    assert [a["core:comment"] for a in gaps] == [
        "500 samples lost before this one (usb)", "40 samples lost before this one (about, device)"]


def test_sigmf_holds_iq_as_complex_samples_and_events_as_annotations(
        recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a.sigmf", "sigmf", "--topic", "radio/iq")
    read = load(tmp_path / "a.sigmf-meta")
    samples = np.asarray(read.read_samples()).ravel()
    np.testing.assert_array_equal(samples, iq()[:, 0] + 1j * iq()[:, 1])
    assert read.get_global_info()["core:datatype"] == "ci16_le"
    mark, lost = sorted(read.get_annotations(), key=lambda a: a["core:sample_start"])
    # After 61 packets of 10 ms at 48 kHz.
    assert (mark["core:label"], mark["core:comment"], mark["core:sample_start"]) == ("mark", 'here, "there"', 29_280)
    assert lost["core:comment"] == "7 samples lost behind this one (late)" and lost["core:sample_start"] == 47_999


def test_sigmf_begins_a_capture_at_each_record(records: pathlib.Path, tmp_path: pathlib.Path) -> None:
    report = export(records, tmp_path / "a", "sigmf")
    assert [(topic["lost"], topic["gaps"]) for topic in report["topics"]] == [(7, 1)]
    read = load(tmp_path / "a.sigmf-meta")
    captures = [(c["core:sample_start"], c["core:global_index"], c.get("acqd:reasons")) for c in read.get_captures()]
    assert captures == [(0, 0, None), (100, 100, "new_record"), (200, 207, "device, new_record")]
    assert [a["core:comment"] for a in read.get_annotations()] == [
        "begins anew with this one (new_record)", "7 samples lost before this one (device, new_record)"]


def test_sigmf_refuses_logic(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    assert "s/daq/logic is neither" in refused(recording, tmp_path / "a", "sigmf", "--topic", "daq/logic")


def labels(path: pathlib.Path) -> list[tuple[int, str]]:
    """Places and texts of the cues, read by the rules of RIFF alone."""
    raw = path.read_bytes()
    at, places, texts = 12, {}, {}
    while at < len(raw):
        kind, size = raw[at:at + 4], int.from_bytes(raw[at + 4:at + 8], "little")
        body = raw[at + 8:at + 8 + size]
        if kind == b"cue ":
            for i in range(int.from_bytes(body[:4], "little")):
                cue = body[4 + 24 * i:28 + 24 * i]
                places[int.from_bytes(cue[:4], "little")] = int.from_bytes(cue[20:], "little")
        if kind == b"LIST" and body[:4] == b"adtl":
            inner = 4
            while inner < len(body):
                length = int.from_bytes(body[inner + 4:inner + 8], "little")
                label = body[inner + 8:inner + 8 + length]
                texts[int.from_bytes(label[:4], "little")] = label[4:].rstrip(b"\0").decode()
                inner += 8 + length + length % 2
        at += 8 + size + size % 2
    assert at == len(raw)
    return [(places[number], texts[number]) for number in sorted(places)]


def test_wav_is_read_by_scipy_with_silence_and_cues_for_gaps(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "wav", "--topic", "daq/analog")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scipy.io.wavfile.WavFileWarning)  # it does not know cues
        rate, data = scipy.io.wavfile.read(tmp_path / "a.wav")
    assert rate == 100_000 and data.dtype == np.int16
    is_lost = np.isnan(analog()[:, 0])
    np.testing.assert_array_equal(data[~is_lost], analog_raw())
    assert not data[is_lost].any()
    found = labels(tmp_path / "a.wav")
    assert (40_000, "500 samples lost (usb)") in found
    assert (70_500, "40 samples lost (about, device)") in found
    assert any(text == 'mark: here, "there"' for _, text in found)
    done = subprocess.run(["soxi", tmp_path / "a.wav"], capture_output=True, text=True, check=True)
    assert "100540 samples" in done.stdout and "16-bit" in done.stdout
    done = subprocess.run(["ffprobe", "-v", "error", "-show_format", "-of", "json", tmp_path / "a.wav"],
                          capture_output=True, text=True, check=True)
    tags = {key.lower(): value for key, value in json.loads(done.stdout)["format"]["tags"].items()}
    assert tags["title"] == "s/daq/analog" and "b = number * 0.001 + -1 V" in tags["comment"]
    assert "lost 540 samples in 2 gaps" in tags["comment"]


def test_sox_reads_the_same_numbers(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "wav", "--topic", "radio/iq")
    subprocess.run(["sox", tmp_path / "a.wav", "-t", "raw", tmp_path / "a.raw"], check=True)
    data = np.fromfile(tmp_path / "a.raw", "<i2").reshape(-1, 2)
    np.testing.assert_array_equal(data[:48_000], iq())
    assert data.shape == (48_007, 2) and not data[48_000:].any()


def test_wav_refuses_logic_and_broken_rates(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    assert "is neither" in refused(recording, tmp_path / "a", "wav", "--topic", "daq/logic")
    sentence = refused(recording, tmp_path / "a", "wav", "--topic", "daq/slow")
    assert "whole numbers of samples a second" in sentence and "10/3" in sentence


def test_more_than_wav_can_hold_becomes_rf64(large: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """64 channels of float64 and a gap of 8.5 million samples: 4.4 GB, nearly all a hole in the file."""
    export(large, tmp_path / "a", "wav", "--topic", "daq/wide")
    path = tmp_path / "a.wav"
    assert path.stat().st_size > 2**32
    with open(path, "rb") as file:
        assert file.read(4) == b"RF64"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scipy.io.wavfile.WavFileWarning)
        rate, data = scipy.io.wavfile.read(path, mmap=True)
    assert rate == 1000 and data.shape == (8_500_200, 64) and data.dtype == np.float64
    expected = np.arange(100)[:, None] + np.arange(64) / 64
    np.testing.assert_array_equal(data[:100], expected)
    np.testing.assert_array_equal(data[-100:], expected)
    assert not data[100:100_000].any()
    done = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", path],
                          capture_output=True, text=True, check=True)
    [stream] = json.loads(done.stdout)["streams"]
    assert stream["duration_ts"] == 8_500_200 and stream["channels"] == 64
    path.unlink()
