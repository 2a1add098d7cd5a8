"""The row "catalogue": every operation of dsp/math beside SciPy and NumPy, in ns for each sample.

catalogue_ops.py has the pairs. They run in one process on one core, taking turns, on the same arrays; before
anything is timed both have to give the same numbers. A process of its own (this file, run with the distribution's
interpreter, whose SciPy is the peer) prints one line of JSON for each operation.
"""
import json
import os
import statistics
import subprocess
import sys
import time

PYTHON = "/usr/bin/python3"
NAME = "CATALOGUE"
WHAT = "every operation beside SciPy and NumPy, ns for each sample"
GOAL = 3.0  # of the median; each alone at least 1


def measure(root, repeats, seconds, only=""):
    """Yields a result for each operation, like those of rows.measure()."""
    build = os.path.join(root, "build", "release", "python")
    command = ["taskset", "-c", "0", PYTHON, os.path.abspath(__file__), str(repeats), str(seconds), only]
    environment = {**os.environ, "PYTHONPATH": build, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for text in process.stdout:
            yield {**json.loads(text), "repeats": repeats, "goal": "faster", "required": False, "unit": "ns",
                   "time": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed")


def best_of(function, seconds):
    """Seconds of one call: the least of as many as fit into the time, and at least three."""
    least, end, calls = float("inf"), time.perf_counter() + seconds, 0
    while calls < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        least = min(least, time.perf_counter() - start)
        calls += 1
    return least


def run(repeats, seconds, only):
    import catalogue_ops
    for op in catalogue_ops.all_operations():
        if only not in op.name:
            continue
        op.check()
        ours, peer = [], []
        for _ in range(repeats):
            ours.append(best_of(op.ours, seconds))
            peer.append(best_of(op.peer, seconds))
        scale = 1e9 / op.samples
        middle = statistics.median(ours) * scale
        reference = statistics.median(peer) * scale
        print(json.dumps({"row": f"{NAME}.{op.name}", "what": op.name, "ours": middle, "peer": {op.peer_name: reference},
                          "ratio": reference / middle, "met": reference >= middle,
                          "spread": [min(ours) * scale, max(ours) * scale]}), flush=True)


def summary(results):
    """The median ratio, and the operations slower than their peer."""
    middle = statistics.median(result["ratio"] for result in results)
    slower = [result["what"] for result in results if not result["met"]]
    return middle, slower


if __name__ == "__main__":
    run(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
