"""The rows of docs/performance.md: what runs, beside what, and what is to be reached."""
import dataclasses
import os
import re
import statistics
import subprocess
import time

import endtoend
import recording

FIGURE = re.compile(r"^R (\S+) (\S+)", re.MULTILINE)


@dataclasses.dataclass
class Row:
    name: str
    what: str
    unit: str
    ours: object               # a command, or a function(context) -> {key: value}
    key: str                   # the figure of ours that counts
    peers: dict                # name -> (command or function, key)
    goal: float                # ratio to the best peer, or a bound where `is_bound`
    goal_text: str
    smaller_is_better: bool = False
    is_bound: bool = False     # the goal is about our figure alone
    required: bool = False     # to be reached, not only printed
    turns: int = 1             # a repeat is cut into so many, where the machine changes while one is measured


def program(name, *arguments):
    """A benchmark program on core 0, with the length of one measurement as its last argument."""
    def run(context):
        command = ["taskset", "-c", "0", os.path.join(context.build, name), *arguments]
        return figures(context, command + [str(context.seconds)])
    return run


def two_cores(name, *arguments):
    """A program that places its own threads."""
    def run(context):
        return figures(context, [os.path.join(context.build, name), *arguments, str(context.seconds)])
    return run


def gnuradio(row):
    def run(context):
        script = os.path.join(context.root, "bench", "peers", "gnuradio_chain.py")
        return figures(context, ["taskset", "-c", "0", "/usr/bin/python3", script, row, str(context.seconds)])
    return run


def figures(context, command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=context.root)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    return {key: float(value) for key, value in FIGURE.findall(done.stdout)}


def codec(context):
    """Google Benchmark's own table: nanoseconds of one encode and of one decode."""
    command = ["taskset", "-c", "0", os.path.join(context.build, "bench_codec"),
               f"--benchmark_min_time={context.seconds / 3}", "--benchmark_format=csv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    times = {}
    for line in done.stdout.splitlines():
        fields = line.split(",")
        if len(fields) > 4 and fields[0].startswith('"'):
            times[fields[0].strip('"')] = float(fields[3])
    encode = min(v for k, v in times.items() if "ncode" in k and "ecode" not in k.lower().replace("encode", ""))
    decode = min(v for k, v in times.items() if "ecode" in k.lower().replace("encode", ""))
    return {"t11.ours": encode + decode, "encode": encode, "decode": decode}


ALL = {row.name: row for row in [
    Row("T1", "hand-over of 4096 float32, written and read, across two cores", "GS/s",
        two_cores("bench_ring", "t1"), "t1.ours",
        {"plain slot ring": ("ours", "t1.slot_ring"), "boost, whole blocks": ("ours", "t1.boost_blocks"),
         "mutex and deque": ("ours", "t1.mutex_deque")},
        0.9, "0.9 of the plain slot ring (with counting and stamps)", required=True, turns=10),
    Row("T1F", "what a second consumer costs the producer of 4096 samples", "x",
        program("bench_ring", "t1"), "t1.fan_out_cost", {}, 1.10, "at most 1.10", is_bound=True,
        smaller_is_better=True, required=True),
    Row("T2", "hand-over of one reference at a time", "M/s", two_cores("bench_ring", "t2"), "t2.ours",
        {"boost spsc_queue": ("ours", "t2.boost")}, 1.0, "boost"),
    Row("T4", "20 cheap blocks in a chain, one core", "MS/s", program("bench_pipeline", "t4"), "t4.ours",
        {"GNU Radio": (gnuradio("t4"), "t4.gnuradio")}, 14, "14 times GNU Radio", required=True),
    Row("T6", "FIR of 64 taps in the pipeline, one core", "MS/s", program("bench_pipeline", "t6"), "t6.ours",
        {"GNU Radio": (gnuradio("t6"), "t6.gnuradio")}, 7, "7 times GNU Radio"),
    Row("T7", "FIR of 256 taps in the pipeline, one core", "MS/s", program("bench_pipeline", "t7"), "t7.ours.256",
        {"GNU Radio": (gnuradio("t7.256"), "t7.256.gnuradio"),
         "its filter by FFT": (gnuradio("t7fft.256"), "t7fft.256.gnuradio")}, 6, "6 times GNU Radio"),
    Row("T7L", "FIR of 1024 taps in the pipeline, one core", "MS/s", program("bench_pipeline", "t7"), "t7.ours.1024",
        {"GNU Radio": (gnuradio("t7.1024"), "t7.1024.gnuradio"),
         "its filter by FFT": (gnuradio("t7fft.1024"), "t7fft.1024.gnuradio")}, 6, "6 times GNU Radio"),
    Row("T8", "power spectrum of 1024 points, averaged, one core", "MS/s", program("bench_pipeline", "t8"),
        "t8.ours.1024", {"GNU Radio": (gnuradio("t8.1024"), "t8.1024.gnuradio")}, 5, "5 times GNU Radio"),
    Row("T8L", "power spectrum of 4096 points, averaged, one core", "MS/s", program("bench_pipeline", "t8"),
        "t8.ours.4096", {"GNU Radio": (gnuradio("t8.4096"), "t8.4096.gnuradio")}, 4, "4 times GNU Radio"),
    Row("W2", "FIR 129 decimating by 4, Welch 4096 with 50 % overlap, one core", "MS/s",
        program("bench_pipeline", "w2"), "w2.ours",
        {"GNU Radio": (gnuradio("w2"), "w2.gnuradio")}, 6, "6 times GNU Radio"),
    Row("T9", "end to end, 1 MiB frames of float32 to one TCP subscriber, all delivered", "MB/s",
        endtoend.saturate, "rate",
        {"GNU Radio": (endtoend.gnuradio_saturate, "rate"), "libzmq alone": (endtoend.raw_saturate, "rate"),
         "plain TCP sockets": (endtoend.tcp_floor, "rate")},
        2.3, "2.3 times GNU Radio", required=True),
    Row("T9S", "the path of T9 without a pace: frames of 1 MiB that borrow their packets", "MB/s",
        endtoend.publish_path("borrow"), "rate",
        {"copied frames": (endtoend.publish_path("copy"), "rate"),
         "GNU Radio": (endtoend.gnuradio_saturate, "rate"), "libzmq alone": (endtoend.raw_saturate, "rate"),
         "plain TCP sockets": (endtoend.tcp_floor, "rate")},
        1.1, "1.1 times copied frames"),
    Row("W7", "journal to the disk, checksums, no compression, a sync each second", "MB/s",
        recording.ours("journal"), "rate",
        {"raw append": (recording.ours("raw"), "rate"), "HDF5 by h5py": (recording.hdf5("none"), "rate")},
        0.85, "0.85 of raw append"),
    Row("W7H", "the same beside HDF5, chunked append", "MB/s", recording.ours("journal"), "rate",
        {"HDF5 by h5py": (recording.hdf5("none"), "rate")}, 1.1, "1.1 times HDF5"),
    Row("W7L", "journal with lz4, samples of a 14-bit converter", "MB/s", recording.ours("lz4"), "rate",
        {"HDF5 gzip": (recording.hdf5("gzip"), "rate")}, 10, "10 times HDF5 gzip"),
    Row("W7Z", "journal with zstd, the same", "MB/s", recording.ours("zstd"), "rate",
        {"HDF5 gzip": (recording.hdf5("gzip"), "rate")}, 10, "10 times HDF5 gzip"),
    Row("W7R", "compression by zstd over that of HDF5 gzip", "x", recording.ours("zstd"), "ratio",
        {"HDF5 gzip": (recording.hdf5("gzip"), "ratio"),
         "HDF5 shuffle and gzip": (recording.hdf5("shuffle"), "ratio")}, 1, "no worse than HDF5"),
    Row("W7K", "compression by lz4 over that of HDF5 gzip", "x", recording.ours("lz4"), "ratio",
        {"HDF5 gzip": (recording.hdf5("gzip"), "ratio")}, 1, "no worse than HDF5 gzip"),
    Row("W7C", "the journal's share of a core at 200 MB/s", "cores", recording.ours("paced"), "cores", {},
        0.15, "at most 0.15", is_bound=True, smaller_is_better=True),
    Row("W7O", "10 GB opened, in C++ and in Python, to the first samples", "s", recording.opened, "open", {},
        0.2, "at most 0.2 s", is_bound=True, smaller_is_better=True),
    Row("T11", "frame header, all fields: encode and decode", "ns", codec, "t11.ours", {}, 200,
        "at most 200 ns", is_bound=True, smaller_is_better=True),
    Row("L1", "packet complete to frame handed over and received in the same machine over ipc, p50", "us",
        endtoend.latency_ipc, "p50", {"libzmq alone, ipc": (endtoend.raw_latency_ipc, "p50")},
        1 / 1.3, "1.3 times libzmq", smaller_is_better=True),
    Row("L3", "packet complete to TCP subscriber, parsed, p50", "us", endtoend.latency_tcp, "p50",
        {"libzmq alone, TCP": (endtoend.raw_latency_tcp, "p50")}, 1 / 1.3, "1.3 times libzmq",
        smaller_is_better=True),
    Row("L4", "growth of the latency for each added block", "us", program("bench_pipeline", "l4"), "l4.ours",
        {}, 0.3, "at most 0.3 us", is_bound=True, smaller_is_better=True, required=True),
    Row("G2", "processing time of a packet with 64 subscribers over that with none", "x",
        endtoend.subscribers, "ratio", {}, 1.02, "at most 1.02", is_bound=True, smaller_is_better=True,
        required=True),
    Row("G5", "the producer's cost of each further consumer", "ns", program("bench_ring", "g5"), "g5.ours", {},
        10, "at most 10 ns", is_bound=True, smaller_is_better=True),
    Row("G6", "allocations for each packet after start", "", program("bench_pipeline", "g6"), "g6.ours", {}, 0,
        "none", is_bound=True, smaller_is_better=True, required=True),
]}

@dataclasses.dataclass
class Context:
    root: str
    build: str
    seconds: float


def busy_cores(seconds=0.5):
    """How many processors are at work although nothing is measured: what the figures have beside them."""
    def look():
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        return sum(ticks), ticks[3] + ticks[4]  # all, and idle with waiting for disks
    all_before, idle_before = look()
    time.sleep(seconds)
    all_now, idle_now = look()
    return os.cpu_count() * (1 - (idle_now - idle_before) / max(1, all_now - all_before))


def measure(root, row, repeats, seconds):
    """Ours and each peer by turns; medians. The ratio is the median of the ratios of the turns, so that
    a machine that is twice as fast for a while is so for both sides of a ratio."""
    context = Context(root, os.path.join(root, "build", "release"), seconds / row.turns)
    other_work = busy_cores()
    values = {"ours": [], **{peer: [] for peer in row.peers}}
    for _ in range(repeats * row.turns):
        own = row.ours(context)
        values["ours"].append(own[row.key])
        for peer, (run, key) in row.peers.items():
            values[peer].append(own[key] if run == "ours" else run(context)[key])
    medians = {name: statistics.median(v) for name, v in values.items()}
    ours = medians.pop("ours")
    spread = [min(values["ours"]), max(values["ours"])]
    if row.is_bound:
        ratio, met = None, ours <= row.goal
    else:
        pairs = zip(values["ours"], values[goal_peer(row, medians)])
        ratio = statistics.median(peer / own if row.smaller_is_better else own / peer for own, peer in pairs)
        met = ratio >= row.goal
    return {"row": row.name, "what": row.what, "ours": ours, "peer": medians, "ratio": ratio,
            "goal": row.goal_text, "met": met, "required": row.required, "unit": row.unit,
            "spread": spread, "repeats": repeats, "other_work": round(other_work, 1), "time": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}


def goal_peer(row, medians):
    """The peer that the goal names: the one whose name is in its text, else the best."""
    for name in medians:
        if name.split(",")[0].lower() in row.goal_text.lower():
            return name
    return (min if row.smaller_is_better else max)(medians, key=medians.get)
