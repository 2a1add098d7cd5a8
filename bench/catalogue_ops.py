"""The operations of the row "catalogue", each with the call that a user of SciPy or NumPy would write."""
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.fft as fft
import scipy.integrate as integrate
import scipy.interpolate as interpolate
import scipy.ndimage as ndimage
import scipy.optimize as optimize
import scipy.signal as signal
import scipy.special as special

import acqd.dsp as dsp

COUNT = 1_000_000
FEW = 10_000  # for fits and single records
TOLERANCE = {"f8": 1e-9, "f4": 3e-4}  # of the largest value


@dataclasses.dataclass
class Operation:
    name: str
    ours: Callable[[], Any]
    peer_name: str
    peer: Callable[[], Any]
    samples: int = COUNT
    tolerance: float = TOLERANCE["f8"]
    pick: Callable[[Any], Any] = lambda value: value  # of ours, what is compared
    skip: int = 0  # first values, which are another matter

    def check(self):
        ours, theirs = np.asarray(self.pick(self.ours())), np.asarray(self.peer())
        if self.skip:
            ours, theirs = ours[self.skip:], theirs[self.skip:]
        if ours.shape != theirs.shape:
            raise AssertionError(f"{self.name}: shapes {ours.shape} and {theirs.shape}")
        scale = np.max(np.abs(theirs)) or 1
        worst = np.max(np.abs(ours - theirs)) / scale
        if not worst <= self.tolerance:
            raise AssertionError(f"{self.name} differs from {self.peer_name} by {worst:.2g} of the largest value")


def noise(count, seed, dtype="f8"):
    return np.random.default_rng(seed).uniform(-1, 1, count).astype(dtype)


X = noise(COUNT, 1)
Y = noise(COUNT, 2)
F = X.astype("f4")
G = Y.astype("f4")
P = np.abs(X) + 0.1
Z = X + 1j * Y


def of_samples():
    for op, f in (("abs", np.abs), ("sqrt", np.sqrt), ("log10", np.log10), ("exp", np.exp), ("inverse", np.reciprocal),
                  ("power", lambda v: np.power(v, 2.5))):
        yield Operation(f"function {op}", lambda op=op: dsp.apply_function(P, op, 2.5), f"numpy.{f.__name__}"
                        if op != "power" else "numpy.power", lambda f=f: f(P))
    yield Operation("clip", lambda: dsp.clip(X, -0.3, 0.5), "numpy.clip", lambda: np.clip(X, -0.3, 0.5))
    holes = X.copy()
    holes[::1000] = np.nan
    yield Operation("replace_non_finite, constant", lambda: dsp.replace_non_finite(holes, constant=0.5), "numpy.nan_to_num",
                    lambda: np.nan_to_num(holes, nan=0.5, posinf=0.5, neginf=0.5), pick=lambda r: r[0])
    at = np.arange(COUNT)
    yield Operation("replace_non_finite, linear", lambda: dsp.replace_non_finite(holes, by="linear"), "numpy.interp",
                    lambda: np.interp(at, at[np.isfinite(holes)], holes[np.isfinite(holes)]), pick=lambda r: r[0])
    yield Operation("complex_part, magnitude", lambda: dsp.complex_part(X, Y, "magnitude"), "numpy.hypot",
                    lambda: np.hypot(X, Y))
    yield Operation("complex_part, phase", lambda: dsp.complex_part(X, Y, "phase"), "numpy.arctan2",
                    lambda: np.arctan2(Y, X))
    yield Operation("from_polar", lambda: dsp.from_polar(P, X), "numpy.cos, sin", lambda: (P * np.cos(X), P * np.sin(X)))
    turns = np.angle(np.exp(1j * np.cumsum(X)))
    yield Operation("unwrap", lambda: dsp.unwrap(turns), "numpy.unwrap", lambda: np.unwrap(turns))
    yield Operation("derivative", lambda: dsp.derivative(X, dx=0.1), "numpy.gradient", lambda: np.gradient(X, 0.1))
    yield Operation("integral", lambda: dsp.integral(X, dx=0.1), "scipy cumulative_trapezoid",
                    lambda: integrate.cumulative_trapezoid(X, dx=0.1, initial=0))
    yield Operation("detrend, linear", lambda: dsp.detrend(X), "scipy detrend", lambda: signal.detrend(X))
    yield Operation("correct_offset", lambda: dsp.correct_offset(X, 10, 1000), "numpy", lambda: X - X[10:1000].mean())
    yield Operation("normalize, rms", lambda: dsp.normalize(X, "rms"), "numpy", lambda: X / np.sqrt(np.mean(X * X)))
    single = {"tolerance": TOLERANCE["f4"]}
    yield Operation("scale_and_offset, f32", lambda: dsp.scale_and_offset(F, 3, 0.5), "numpy",
                    lambda: F * np.float32(3) + np.float32(0.5), **single)
    yield Operation("polynomial of degree 3, f32", lambda: dsp.polynomial(F, [1, 2, 3, 4]), "numpy.polyval",
                    lambda: np.polyval([4, 3, 2, 1], F), **single)
    for op, f in (("add", np.add), ("multiply", np.multiply), ("minimum", np.minimum)):
        yield Operation(f"math {op}, f32", lambda op=op: dsp.combine(F, G, op), f"numpy.{op}", lambda f=f: f(F, G), **single)
    yield Operation("math ratio_db, f32", lambda: dsp.combine(F, G, "ratio_db"), "numpy",
                    lambda: 20 * np.log10(np.abs(F / G)), **single)
    positive = P.astype("f4")
    yield Operation("to_db, f32", lambda: dsp.to_db(positive), "numpy.log10", lambda: 10 * np.log10(positive), **single)
    raw = (1000 * X).astype("i2").reshape(-1, 1)
    yield Operation("int16 to float32 with scale", lambda: dsp.to_planes(raw, [0.5], [1.0]), "numpy",
                    lambda: (raw.astype("f4") * np.float32(0.5) + np.float32(1)).T, **single)
    four = raw.reshape(-1, 4)
    yield Operation("int16 of 4 channels to planes", lambda: dsp.to_planes(four, [0.5] * 4, [1.0] * 4), "numpy",
                    lambda: np.ascontiguousarray(four.T).astype("f4") * np.float32(0.5) + np.float32(1), **single)
    words = raw.astype("u1").ravel()
    yield Operation("unpack_bits of 8 channels", lambda: dsp.unpack_bits(words, 8), "numpy.unpackbits",
                    lambda: np.unpackbits(words[None], axis=0, bitorder="little").astype("f4"))
    yield Operation("oscillator", lambda: dsp.oscillator(0.0123, COUNT), "numpy.exp",
                    lambda: np.exp(-2j * np.pi * 0.0123 * np.arange(COUNT)), tolerance=1e-8)


def of_filters():
    single = {"tolerance": TOLERANCE["f4"]}
    for taps in (64, 256, 1024):
        h = signal.firwin(taps, 0.2)
        h4 = h.astype("f4")
        best = (lambda h4=h4: signal.lfilter(h4, np.float32(1), F)) if taps < 256 else (
            lambda h4=h4: signal.oaconvolve(F, h4)[:COUNT])
        yield Operation(f"FIR of {taps} taps, f32", lambda h=h, taps=taps: dsp.fir_filter(h, F) if taps < 256
                        else dsp.overlap_save(h, F), "scipy lfilter" if taps < 256 else "scipy oaconvolve", best, **single)
    for taps in (64, 1024):
        h = signal.firwin(taps, 0.2)
        best = (lambda h=h: signal.lfilter(h, 1, X)) if taps < 256 else (lambda h=h: signal.oaconvolve(X, h)[:COUNT])
        yield Operation(f"FIR of {taps} taps", lambda h=h: dsp.filter_fir(h, X),
                        "scipy lfilter" if taps < 256 else "scipy oaconvolve", best)
    h = signal.firwin(129, 0.2)
    yield Operation("FIR of 129 taps decimating by 4, f32", lambda: dsp.fir_decimate(h, F, 4), "scipy upfirdn",
                    lambda: signal.upfirdn(h.astype("f4"), F, 1, 4)[: COUNT // 4], **single)
    kernel = noise(1000, 3)
    yield Operation("convolution with 1000 values", lambda: dsp.convolve(X, kernel), "scipy oaconvolve",
                    lambda: signal.oaconvolve(X, kernel))
    sos = signal.butter(8, 0.2, output="sos")
    yield Operation("Butterworth of order 8", lambda: dsp.filter_sections(sos, X), "scipy sosfilt",
                    lambda: signal.sosfilt(sos, X))
    yield Operation("Butterworth of order 8, f32", lambda: dsp.sos_filter(sos, F), "scipy sosfilt",
                    lambda: signal.sosfilt(sos, F), **single)
    yield Operation("zero phase, order 8", lambda: dsp.filter_zero_phase(sos, X), "scipy sosfiltfilt",
                    lambda: signal.sosfiltfilt(sos, X), tolerance=1e-8)
    b, a = signal.iircomb(50, 10, "notch", 1000)
    yield Operation("comb, f32", lambda: dsp.comb_filter(20, 10, F), "scipy lfilter", lambda: signal.lfilter(b, a, F),
                    **single)
    yield Operation("moving mean of 101, f32", lambda: dsp.moving_mean(F, 101), "scipy uniform_filter1d",
                    lambda: ndimage.uniform_filter1d(F, 101, origin=50), tolerance=1e-4, skip=101)
    yield Operation("mean_filter of 101", lambda: dsp.mean_filter(X, 101), "scipy uniform_filter1d",
                    lambda: ndimage.uniform_filter1d(X, 101))
    for size in (11, 101):
        yield Operation(f"median_filter of {size}", lambda size=size: dsp.median_filter(X, size), "scipy median_filter",
                        lambda size=size: ndimage.median_filter(X, size))
    taps = dsp.gaussian_taps(4.0)
    yield Operation("Gaussian, sigma 4", lambda: dsp.correlate_about(X, taps), "scipy gaussian_filter1d",
                    lambda: ndimage.gaussian_filter1d(X, 4.0))
    yield Operation("Savitzky-Golay 11, 3", lambda: dsp.savitzky_golay(X, 11, 3), "scipy savgol_filter",
                    lambda: signal.savgol_filter(X, 11, 3))
    yield Operation("Wiener of 5", lambda: dsp.wiener(X, 5), "scipy wiener", lambda: signal.wiener(X, 5))
    pass_band = np.fft.rfftfreq(COUNT) <= 0.1
    yield Operation("brickwall", lambda: dsp.brickwall(X, 0.1, pads=False), "scipy.fft rfft, irfft",
                    lambda: fft.irfft(fft.rfft(X) * pass_band, COUNT))
    yield Operation("resample 3/2", lambda: dsp.resample(X, 3, 2), "scipy resample_poly",
                    lambda: signal.resample_poly(X, 3, 2))
    t = np.cumsum(P)
    at = np.linspace(t[0], t[-1], COUNT)
    for kind, make in (("linear", None), ("cubic", interpolate.CubicSpline), ("pchip", interpolate.PchipInterpolator),
                       ("akima", interpolate.Akima1DInterpolator)):
        peer = (lambda: np.interp(at, t, X)) if make is None else (lambda make=make: make(t, X)(at))
        yield Operation(f"interpolate, {kind}", lambda kind=kind: dsp.interpolate(at, t, X, kind),
                        "numpy.interp" if make is None else f"scipy {make.__name__}", peer, tolerance=1e-8)


def of_spectra():
    single = {"tolerance": TOLERANCE["f4"]}
    size = 1 << 20
    x, f = noise(size, 4), noise(size, 4, "f4")
    z = x + 1j * noise(size, 5)
    spectrum = fft.rfft(x)
    long = {"samples": size}
    yield Operation("real FFT of 2^20", lambda: dsp.rfft(x), "scipy.fft.rfft", lambda: fft.rfft(x), **long)
    yield Operation("real FFT of 2^20, f32", lambda: dsp.rfft(f), "scipy.fft.rfft", lambda: fft.rfft(f), **long, **single)
    yield Operation("inverse real FFT of 2^20", lambda: dsp.irfft(spectrum), "scipy.fft.irfft", lambda: fft.irfft(spectrum),
                    **long)
    yield Operation("complex FFT of 2^20", lambda: dsp.fft(z), "scipy.fft.fft", lambda: fft.fft(z), **long)
    small = x[:4096].copy()
    yield Operation("real FFT of 4096", lambda: dsp.rfft(small), "scipy.fft.rfft", lambda: fft.rfft(small), samples=4096)
    for length in (1024, 4096):
        yield Operation(f"Welch of {length}, f32", lambda length=length: dsp.welch(F, nperseg=length)[1], "scipy welch",
                        lambda length=length: signal.welch(F, nperseg=length)[1], **single)
    window = signal.get_window("hann", 4096)
    scale = (window**2).sum() * 487
    yield Operation("cross spectrum of 4096", lambda: dsp.cross_sums(X, Y, window, 2048)[2][1:-1], "scipy csd",
                    lambda: signal.csd(X, Y, nperseg=4096)[1][1:-1] * scale / 2)
    yield Operation("analytic signal", lambda: dsp.analytic_signal(x), "scipy hilbert", lambda: signal.hilbert(x), **long)
    yield Operation("cepstrum", lambda: dsp.cepstrum(x), "scipy.fft", lambda: fft.irfft(np.log(np.abs(fft.rfft(x)))), **long)
    yield Operation("instantaneous_frequency", lambda: dsp.instantaneous_frequency(Z), "numpy.angle",
                    lambda: np.angle(Z[1:] * Z[:-1].conj()) / (2 * np.pi))
    half, other = X[:100_000].copy(), Y[:100_000].copy()
    yield Operation("correlation of 100 000", lambda: dsp.correlate(half, other), "scipy correlate",
                    lambda: signal.correlate(half, other), samples=100_000)
    kernel = np.exp(-((np.arange(100_000) - 50_000) ** 2) / 8.0)
    yield Operation("deconvolution of 100 000", lambda: dsp.deconvolve(half, kernel, 2.0), "scipy.fft",
                    lambda: deconvolved(half, kernel, 2.0), samples=100_000, tolerance=1e-8)
    yield Operation("Goertzel", lambda: dsp.goertzel(X, 0.123), "numpy.exp, dot",
                    lambda: X @ np.exp(-2j * np.pi * 0.123 * np.arange(COUNT)), tolerance=1e-7)
    yield Operation("window kaiser", lambda: dsp.make_window("kaiser", 65536, True, [8.0]), "scipy get_window",
                    lambda: signal.get_window(("kaiser", 8.0), 65536), samples=65536)
    yield Operation("window chebwin", lambda: dsp.dolph_chebyshev(16384, 80), "scipy chebwin",
                    lambda: signal.windows.chebwin(16384, 80), samples=16384, tolerance=1e-6)
    yield Operation("window dpss", lambda: dsp.slepian(4096, 3), "scipy dpss", lambda: signal.windows.dpss(4096, 3),
                    samples=4096, tolerance=1e-6)


def deconvolved(y, h, strength):
    """Tikhonov's inverse; y goes on as its reflection."""
    n, left = len(y), len(y) // 2
    size = 1 << (3 * n - 3).bit_length()
    padded = np.pad(y, (left, n - 1 - left), "reflect")
    placed = np.zeros(size)
    placed[: n - left], placed[size - left:] = h[left:], h[:left]
    spectrum, response = fft.rfft(padded, size), fft.rfft(placed)
    penalty = strength * (2 * np.sin(np.pi * np.arange(size // 2 + 1) / size)) ** 2
    return fft.irfft(spectrum * response.conj() / (np.abs(response) ** 2 + penalty), size)[left: left + n]


def of_features():
    wide = F.astype("f8")
    yield Operation("moments (mean, deviation, extremes), f32", lambda: dsp.moments_of(F), "numpy",
                    lambda: (F.mean(), F.std(), F.min(), F.max()), pick=lambda m: (m.mean, m.std(), m.min, m.max),
                    tolerance=1e-5)
    yield Operation("minimum and maximum, f32", lambda: dsp.minmax_of(F), "numpy", lambda: (F.min(), F.max()))
    yield Operation("histogram of 100 bins", lambda: dsp.histogram(X, 100, -1, 1), "numpy.histogram",
                    lambda: np.histogram(X, 100, (-1, 1))[0])
    for what, rules in (("height", {"height": 0.5}), ("distance", {"distance": 20}), ("prominence", {"prominence": 0.5})):
        yield Operation(f"peaks by {what}", lambda rules=rules: dsp.find_peaks(F, **rules), "scipy find_peaks",
                        lambda rules=rules: signal.find_peaks(wide, **rules)[0], pick=lambda p: p.index)
    yield Operation("crossings", lambda: dsp.crossings_of(X, 0.1)[0], "numpy",
                    lambda: np.count_nonzero(np.diff(np.signbit(X - 0.1))))
    yield Operation("edges with hysteresis, f32", lambda: dsp.find_edges(F, 0.0, 0.0, "rising"), "numpy",
                    lambda: rising(F), pick=lambda e: e[0], tolerance=1e-6)
    yield from of_triggers()
    t = 0.01 * np.arange(FEW)
    few = {"samples": FEW}
    pulse = 3 * np.exp(-((t - 50) ** 2) / 8) + 0.01 * noise(FEW, 6)
    top = np.array([np.argmax(pulse)])
    yield Operation("full width at half maximum", lambda: dsp.width_of(pulse, base=0.0), "scipy peak_widths",
                    lambda: signal.peak_widths(pulse, top, 0.5)[0][0], **few, pick=lambda w: w.right - w.left,
                    tolerance=0.05)

    def gaussian(x, a, x0, s, y0):
        return a * np.exp(-((x - x0) ** 2) / (2 * s * s)) + y0

    yield Operation("fit of a Gaussian", lambda: dsp.fit_named_curve(pulse, "gaussian", 0.01), "scipy curve_fit",
                    lambda: optimize.curve_fit(gaussian, t, pulse, [2.5, 49, 2.5, 0.1])[0], **few, pick=lambda r: r.p,
                    tolerance=1e-5)
    yield Operation("fit of a polynomial of degree 5", lambda: dsp.fit_polynomial(pulse, 5, 0.01), "numpy.polyfit",
                    lambda: np.polyfit(t, pulse, 5)[::-1], **few, pick=lambda r: r.p, tolerance=1e-6)
    sine = 1.5 * np.cos(2 * np.pi * 3.21 * t + 0.4) + 0.2 + 0.01 * noise(FEW, 7)

    def wave(x, f, a, p, c):
        return a * np.cos(2 * np.pi * f * x + p) + c

    yield Operation("fit of a sine, 4 parameters", lambda: dsp.fit_sine4(sine, 3.209, 0.01), "scipy curve_fit",
                    lambda: optimize.curve_fit(wave, t, sine, [3.209, 1, 0, 0])[0][0], **few,
                    pick=lambda r: r.frequency, tolerance=1e-6)
    distance = np.linspace(-5, 5, FEW)
    yield Operation("Voigt profile", lambda: dsp.voigt(distance, 0.7, 0.4), "scipy voigt_profile",
                    lambda: special.voigt_profile(distance, 0.7, 0.4) / special.voigt_profile(0, 0.7, 0.4), **few)
    upper = distance + 0.3j
    yield Operation("Faddeeva function", lambda: dsp.faddeeva(upper), "scipy wofz", lambda: special.wofz(upper), **few)


def rising(x):
    at = np.nonzero((x[:-1] < 0) & (x[1:] >= 0))[0]
    return at - x[at] / (x[at + 1] - x[at])


def of_triggers():
    single = {"pick": lambda hits: hits[0], "tolerance": 1e-6}
    s = signal.lfilter([0.2], [1, -0.8], X).astype("f4")  # as long as noise of a probe: edges some samples apart
    low, high = np.float32(-0.125), np.float32(0.25)

    def meet(at, level):
        return at + (level - s[at]) / (s[at + 1] - s[at]).astype("f8")

    def windows():
        inside = (s >= low) & (s <= high)
        at = np.flatnonzero(inside[:-1] & ~inside[1:])
        return np.where(s[at + 1] > high, meet(at, high), meet(at, low))

    def pulses():
        above = s >= low
        rise, fall = np.flatnonzero(~above[:-1] & above[1:]), np.flatnonzero(above[:-1] & ~above[1:])
        fall = fall[np.searchsorted(fall, rise[0]):]
        start, end = meet(rise[: len(fall)], low), meet(fall, low)
        return end[end - start >= 4]

    def passages():
        """Samples where the zone (below, between, above) changes, and the zones there."""
        zone = np.digitize(s, [low, high])
        at = np.flatnonzero(np.diff(zone)) + 1
        return at, zone[at]

    def runts():
        at, zone = passages()
        hit = np.flatnonzero((zone[2:] == 0) & (zone[1:-1] == 1) & (zone[:-2] == 0)) + 2
        return meet(at[hit] - 1, low)

    def slopes():
        at, zone = passages()
        whole = np.flatnonzero((zone[2:] == 2) & (zone[1:-1] == 1) & (zone[:-2] == 0)) + 2
        jump = np.flatnonzero((zone[1:] == 2) & (zone[:-1] == 0)) + 1
        begin = np.concatenate([at[whole - 1], at[jump]]) - 1
        end = np.concatenate([at[whole], at[jump]]) - 1
        start, stop = meet(begin, low), meet(end, high)
        return np.sort(stop[stop - start >= 2])

    yield Operation("level trigger, f32", lambda: dsp.level_trigger(s, 0.5), "numpy.flatnonzero",
                    lambda: np.flatnonzero(s[1:] >= np.float32(0.5)) + 1, **single)
    yield Operation("window trigger, f32", lambda: dsp.window_trigger(s, -0.125, 0.25), "numpy", windows, **single)
    yield Operation("pulse trigger, f32", lambda: dsp.pulse_trigger(s, -0.125, shortest=4), "numpy", pulses, **single)
    yield Operation("runt trigger, f32", lambda: dsp.runt_trigger(s, -0.125, 0.25), "numpy", runts, **single)
    yield Operation("slope trigger, f32", lambda: dsp.slope_trigger(s, -0.125, 0.25, shortest=2), "numpy", slopes, **single)


def of_stability():
    phase = np.cumsum(X) * 1e-9
    m = 100

    def allan():
        d = phase[2 * m:] - 2 * phase[m:-m] + phase[: -2 * m]
        return np.sqrt(np.mean(d * d) / 2) / m

    def hadamard():
        d = phase[3 * m:] - 3 * phase[2 * m:-m] + 3 * phase[m: -2 * m] - phase[: -3 * m]
        return np.sqrt(np.mean(d * d) / 6) / m

    def modified():
        d = phase[2 * m:] - 2 * phase[m:-m] + phase[: -2 * m]
        sums = np.cumsum(np.concatenate([[0], d]))
        d = (sums[m:] - sums[:-m]) / m
        return np.sqrt(np.mean(d * d) / 2) / m

    yield Operation("Allan deviation, overlapping", lambda: dsp.overlapping_allan_deviation(phase, m), "numpy", allan)
    yield Operation("Hadamard deviation", lambda: dsp.hadamard_deviation(phase, m), "numpy", hadamard)
    yield Operation("modified Allan deviation", lambda: dsp.modified_allan_deviation(phase, m), "numpy", modified,
                    tolerance=1e-6)
    yield Operation("MTIE", lambda: dsp.max_time_interval_error(phase, m), "scipy.ndimage", lambda: np.max(
        (ndimage.maximum_filter1d(phase, m + 1) - ndimage.minimum_filter1d(phase, m + 1))[m:-m]))


def of_designs():
    one = {"samples": 1}  # ns for each call
    yield Operation("design of a FIR, 255 taps (a call)", lambda: dsp.design_fir(255, 0.1), "scipy firwin",
                    lambda: signal.firwin(255, 0.1, fs=1), **one)
    yield Operation("design of a Butterworth, order 8 (a call)", lambda: dsp.sos_gain(dsp.design_butterworth(8, 0.1), 0.05),
                    "scipy butter", lambda: abs(signal.sosfreqz(signal.butter(8, 0.2, output="sos"), [0.1 * np.pi])[1][0]),
                    **one)
    yield Operation("design of an equiripple FIR, 63 taps (a call)",
                    lambda: dsp.design_equiripple(63, [0, 0.1, 0.15, 0.5], [1, 0]), "scipy remez",
                    lambda: signal.remez(63, [0, 0.1, 0.15, 0.5], [1, 0], fs=1), **one, tolerance=0.05)


def all_operations():
    for family in (of_samples, of_filters, of_spectra, of_features, of_stability, of_designs):
        yield from family()
