"""The triggers that follow one channel by a rule: each definition sample by sample in Python."""

import numpy as np
from scipy import signal

from generate import Case, operation

RATE = 1000


def smooth(rng, count):
    return signal.lfilter([0.2], [1, -0.8], rng.uniform(-1, 1, (2, count))).astype("f4")


def meet(a, b, level):
    return (level - a) / (b - a) if b != a else 1.0


def records(x, events, pre, post):
    pieces, ready = [], pre
    for at in events:
        if at >= ready and at + post <= x.shape[1]:
            pieces.append(x[:, at - pre:at + post])
            ready = at + post
    return np.stack(pieces)


def level_events(x, level, below):
    return [i for i, v in enumerate(x) if (v <= level if below else v >= level)]


def window_events(x, low, high, hysteresis, enters):
    armed = False
    for i, v in enumerate(x):
        inside = low <= v <= high
        if armed and inside == enters:
            armed = False
            yield i
        elif (v < low - hysteresis or v > high + hysteresis) if enters else (
                low + hysteresis <= v <= high - hysteresis):
            armed = True


def pulse_events(x, level, hysteresis, shortest, longest):
    rise = fall = False
    start = None
    for i, v in enumerate(x):
        if fall and v <= level:
            fall = False
            end = i - 1 + meet(x[i - 1], v, level)
            if start is not None and shortest <= end - start <= longest:
                yield i
            start = None
        elif v > level + hysteresis:
            fall = True
        if rise and v >= level:
            rise = False
            start = i - 1 + meet(x[i - 1], v, level)
        elif v < level - hysteresis:
            rise = True


def runt_events(x, low, high):
    came_from_below = is_between = False
    for i, v in enumerate(x):
        if v < low:
            if is_between:
                yield i
            came_from_below, is_between = True, False
        elif v >= high:
            came_from_below = is_between = False
        elif came_from_below:
            is_between = True


def slope_events(x, low, high, shortest, longest):
    below, start = False, None
    for i, v in enumerate(x):
        if v < low:
            below, start = True, None
            continue
        if below:
            below, start = False, i - 1 + meet(x[i - 1], v, low)
        if start is not None and v >= high:
            time = i - 1 + meet(x[i - 1], v, high) - start
            start = None
            if shortest <= time <= longest:
                yield i


def case(name, x, events, params, pre=17, post=25):
    return Case(name, input=x, output=records(x, list(events), pre, post), rate_hz=RATE,
                params={**params, "pre": pre, "post": post})


@operation("level_trigger", block="level_trigger")
def level_trigger(rng):
    for level in (0.0, 0.25, -0.125):
        for side in ("above", "below"):
            x = smooth(rng, 1500)
            yield case(f"{side}_{level}", x, level_events(x[0], level, side == "below"),
                       {"level": level, "side": side})


@operation("window_trigger", block="window_trigger")
def window_trigger(rng):
    for when in ("leaves", "enters"):
        for hysteresis in (0.0, 0.0625):
            x = smooth(rng, 1500)
            yield case(f"{when}_{hysteresis}", x,
                       window_events(x[0], -0.125, 0.25, hysteresis, when == "enters"),
                       {"low": -0.125, "high": 0.25, "when": when, "hysteresis": hysteresis})


@operation("pulse_trigger", block="pulse_trigger")
def pulse_trigger(rng):
    for polarity, sign in (("positive", 1), ("negative", -1)):
        for hysteresis, longer, shorter in ((0.0, 0.0, 0.004), (0.125, 0.004, None), (0.0625, 0.003, 0.009)):
            x = smooth(rng, 2000)
            params = {"level": 0.0625, "polarity": polarity, "hysteresis": hysteresis, "longer_than": longer}
            if shorter:
                params["shorter_than"] = shorter
            yield case(f"{polarity}_{hysteresis}", x,
                       pulse_events(sign * x[0].astype("f8"), sign * 0.0625, hysteresis, longer * RATE,
                                    shorter * RATE if shorter else np.inf), params)


@operation("runt_trigger", block="runt_trigger")
def runt_trigger(rng):
    for low, high in ((-0.125, 0.25), (0.0, 0.125)):
        x = smooth(rng, 2000)
        yield case(f"positive_{low}", x, runt_events(x[0], low, high), {"low": low, "high": high})
        yield case(f"negative_{low}", x, runt_events(-x[0], -high, -low),
                   {"low": low, "high": high, "polarity": "negative"})


@operation("slope_trigger", block="slope_trigger")
def slope_trigger(rng):
    for slope, sign in (("rising", 1), ("falling", -1)):
        for longer, shorter in ((0.0, 0.002), (0.0025, None), (0.001, 0.005)):
            x = smooth(rng, 2000)
            low, high = (-0.125, 0.1875) if sign > 0 else (-0.1875, 0.125)
            params = {"low": -0.125, "high": 0.1875, "slope": slope, "longer_than": longer}
            if shorter:
                params["shorter_than"] = shorter
            yield case(f"{slope}_{longer}", x,
                       slope_events(sign * x[0].astype("f8"), low, high, longer * RATE,
                                    shorter * RATE if shorter else np.inf), params)


def lines(rng, channels, count, longest):
    """Logic: each level lasts 1 to `longest` samples."""
    rows = []
    for _ in range(channels):
        widths = rng.integers(1, longest, count)
        rows.append(np.repeat(np.arange(count) % 2, widths)[:count])
    return np.array(rows, dtype="f4")


def pattern_events(x, terms):
    """Where all terms hold: an edge is at one sample, levels alone trigger where they come to hold."""
    bit = x.astype(int)
    held = None
    for i in range(x.shape[1]):
        def holds(channel, what):
            now, before = bit[channel, i], bit[channel, i - 1] if i else bit[channel, i]
            return {"0": now == 0, "1": now == 1, "rising": now > before, "falling": now < before,
                    "either": now != before}[what]
        met = all(holds(channel, what) for channel, what in terms)
        has_edge = any(what not in "01" for _, what in terms)
        if met and (has_edge or held is False):
            yield i
        held = met


@operation("pattern_trigger", block="pattern_trigger")
def pattern_trigger(rng):
    for terms in ([(0, "1"), (1, "0")], [(0, "rising"), (2, "1")], [(1, "falling")], [(0, "either"), (1, "1"), (2, "0")]):
        x = lines(rng, 3, 700, 12)
        pattern = " ".join(f"ch{channel + 1}={what}" for channel, what in terms)
        made = case(pattern.replace("=", "_").replace(" ", "_"), x, pattern_events(x, terms), {"pattern": pattern})
        made.kind = "logic"
        yield made


def timing(bit, start, end):
    """What ends within [start, end) of one channel, as logic_timing tells it."""
    change = np.flatnonzero(np.diff(bit)) + 1
    rise = change[bit[change] == 1]
    inside = (change >= start) & (change < end)
    ended = [(a, b) for a, b in zip(rise, rise[1:]) if start <= b < end]
    period = np.mean([b - a for a, b in ended]) / RATE
    duty = sum(bit[a:b].sum() for a, b in ended) / sum(b - a for a, b in ended)
    pulses = [(b - a, bit[a]) for a, b in zip(change, change[1:]) if start <= b < end]
    high, low = ([width / RATE for width, level in pulses if level == wanted] for wanted in (1, 0))
    return [inside.sum(), 1 / period, period, duty, min(high), max(high), min(low), max(low)]


@operation("logic_timing", block="logic_timing")
def logic_timing(rng):
    for longest, length in ((3, 100), (12, 250), (40, 500)):
        x = lines(rng, 2, 3 * length, longest)
        results = [[timing(row.astype(int), at, at + length) for row in x] for at in range(0, 3 * length, length)]
        yield Case(f"up_to_{longest}", input=x, kind="logic", results=np.array(results).reshape(3, -1), rate_hz=RATE,
                   params={"length": length}, relative=1e-14, why="float64")
