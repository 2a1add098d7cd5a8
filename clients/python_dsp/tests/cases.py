"""Calls of every function of acqd.dsp, each with what NumPy or SciPy gives: add() in a file cases_*.py."""

import dataclasses
from typing import Any

import numpy as np

CASES: list["Case"] = []


@dataclasses.dataclass
class Case:
    """One call by keywords. `expected`: a number, an array, a tuple of them, or attributes by name."""

    name: str
    arguments: dict[str, Any]
    expected: Any
    rtol: float
    atol: float


def add(name: str, expected: Any, rtol: float = 1e-10, atol: float = 0.0, **arguments: Any) -> None:
    CASES.append(Case(name, arguments, expected, rtol, atol))


def noise(count: int, seed: int = 1) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).uniform(-1, 1, count)


def compare(got: Any, case: Case) -> None:
    expected = case.expected
    if isinstance(expected, dict):
        for name, value in expected.items():
            compare(getattr(got, name), dataclasses.replace(case, expected=value))
    elif isinstance(expected, tuple):
        assert len(got) == len(expected)
        for part, value in zip(got, expected):
            compare(part, dataclasses.replace(case, expected=value))
    elif expected is None or isinstance(expected, str | bool):
        assert got == expected
    else:
        assert np.shape(got) == np.shape(expected), case.name
        np.testing.assert_allclose(got, expected, case.rtol, case.atol, err_msg=case.name)
