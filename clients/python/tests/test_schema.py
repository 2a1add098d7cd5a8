"""The client's own words and numbers are those of the schema and of proto/limits.h."""

from __future__ import annotations

import ast
import enum
import re
from pathlib import Path

import pytest

import acqd
from acqd import limits
from acqd._wire import control_pb2, frame_pb2, stream_pb2
from acqd.errors import error_of
from acqd.header import DTYPES, Kind
from acqd.loss import reasons_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("ours", "theirs", "prefix"),
    [
        (acqd.Code, control_pb2.Code, ""),
        (Kind, stream_pb2.Kind, "KIND_"),
        (acqd.TimeScale, stream_pb2.TimeScale, "TIME_SCALE_"),
        (acqd.TimeOrigin, stream_pb2.TimeOrigin, "TIME_ORIGIN_"),
        (acqd.ClockState, stream_pb2.ClockState, "CLOCK_STATE_"),
    ],
)
def test_an_enum_is_the_one_of_the_wire(
    ours: type[enum.IntEnum], theirs: type[int], prefix: str
) -> None:
    wire = {name.removeprefix(prefix): value for name, value in theirs.items()}  # type: ignore[attr-defined]
    assert {member.name: member.value for member in ours} == wire


def test_every_dtype_of_the_wire_has_one_of_numpy() -> None:
    assert set(DTYPES) == set(stream_pb2.Dtype.values()) - {stream_pb2.DTYPE_UNSPECIFIED}


def test_every_gap_reason_of_the_wire_has_its_word() -> None:
    for name, value in frame_pb2.GapReason.items():
        words = reasons_of(value)
        assert words == (() if value == 0 else (name.removeprefix("GAP_").lower(),))


def test_the_limits_are_those_of_the_daemon() -> None:
    files = ("proto/limits.h", "dsp/base/signal.h", "dsp/base/frame.h")
    text = "".join((ROOT / file).read_text() for file in files)
    theirs = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper(): expression
        for name, expression in re.findall(r"size_t k(?:Max)?(\w+) = ([^;]+);", text)
    }
    ours = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert ours
    for name, value in ours.items():
        factors = [ast.literal_eval(factor.strip()) for factor in theirs[name].split("*")]
        product = 1
        for factor in factors:
            product *= factor
        assert value == product, name


@pytest.mark.parametrize("code", [code for code in acqd.Code if code])
def test_every_code_is_an_exception_with_all_that_the_reply_says(code: acqd.Code) -> None:
    error = error_of(code, "no", "pipeline.psd.overlap", "0 to 0.95")
    assert error.code is code
    assert (error.sentence, error.field, error.allowed) == (
        "no",
        "pipeline.psd.overlap",
        "0 to 0.95",
    )
    assert str(error) == "pipeline.psd.overlap: no (allowed: 0 to 0.95)"


def test_a_code_of_a_newer_daemon_is_an_internal_error() -> None:
    assert type(error_of(99, "new")) is acqd.InternalError
