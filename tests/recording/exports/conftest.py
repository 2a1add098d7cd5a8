"""Exports of the real acqctl, made from journals of the real writer (make_streams.cpp)."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
from typing import Any

import numpy as np
import pytest

ACQCTL = os.environ["ACQCTL"]
MAKE_STREAMS = os.environ["MAKE_STREAMS"]


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("streams")
    subprocess.run([MAKE_STREAMS, str(folder)], check=True)
    return folder / "run"


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("wide")
    subprocess.run([MAKE_STREAMS, str(folder), "wide"], check=True)
    return folder / "run"


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Three records of 100 samples of radio/iq; 7 are lost in front of the last one."""
    folder = tmp_path_factory.mktemp("records")
    subprocess.run([MAKE_STREAMS, str(folder), "records"], check=True)
    return folder / "run"


@pytest.fixture(scope="session")
def long(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """49 MB, and more as float64: above what an export may need of memory."""
    folder = tmp_path_factory.mktemp("long")
    subprocess.run([MAKE_STREAMS, str(folder), "3000"], check=True)
    return folder / "run"


def export(recording: pathlib.Path, out: pathlib.Path, form: str, *more: str) -> dict[str, Any]:
    command = [ACQCTL, "--json", "recording", "export", str(recording), "--format", form, "--out", str(out), *more]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    for path in report["paths"]:
        assert pathlib.Path(path).is_file()
    assert not list(out.parent.glob("*.part"))
    return report


def refused(recording: pathlib.Path, out: pathlib.Path, form: str, *more: str) -> str:
    """The sentence; nothing is left behind."""
    before = set(out.parent.iterdir())
    command = [ACQCTL, "recording", "export", str(recording), "--format", form, "--out", str(out), *more]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode not in (0, 139, 134), done.stdout
    assert set(out.parent.iterdir()) == before
    return done.stderr


def analog() -> np.ndarray:
    """(samples, 2) in volts; NaN where make_streams lost 500 and 40."""
    n = np.arange(100_540, dtype=np.int64)
    raw = np.stack([n * 7, n * 7 + 1000], axis=1).astype(np.int16)
    values = raw * 0.001 + [0, -1]
    values[40_000:40_500] = np.nan
    values[70_500:70_540] = np.nan
    return values


def analog_raw() -> np.ndarray:
    """The same as the device numbers them, without what was lost."""
    n = np.arange(100_540, dtype=np.int64)
    n = n[~np.isnan(analog()[:, 0])]
    return np.stack([n * 7, n * 7 + 1000], axis=1).astype(np.int16)


LOGIC_NAMES = ["clk", "cs", "mosi", "miso", "irq"]
LOGIC_LOST = slice(200_000, 230_000)


def logic() -> np.ndarray:
    """(samples, 5) of 0 and 1; 255 where 30000 were lost."""
    n = np.arange(1_030_000) // 3 % 32
    bits = (n[:, None] >> np.arange(5) & 1).astype(np.uint8)
    bits[LOGIC_LOST] = 255
    return bits


def iq() -> np.ndarray:
    """(samples, 2) as the device numbers them; 7 more are lost behind the last one."""
    n = np.arange(48_000)
    return np.stack([n % 1000, -(n % 777)], axis=1).astype(np.int16)


def slow() -> np.ndarray:
    """(samples, 2) up to the change of rate."""
    n = np.arange(32, dtype=np.float32)
    return np.stack([np.float32(20) + np.float32(0.25) * n, np.float32(0.1) * n], axis=1)
