"""End-to-end measurements: the real acqd, subscribers in other processes, peers that do the same."""
import contextlib
import json
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time

FIGURE = re.compile(r"^R (\S+) (\S+)", re.MULTILINE)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def daemon(context, config, core=None):
    """acqd on a configuration of ours; yields (folder, port), ends it in the end."""
    with tempfile.TemporaryDirectory(prefix="acq-bench-") as folder:
        port = free_port()
        path = os.path.join(folder, "acqd.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config.replace("@folder@", folder).replace("@port@", str(port)))
        command = [os.path.join(context.build, "acqd"), "--config", path]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            for _ in range(200):
                if os.path.exists(os.path.join(folder, "control")):
                    break
                if process.poll() is not None:
                    raise RuntimeError(open(os.path.join(folder, "log"), encoding="utf-8").read())
                time.sleep(0.05)
            yield folder, port
        finally:
            process.terminate()
            process.wait(10)


def subscribe(context, *arguments):
    done = subprocess.run([os.path.join(context.build, "bench_subscriber"), *arguments],
                          capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"bench_subscriber {' '.join(arguments)}: {done.stderr}")
    return {key: float(value) for key, value in FIGURE.findall(done.stdout)}


def status(context, folder):
    command = [os.path.join(context.build, "acqctl"), "--control", f"ipc://{folder}/control", "status", "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


SATURATE = """
[publish]
bind = ["tcp://127.0.0.1:@port@"]
budget = "64 MiB"
checksum = false
[control]
bind = "ipc://@folder@/control"
[instrument.gen]
driver = "sim"
channels = 1
dtype = "f32"
rate = "@rate@ MHz"
latency = "0 s"
packet_bytes = 1048576
packets = 256
[pipeline.out]
from = "gen/wave"
"""
RATES = (150, 200, 250, 300, 350, 400, 450, 500, 550, 600, 650, 700, 750, 800, 850, 900, 1000, 1100, 1200, 1400)


def saturate(context):
    """The highest rate of a paced source at which every sample arrives: acqd drops, and says so, rather
    than let a subscriber slow down the instrument, so a source without a pace would measure nothing."""
    def try_rate(rate):
        with daemon(context, SATURATE.replace("@rate@", str(rate))) as (_, port):
            result = subscribe(context, "acqd", f"tcp://127.0.0.1:{port}", "d/gen/out", str(2 * context.seconds))
        kept_up = result["rate"] >= 0.95 * 4 * rate
        return result if result["lost"] == 0 and kept_up else None

    low, high, best = 0, len(RATES), {"rate": 0.0}
    while low < high:
        middle = (low + high) // 2
        # Twice: a machine that stands still for a moment costs a source with a pace its samples, where
        # those that wait lose a moment.
        result = try_rate(RATES[middle]) or try_rate(RATES[middle])
        if result is None:
            high = middle
        else:
            best, low = result, middle + 1
    return best


def gnuradio_saturate(context):
    port = free_port()
    endpoint = f"tcp://127.0.0.1:{port}"
    script = os.path.join(context.root, "bench", "peers", "gnuradio_publish.py")
    best = {}
    for length in ("4096", "16384"):  # its best of two vector lengths
        process = subprocess.Popen(["/usr/bin/python3", script, endpoint, length, str(2 * context.seconds + 4)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            result = subscribe(context, "raw", endpoint, "0", str(2 * context.seconds))
        finally:
            process.wait(60)
        if not best or result["rate"] > best["rate"]:
            best = result
    return best


def raw_peer(context, endpoint, size, rate, seconds):
    process = subprocess.Popen([os.path.join(context.build, "bench_raw_publisher"), endpoint, str(size),
                                str(rate), str(seconds + 3)], stdout=subprocess.DEVNULL)
    try:
        return subscribe(context, "raw", endpoint, str(size), str(seconds))
    finally:
        process.terminate()
        process.wait(10)


def raw_saturate(context):
    return raw_peer(context, f"tcp://127.0.0.1:{free_port()}", 1 << 20, 0, 2 * context.seconds)


def publish_path(way):
    """The path from packets to a subscriber without a pace: the source waits, so nothing is lost."""
    def run(context):
        endpoint = f"tcp://127.0.0.1:{free_port()}"
        seconds = 2 * context.seconds
        process = subprocess.Popen([os.path.join(context.build, "bench_publisher"), endpoint, str(1 << 20),
                                    str(seconds + 3), way], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            result = subscribe(context, "acqd", endpoint, "d/bench/out", str(seconds))
        finally:
            process.terminate()
            process.wait(10)
        if result["lost"] != 0:
            raise RuntimeError(f"bench_publisher {way} lost {result['lost']:.0f}")
        return result
    return run


def tcp_floor(context):
    """What a plain TCP socket brings over the loopback: nothing here can be faster."""
    script = os.path.join(context.root, "bench", "peers", "tcp_floor.py")
    done = subprocess.run(["/usr/bin/python3", script, str(1 << 20), str(2 * context.seconds)],
                          capture_output=True, text=True, timeout=60, check=True)
    return {key: float(value) for key, value in FIGURE.findall(done.stdout)}


PACED = """
[publish]
bind = ["ipc://@folder@/data", "tcp://127.0.0.1:@port@"]
[control]
bind = "ipc://@folder@/control"
[instrument.gen]
driver = "sim"
channels = 1
dtype = "f32"
rate = "1.024 MHz"
latency = "1 ms"
packet_bytes = 4096
[pipeline.out]
from = "gen/wave"
blocks = [{ block = "calibrate", gain = 2.0 }]
"""


def latency_ipc(context):
    with daemon(context, PACED) as (folder, _):
        return subscribe(context, "acqd", f"ipc://{folder}/data", "d/gen/out", str(3 * context.seconds))


def latency_tcp(context):
    with daemon(context, PACED) as (_, port):
        return subscribe(context, "acqd", f"tcp://127.0.0.1:{port}", "d/gen/out", str(3 * context.seconds))


def raw_latency_ipc(context):
    with tempfile.TemporaryDirectory(prefix="acq-bench-") as folder:
        return raw_peer(context, f"ipc://{folder}/raw", 4096, 1000, 3 * context.seconds)


def raw_latency_tcp(context):
    return raw_peer(context, f"tcp://127.0.0.1:{free_port()}", 4096, 1000, 3 * context.seconds)


FAN = """
[publish]
bind = ["ipc://@folder@/data"]
[control]
bind = "ipc://@folder@/control"
[instrument.gen]
driver = "sim"
channels = 4
rate = "500 kHz"
[pipeline.out]
from = "gen/wave"
publish = "always"
frame_samples = 16384
blocks = [{ block = "fir", cutoff = "50 kHz", order = 63 }]
"""


def subscribers(context):
    """The worker's CPU time for a packet with 64 subscribers over that without any.

    Measured as thread time, not elapsed time: with two cores, 64 subscribers in another process take
    the processor away, and that is not the daemon's cost. Nor is that they use caches and
    core beside the worker: while this daemon has none, a second daemon has them.
    """
    with daemon(context, FAN) as (folder, _), daemon(context, FAN) as (other, _):
        pid = int(subprocess.run(["pgrep", "-f", f"acqd --config {folder}/acqd.toml"], capture_output=True,
                                 text=True, check=True).stdout.split()[0])
        thread = worker_thread(pid)
        without, with_all = [], []
        for _ in range(3):
            for whose, times in ((other, without), (folder, with_all)):
                process = subprocess.Popen([os.path.join(context.build, "bench_subscriber"), "idle",
                                            f"ipc://{whose}/data", "d/gen/out", "64", str(2 * context.seconds + 2)],
                                           stdout=subprocess.DEVNULL)
                time.sleep(1)
                times.append(cpu_per_packet(context, folder, pid, thread, 2 * context.seconds))
                process.wait(60)
        return {"ratio": statistics.median(with_all) / statistics.median(without)}


def worker_thread(pid):
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm", encoding="utf-8") as file:
            if file.read().startswith("dsp:"):
                return task
    raise RuntimeError("acqd has no worker thread")


def cpu_per_packet(context, folder, pid, thread, seconds):
    def look():
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="utf-8") as file:
            run_ns = int(file.read().split()[0])
        return run_ns, status(context, folder)["workers"][0]["packets"]
    start = look()
    time.sleep(seconds)
    end = look()
    return (end[0] - start[0]) / max(1, end[1] - start[1])
