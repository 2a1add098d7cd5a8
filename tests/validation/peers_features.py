"""Sigima 1.2, the engine of DataLab, on what it measures of a record. Where its number is wrong the
case asks for definition = "datalab", and a case beside it has the right one."""

import numpy as np
from sigima.enums import PowerUnit
from sigima.tools.signal import dynamic, features, fitting, pulse

from generate import Case, operation

STEP = 1 / 1000


def axis(count):
    return np.arange(count) * STEP


def record(y):
    return y.astype("f4")[np.newaxis, np.newaxis]


@operation("sigima_width", block="width")
def width(rng):
    for number in range(16):
        count = int(rng.integers(100, 600))
        x = axis(count)
        top, w = x[-1] * rng.uniform(0.4, 0.6), x[-1] * rng.uniform(0.02, 0.06)
        sign = rng.choice([-1, 1])
        y = 1 + sign * rng.uniform(1, 4) * np.exp(-0.5 * ((x - top) / w) ** 2)
        if number % 4 == 3:  # a step's plateau
            y = 1 + sign * 2.0 * ((x > top - w) & (x < top + 3 * w))
        y = record(y)
        x1, level, x2, _ = pulse.full_width_at_ratio(x, y[0, 0].astype("f8"), 0.5)
        height = 2 * (level - np.mean(y[0, 0].astype("f8")[x <= x[0] + 0.05 * (x[-1] - x[0])]))
        yield Case(f"plateau_{number}", kind="record", input=y, params={"definition": "datalab"},
                   results=np.array([[x2 - x1, x1, x2, height]]), absolute=1e-9, relative=1e-9,
                   why="float64")
        if sign < 0 or number % 4 == 3:
            continue
        for method, name in (("gaussian", "gauss"),):
            x1, half, x2, _ = pulse.fwhm(x, y[0, 0].astype("f8"), name)
            yield Case(f"{method}_{number}", kind="record", input=y, params={"method": method},
                       results=np.array([[x2 - x1, x1, x2, 2 * (half - 1)]]), absolute=1e-6,
                       relative=1e-4, why="a fit's tolerance")


@operation("sigima_crossings", block="crossings")
def crossings(rng):
    for number in range(12):
        y = rng.uniform(-1, 1, int(rng.integers(3, 200))).astype("f4")
        level = float(np.round(rng.uniform(-0.5, 0.5), 2))
        found = features.find_x_values_at_y(axis(y.size), y.astype("f8"), level)
        ends = [found[0], found[-1]] if found.size else [np.nan, np.nan]
        yield Case(f"random_{number}", kind="record", input=record(y), params={"level": level},
                   results=np.array([[*ends, found.size]]), absolute=1e-12, why="float64")


@operation("sigima_value_at", block="value_at")
def value_at(rng):
    for number in range(8):
        y = rng.uniform(-1, 1, int(rng.integers(3, 200))).astype("f4")
        at = float(rng.uniform(0, y.size - 1) * STEP)
        out = features.find_y_at_x_value(axis(y.size), y.astype("f8"), at)
        yield Case(f"random_{number}", kind="record", input=record(y), params={"x": at},
                   results=np.array([[out]]), absolute=1e-12, why="float64")


@operation("sigima_contrast", block="contrast")
def contrast(rng):
    for number in range(8):
        y = rng.uniform(-1, 1 + number, 50).astype("f4")
        yield Case(f"random_{number}", kind="record", input=record(y), params={},
                   results=np.array([[features.contrast(y.astype("f8"))]]), relative=1e-14, why="float64")


@operation("sigima_bandwidth", block="bandwidth")
def bandwidth(rng):
    for number in range(8):
        count = int(rng.integers(50, 300))
        x = np.arange(count) * 1000 / (2 * (count - 1))
        centre = 0.0 if number % 2 else rng.uniform(150, 300)
        y = (-0.5 * ((x - centre) / rng.uniform(20, 60)) ** 2).astype("f4")
        low, _, high, _ = features.find_bandwidth_coordinates(x, y.astype("f8"))
        yield Case(f"random_{number}", kind="spectrum", input=y[np.newaxis, np.newaxis], params={},
                   results=np.array([[high - low, low, high, x[y.argmax()]]]), absolute=1e-8,
                   relative=1e-9, why="float64")


@operation("sigima_dynamic_parameters", block="dynamic_parameters")
def dynamic_parameters(rng):
    for number in range(8):
        count = int(rng.integers(500, 4000))
        x = axis(count)
        turn = 2 * np.pi * rng.uniform(8, count / 24) * np.arange(count) / count
        full_scale, harmonics = 2.0, int(rng.integers(1, 8))
        y = 0.9 * np.cos(turn + 1) + 0.01 + 1e-3 * np.cos(2 * turn) + 3e-3 * np.cos(3 * turn)
        y = record(y + 10 ** rng.uniform(-4.5, -3) * rng.standard_normal(count))
        wide = y[0, 0].astype("f8")
        (a, f, _, c), residual = dynamic.sinusoidal_fit(x, wide)
        out = [f, abs(a), c, dynamic.enob(x, wide, full_scale),
               dynamic.sinad(x, wide, full_scale, PowerUnit.DBC),
               dynamic.snr(x, wide, full_scale, PowerUnit.DBC),
               dynamic.thd(x, wide, full_scale, PowerUnit.DBC, harmonics),
               dynamic.sfdr(x, wide, full_scale, PowerUnit.DBC), np.nan]
        yield Case(f"random_{number}", kind="record", input=y, relative=1e-6, absolute=2e-6,
                   why="a fit's tolerance",
                   params={"full_scale": full_scale, "harmonics": harmonics, "definition": "datalab"},
                   results=np.array([out]))


@operation("sigima_fit", block=None)
def fit(rng):
    """Read by fits_test.cpp. Sigima's order of parameters is put into ours."""
    makers = {
        "gaussian": (fitting.gaussian_fit, lambda x, p: p[0] * np.exp(-0.5 * ((x - p[1]) / p[2]) ** 2) + p[3],
                     ("amplitude", "x0", "sigma", "y0")),
        "lorentzian": (fitting.lorentzian_fit, lambda x, p: p[0] / (1 + ((x - p[1]) / p[2]) ** 2) + p[3],
                       ("amplitude", "x0", "sigma", "y0"))}
    for kind, (fitter, function, names) in makers.items():
        for number in range(6):
            count = int(rng.integers(100, 500))
            x = axis(count)
            p = [rng.uniform(1, 4), x[-1] * rng.uniform(0.4, 0.6), x[-1] * rng.uniform(0.03, 0.08),
                 rng.uniform(-1, 1)]
            y = record(function(x, p) + 0.01 * rng.standard_normal(count))
            curve, found = fitter(x, y[0, 0].astype("f8"))
            rms = np.sqrt(np.mean((curve - y[0, 0]) ** 2))
            yield Case(f"{kind}_{number}", kind="record", params={"curve": kind}, input=y, relative=1e-4,
                       why="a fit's tolerance",
                       arrays={"parameters": np.array([found[n] for n in names]),
                               "sigmas": np.full(4, np.nan), "rms": np.array([rms])})


@operation("sigima_pulse", block="pulse")
def step(rng):
    """Steps with flat ends, on which Sigima's levels are right; what it does not tell is closed form."""
    for number in range(12):
        count, at, rise = int(rng.integers(600, 1500)), int(rng.integers(100, 400)), int(rng.integers(5, 18))
        x = axis(count)
        sign, offset, height = rng.choice([-1, 1]), rng.uniform(-2, 2), rng.uniform(0.5, 5)
        y = record(offset + sign * height * np.clip((np.arange(count) - at) / rise, 0, 1))
        wide = y[0, 0].astype("f8")
        a = pulse.get_amplitude(x, wide, signal_shape="step")
        x10, x50, x90 = (pulse.find_crossing_at_ratio(x, wide, ratio) for ratio in (0.1, 0.5, 0.9))
        low, high = min(wide[0], wide[-1]), max(wide[0], wide[-1])
        out = [sign, low, high, a, wide[0], wide[-1], x50, at * STEP, x90 - x10, 0, 0, np.nan, np.nan, 1]
        yield Case(f"step_{number}", kind="record", input=y, params={}, results=np.array([out]),
                   absolute=2e-5, relative=1e-6, why="float32 values; a rounding beyond a level in percent")
