"""What every format promises of its file: bounded memory, and a name only once it is whole."""
from __future__ import annotations

import pathlib
import re
import resource
import signal
import subprocess
import time

import pytest

from conftest import ACQCTL, export

# Format, stream, ending of the largest file.
FORMATS = [("datalab", "daq/analog", "h5"), ("nexus", "daq/analog", "nxs"), ("npz", "daq/analog", "npz"),
           ("npy", "radio/iq", "npy"), ("mat", "daq/analog", "mat"), ("csv", "radio/iq", "csv"),
           ("sigmf", "daq/analog", "sigmf-data"),
           ("wav", "daq/analog", "wav"), ("vcd", "daq/logic", "vcd"), ("sigrok", "daq/logic", "sr")]
# What reaches the disk before the end, where the format takes little room.
FIRST_BYTES = {"sr": 0}
MOST_MEGABYTES = 45


def start(recording: pathlib.Path, out: pathlib.Path, form: str, topic: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([ACQCTL, "recording", "export", str(recording), "--format", form, "--out", str(out),
                             "--topic", topic], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def wait_for_bytes(part: pathlib.Path, process: subprocess.Popen[bytes]) -> None:
    while not part.exists() or part.stat().st_size < FIRST_BYTES.get(part.suffixes[0][1:], 200_000):
        assert process.poll() is None, "it ended before it could be stopped"
        time.sleep(0.001)


def watched_peak_kb(process: subprocess.Popen[bytes]) -> int:
    """Of its own memory: what wait4() tells includes the Python it was forked from."""
    peak = 0
    while process.poll() is None:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        name = re.search(r"^Name:\s+(\S+)", status)
        found = re.search(r"^VmHWM:\s+(\d+)", status, re.M)
        if found and name and name[1] == "acqctl":
            peak = max(peak, int(found[1]))
        time.sleep(0.002)
    return peak


@pytest.mark.parametrize("form,topic,ending", FORMATS)
def test_an_export_streams(long: pathlib.Path, tmp_path: pathlib.Path, form: str, topic: str, ending: str) -> None:
    assert sum(path.stat().st_size for path in long.iterdir()) > 1.05 * MOST_MEGABYTES * 1e6
    process = start(long, tmp_path / "a", form, topic)
    most_kb = watched_peak_kb(process)
    assert process.returncode == 0, process.stderr and process.stderr.read()
    assert 0 < most_kb < MOST_MEGABYTES * 1000, f"{most_kb} KB"
    assert (tmp_path / f"a.{ending}").is_file()


@pytest.mark.parametrize("form,topic,ending", FORMATS)
def test_a_killed_export_leaves_no_file_with_its_name_and_the_next_one_succeeds(
        long: pathlib.Path, tmp_path: pathlib.Path, form: str, topic: str, ending: str) -> None:
    process = start(long, tmp_path / "a", form, topic)
    wait_for_bytes(tmp_path / f"a.{ending}.part", process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = {path.name for path in tmp_path.iterdir()}
    assert f"a.{ending}.part" in left and all(name.endswith(".part") for name in left)
    report = export(long, tmp_path / "a", form, "--topic", topic, "--to", "1")
    assert {pathlib.Path(path).name for path in report["paths"]} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("form,topic,ending", FORMATS)
def test_an_interrupted_export_leaves_nothing(long: pathlib.Path, tmp_path: pathlib.Path, form: str, topic: str,
                                              ending: str) -> None:
    process = start(long, tmp_path / "a", form, topic)
    wait_for_bytes(tmp_path / f"a.{ending}.part", process)
    process.send_signal(signal.SIGTERM if form == "csv" else signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 9 and b"interrupted: nothing was written" in errors
    assert not list(tmp_path.iterdir())


def limit_files() -> None:
    """As a full disk: no file may grow beyond 100 kB (Python's children ignore the signal that goes with it)."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


@pytest.mark.parametrize("form,topic,ending", FORMATS)
def test_a_full_disk_is_told_and_leaves_nothing(long: pathlib.Path, tmp_path: pathlib.Path, form: str, topic: str,
                                                ending: str) -> None:
    done = subprocess.run([ACQCTL, "recording", "export", str(long), "--format", form, "--out", str(tmp_path / "a"),
                           "--topic", topic], capture_output=True, text=True, preexec_fn=limit_files,
                          restore_signals=False)
    assert done.returncode in (8, 9), (done.returncode, done.stderr)  # overflow or io
    assert f"cannot write {tmp_path / 'a'}.{ending}" in done.stderr
    assert not list(tmp_path.iterdir())


def test_two_exports_do_not_write_the_same_file(long: pathlib.Path, tmp_path: pathlib.Path) -> None:
    first = start(long, tmp_path / "a", "npz", "daq/analog")
    wait_for_bytes(tmp_path / "a.npz.part", first)
    first.send_signal(signal.SIGSTOP)
    second = start(long, tmp_path / "a", "npz", "daq/analog")
    _, errors = second.communicate()
    assert second.returncode == 3 and b"is being written by another program" in errors
    first.send_signal(signal.SIGCONT)
    assert first.wait() == 0 and (tmp_path / "a.npz").exists()
