"""Figures and seeds of the system tests."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from typing import Any

import pytest

Print = Callable[..., None]


@pytest.fixture
def seed() -> int:
    """Of this run: printed with its figures, and repeated with ACQ_SEED."""
    return int(os.environ.get("ACQ_SEED", random.randrange(2**31)))


@pytest.fixture
def figures(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], seed: int) -> Print:
    """Prints one JSON line for a test, whether it passes or not."""

    def show(**values: Any) -> None:
        with capsys.disabled():
            print("\n" + json.dumps({"test": request.node.name, "seed": seed, **values}))

    return show
