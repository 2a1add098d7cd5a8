"""Configuration values: Python's on one side, the wire's `Value` on the other."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from typing import TypeAlias, Union

from acqd._wire import config_pb2
from acqd.errors import InvalidError

# A number may also be given as text with its unit: "20 kHz".
Value: TypeAlias = Union[bool, float, str, list["Value"], dict[str, "Value"]]


def to_wire(value: object, field: str = "value") -> config_pb2.Value:
    """Encodes a value. InvalidError names `field` when a part of it has no place on the wire."""
    if isinstance(value, bool):
        return config_pb2.Value(flag=value)
    if isinstance(value, str):
        return config_pb2.Value(text=value)
    if isinstance(value, numbers.Real):
        number = float(value)
        if not math.isfinite(number):
            raise InvalidError(f"{number} is not a finite number", field)
        return config_pb2.Value(number=number)
    if isinstance(value, Mapping):
        table = config_pb2.ValueTable()
        for key, item in value.items():
            table.entries[str(key)].CopyFrom(to_wire(item, f"{field}.{key}"))
        return config_pb2.Value(table=table)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # numpy.bool_ and 0-d arrays
        return to_wire(value.item(), field)
    if isinstance(value, Iterable):
        items = [to_wire(item, f"{field}[{i}]") for i, item in enumerate(value)]
        return config_pb2.Value(list=config_pb2.ValueList(items=items))
    raise InvalidError(
        f"a {type(value).__name__} is not a value", field, "bool, number, text, list, dict"
    )


def from_wire(value: config_pb2.Value) -> Value | None:
    """Decodes a value; None when it is not given."""
    kind = value.WhichOneof("kind")
    if kind is None:
        return None
    if kind == "list":
        return [item for item in map(from_wire, value.list.items) if item is not None]
    if kind == "table":
        pairs = ((key, from_wire(item)) for key, item in sorted(value.table.entries.items()))
        return {key: item for key, item in pairs if item is not None}
    plain: bool | float | str = getattr(value, kind)
    return plain
