"""Reads the files of vectors/ with nothing but the standard library; generate.py describes the format."""

import dataclasses
import math
import struct


@dataclasses.dataclass
class Array:
    shape: list[int]
    values: tuple[float, ...]

    @property
    def size(self):
        return len(self.values)

    def rows(self):
        """The innermost rows, one after the other."""
        length = self.shape[-1]
        return [self.values[at : at + length] for at in range(0, self.size, max(length, 1))]


@dataclasses.dataclass
class Case:
    name: str
    params: dict = dataclasses.field(default_factory=dict)
    values: dict = dataclasses.field(default_factory=dict)
    texts: dict = dataclasses.field(default_factory=dict)
    arrays: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Vectors:
    operation: str = ""
    block: str = ""
    oracle: str = ""
    cases: list[Case] = dataclasses.field(default_factory=list)


def read_vectors(path):
    data = path.read_bytes()
    end = data.index(b"\nend\n") + len(b"\nend\n")
    vectors, at = Vectors(), end
    for line in data[:end].decode().splitlines()[1:-1]:
        word, _, rest = line.partition(" ")
        if word in ("operation", "block", "oracle"):
            setattr(vectors, word, rest)
        elif word == "case":
            vectors.cases.append(Case(rest))
        elif word == "param":
            name, _, value = rest.split(" ", 2) if rest.count(" ") > 1 else (*rest.split(" "), "")
            vectors.cases[-1].params[name] = value
        elif word in ("value", "text"):
            name, _, value = rest.partition(" ")
            if word == "value":
                vectors.cases[-1].values[name] = float(value)
            else:
                vectors.cases[-1].texts[name] = value
        elif word == "array":
            name, kind, *shape = rest.split()
            shape = [int(size) for size in shape]
            count, letter, size = math.prod(shape), "f" if kind == "f32" else "d", int(kind[1:]) // 8
            vectors.cases[-1].arrays[name] = Array(shape, struct.unpack_from(f"<{count}{letter}", data, at))
            at += count * size
    if at != len(data):
        raise ValueError(f"{path.name}: {len(data) - at} bytes behind the arrays")
    return vectors
