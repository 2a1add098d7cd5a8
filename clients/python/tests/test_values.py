"""Configuration values keep their type on the way to the wire and back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from acqd import InvalidError
from acqd._wire.config_pb2 import Value
from acqd.values import from_wire, to_wire


@pytest.mark.parametrize(
    "value",
    [True, False, 0, -3.5, "20 kHz", "", [], [1.0, "a", True], {"a": 1.0, "b": {"c": [2.0]}}, {}],
)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    back = from_wire(Value.FromString(to_wire(value).SerializeToString()))
    assert back == value
    assert isinstance(back, bool) == isinstance(value, bool)


def test_numpy_values_are_plain_values() -> None:
    assert from_wire(to_wire(np.float32(0.5))) == 0.5
    assert from_wire(to_wire(np.int16(-7))) == -7
    assert from_wire(to_wire(np.bool_(True))) is True
    assert from_wire(to_wire(np.array([1, 2, 3]))) == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (math.nan, "rate"),
        ([1, math.inf], "rate[1]"),
        ({"a": [object()]}, "rate.a[0]"),
        (1j, "rate"),
        (None, "rate"),
    ],
)
def test_what_has_no_place_on_the_wire_is_named(value: object, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        to_wire(value, "rate")
    assert refused.value.field == field


def test_a_value_that_is_not_given_is_none() -> None:
    assert from_wire(Value()) is None
