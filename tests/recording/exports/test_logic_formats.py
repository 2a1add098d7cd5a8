"""VCD and sessions of sigrok, read by sigrok-cli and by the rules of VCD."""
from __future__ import annotations

import pathlib
import subprocess
import zipfile

import numpy as np

from conftest import LOGIC_LOST, LOGIC_NAMES, export, logic, refused

SAMPLES = 1_030_000


def sigrok(path: pathlib.Path, *more: str) -> np.ndarray:
    out = path.with_suffix(".bin")
    subprocess.run(["sigrok-cli", *more, "-i", path, "-O", "binary", "-o", out], check=True)
    raw = out.read_bytes()
    if raw.startswith(b"META"):  # a line of text in front, from some inputs
        raw = raw[raw.index(b"\n") + 1:]
    return np.frombuffer(raw, np.uint8)


def words() -> np.ndarray:
    """Five bits a sample; 0 where samples are lost."""
    return np.where(logic() == 255, 0, logic()) @ (1 << np.arange(5))


def test_sigrok_opens_the_session_with_a_channel_for_what_is_lost(
        recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "sigrok", "--topic", "daq/logic")
    path = tmp_path / "a.sr"
    shown = subprocess.run(["sigrok-cli", "-i", path, "--show"], capture_output=True, text=True, check=True).stdout
    assert "Samplerate: 1000000" in shown and f"Logic sample count: {SAMPLES}" in shown
    assert [line[2:].split(":")[0] for line in shown.splitlines() if line.startswith("- ")] == [*LOGIC_NAMES, "lost"]
    data = sigrok(path)
    lost = np.zeros(SAMPLES, np.uint8)
    lost[LOGIC_LOST] = 1
    np.testing.assert_array_equal(data & 31, words())
    np.testing.assert_array_equal(data >> 5, lost)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert "from sample 200000 on: 30000 samples lost (ring_full)" in archive.read("acqd.txt").decode()


def changes(path: pathlib.Path) -> tuple[dict[str, str], list[tuple[int, str, str]], int]:
    """Names by id; time, value and id of each change; the last time."""
    head, body = path.read_text().split("$enddefinitions $end\n")
    names = {line.split()[3]: line.split()[4] for line in head.splitlines() if line.startswith("$var")}
    found, now = [], 0
    for line in body.splitlines():
        if line.startswith("#"):
            assert int(line[1:]) >= now
            now = int(line[1:])
        elif not line.startswith("$"):
            found.append((now, line[0], line[1]))
    return names, found, now


def test_vcd_has_every_change_and_x_for_what_is_lost(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "vcd", "--topic", "daq/logic")
    assert "$timescale 1 us $end" in (tmp_path / "a.vcd").read_text()
    names, found, end = changes(tmp_path / "a.vcd")
    assert list(names.values()) == LOGIC_NAMES and end == SAMPLES
    for i, name in enumerate(names):
        steps = [(time, value) for time, value, where in found if where == name]
        values = np.full(SAMPLES, 99, np.uint8)
        for (time, value), (until, _) in zip(steps, [*steps[1:], (end, "")], strict=True):
            values[time:until] = 255 if value == "x" else int(value)
        np.testing.assert_array_equal(values, logic()[:, i])
    assert "$comment #200000: 30000 samples lost (ring_full) $end" in (tmp_path / "a.vcd").read_text()


def test_sigrok_reads_the_vcd(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(recording, tmp_path / "a", "vcd", "--topic", "daq/logic")
    data = sigrok(tmp_path / "a.vcd", "-I", "vcd")
    assert len(data) in (SAMPLES, SAMPLES - 1)
    known = np.ones(len(data), bool)
    known[LOGIC_LOST] = False
    np.testing.assert_array_equal(data[known] & 31, words()[:len(data)][known])


def test_logic_formats_refuse_analogue_streams(recording: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for form in ("vcd", "sigrok"):
        assert "s/daq/analog is analogue" in refused(recording, tmp_path / "a", form, "--topic", "daq/analog")
