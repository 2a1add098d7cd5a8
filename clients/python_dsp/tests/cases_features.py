import math

import numpy as np
import scipy.optimize as optimize
import scipy.signal as signal
import scipy.special as special
import scipy.stats as stats

from cases import add, noise

X = noise(800)
F = X.astype("f4")
D = F.astype("f8")

add("moments_of", {"count": 800, "mean": D.mean(), "squares": ((D - D.mean()) ** 2).sum(), "min": D.min(),
                   "max": D.max(), "has_nan": False, "rms": np.sqrt((D**2).mean())}, x=F)
add("minmax_of", (F.min(), F.max()), x=F)
BINNED = [stats.binned_statistic(X, noise(800, 2), what, 13, (-0.7, 0.9)).statistic for what in ("count", "mean", "std")]
add("binned_moments", tuple(BINNED), atol=1e-14, x=X, y=noise(800, 2), bins=13, lower=-0.7, upper=0.9)
add("histogram", np.histogram(X, 13, (-0.7, 0.9))[0], x=X, bins=13, lower=-0.7, upper=0.9)
FLAT = np.round(F * 4).astype("f4")
for height in (None, 1.0):
    _, found = signal.find_peaks(FLAT, height, plateau_size=1)
    add("find_maxima", (found["left_edges"], found["right_edges"]), x=FLAT, height=height)
INNER = D[1:-1]
add("find_minima", np.nonzero((INNER < D[:-2]) & (INNER <= D[2:]))[0] + 1, x=F)
for rules in ({"height": 0.2}, {"threshold": 0.3}, {"distance": 9}, {"prominence": 0.5},
              {"height": 0.1, "distance": 5, "prominence": 0.4}):
    index, more = signal.find_peaks(D, **rules)
    expected = {"index": index, "left": index, "right": index, "height": D[index]}
    if "prominence" in rules:
        expected["prominence"] = more["prominences"]
    add("find_peaks", expected, x=F, **rules)
PEAK = (3 - 0.5 * (np.arange(9) - 4.3) ** 2).astype("f4")
add("parabola_top", (4.3, 3.0), rtol=1e-6, x=PEAK, index=4)
add("gaussian_top", (4.3, 3.0), rtol=1e-6, x=3 * np.exp(-((np.arange(9) - 4.3) ** 2) / 4), index=4)

UP = np.nonzero((D[:-1] < 0) & (D[1:] >= 0))[0]
DOWN = np.nonzero((D[:-1] > 0) & (D[1:] <= 0))[0]


def crossed(i, x=D):
    return i - x[i] / (x[i + 1] - x[i])


BOTH = np.sort(np.concatenate([UP, DOWN]))
for slope, at in (("rising", UP), ("falling", DOWN), ("either", BOTH)):
    add("find_edges", (crossed(at), np.isin(at, UP)), rtol=1e-5, x=F, level=0.0, hysteresis=0.0, slope=slope)
    add("crossings_of", (len(at), crossed(at)[0], crossed(at)[-1]), y=D, level=0.0, slope=slope)
add("crossing_behind", crossed(BOTH[BOTH >= 100])[0], y=D, start=100, level=0.0)
add("crossing_before", crossed(BOTH[BOTH < 100])[-1], y=D, start=100, level=0.0)
add("value_at", np.interp(3.21, 1 + 0.01 * np.arange(800), D), y=D, x=3.21, dx=0.01, x0=1.0)
WAVE = np.interp(np.arange(201), [0, 20, 60, 80, 120, 130, 140, 180, 200], [0, 2, 2, 0, 0, 1, 0, 0, 4]).astype("f4")
AT = np.nonzero(WAVE >= 3.0)[0]
add("level_trigger", (AT, np.ones(len(AT), bool)), x=WAVE, level=3.0, is_below=False)
add("window_trigger", ([15.0, 187.5], [True, True]), rtol=1e-5, x=WAVE, low=-1.0, high=1.5, hysteresis=0.1,
    on_entry=False)
add("pulse_trigger", ([70.0], [False]), rtol=1e-5, x=WAVE, level=1.0, hysteresis=0.1, is_negative=False, shortest=50.0,
    longest=70.0)
add("runt_trigger", ([135.0], [False]), rtol=1e-5, x=WAVE, low=0.5, high=1.5, is_negative=False)
add("slope_trigger", ([187.5], [True]), rtol=1e-5, x=WAVE, low=0.5, high=1.5, is_falling=False, shortest=4.0,
    longest=6.0)
LOGIC = (np.random.default_rng(6).random((3, 400)) > 0.5).astype("f4")
MET = (LOGIC[0, 1:] == 1) & (LOGIC[2, :-1] == 0) & (LOGIC[2, 1:] == 1)
add("find_pattern", np.nonzero(MET)[0] + 1, planes=LOGIC, channels=[0, 2], bits=["high", "rises"])
SQUARE = np.concatenate([np.repeat([0, 1], [3, 5])] * 20 + [[0]]).astype("f4")
add("line_timing", {"edges": 40, "periods": 19, "period_samples": 19 * 8, "high_samples": 19 * 5,
                    "shortest_high": 5, "longest_high": 5, "shortest_low": 3, "longest_low": 3}, x=SQUARE)

T = 2.0 + 0.01 * np.arange(1000)
AXIS = {"dx": 0.01, "x0": 2.0}
GAUSS = 3 * np.exp(-((T - 7) ** 2) / (2 * 0.5**2)) + 0.5
HALF = 0.5 * math.sqrt(2 * math.log(2))
WIDTH = {"invalid_because": "", "left": 7 - HALF, "right": 7 + HALF, "height": 3.0}
add("width_of", WIDTH, rtol=1e-4, y=GAUSS, **AXIS, fraction=0.5)
add("width_of", WIDTH, rtol=1e-4, y=GAUSS, **AXIS, level=2.0, base=0.5)
PLATEAU = GAUSS[GAUSS - 0.5 >= 0.9 * 3].mean()  # as Sigima takes for the height
SIGIMA = 0.5 * math.sqrt(2 * math.log(3 / ((PLATEAU - 0.5) / 2)))
add("datalab_width_of", {"invalid_because": "", "left": 7 - SIGIMA, "right": 7 + SIGIMA}, rtol=3e-3, y=GAUSS, **AXIS,
    fraction=0.5, base=0.5)
add("datalab_width_of", {"left": 7 - HALF, "right": 7 + HALF}, rtol=1e-4, y=GAUSS, **AXIS, level=2.0)
add("start_level", GAUSS[:51].mean(), rtol=1e-3, y=GAUSS)
add("end_level", GAUSS[-51:].mean(), rtol=1e-3, y=GAUSS)

TRAPEZIUM = np.interp(T, [4, 5, 7, 8], [0, 1, 1, 0])
add("state_levels", {"invalid_because": "", "low": 0.0, "high": 1.0}, rtol=1e-2, atol=1e-2, y=TRAPEZIUM, rule="mode")
add("pulse_of", {"invalid_because": "", "amplitude": 1.0, "width": 3.0, "foot": 4.0, "base": 0.0, "top": 1.0,
                 "transitions": 2, "no_pulse_because": "",
                 "first": {"is_rising": True, "low": 4.1, "middle": 4.5, "high": 4.9, "duration": 0.8}},
    rtol=5e-3, atol=5e-3, y=TRAPEZIUM, **AXIS, rule="mean", low_fraction=0.1, high_fraction=0.9)
CLOCK = signal.square(2 * np.pi * (T - 2.123) / 0.7, 0.3)
add("count_edges", {"invalid_because": "", "edges": 15, "period": 0.7, "duty": 0.3}, rtol=0.02, y=CLOCK, **AXIS,
    level=0.0, hysteresis=0.1)

NOISY = GAUSS + 0.01 * noise(1000, 7)


def gaussian(x, a, x0, s, y0):
    return a * np.exp(-((x - x0) ** 2) / (2 * s**2)) + y0


BEST, COVARIANCE = optimize.curve_fit(gaussian, T, NOISY, [3, 7, 0.5, 0.5])
FIT = {"invalid_because": "", "p": BEST, "sigma": np.sqrt(np.diag(COVARIANCE))}
add("fit_named_curve", FIT, rtol=1e-4, y=NOISY, kind="gaussian", **AXIS, iterations=100, tolerance=1e-8)
add("fit_peaks", FIT, rtol=1e-4, y=NOISY, kind="gaussian", peaks=1, **AXIS, iterations=100, tolerance=1e-8)
CUBIC, SPREAD = np.polyfit(T, NOISY, 3, cov="unscaled")
REST = NOISY - np.polyval(CUBIC, T)
add("fit_polynomial", {"invalid_because": "", "p": CUBIC[::-1],
                       "covariance": (SPREAD * (REST**2).sum() / 996)[::-1, ::-1]}, rtol=1e-6, y=NOISY, deg=3, **AXIS)
DISTANCE = np.linspace(-3, 3, 50)
add("voigt", special.voigt_profile(DISTANCE, 0.7, 0.4) / special.voigt_profile(0, 0.7, 0.4), distance=DISTANCE,
    sigma=0.7, gamma=0.4)
UPPER = noise(60, 8) * 5 + 1j * np.abs(noise(60, 9)) * 5
add("faddeeva", special.wofz(UPPER), rtol=1e-11, z=UPPER)
add("peak_start", [3, 7, 0.5, 0.5], rtol=0.02, y=GAUSS, kind="gaussian", **AXIS)
add("tallest_start", [3, 7, 0.5], rtol=0.02, y=GAUSS, base=0.5, kind="gaussian", **AXIS)
add("base_of", np.quantile(GAUSS, 0.25), rtol=1e-3, y=GAUSS)
add("exponential_start", [2.0, -0.3, 0.1], rtol=1e-3, y=2 * np.exp(-0.3 * T) + 0.1, **AXIS)
add("sigmoid_start", [2.0, 3.0, 7.0, 0.1], rtol=0.1, y=2 * special.expit(3 * (T - 7)) + 0.1, **AXIS)

SINE = 1.5 * np.cos(2 * np.pi * 3.21 * T + 0.4) + 0.2 + 0.05 * np.random.default_rng(10).normal(size=1000)


def sine(x, f, a, p, c):
    return a * np.cos(2 * np.pi * f * x + p) + c


BEST, COVARIANCE = optimize.curve_fit(sine, T, SINE, [3.21, 1.5, 0.4, 0.2])
SIGMA = np.sqrt(np.diag(COVARIANCE))
add("fit_sine4", {"invalid_because": "", "frequency": BEST[0], "amplitude": BEST[1], "phase_deg": np.degrees(BEST[2]),
                  "offset": BEST[3], "frequency_sigma": SIGMA[0], "amplitude_sigma": SIGMA[1]}, rtol=1e-4, y=SINE,
    frequency=3.2, **AXIS, iterations=50, tolerance=1e-8)
add("fit_sine4", {"frequency": BEST[0]}, rtol=1e-6, y=SINE, **AXIS)
BASIS = np.stack([np.cos(2 * np.pi * 3.21 * T), np.sin(2 * np.pi * 3.21 * T), np.ones(1000)], 1)
C = np.linalg.lstsq(BASIS, SINE, rcond=None)[0]
add("fit_sine3", {"amplitude": math.hypot(C[0], C[1]), "phase_deg": math.degrees(math.atan2(-C[1], C[0])),
                  "offset": C[2], "frequency_sigma": 0.0}, rtol=1e-9, y=SINE, frequency=3.21, **AXIS)
add("sine_start", 3.21, rtol=3e-3, y=SINE, dx=0.01)
RESIDUAL = np.sqrt(((SINE - sine(T, *BEST)) ** 2).mean())
add("dynamic_parameters", {"invalid_because": "", "sinad_db": 20 * math.log10(BEST[1] / math.sqrt(2) / RESIDUAL),
                           "enob_bits": math.log2(4 / (math.sqrt(12) * RESIDUAL))}, rtol=1e-4, y=SINE, dx=0.01,
    full_scale=4.0, harmonics=5, definition="ieee1241")
add("dynamic_parameters", {"invalid_because": "", "enob_bits": math.log2(4 / (math.sqrt(12) * RESIDUAL))}, rtol=0.2,
    y=SINE, dx=0.01, full_scale=4.0, harmonics=5, definition="datalab")

Y = np.random.default_rng(11).normal(size=500) * 1e-9
PHASE = np.concatenate([[0], np.cumsum(Y - Y.mean()) * 2.0])
add("phase_of", PHASE, atol=1e-20, y=Y, tau0=2.0, keeps_mean=False)
add("phase_of", np.concatenate([[0], np.cumsum(Y) * 2.0]), atol=1e-20, y=Y, tau0=2.0, keeps_mean=True)


def second(x, m):
    return x[2 * m :] - 2 * x[m:-m] + x[: -2 * m]


for m in (1, 4, 32):
    tau = 2.0 * m
    third = PHASE[3 * m :] - 3 * PHASE[2 * m : -m] + 3 * PHASE[m : -2 * m] - PHASE[: -3 * m]
    means = np.convolve(second(PHASE, m), np.ones(m) / m, "valid")
    modified = math.sqrt((means**2).mean() / 2) / tau
    reflected = np.concatenate([2 * PHASE[0] - PHASE[m:0:-1], PHASE, 2 * PHASE[-1] - PHASE[-2 : -m - 2 : -1]])
    total = second(reflected, m)[1:-1]
    span = np.lib.stride_tricks.sliding_window_view(PHASE, m + 1)
    for name, value in (("allan_deviation", math.sqrt((second(PHASE, m)[::m] ** 2).mean() / 2) / tau),
                        ("overlapping_allan_deviation", math.sqrt((second(PHASE, m) ** 2).mean() / 2) / tau),
                        ("hadamard_deviation", math.sqrt((third**2).mean() / 6) / tau),
                        ("modified_allan_deviation", modified), ("time_deviation", modified * tau / math.sqrt(3)),
                        ("total_deviation", math.sqrt((total**2).mean() / 2) / tau)):
        add(name, value, rtol=1e-9, x=PHASE, m=m, tau0=2.0)
    add("max_time_interval_error", np.ptp(span, axis=1).max(), x=PHASE, m=m)
    # Howe, Allan, Barnes 1981, white FM
    N = len(PHASE)
    edf = (3 * (N - 1) / (2 * m) - 2 * (N - 2) / N) * 4 * m**2 / (4 * m**2 + 5)
    add("overlapping_edf", edf, noise="white_fm", phases=N, m=m)
RUNNING = np.concatenate([[0], np.cumsum(Y.astype("f4").astype("f8")) * 2.0])
add("running_allan", [math.sqrt((second(RUNNING, 2**k) ** 2).mean() / 2) / (2.0 * 2**k) for k in range(5)], rtol=1e-6,
    y=Y, octaves=5, tau0=2.0, what="overlapping")
