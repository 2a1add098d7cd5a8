"""What the rows of recording run, each in a folder of its own on the disk of ACQ_BENCH_FOLDER (build/bench)."""
import contextlib
import os
import shutil
import subprocess
import tempfile

import rows

GIGABYTES = 10


@contextlib.contextmanager
def folder(context):
    base = os.environ.get("ACQ_BENCH_FOLDER", os.path.join(context.root, "build", "bench"))
    os.makedirs(base, exist_ok=True)
    path = tempfile.mkdtemp(dir=base)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def ours(what):
    """bench_record; of a journal also that its ratio and its share of a core are known."""
    def run(context):
        with folder(context) as path:
            command = [os.path.join(context.build, "bench_record"), what, path, str(context.seconds)]
            return rows.figures(context, command)
    return run


def hdf5(compression):
    def run(context):
        script = os.path.join(context.root, "bench", "peers", "hdf5_append.py")
        with folder(context) as path:
            return rows.figures(context, ["/usr/bin/python3", script, compression, path, str(context.seconds)])
    return run


def opened(context):
    """The larger of the two times in which C++ and Python open 10 GB and have their first samples."""
    program = os.path.join(context.build, "bench_record")
    python = os.path.join(context.root, "build", "venv", "bin", "python")
    code = ("import sys, time, acqd; start = time.monotonic(); run = acqd.open(sys.argv[1] + '/run'); "
            "read = run['bench/wave'][:, :1000]; assert read.shape == (2, 1000); "
            "print('R python', time.monotonic() - start)")
    with folder(context) as path:
        subprocess.run([program, "make", path, str(GIGABYTES)], check=True)
        found = rows.figures(context, [program, "open", path, "0"])
        found |= rows.figures(context, [python, "-c", code, path])
    return {**found, "open": max(found["open"], found["python"])}
