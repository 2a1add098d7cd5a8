#!/usr/bin/env python3
"""Eight channels at 1 MS/s to three subscribers for half an hour: nothing lost, memory flat.

usage: bench/soak.py [--minutes M] [--build DIR]

Needs the release build of `scripts/bench`. The samples, their filtered and decimated form and their
spectra each go to a subscriber in a process of its own over TCP. Prints what each received and lost, the
account of every consumer, and the daemon's resident memory; the status is 1 when a sample was lost, a
sum does not agree, or the memory grew by more than 5 % after the first two minutes.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from types import SimpleNamespace

import endtoend

CONFIG = """
[publish]
bind = ["tcp://127.0.0.1:@port@"]
[control]
bind = "ipc://@folder@/control"
[instrument.gen]
driver = "sim"
channels = 8
rate = "1 MHz"
[pipeline.raw]
from = "gen/wave"
[pipeline.slow]
from = "gen/wave"
blocks = [{ block = "fir", cutoff = "50 kHz", order = 63 }, { block = "decimate", factor = 8 }]
[pipeline.spectrum]
from = "gen/wave"
blocks = [{ block = "welch_psd", length = 4096 }]
"""
TOPICS = ("d/gen/raw", "d/gen/slow", "d/gen/spectrum")
LOOK_S = 5
SETTLED_S = 120
MOST_GROWTH = 1.05


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def watch(subscribers, pid):
    """The daemon's resident memory while the subscribers run, as (seconds, KiB)."""
    start, seen = time.monotonic(), []
    while any(s.poll() is None for s in subscribers):
        seen.append((time.monotonic() - start, resident_kib(pid)))
        time.sleep(LOOK_S)
    return seen


def accounts_of(status):
    """Of each consumer: what it is, and the samples made, delivered, lost and queued."""
    for instrument in status["instruments"]:
        for stream in instrument["streams"]:
            for consumer in stream["consumers"]:
                lost = sum(int(loss["samples"]) for loss in consumer["lost"])
                yield (f"{stream['stream']} to worker {consumer['worker']}", int(consumer["made"]),
                       int(consumer["delivered"]), lost, int(consumer["queued"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--build", default=os.path.join(root, "build", "release"))
    options = parser.parse_args()
    context = SimpleNamespace(build=options.build, root=root)
    seconds = str(round(60 * options.minutes))
    with endtoend.daemon(context, CONFIG) as (folder, port):
        pid = int(subprocess.run(["pgrep", "-f", f"acqd --config {folder}/acqd.toml"], capture_output=True,
                                 text=True, check=True).stdout.split()[0])
        subscribers = [subprocess.Popen([os.path.join(options.build, "bench_subscriber"), "acqd",
                                         f"tcp://127.0.0.1:{port}", topic, seconds],
                                        stdout=subprocess.PIPE, text=True) for topic in TOPICS]
        memory = watch(subscribers, pid)
        status = endtoend.status(context, folder)
    is_good = True
    for topic, subscriber in zip(TOPICS, subscribers):
        told = dict(endtoend.FIGURE.findall(subscriber.communicate()[0]))
        is_good &= subscriber.returncode == 0 and float(told["lost"]) == 0
        print(f"{topic:16} {told['rate']:>8} MB/s, lost {told['lost']}, p50 {told['p50']} us, p99 {told['p99']} us")
    for what, made, delivered, lost, queued in accounts_of(status):
        is_good &= lost == 0 and made - delivered - lost - queued == 0
        print(f"{what}: made {made}, delivered {delivered}, lost {lost}, queued {queued}, "
              f"difference {made - delivered - lost - queued}")
    later = [kib for at, kib in memory if at > min(SETTLED_S, 30 * options.minutes)]
    growth = statistics.median(later[-12:]) / later[0]
    is_good &= growth <= MOST_GROWTH
    print(f"resident memory: {memory[0][1]} KiB at the start, {later[0]} settled, {max(later)} at most, "
          f"{later[-1]} in the end: {growth:.4f} of the settled")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
