"""The configuration of docs/measuring.md: pulses of an emulated oscilloscope, a converter's sine test, and their tables
in the live view."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import acqd
from daemon import ROOT, Daemon, binary, wait_for
from emulator import Emulator

PAGE = (ROOT / "docs" / "measuring.md").read_text()
SAMPLE_V = 0.5 * 10 / 250  # a code of the oscilloscope, about
SCALE_V = 0.5


@contextmanager
def measuring() -> Iterator[tuple[Daemon, acqd.Session]]:
    (body,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    with Emulator("scpi", "rigol") as emulator:
        real = body.replace("tcp://192.0.2.10:5025", f"tcp://127.0.0.1:{emulator.port}")
        assert real != body
        with Daemon(real) as daemon, daemon.connect() as session:
            yield daemon, session


def results(session: acqd.Session, topic: str) -> dict[str, acqd.Result]:
    frame = session.subscribe(topic, timeout=10).receive()
    return {result.name: result for result in frame.results}


def test_the_pulses_of_the_oscilloscope_are_those_it_sees() -> None:
    with measuring() as (_, session):
        axis = session.subscribe("scope/screen", timeout=10).receive().x
        step = float(axis[1] - axis[0])
        pulse = results(session, "scope/pulses")
        assert all(result.valid for result in pulse.values()), pulse
        # tests/support/emulators/scpi_model.h: 3 divisions, up within 5 samples, down within 8
        assert pulse["amplitude"].value == pytest.approx(3 * SCALE_V, abs=2 * SAMPLE_V)
        assert pulse["low"].value == pytest.approx(-1.5 * SCALE_V, abs=SAMPLE_V)
        assert pulse["transition"].value == pytest.approx(0.8 * 5 * step, abs=0.3 * step)
        assert pulse["second_transition"].value == pytest.approx(0.8 * 8 * step, abs=0.3 * step)
        assert pulse["width"].value == pytest.approx((69 - 22.5) * step, abs=0.3 * step)
        assert pulse["polarity"].value == 1
        width = results(session, "scope/width")
        assert width["width"].value == pytest.approx((69 - 22.5) * step, abs=0.3 * step)
        train = results(session, "scope/train")
        assert train["period"].value == pytest.approx(97 * step, rel=1e-3)
        assert train["duty"].value == pytest.approx(46.5 / 97, abs=2e-3)


def test_an_ideal_converter_of_12_bits_reads_12_bits() -> None:
    with measuring() as (_, session):
        sine = results(session, "adc/sine")
        assert sine["frequency"].value == pytest.approx(10010, abs=5 * sine["frequency"].uncertainty)
        assert sine["amplitude"].value == pytest.approx(0.95, abs=1e-4)
        converter = results(session, "adc/converter")
        assert converter["enob"].value == pytest.approx(12, abs=0.1)
        # 6.02 dB a bit and 1.76 dB, for a sine of 95 % of full scale
        assert converter["sinad"].value == pytest.approx(6.02 * 12 + 1.76 - 0.45, abs=0.6)


class View:
    """acqctl watch in a terminal of its own."""

    def __init__(self, daemon: Daemon, folder: Path, topic: str) -> None:
        self._socket = folder / f"tmux-{topic.replace('/', '-')}"  # the last server may still be ending
        command = f"env LC_ALL=C.UTF-8 ACQD_CONTROL={daemon.control} {binary().parent / 'acqctl'} watch {topic}"
        self._tmux("-u", "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", f"{command}; cat")

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-S", self._socket, *arguments], text=True, check=True, capture_output=True, timeout=20
        ).stdout

    def shows(self, pattern: str) -> None:
        wait_for(pattern, lambda: re.search(pattern, self._tmux("capture-pane", "-p"), re.MULTILINE))

    def close(self) -> None:
        self._tmux("kill-server")


def test_the_live_view_shows_the_tables(tmp_path: Path) -> None:
    with measuring() as (daemon, _):
        for topic, lines in (
            ("d/scope/pulses", ["amplitude +1\\.[45]\\d* V", "width +[\\d.]+ [mµ]s", "overshoot +-?[\\d.]+ [m]?%"]),
            ("d/adc/converter", ["frequency +10\\.01\\d* kHz", "enob +1[12]\\.\\d+ bit", "sinad +7[234]\\.\\d* dB"]),
        ):
            view = View(daemon, tmp_path, topic)
            try:
                for line in lines:
                    view.shows(line)
            finally:
                view.close()
