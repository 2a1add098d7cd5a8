"""Features of records: width, crossings, value_at, contrast, bandwidth, counter, against SciPy's
peak_widths and NumPy."""

import numpy as np
from scipy import signal

from generate import Case, operation, waveform

STEP = 1 / 1000  # of a record's x axis


def bump(rng, count):
    """One peak of random place and width on noise with structure, rounded to float32."""
    x = np.arange(count)
    top = rng.uniform(0.3, 0.7) * count
    y = rng.uniform(1, 5) * np.exp(-0.5 * ((x - top) / (rng.uniform(0.03, 0.12) * count)) ** 2)
    return (y + 0.02 * rng.standard_normal(count)).astype("f4")


@operation("width", block="width")
def width(rng):
    for number in range(25):
        count = int(rng.integers(60, 600))
        fraction = float(np.round(rng.uniform(0.3, 0.8), 3))
        x = bump(rng, count)
        y = x.astype("f8")
        base = y.min() - 1.0
        # peak_widths counts from the prominence; a base below all values makes the height one.
        top = int(y.argmax())
        wide = np.concatenate([[base], y, [base]])
        widths, height, left, right = signal.peak_widths(wide, [top + 1], rel_height=1 - fraction)
        is_inside = left[0] >= 1 and right[0] <= count
        out = [widths[0] * STEP, (left[0] - 1) * STEP, (right[0] - 1) * STEP, y[top] - base]
        out = out if is_inside else [np.nan] * 4
        yield Case(f"random_{number}", kind="record", input=x[np.newaxis, np.newaxis],
                   results=np.array([out]), params={"fraction": fraction, "base": float(base)},
                   absolute=1e-12, relative=1e-11, why="float64")


def meets(y, level, slope):
    """Positions of the changes of side, by the definition."""
    sides = [(i, np.sign(v - level)) for i, v in enumerate(y) if v != level]
    out = []
    for (i, a), (_, b) in zip(sides, sides[1:]):
        if a != b and (slope == "either" or b == (1 if slope == "rising" else -1)):
            out.append(i + (level - y[i]) / (y[i + 1] - y[i]))
    return np.array(out)


@operation("crossings", block="crossings")
def crossings(rng):
    for number in range(24):
        count = int(rng.integers(2, 300))
        x = waveform(rng, 1, count) if number % 2 else rng.integers(-2, 3, (1, count)).astype("f4")
        level = 0.0 if number % 4 == 0 else float(np.round(rng.uniform(-1, 1), 2))
        slope = ("either", "rising", "falling")[number % 3]
        found = meets(x[0].astype("f8"), level, slope) * STEP
        ends = [found[0], found[-1]] if found.size else [np.nan, np.nan]
        yield Case(f"random_{number}", kind="record", input=x[np.newaxis],
                   results=np.array([[*ends, found.size]]), params={"level": level, "slope": slope},
                   absolute=1e-12, relative=1e-12, why="float64")


@operation("value_at", block="value_at")
def value_at(rng):
    for number in range(12):
        count = int(rng.integers(1, 300))
        y = waveform(rng, 2, count)
        at = float(rng.uniform(-0.1, 1.1) * count * STEP)
        axis = np.arange(count) * STEP
        out = [np.interp(at, axis, row.astype("f8"), left=np.nan, right=np.nan) for row in y]
        yield Case(f"random_{number}", kind="record", input=y[np.newaxis], results=np.array([out]),
                   params={"x": at}, absolute=1e-12, why="float64")


@operation("contrast", block="contrast")
def contrast(rng):
    for number in range(8):
        y = waveform(rng, 2, int(rng.integers(1, 300))) + np.float32(number)
        high, low = y.max(axis=1).astype("f8"), y.min(axis=1).astype("f8")
        out = (high - low) / (np.abs(high) + np.abs(low))
        yield Case(f"random_{number}", kind="spectrum" if number % 2 and y.shape[1] > 1 else "record",
                   input=y[np.newaxis], results=out[np.newaxis], params={}, relative=1e-14,
                   why="float64")


@operation("bandwidth", block="bandwidth")
def bandwidth(rng):
    for number in range(12):
        count = int(rng.integers(50, 400))
        f = np.arange(count) * 1000 / (2 * (count - 1))
        low, high = 500 * rng.uniform(0.02, 0.3), 500 * rng.uniform(0.4, 0.8)
        sos = signal.butter(int(rng.integers(1, 5)), [low, high], "bandpass", fs=1000, output="sos")
        gain = np.abs(signal.sosfreqz(sos, f, fs=1000)[1])
        scale = ("amplitude", "power", "db")[number % 3]
        y = {"amplitude": gain, "power": gain ** 2,
             "db": 20 * np.log10(np.maximum(gain, 1e-6))}[scale].astype("f4")
        wide = y.astype("f8")
        level = {"amplitude": 20 * np.log10(np.maximum(wide, 1e-300)),
                 "power": 10 * np.log10(np.maximum(wide, 1e-300)), "db": wide}[scale]
        drop = float(np.round(rng.uniform(1, 6), 2))
        top = int(level.argmax())
        found = meets(level, level[top] - drop, "either")
        left, right = found[found < top].max(), found[found > top].min()
        bin_hz = f[1]
        out = [(right - left) * bin_hz, left * bin_hz, right * bin_hz, top * bin_hz]
        yield Case(f"random_{number}", kind="spectrum", input=y[np.newaxis, np.newaxis],
                   results=np.array([out]), params={"drop": drop, "scale": scale},
                   absolute=1e-8, relative=1e-11, why="float64")


@operation("counter", block="counter")
def counter(rng):
    for number in range(12):
        count = int(rng.integers(300, 1500))
        turns = rng.uniform(0.008, 0.03) * np.arange(count) + rng.uniform(0, 1)
        y = (np.sin(2 * np.pi * turns) + 0.1 * rng.uniform(-1, 1, count)).astype("f4")
        wide, level, hysteresis = y.astype("f8"), 0.1, 0.5
        rises, falls, up, down = [], [], False, False
        for i, v in enumerate(wide):
            if up and v >= level:
                up = False
                rises.append(i - 1 + (level - wide[i - 1]) / (v - wide[i - 1]))
            elif v < level - hysteresis:
                up = True
            if down and v <= level:
                down = False
                falls.append(i - 1 + (level - wide[i - 1]) / (v - wide[i - 1]))
            elif v > level + hysteresis:
                down = True
        slope, first = np.polyfit(np.arange(len(rises)), rises, 1)
        high = sum(next(f for f in falls if f > a) - a for a in rises[:-1])
        turn = -first / slope
        out = [1 / (slope * STEP), slope * STEP, high / (rises[-1] - rises[0]),
               360 * (turn - np.round(turn)), len(rises)]
        yield Case(f"random_{number}", kind="record", input=y[np.newaxis, np.newaxis],
                   results=np.array([out]), params={"level": level, "hysteresis": hysteresis},
                   absolute=1e-8, relative=1e-10, why="float64; polyfit solves by singular values")
