"""Pieces of waveforms and what is measured on them: edge_trigger, segment, average, statistics,
peaks, minmax_view, against NumPy and scipy.signal.find_peaks."""

import numpy as np
from scipy import signal, stats

from generate import Case, operation, waveform


def smooth(rng, channels, count):
    """Noise with structure over several samples, rounded to float32."""
    return signal.lfilter([0.2], [1, -0.8], rng.uniform(-1, 1, (channels, count))).astype("f4")


def edges(x, level, hysteresis, slope):
    """Indices of the first samples at or beyond the level, sample by sample."""
    rising = falling = False
    for i, value in enumerate(x):
        hit = False
        if rising and value >= level and slope != "falling":
            rising, hit = False, True
        elif value < level - hysteresis:
            rising = True
        if falling and value <= level and slope != "rising":
            falling, hit = False, True
        elif value > level + hysteresis:
            falling = True
        if hit:
            yield i


@operation("edge_trigger", block="edge_trigger")
def edge_trigger(rng):
    for slope in ("rising", "falling", "either"):
        for level, hysteresis, pre, post, hold_off in ((0.0, 0.0, 0, 7, 0), (0.125, 0.25, 20, 30, 0),
                                                       (-0.25, 0.125, 64, 1, 90)):
            x = smooth(rng, 2, 1500)
            pieces, ready = [], pre
            for at in edges(x[0], level, hysteresis, slope):
                if at >= ready and at + post <= x.shape[1]:
                    pieces.append(x[:, at - pre:at + post])
                    ready = at + max(post, hold_off)
            yield Case(f"{slope}_{level}",
                       params={"level": level, "hysteresis": hysteresis, "slope": slope,
                               "pre": pre, "post": post, "hold_off": hold_off},
                       input=x, output=np.stack(pieces))


@operation("segment", block="segment")
def segment(rng):
    for length, overlap in ((1, 0), (50, 0), (64, 32), (40, 39), (333, 100)):
        x = waveform(rng, 2, 250 if overlap < 99 else 700)
        out = np.lib.stride_tricks.sliding_window_view(x, length, axis=1)[:, ::length - overlap]
        yield Case(f"{length}_{overlap}", params={"length": length, "overlap": overlap}, input=x,
                   output=out.transpose(1, 0, 2))


@operation("average", block="average")
def average(rng):
    x = waveform(rng, 2 * 24, 40).reshape(24, 2, 40)
    wide = x.astype("f8")
    for count in (1, 5, 8):
        groups = wide[:24 // count * count].reshape(-1, count, 2, 40)
        yield Case(f"mean_{count}", params={"count": count}, input=x, output=groups.mean(axis=1),
                   kind="spectrum", absolute=1e-15, relative=1.2e-7, why="both rounded to float32 once")
    for alpha in (0.01, 0.3, 1.0):
        start = wide[:1] * (1 - alpha)
        out = signal.lfilter([alpha], [1, alpha - 1], wide, axis=0, zi=start)[0]
        yield Case(f"exponential_{alpha}", params={"mode": "exponential", "alpha": alpha}, input=x,
                   output=out, kind="record", absolute=1e-14, relative=1.2e-7,
                   why="both rounded to float32 once")
    for mode, function in (("max_hold", np.maximum), ("min_hold", np.minimum)):
        yield Case(mode, params={"mode": mode}, input=x, output=function.accumulate(x),
                   kind="spectrum")
        held = np.concatenate([function.accumulate(part) for part in np.split(x, 4)])
        yield Case(f"{mode}_6", params={"mode": mode, "count": 6}, input=x, output=held,
                   kind="record")
    for mode, function in (("rms", lambda g: np.sqrt(np.mean(g * g, axis=1))),
                           ("std", lambda g: g.std(axis=1)), ("median", lambda g: np.median(g, axis=1))):
        for count in (1, 2, 5, 24):
            groups = wide[:24 // count * count].reshape(-1, count, 2, 40)
            yield Case(f"{mode}_{count}", params={"mode": mode, "count": count}, input=x,
                       output=function(groups), kind="record", absolute=1e-15, relative=1.2e-7,
                       why="both rounded to float32 once")


def measured(x, ddof):
    rows = [x.mean(), np.sqrt(np.mean(x ** 2)), x.std(ddof=ddof), x.min(), x.max(), np.ptp(x)]
    return np.array(rows, dtype="f8")


@operation("statistics", block="statistics")
def statistics(rng):
    for number, (length, offset) in enumerate(((1, 0), (2, 5), (100, 0), (255, -3), (256, 0),
                                               (257, 1e4), (1000, 1e6))):
        x = waveform(rng, 2, 2100) + np.float32(offset)
        ddof = number % 2 if length > 1 else 0
        pieces = x[:, :2100 // length * length].reshape(2, -1, length).astype("f8")
        out = np.stack([np.concatenate([measured(pieces[c, i], ddof) for c in range(2)])
                        for i in range(pieces.shape[1])][:40])
        yield Case(f"waveform_{length}", params={"length": length, "ddof": ddof},
                   input=x[:, :length * len(out)], results=out, absolute=1e-15, relative=1e-11,
                   why="float64; NumPy's sums of squares about the mean")
    x = waveform(rng, 6, 333).reshape(2, 3, 333)
    out = np.stack([np.concatenate([measured(y, 0) for y in piece]) for piece in x.astype("f8")])
    yield Case("record", params={}, input=x, results=out, kind="record", absolute=1e-15,
               relative=1e-12, why="float64 sums")


def tops(x, found, count, interpolation, step):
    """x and height of the `count` highest, missing ones NaN."""
    out = np.full((count, 2), np.nan)
    order = sorted(found, key=lambda i: (-x[i], i))[:count]
    for row, i in enumerate(order):
        place, height = float(i), x[i]
        if interpolation == "parabola" and x[i - 1] != x[i] and x[i + 1] != x[i]:
            c2, c1, c0 = np.polyfit([-1.0, 0.0, 1.0], x[i - 1:i + 2], 2)
            place, height = i - c1 / c2 / 2, c0 - c1 ** 2 / c2 / 4
        out[row] = place * step, height
    return out.ravel()


@operation("peaks", block="peaks")
def peaks(rng):
    for number in range(40):
        count = int(rng.integers(3, 500))
        x = (smooth(rng, 2, count) if number % 2 else waveform(rng, 2, count))[np.newaxis]
        rules = {}
        if rng.random() < 0.4:
            rules["height"] = float(np.round(rng.uniform(-0.3, 0.6), 3))
        if rng.random() < 0.4:
            rules["threshold"] = float(np.round(rng.uniform(0, 0.3), 3))
        if rng.random() < 0.6:
            rules["distance"] = int(rng.integers(1, 40))
        if rng.random() < 0.6:
            rules["prominence"] = float(np.round(rng.uniform(0, 1.2), 3))
        interpolation = ("none", "parabola")[number // 2 % 2]
        told = int(rng.integers(1, 8))
        step = 1000 / (2 * (count - 1))
        wide = x[0].astype("f8")
        out = np.concatenate([tops(y, signal.find_peaks(y, **rules)[0], told, interpolation, step)
                              for y in wide])
        yield Case(f"random_{number}", kind="spectrum", input=x, results=out[np.newaxis],
                   params={"count": told, "interpolation": interpolation, **rules},
                   absolute=1e-9, relative=1e-11, why="float64; polyfit solves a system of 3")
    # Few levels: flat tops and ties. Up to 16 peaks SciPy's sort keeps the order of equal ones.
    for number in range(20):
        x = rng.integers(0, 4, (1, 1, 30)).astype("f4")
        rules = {"distance": int(rng.integers(1, 6)), "prominence": float(rng.integers(0, 3))}
        found = signal.find_peaks(x[0, 0].astype("f8"), **rules)[0]
        assert len(signal.find_peaks(x[0, 0])[0]) <= 16
        out = tops(x[0, 0].astype("f8"), found, 16, "none", 1000 / 58)
        yield Case(f"flat_{number}", kind="spectrum", input=x, results=out[np.newaxis],
                   params={"count": 16, "interpolation": "none", **rules}, absolute=1e-9,
                   why="float64")


@operation("peak_shapes", block="peaks")
def peak_shapes(rng):
    for number in range(30):
        count = int(rng.integers(3, 500))
        x = (smooth(rng, 2, count) if number % 2 else waveform(rng, 2, count))[np.newaxis]
        depth = float(np.round(rng.uniform(0.05, 0.95), 3))
        rules = {"width": float(np.round(rng.uniform(0, 3), 2))} if number % 3 else {}
        step = 1000 / (2 * (count - 1))
        told = 6
        out = np.full((2, told, 4), np.nan)
        for y, row in zip(x[0].astype("f8"), out):
            found = signal.find_peaks(y, rel_height=depth, prominence=0, **rules)[0]
            found = found[np.argsort(-y[found], kind="stable")][:told]
            widths = signal.peak_widths(y, found, rel_height=depth)[0] * step
            prominences = signal.peak_prominences(y, found)[0]
            row[:len(found)] = np.stack([found * step, y[found], prominences, widths], axis=1)
        yield Case(f"random_{number}", kind="spectrum", input=x, results=out.reshape(1, -1),
                   params={"count": told, "interpolation": "none", "shape": True, "depth": depth, **rules},
                   absolute=1e-9, relative=1e-11, why="float64")


@operation("histogram", block="histogram")
def histogram(rng):
    for number, output in enumerate(("counts", "density", "fraction") * 3):
        count, bins = int(rng.integers(10, 600)), int(rng.integers(1, 300))
        lower, upper = np.sort(np.round(rng.uniform(-1.2, 1.2, 2), 2))
        # Values on a grid of 0.01 meet the edges often.
        x = np.round(rng.uniform(-1, 1, (2, 3 * count)), 2).astype("f4")
        out, beside = [], []
        for piece in np.split(x.astype("f8"), 3, axis=1):
            counts = np.array([np.histogram(y, bins, (lower, upper))[0] for y in piece], dtype="f8")
            density = np.array([np.histogram(y, bins, (lower, upper), density=True)[0] for y in piece])
            out.append({"counts": counts, "density": density, "fraction": counts / count}[output])
            beside.append([[np.sum(y < lower), np.sum(y > upper), 0] for y in piece])
        yield Case(f"{output}_{number}", input=x, output=np.stack(out),
                   results=np.array(beside).reshape(3, -1), relative=1e-7, why="rounded to float32 once",
                   params={"bins": bins, "lower": float(lower), "upper": float(upper), "length": count,
                           "output": output})


@operation("xy", block="xy")
def xy(rng):
    for number, output in enumerate(("mean", "deviation", "counts") * 3):
        count, points, pairs = int(rng.integers(50, 600)), int(rng.integers(1, 40)), number % 2 + 1
        lower, upper = np.sort(rng.uniform(-1.2, 1.2, 2))
        x = rng.uniform(-1, 1, (pairs, 3 * count)).astype("f4")
        y = (0.5 * x * x + 0.1 * rng.uniform(-1, 1, x.shape)).astype("f4")
        statistic = {"mean": "mean", "deviation": "std", "counts": "count"}[output]
        out = [[stats.binned_statistic(a, b, statistic, points, (lower, upper)).statistic for a, b in zip(v, w)]
               for v, w in zip(np.split(x.astype("f8"), 3, axis=1), np.split(y.astype("f8"), 3, axis=1))]
        yield Case(f"{output}_{number}", input=np.concatenate([x, y]), output=np.array(out), relative=1e-7,
                   absolute=1e-12, why="rounded to float32 once",
                   params={"points": points, "lower": float(lower), "upper": float(upper), "length": count,
                           "output": output})


@operation("minmax_view", block="minmax_view")
def minmax_view(rng):
    for columns, length in ((1, 1), (7, 50), (40, 40), (64, 1000), (333, 1000)):
        x = waveform(rng, 2, 2 * length)
        bounds = [j * length // columns for j in range(columns)]
        views = []
        for piece in np.split(x, 2, axis=1):
            low = np.minimum.reduceat(piece, bounds, axis=1)
            high = np.maximum.reduceat(piece, bounds, axis=1)
            views.append(np.stack([low[0], high[0], low[1], high[1]]))
        yield Case(f"{columns}_of_{length}", params={"columns": columns, "length": length}, input=x,
                   output=np.stack(views))
