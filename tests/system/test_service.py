"""What the service manager sees of the daemon, and the daemon under the manager's rules."""

from __future__ import annotations

import concurrent.futures
import signal
import socket
import stat
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import acqd
import confined
from daemon import ROOT, Daemon, free_port, wait_for

STOP_S = 5.0  # what an orderly stop may take

BODY = """
[instrument.sim]
driver = "sim"
channels = 8
rate = "1 MHz"
[pipeline.raw]
from = "sim/wave"
publish = "always"
[pipeline.spectrum]
from = "sim/wave"
publish = "always"
blocks = [{ block = "welch_psd", length = 1024 }]
"""


def test_ready_comes_when_the_sockets_answer() -> None:
    with Daemon(BODY) as daemon, daemon.connect(timeout=1.0) as session:
        ready = next(n for n in daemon.notices if "READY=1" in n)
        assert "\nSTATUS=" in ready, ready
        with session.subscribe("d/sim/raw", timeout=5) as frames:
            assert frames.receive().count > 0


def test_ready_is_told_though_the_manager_was_busy_at_first(tmp_path: Path) -> None:
    busy_path = str(tmp_path / "busy")
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as busy,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler,
    ):
        busy.bind(busy_path)
        busy.settimeout(10)
        filler.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                filler.sendto(b"full", busy_path)
        daemon = Daemon(BODY, environment={"NOTIFY_SOCKET": busy_path})

        def read_late() -> None:
            time.sleep(1.5)
            while "READY=1" not in (notice := busy.recv(4096).decode()):
                pass
            filler.sendto(notice.encode(), str(daemon.folder / "notify"))

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            late = pool.submit(read_late)
            with daemon, daemon.connect() as session:
                late.result()
                assert session.status().instruments[0].streams[0].stream == "sim/wave"
            # From now on nobody reads, and nobody waits for that.


def test_the_status_line_follows_the_data() -> None:
    with Daemon(BODY) as daemon:
        wait_for("a status", lambda: any(n.startswith("STATUS=") for n in daemon.notices))
        line = next(n for n in reversed(daemon.notices) if n.startswith("STATUS="))
        assert "\n" not in line
        assert "stalled" not in line, line


def test_a_reload_is_told_from_its_begin_to_its_end() -> None:
    with Daemon(BODY) as daemon:
        told = len(daemon.notices)
        daemon.write(BODY.replace("1024", "2048"))
        daemon.signal(signal.SIGHUP)
        wait_for("READY again", lambda: any("READY=1" in n for n in daemon.notices[told:]))
        first = next(n for n in daemon.notices[told:] if "RELOADING=1" in n or "READY=1" in n)
        assert "RELOADING=1" in first and "MONOTONIC_USEC=" in first, first


def test_what_fftw_has_learnt_is_kept_and_a_damaged_file_is_noted_and_replaced() -> None:
    with Daemon(BODY) as daemon:
        daemon.environment["STATE_DIRECTORY"] = f"{daemon.folder}/learnt:/elsewhere"
        state = daemon.folder / "learnt"
        state.mkdir()
        assert daemon.stop() == 0
        assert list(state.iterdir()) == [], "kept in a state directory of others"
        daemon.start()
        wait_for("the file", lambda: len(list(state.glob("fftw-*.wisdom"))) == 1)
        assert daemon.stop() == 0
        (file,) = state.iterdir()
        whole = file.read_bytes()
        assert whole.startswith(b"(fftw-"), whole[:40]
        daemon.start()
        assert "FFT wisdom" not in daemon.log, daemon.log
        assert daemon.stop() == 0
        file.write_bytes(whole[: len(whole) // 2])
        daemon.start()
        assert f"not the FFT wisdom of this FFTW library (at {file}" in daemon.log, daemon.log
        assert daemon.stop() == 0
        assert file.read_bytes() == whole
        daemon.start()


def test_a_stop_under_load_is_orderly_and_in_time() -> None:
    with Daemon(BODY) as daemon, daemon.connect() as session:
        with session.subscribe("d/sim/raw", timeout=5) as frames:
            frames.receive()  # and then nobody reads
            time.sleep(1)
            before = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - before < STOP_S
            assert any("STOPPING=1" in n for n in daemon.notices)
        daemon.start()  # what leaving the context ends


def test_it_lives_under_the_filter_and_the_rights_of_its_unit() -> None:
    """Both transports, metrics, refused rights: everything that asks the kernel for something."""
    port = free_port()
    body = BODY + (
        f'[status]\nprometheus = "127.0.0.1:{port}"\n[service]\nrealtime = true\nlock_memory = true\n'
    )
    unit = ROOT / "systemd" / "acqd.service.in"
    launcher = [sys.executable, str(Path(__file__).with_name("confined.py")), str(unit)]
    daemon = Daemon(body, launcher=launcher)
    daemon.folder.chmod(0o777)
    (daemon.folder / "notify").chmod(0o777)  # as the manager's own
    with daemon, daemon.connect() as session:
        for endpoint in (daemon.control, daemon.tcp_control):
            with acqd.connect(endpoint) as other, other.subscribe("sim/spectrum") as frames:
                assert frames.receive(5).count > 0
        mode = stat.S_IMODE((daemon.folder / "control").stat().st_mode)
        assert mode & 0o007 == 0, f"everybody may connect: {mode:o}"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
            assert b"acqd_stream_made_samples_total" in page.read()
        notes = "\n".join(session.status().notes)
        for stage in ("acquire sim", "process sim"):
            assert f"real-time priority for {stage} refused" in notes, notes
        assert "memory not locked" in notes, notes


def test_its_unit_lets_the_kernel_fence_all_its_threads() -> None:
    """Else every packet costs its source a fence of its own (dsp/base/process_fence.h)."""
    unit = confined.read(str(ROOT / "systemd" / "acqd.service.in"))
    assert "membarrier" in confined.allowed_calls(unit)
