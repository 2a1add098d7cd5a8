"""The real recording through the whole daemon: what is published equals what SciPy computes from
the file, within 1e-5 of full scale."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

import acqd
from accounts import stream_status
from conftest import Print
from daemon import ROOT, Daemon

META = ROOT / "tests" / "data" / "ecg.sigmf-meta"
TOLERANCE = 1e-5  # of full scale
RATE_HZ = 360.0
# At pace fast the whole recording comes in one burst.
ROOMY = 'budget = "64 MiB"'

BODY = f"""
[instrument.ecg]
driver = "replay"
file = "{META}"
pace = "fast"
wait = true

[pipeline.raw]
from = ["ecg/wave"]
publish = "always"

[pipeline.spectrum]
from = ["ecg/wave"]
publish = "always"
blocks = [{{ block = "welch_psd", tap = "psd", %s }}]

[pipeline.peaks]
from = ["spectrum.psd"]
publish = "always"
blocks = [{{ block = "peaks", count = 3 }}]
"""

Floats = npt.NDArray[np.float64]


def counts() -> npt.NDArray[np.int16]:
    return np.fromfile(META.with_suffix(".sigmf-data"), "<i2")


def millivolts() -> Floats:
    """The recording in its unit, read without the daemon's help."""
    channel: dict[str, Any] = json.loads(META.read_text())["global"]["acqd:channels"][0]
    assert channel["unit"] == "mV"
    scaled: Floats = counts() * channel["scale"] + channel["offset"]
    return scaled


def play(daemon: Daemon, session: acqd.Session, *topics: str) -> tuple[int, list[acqd.Frame]]:
    """Plays the whole recording; the index of its first sample, and every frame of the topics."""
    session.stop("ecg")
    before = int(stream_status(session, "ecg/wave").made)
    with session.subscribe(*topics, timeout=5, descriptions=True, verify=True) as frames:
        described = {next(frames).topic for _ in topics}
        assert len(described) == len(topics)
        session.start("ecg")
        got: list[acqd.Frame] = []
        end = before + counts().size
        while not any(f.topic == "d/ecg/raw" and f.first_index + f.count == end for f in got[-9:]):
            got.append(next(frames))
        try:
            while True:
                got.append(frames.receive(0.5))
        except acqd.TimeoutError:
            pass
        losses = frames.losses
        assert losses.transport_frames == losses.malformed == losses.upstream_samples == 0
    return before, [frame for frame in got if frame.kind is not acqd.Kind.DESCRIPTION]


def test_the_recording_is_published_count_for_count(figures: Print) -> None:
    with Daemon(BODY % "length = 2048", publish=ROOMY) as daemon, daemon.connect() as session:
        before, frames = play(daemon, session, "ecg/raw")
        data = np.concatenate([frame.data for frame in frames], axis=1)
        assert frames[0].first_index == before
        assert frames[0].header.flags & 8, "marked as replayed"  # FLAG_REPLAYED
        assert frames[0].unit == "mV"
        np.testing.assert_array_equal(data, counts()[None, :])
        values = np.concatenate([frame.values for frame in frames], axis=1)
        np.testing.assert_array_equal(values[0], millivolts())
        figures(samples=data.shape[1], frames=len(frames))


PARAMETERS: list[dict[str, Any]] = [
    {"length": 2048, "overlap": 1024, "window": "hann", "averages": 8},
    {"length": 1024, "overlap": 512, "window": "hann", "averages": 1},
    {"length": 1000, "overlap": 750, "window": "hamming", "averages": 16},
    {"length": 4096, "overlap": 0, "window": "blackman", "averages": 5, "detrend": "none"},
    {"length": 512, "overlap": 100, "window": "flattop", "averages": 32, "scaling": "spectrum"},
]


def welch(x: Floats, parameters: dict[str, Any]) -> tuple[Floats, Floats]:
    frequencies, power = signal.welch(
        x,
        fs=RATE_HZ,
        window=parameters["window"],
        nperseg=parameters["length"],
        noverlap=parameters["overlap"],
        detrend=False if parameters.get("detrend") == "none" else "constant",
        scaling=parameters.get("scaling", "density"),
    )
    return frequencies, power


def parabola(y: Floats, i: int) -> tuple[float, float]:
    """Top of the parabola through three neighbours: offset from the middle one, and height."""
    curvature = y[i - 1] - 2 * y[i] + y[i + 1]
    offset = 0.5 * (y[i - 1] - y[i + 1]) / curvature
    return float(offset), float(y[i] - 0.25 * (y[i - 1] - y[i + 1]) * offset)


def in_order(frames: list[acqd.Frame], topic: str) -> list[acqd.Frame]:
    return [frame for frame in frames if frame.topic == topic]


@pytest.mark.parametrize("parameters", PARAMETERS, ids=lambda p: f"{p['window']}-{p['length']}")
def test_spectra_and_their_peaks_are_those_of_scipy(
    parameters: dict[str, Any], figures: Print
) -> None:
    text = ", ".join(f"{name} = {json.dumps(value)}" for name, value in parameters.items())
    with Daemon(BODY % text, publish=ROOMY) as daemon, daemon.connect() as session:
        before, frames = play(daemon, session, "ecg/raw", "ecg/spectrum", "ecg/peaks")
    spectra = in_order(frames, "d/ecg/spectrum")
    peaks = in_order(frames, "d/ecg/peaks")
    x = millivolts()
    hop = parameters["length"] - parameters["overlap"]
    span = parameters["length"] + (parameters["averages"] - 1) * hop
    assert len(spectra) == (x.size - parameters["length"]) // hop // parameters["averages"] + (
        (x.size - parameters["length"]) // hop % parameters["averages"]
        == parameters["averages"] - 1
    )
    assert len(peaks) == len(spectra)

    worst_psd = worst_x = worst_height = 0.0
    for number, (spectrum, peak) in enumerate(zip(spectra, peaks, strict=True)):
        start = number * parameters["averages"] * hop
        assert spectrum.first_index - before == start
        frequencies, expected = welch(x[start : start + span], parameters)
        np.testing.assert_allclose(spectrum.x, frequencies, rtol=1e-12)
        full_scale = float(expected.max())
        error = float(np.abs(spectrum.data[0] - expected).max()) / full_scale
        worst_psd = max(worst_psd, error)

        tops, _ = signal.find_peaks(expected)
        highest = sorted(tops, key=lambda i: -expected[i])[:3]
        values = {result.name: result.value for result in peak.results}
        for place, i in enumerate(highest, start=1):
            offset, height = parabola(expected, i)
            at_hz = (i + offset) * RATE_HZ / parameters["length"]
            worst_x = max(worst_x, abs(values[f"peak{place}_x"] - at_hz) / (RATE_HZ / 2))
            worst_height = max(
                worst_height, abs(values[f"peak{place}_height"] - height) / full_scale
            )
    figures(spectra=len(spectra), psd=worst_psd, peak_x=worst_x, peak_height=worst_height)
    assert worst_psd <= TOLERANCE
    assert worst_x <= TOLERANCE
    assert worst_height <= TOLERANCE


def test_the_units_of_spectra_and_peaks_are_named() -> None:
    with Daemon(BODY % "length = 512", publish=ROOMY) as daemon, daemon.connect() as session:
        _, frames = play(daemon, session, "ecg/raw", "ecg/spectrum", "ecg/peaks")
    spectrum = in_order(frames, "d/ecg/spectrum")[0]
    peak = in_order(frames, "d/ecg/peaks")[0]
    assert spectrum.kind is acqd.Kind.SPECTRUM
    assert (spectrum.x_unit, spectrum.unit) == ("Hz", "mV2/Hz")
    assert peak.kind is acqd.Kind.SCALARS
    units = {result.name: result.unit for result in peak.results}
    assert units["peak1_x"] == "Hz"
    assert units["peak1_height"] == "mV2/Hz"
    names = itertools.chain.from_iterable((f"peak{i}_x", f"peak{i}_height") for i in (1, 2, 3))
    assert list(units) == list(names)
