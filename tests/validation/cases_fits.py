"""Fits of records, against scipy.optimize.curve_fit, numpy.polyfit and, for the dynamic parameters,
least squares by numpy.linalg.lstsq and an FFT."""

import numpy as np
from scipy import optimize, signal, special

from generate import Case, operation

STEP = 1 / 1000


def gaussian(x, a, x0, s, y0):
    return a * np.exp(-0.5 * ((x - x0) / s) ** 2) + y0


def lorentzian(x, a, x0, g, y0):
    return a / (1 + ((x - x0) / g) ** 2) + y0


def voigt(x, a, x0, s, g, y0):
    peak = special.voigt_profile(0, s, g)
    return a * special.voigt_profile(x - x0, s, g) / peak + y0


def exponential(x, a, b, y0):
    return a * np.exp(b * x) + y0


def sigmoid(x, a, k, x0, y0):
    return a / (1 + np.exp(-k * (x - x0))) + y0


def made(rng, kind, span):
    """Legal parameters at random, in the order of the curve."""
    a, y0 = rng.choice([-1, 1]) * rng.uniform(0.5, 5), rng.uniform(-2, 2)
    x0 = span * rng.uniform(0.3, 0.7)
    w = span * rng.uniform(0.03, 0.1)
    return {"gaussian": (a, x0, w, y0), "lorentzian": (a, x0, w / 2, y0),
            "voigt": (a, x0, w, w * rng.uniform(0.5, 1.5), y0),
            "exponential": (a, rng.choice([-1, 1]) * rng.uniform(2, 6) / span, y0),
            "sigmoid": (a, rng.uniform(20, 60) / span, x0, y0)}[kind]


CURVES = {"gaussian": gaussian, "lorentzian": lorentzian, "voigt": voigt, "exponential": exponential,
          "sigmoid": sigmoid}
FIT_WHY = "SciPy stops at 1e-12 of the sum of squares; float64"


def fitted(function, x, y, start):
    p, covariance = optimize.curve_fit(function, x, y, p0=start, ftol=1e-14, xtol=1e-14, gtol=1e-14,
                                       maxfev=20000)
    return p, np.sqrt(np.diag(covariance)), np.sqrt(np.mean((function(x, *p) - y) ** 2))


@operation("fit", block=None)
def fit(rng):
    """Read by fits_test.cpp: the parameters, their uncertainties, the residual."""
    for kind, function in CURVES.items():
        for number in range(12):
            count = int(rng.integers(80, 600))
            x = np.arange(count) * STEP
            start = made(rng, kind, x[-1])
            y = (function(x, *start) + 0.02 * rng.standard_normal(count)).astype("f4")
            p, sigma, rms = fitted(function, x, y.astype("f8"), start)
            yield Case(f"{kind}_{number}", kind="record", params={"curve": kind},
                       input=y[np.newaxis, np.newaxis], relative=1e-4, why=FIT_WHY,
                       arrays={"parameters": p, "sigmas": sigma, "rms": np.array([rms])})
    for degree in range(1, 11):
        count = int(rng.integers(degree + 2, 300))
        x = np.arange(count) * STEP
        y = rng.uniform(-1, 1, count).astype("f4")
        # In units of the span the powers of numpy.polyfit keep their digits.
        u = x / x[-1]
        c = np.polyfit(u, y.astype("f8"), degree)
        rms = np.sqrt(np.mean((np.polyval(c, u) - y) ** 2))
        scale = x[-1] ** -np.arange(degree + 1.0)
        design = np.vander(u, degree + 1, increasing=True)
        inverse = np.linalg.inv(np.linalg.qr(design, mode="r"))
        s = rms * np.sqrt(count / (count - degree - 1))
        sigma = s * np.linalg.norm(inverse, axis=1)
        yield Case(f"polynomial_{degree}", kind="record", relative=1e-6,
                   params={"curve": "polynomial", "degree": degree}, input=y[np.newaxis, np.newaxis],
                   why="the condition of the powers, 1e8 at degree 10",
                   arrays={"parameters": c[::-1] * scale, "sigmas": sigma * scale,
                           "rms": np.array([rms])})


@operation("sine_fit", block=None)
def sine_fit(rng):
    """Read by fits_test.cpp as well."""
    def sine(x, a, b, c, f):
        return a * np.cos(2 * np.pi * f * x) + b * np.sin(2 * np.pi * f * x) + c

    for number in range(16):
        count = int(rng.integers(20, 1500))
        x = np.arange(count) * STEP
        f = rng.uniform(1.6, count / 2 - 1.2) / (count * STEP)
        start = (rng.uniform(-3, 3), rng.uniform(-3, 3), rng.uniform(-1, 1), f)
        y = (sine(x, *start) + 0.01 * rng.standard_normal(count)).astype("f4")
        (a, b, c, f), sigma, rms = fitted(sine, x, y.astype("f8"), start)
        yield Case(f"random_{number}", kind="record", params={}, input=y[np.newaxis, np.newaxis],
                   relative=1e-4, why=FIT_WHY,
                   arrays={"parameters": np.array([f, np.hypot(a, b), np.degrees(np.arctan2(-b, a)), c]),
                           "sigmas": np.array([sigma[3], np.nan, np.nan, sigma[2]]),
                           "rms": np.array([rms])})


@operation("dynamic_parameters", block="dynamic_parameters")
def dynamic_parameters(rng):
    for number in range(10):
        count = int(rng.integers(500, 4000))
        x = np.arange(count) * STEP
        bins = rng.uniform(8, count / 24)
        turn = 2 * np.pi * bins * np.arange(count) / count
        full_scale, harmonics = 2.0, int(rng.integers(1, 10))
        y = rng.uniform(0.5, 0.95) * np.cos(turn + 1) + rng.uniform(-0.02, 0.02)
        for h in range(2, 8):
            y = y + 10 ** rng.uniform(-4, -2.5) * np.cos(h * turn + h)
        y = (y + 10 ** rng.uniform(-4.5, -3) * rng.standard_normal(count)).astype("f4")
        wide = y.astype("f8")

        def design(f, top):
            phase = 2 * np.pi * f * np.outer(x, np.arange(1, top + 1))
            return np.hstack([np.ones((count, 1)), np.cos(phase), np.sin(phase)])

        def residual(f, top=1):
            m = design(f, top)
            return wide - m @ np.linalg.lstsq(m, wide, rcond=None)[0]

        start = bins / (count * STEP)
        f = optimize.least_squares(lambda p: residual(p[0]), [start], xtol=1e-15, ftol=1e-15,
                                   gtol=1e-15, x_scale=1e-3 / (count * STEP)).x[0]
        m = design(f, 1)
        c, a, b = np.linalg.lstsq(m, wide, rcond=None)[0]
        rest = residual(f)
        amplitude, rms = np.hypot(a, b), np.sqrt(np.mean(rest ** 2))
        lines = np.linalg.lstsq(design(f, harmonics + 1), wide, rcond=None)[0]
        each = np.hypot(lines[1:harmonics + 2], lines[harmonics + 2:])[1:]
        noise = rms ** 2 - 0.5 * np.sum(each ** 2)
        w = signal.windows.flattop(count, sym=False)
        spur = 2 * np.abs(np.fft.rfft(rest * w))[1:].max() / w.sum()
        db = lambda v: 20 * np.log10(v)
        out = [f, amplitude, c, np.log2(full_scale / (np.sqrt(12) * rms)),
               db(amplitude / np.sqrt(2) / rms), db(amplitude / np.sqrt(2 * noise)),
               db(np.sqrt(np.sum(each ** 2)) / amplitude), db(amplitude / max(spur, each.max())),
               10 * np.log10(2 * noise / count) - db(full_scale / (2 * np.sqrt(2)))]
        yield Case(f"random_{number}", kind="record", input=y[np.newaxis, np.newaxis],
                   results=np.array([out]), params={"full_scale": full_scale, "harmonics": harmonics},
                   absolute=1e-6, relative=1e-6, why="SciPy's search stops at 1e-8 of the frequency")
