"""acqctl capture-transport against the real daemon and an emulated radio."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Print
from daemon import Daemon, binary, wait_for
from emulator import Emulator

RATE_HZ = 250_000


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator("rtl_tcp") as running:
        yield running


@pytest.fixture
def daemon(server: Emulator) -> Iterator[Daemon]:
    body = f"""
[instrument.radio]
driver = "rtl_tcp"
port = {server.port}
rate = {RATE_HZ}
test_mode = true

[instrument.idle]
driver = "sim"
enabled = false

[pipeline.iq]
from = ["radio/iq"]
publish = "always"
"""
    with Daemon(body) as running:
        yield running


def acqctl(daemon: Daemon, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [binary().parent / "acqctl", "--control", daemon.control, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def received(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(line["base64"]) for line in lines if line.get("act") == "read" and "base64" in line)


def test_a_session_is_stored_whole_and_in_order(
    daemon: Daemon, tmp_path: Path, figures: Print
) -> None:
    out = tmp_path / "radio.jsonl"
    with daemon.connect() as session:
        lost = session.subscribe("radio/iq", timeout=5)
        run = acqctl(daemon, "capture-transport", "radio", "--seconds", "2", "--out", out)
        assert run.returncode == 0, run.stderr
        assert session.instrument("radio").state == "acquiring"
        with lost as frames:
            next(frames)
    lines = lines_of(out)
    head, end = lines[0], lines[-1]
    assert head["acqd_transport_capture"] == 1 and head["driver"] == "rtl_tcp"
    assert head["parameters"]["rate"] == RATE_HZ
    assert end["events"] == len(lines) - 2 and end["events_not_stored"] == 0
    assert [line["driver"] for line in lines[1:] if "driver" in line][:2] == ["open", "done"]
    assert lines[2]["act"] == "tcp" and lines[2]["wire"] == 1
    times = [line["t"] for line in lines[1:-1]]
    assert times == sorted(times) and times[-1] <= head["duration_ns"]
    samples = received(lines)[12:]  # behind the greeting
    assert len(samples) > RATE_HZ  # half of what a second brings: the machine may be loaded
    counter = samples[-200_000:]
    assert all(b == (a + 1) % 256 for a, b in zip(counter, counter[1:]))
    # The daemon keeps its own copy.
    kept = list((daemon.folder / "state" / "captures").glob("radio-*.jsonl"))
    assert len(kept) == 1 and kept[0].read_bytes() == out.read_bytes()
    figures(bytes=out.stat().st_size, samples=len(samples) // 2)


def test_a_copy_that_cannot_get_its_name_leaves_nothing(daemon: Daemon, tmp_path: Path) -> None:
    out = tmp_path / "taken"
    out.mkdir()
    run = acqctl(daemon, "capture-transport", "radio", "--seconds", "0.5", "--out", out)
    assert run.returncode != 0 and f"cannot name {out}" in run.stderr
    assert list(tmp_path.iterdir()) == [out]


def test_a_full_memory_is_told_in_the_file_and_loses_no_sample(
    daemon: Daemon, tmp_path: Path
) -> None:
    out = tmp_path / "radio.jsonl"
    order = ["capture-transport", "radio", "--seconds", "1.5", "--most-bytes", "64K"]
    with daemon.connect() as session, session.subscribe("radio/iq", timeout=5) as frames:
        epoch = next(frames).epoch
        run = acqctl(daemon, *order, "--out", out, "--json")
        assert run.returncode == 0, run.stderr
        wait_for("data after the capture", lambda: next(frames).epoch > epoch)
        for _ in range(20):
            assert not next(frames).gap.samples
        assert frames.losses.unannounced_samples == 0
    told = json.loads(run.stdout)
    lines = lines_of(out)
    end = lines[-1]
    assert end["events_not_stored"] > 10 and end["bytes_not_stored"] > 100_000
    assert int(told["not_stored"]) == end["events_not_stored"]
    # Behind the first that found no room there is nothing, so that no hole is within.
    samples = received(lines)[12:]
    assert 10_000 < len(samples) < 64 * 1024
    assert all(b == (a + 1) % 256 for a, b in zip(samples[-9000:], samples[-8999:]))


def test_what_cannot_be_captured_is_refused_with_a_reason(daemon: Daemon, tmp_path: Path) -> None:
    unknown = acqctl(daemon, "capture-transport", "scope", "--seconds", "1")
    assert unknown.returncode == 2 and "no instrument 'scope'" in unknown.stderr
    disabled = acqctl(daemon, "capture-transport", "idle", "--seconds", "1")
    assert disabled.returncode == 7 and "disabled" in disabled.stderr
    small = acqctl(daemon, "capture-transport", "radio", "--seconds", "1", "--most-bytes", "100")
    assert small.returncode == 1 and "4096 to" in small.stderr
    long = acqctl(daemon, "capture-transport", "radio", "--seconds", "7200")
    assert long.returncode == 1
    nowhere = acqctl(
        daemon, "capture-transport", "radio", "--seconds", "0.2", "--out", tmp_path / "no" / "x"
    )
    assert nowhere.returncode == 9 and "No such file" in nowhere.stderr


def test_the_memory_of_a_capture_is_given_back(daemon: Daemon, tmp_path: Path, figures: Print) -> None:
    resident = daemon.resident_bytes()
    run = acqctl(daemon, "capture-transport", "radio", "--seconds", "0.2", "--out", tmp_path / "radio.jsonl")
    assert run.returncode == 0, run.stderr
    grown = daemon.resident_bytes() - resident
    figures(grown_bytes=grown)
    assert grown < 16 * 1024 * 1024  # of 64 MiB


def test_one_capture_at_a_time(daemon: Daemon) -> None:
    program = str(binary().parent / "acqctl")
    order = [program, "--control", daemon.control, "capture-transport", "radio"]
    first = subprocess.Popen([*order, "--seconds", "3"], stdout=subprocess.PIPE, text=True)
    wait_for("the first begins", lambda: "begins radio-" in daemon.log)
    second = acqctl(daemon, "capture-transport", "radio", "--seconds", "1")
    assert second.returncode == 3 and "under way: radio-" in second.stderr
    out, _ = first.communicate(timeout=30)
    assert first.returncode == 0 and "captures/radio-" in out


def test_only_the_newest_captures_are_kept(daemon: Daemon) -> None:
    folder = daemon.folder / "state" / "captures"
    for _ in range(2):
        assert acqctl(daemon, "capture-transport", "radio", "--seconds", "0.1").returncode == 0
    for number in range(30):
        old = folder / f"old-{number}.jsonl"
        old.write_text("{}\n")
    assert acqctl(daemon, "capture-transport", "radio", "--seconds", "0.1").returncode == 0
    assert len(list(folder.glob("*.jsonl"))) == 16


def test_an_instrument_that_is_away_is_captured_when_it_comes(
    server: Emulator, daemon: Daemon, tmp_path: Path
) -> None:
    server.tell("unplug")
    out = tmp_path / "radio.jsonl"
    program = str(binary().parent / "acqctl")
    order = [program, "--control", daemon.control, "capture-transport", "radio"]
    running = subprocess.Popen([*order, "--seconds", "3", "--out", str(out)], text=True)
    wait_for("the capture begins", lambda: "begins radio-" in daemon.log)
    server.tell("plug")
    assert running.wait(30) == 0
    lines = lines_of(out)
    assert any(line.get("code") == "disconnected" for line in lines)
    assert any(line.get("driver") == "packet" for line in lines)
