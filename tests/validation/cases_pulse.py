"""Pulse parameters of records, by the definitions of IEEE 181 in NumPy."""

import numpy as np

from generate import Case, operation

STEP = 1 / 1000


def level(y, half, mode):
    low, high = y.min(), y.max()
    counts, edges = np.histogram(y, 128, (low, high))
    # np.histogram puts a value that is rounded onto an edge where its bin says; so do we.
    index = np.minimum(127, ((y - low) / ((high - low) / 128)).astype(int))
    counts = np.bincount(index, minlength=128)
    at = counts[:64].argmax() if half == 0 else 127 - counts[64:][::-1].argmax()
    centre = low + (at + 0.5) * (high - low) / 128
    if mode:
        return centre
    for _ in range(4):
        centre = y[np.abs(y - centre) <= 0.05 * (high - low)].mean()
    return centre


def meets(y, where):
    """Positions where the straight lines between values meet a level."""
    i = np.flatnonzero((y[:-1] < where) != (y[1:] < where))
    return i + (where - y[i]) / (y[i + 1] - y[i])


def transitions(y, low, middle, high):
    state, out = 0, []
    for i, v in enumerate(y):
        now = 1 if v >= high else -1 if v <= low else 0
        if now == 0:
            continue
        if state and now != state:
            first, last = (low, high) if now > 0 else (high, low)
            end = max(m for m in meets(y[:i + 1], last))
            mid = max(m for m in meets(y[:i + 1], middle))
            start = max(m for m in meets(y[:i + 1], first) if m <= mid)
            out.append((now, start, mid, end, i))
        state = now
    return out


@operation("pulse", block="pulse")
def pulse(rng):
    for number in range(24):
        count = int(rng.integers(200, 900))
        i = np.arange(count)
        sign, offset, height = rng.choice([-1, 1]), rng.uniform(-2, 2), rng.uniform(0.5, 5)
        up, down = count * rng.uniform(0.2, 0.4), count * rng.uniform(0.55, 0.8)
        rise, fall = rng.uniform(4, 40, 2)
        y = np.clip(np.minimum((i - up) / rise, 1 - (i - down) / fall), 0, 1)
        if number % 3 == 0:
            y = np.clip((i - up) / rise, 0, 1)  # a step
        y = (offset + sign * height * (y + 0.01 * rng.standard_normal(count))).astype("f4")
        wide = y.astype("f8")
        mode = number % 4 == 1
        low_part, high_part = ((0.1, 0.9), (0.2, 0.8), (0.05, 0.95))[number % 3]
        low, high = level(wide, 0, mode), level(wide, 1, mode)
        a = high - low
        found = transitions(wide, low + low_part * a, low + 0.5 * a, low + high_part * a)
        way, start, mid, end, done = found[0]
        base, top = (low, high) if way > 0 else (high, low)
        part = low_part if way > 0 else 1 - high_part
        foot = start - (end - start) * part / (high_part - low_part)
        stop = int(found[1][1]) + 1 if len(found) > 1 else count
        over = max(0, (way * (wide[done:stop] - top)).max(initial=0)) / a
        pre = max(0, (way * (base - wide[:int(start) + 1])).max()) / a
        second = [np.nan, np.nan]
        if len(found) > 1:
            second = [(found[1][2] - mid) * STEP, (found[1][3] - found[1][1]) * STEP]
        out = [way, low, high, a, base, top, mid * STEP, foot * STEP, (end - start) * STEP, 100 * over,
               100 * pre, *second, len(found)]
        yield Case(f"random_{number}", kind="record", input=y[np.newaxis, np.newaxis],
                   results=np.array([out]), absolute=1e-9, relative=1e-10, why="float64",
                   params={"levels": "mode" if mode else "mean", "low_reference": 100 * low_part,
                           "high_reference": 100 * high_part})
