"""The service manager's watchdog is fed by data progress, and by nothing else."""

from __future__ import annotations

import time

import pytest

from daemon import Daemon, wait_for
from freeze import frozen

PERIOD_S = 2.0  # what the manager would wait

BODY = """
[instrument.sim]
driver = "sim"
rate = "100 kHz"
[pipeline.out]
from = "sim/wave"
publish = "always"
[instrument.stopped]
driver = "sim"
enabled = false
"""

STAGES = {"acq:sim": "acquire sim", "dsp:sim": "process sim", "publish": "publish"}


def feeds(daemon: Daemon) -> int:
    return sum("WATCHDOG=1" in notice for notice in daemon.notices)


def watched() -> Daemon:
    return Daemon(BODY, environment={"WATCHDOG_USEC": str(int(PERIOD_S * 1e6))})


@pytest.mark.parametrize("stage", STAGES)
def test_a_stalled_stage_starves_the_watchdog_and_is_named(stage: str) -> None:
    with watched() as daemon, daemon.connect() as session:
        with session.subscribe("d/sim/out", timeout=5) as frames:
            next(iter(frames))
            wait_for("the watchdog is fed", lambda: feeds(daemon) >= 2)
            with frozen(daemon.threads()[stage]):
                time.sleep(PERIOD_S)  # patience is half of it; what was fed until then counts not
                before = feeds(daemon)
                time.sleep(PERIOD_S)
                assert feeds(daemon) == before, "fed although a stage stalls"
                assert any(STAGES[stage] in n for n in daemon.notices if "STATUS=" in n)
            wait_for("it is fed again", lambda: feeds(daemon) > before)


def test_instruments_that_stand_still_on_purpose_starve_nobody() -> None:
    with watched() as daemon, daemon.connect() as session:
        session.stop("sim")
        before = feeds(daemon)
        time.sleep(2 * PERIOD_S)
        assert feeds(daemon) >= before + 2
