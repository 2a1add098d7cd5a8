#!/usr/bin/env python3
"""Makes the vectors that the C++ tests beside this file compare with, by SciPy and NumPy.

    generate.py                 makes every file of vectors/ anew
    generate.py fir window      only these
    generate.py --check         makes them in memory and compares them with the files: the same cases,
                                parameters and inputs, outputs as near as each case asks of acqd
    generate.py --peers ...     the same for the files that other packages make: DataLab's engine Sigima
                                and allantools; "regenerate" beside this file makes their environment

It runs with the versions pinned below (those of Debian 12: python3-scipy, python3-numpy; for --peers
those of requirements.txt) and refuses others, so that a difference is never one of versions.

Adding an operation: one function in a file cases_*.py of this folder, or peers_*.py where it needs
the other packages, with a name that begins with the package's ("sigima_pulse"),

    @operation("smooth", block="smooth")            # the file's name, and the block it checks
    def smooth(rng):                                # rng: numpy Generator, seeded by the name
        for tau in (0.001, 0.1):
            x = waveform(rng, channels=2, count=500)
            yield Case(f"tau_{tau}", params={"tau": tau}, input=x, output=lfilter(...),
                       absolute=1e-6, why="float32 state")

then `generate.py smooth`, and commit the file. blocks_test.cpp runs every file that names a block:
it makes the block with `params`, feeds it `input` once whole and once cut at random, and compares
what comes out with `output` and `results`; allowed is `absolute` + `relative` * |expected|, and `why`
says where the number comes from. Files without a block are read by a test of their own
(windows_test.cpp), or give float64 arrays to a plain function: `arrays` x (and others) in, "expected"
out, called by check_function() of functions.h with the case's parameters.

Shapes: a waveform is (channels, samples); records and spectra are (pieces, channels, values);
results are (pieces, channels * results). `input` is stored as float32 and must be computed with as
such: use waveform(), or x.astype("f4") first. rate_hz, unit and kind describe the input.

Format of a file, all little-endian: lines of text up to the line "end", then the arrays' values one
after the other in the order in which they were named.

    acqd-vectors 1
    operation fir
    block fir                                 absent when a test of its own reads the file
    oracle scipy 1.10.1, numpy 1.24.2
    case low_hamming                          what follows belongs to this case
    param order number 40                     also: text, flag, numbers (several)
    value rate_hz 1000
    text why sum of 41 products in float32
    array input f32 2 500                     name, type (f32, f64), shape
    ...
    end
"""

import argparse
import dataclasses
import importlib
import importlib.metadata
import pathlib
import sys
import zlib

import numpy

HERE = pathlib.Path(__file__).resolve().parent
PINNED = {"scipy": "1.10.1", "numpy": "1.24.2"}
PINNED_PEERS = dict(line.split("==") for line in (HERE / "requirements.txt").read_text().split())
PEERS = ("sigima_", "allantools_")  # how the names of their files begin
OPERATIONS = {}


@dataclasses.dataclass
class Case:
    """One comparison. Everything but `name` and the arrays has a default."""

    name: str
    params: dict
    output: object = None
    input: object = None
    results: object = None
    rate_hz: int = 1000
    unit: str = "V"
    kind: str = "waveform"  # of the input: waveform, iq, logic, record, spectrum
    absolute: float = 0.0
    relative: float = 0.0
    why: str = ""
    arrays: dict = dataclasses.field(default_factory=dict)  # for tests of their own


def operation(name, block=None):
    """Registers a function that yields the cases of one file."""

    def register(function):
        OPERATIONS[name] = (function, block)
        return function

    return register


def waveform(rng, channels=1, count=500):
    """White noise, uniform in [-1, 1), already rounded to float32."""
    return rng.uniform(-1, 1, (channels, count)).astype("f4")


def param_line(name, value):
    if isinstance(value, bool):
        return f"param {name} flag {'true' if value else 'false'}"
    if isinstance(value, str):
        return f"param {name} text {value}"
    if isinstance(value, (list, tuple)):
        return f"param {name} numbers " + " ".join(repr(float(v)) for v in value)
    return f"param {name} number {float(value)!r}"


def arrays_of(case):
    named = {"input": (case.input, "f4"), "output": (case.output, "f4"),
             "results": (case.results, "f8")}
    named.update({name: (value, "f8") for name, value in case.arrays.items()})
    return [(name, numpy.asarray(value, dtype=kind))
            for name, (value, kind) in named.items() if value is not None]


def encode(name):
    """The text of one file, its arrays in order, and the case of each."""
    function, block = OPERATIONS[name]
    lines = ["acqd-vectors 1", f"operation {name}"]
    if block:
        lines.append(f"block {block}")
    pinned = PINNED_PEERS if name.startswith(PEERS) else PINNED
    lines.append("oracle " + ", ".join(f"{k} {v}" for k, v in pinned.items()))
    arrays, cases = [], []
    for case in function(numpy.random.default_rng(zlib.crc32(name.encode()))):
        lines.append(f"case {case.name}")
        lines += [param_line(key, value) for key, value in case.params.items()]
        lines.append(f"value rate_hz {float(case.rate_hz)!r}")
        for key in ("absolute", "relative"):
            # Four digits: the last ones of a computed tolerance are another machine's rounding.
            lines.append(f"value {key} {float(f'{getattr(case, key):.4g}')!r}")
        for key in ("unit", "kind", "why"):
            if getattr(case, key):
                lines.append(f"text {key} {getattr(case, key)}")
        for key, value in arrays_of(case):
            shape = " ".join(str(n) for n in value.shape)
            lines.append(f"array {key} f{8 * value.dtype.itemsize} {shape}")
            arrays.append(value)
            cases.append(case)
    return "\n".join(lines + ["end", ""]), arrays, cases


def write(name):
    text, arrays, _ = encode(name)
    path = HERE / "vectors" / f"{name}.vec"
    with open(path, "wb") as file:
        file.write(text.encode())
        for value in arrays:
            file.write(value.astype(value.dtype.newbyteorder("<")).tobytes())
    print(f"{path.name}: {text.count(chr(10) + 'case ')} cases, {path.stat().st_size} bytes")


def difference(name):
    """Why the file is not what would be made now, or None."""
    path = HERE / "vectors" / f"{name}.vec"
    if not path.exists():
        return "there is no such file"
    text, arrays, cases = encode(name)
    stored = path.read_bytes()
    if not stored.startswith(text.encode()):
        old = stored.split(b"\nend\n", 1)[0].decode(errors="replace").split("\n")
        new = text.split("\n")
        line = next((i for i, (a, b) in enumerate(zip(old, new)) if a != b), min(len(old), len(new)))
        return f"line {line + 1} differs"
    at = len(text.encode())
    for index, (value, case) in enumerate(zip(arrays, cases)):
        kind = value.dtype.newbyteorder("<")
        old = numpy.frombuffer(stored, kind, value.size, at).reshape(value.shape)
        at += value.nbytes
        size = numpy.nanmax(numpy.abs(value), initial=0, where=numpy.isfinite(value))
        slack = 4 * numpy.finfo(value.dtype).eps * max(float(size), 1e-300)
        if value.dtype.itemsize == 8:
            slack *= 1000
        same = (old == value) | (numpy.isnan(old) & numpy.isnan(value))
        with numpy.errstate(invalid="ignore"):
            # Where a fit ends within what it allows itself depends on the machine's kernels of linear algebra.
            slack = slack + case.absolute + case.relative * numpy.abs(value)
            same |= numpy.abs(old - value) <= slack
        if not same.all():
            return f"array {index} ({case.name}) differs by more than the case allows"
    return None if at == len(stored) else "the length differs"


def version_of(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--peers", action="store_true", help="the files of Sigima and allantools")
    parser.add_argument("names", nargs="*", help="operations; all when none is named")
    args = parser.parse_args()
    pinned = PINNED_PEERS if args.peers else PINNED
    found = {package: version_of(package) for package in pinned}
    if found != pinned:
        sys.exit(f"generate.py: needs {pinned}, this interpreter has {found}")
    for path in sorted(HERE.glob("peers_*.py" if args.peers else "cases_*.py")):
        importlib.import_module(path.stem)
    unknown = set(args.names) - set(OPERATIONS)
    if unknown:
        sys.exit(f"generate.py: unknown {sorted(unknown)}; there are {sorted(OPERATIONS)}")
    names = args.names or sorted(OPERATIONS)
    if not args.check:
        for name in names:
            write(name)
        return
    problems = {name: why for name in names if (why := difference(name))}
    for path in sorted((HERE / "vectors").glob("*.vec")):
        is_ours = path.stem.startswith(PEERS) == args.peers
        if not args.names and is_ours and path.stem not in OPERATIONS:
            problems[path.stem] = "no operation makes this file"
    for name, why in problems.items():
        print(f"{name}: {why}")
    if problems:
        sys.exit(1)
    print(f"{len(names)} files are what {pinned} give")


if __name__ == "__main__":
    sys.modules["generate"] = sys.modules["__main__"]  # what the cases_*.py import
    main()
