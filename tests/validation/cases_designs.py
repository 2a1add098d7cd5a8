"""Recursive filters of every family, notch, comb, medians and smoothing: against scipy.signal and
scipy.ndimage."""

import numpy as np
from scipy import ndimage, signal

from generate import Case, operation, waveform

ROUNDED = "float64 within, rounded to float32 once"
KINDS = {"low": "lowpass", "high": "highpass", "band": "bandpass", "stop": "bandstop"}


def sections(family, kind, order, cutoff, ripple=1.0, attenuation=60.0, norm="phase"):
    """Second-order sections by SciPy, at a rate of 1 kHz."""
    how = dict(btype=KINDS[kind], fs=1000, output="sos")
    if family == "butterworth":
        return signal.butter(order, cutoff, **how)
    if family == "bessel":
        return signal.bessel(order, cutoff, norm={"magnitude": "mag"}.get(norm, norm), **how)
    if family == "chebyshev1":
        return signal.cheby1(order, ripple, cutoff, **how)
    if family == "chebyshev2":
        return signal.cheby2(order, attenuation, cutoff, **how)
    return signal.ellip(order, ripple, attenuation, cutoff, **how)


def designs(rng, orders):
    """(name, parameters, sections) of each family and kind, random in their legal range."""
    for family in ("bessel", "chebyshev1", "chebyshev2", "elliptic"):
        for kind in KINDS:
            for order in orders:
                low = float(rng.uniform(40, 150))
                two = kind in ("band", "stop")
                cutoff = [low, low + float(rng.uniform(60, 250))] if two else low
                params = {"kind": kind, "family": family, "order": order, "cutoff": cutoff}
                options = {}
                if family in ("chebyshev1", "elliptic"):
                    options["ripple"] = float(rng.uniform(0.01, 3))
                if family in ("chebyshev2", "elliptic"):
                    options["attenuation"] = float(rng.uniform(25, 110))
                if family == "bessel" and order > 1:
                    options["norm"] = ["phase", "magnitude", "delay"][order % 3]
                sos = sections(family, kind, order, cutoff, **options)
                if "norm" in options:
                    options["bessel_norm"] = options.pop("norm")
                if not two:
                    params["cutoff"] = [cutoff]
                yield f"{family}_{kind}_{order}", params | options, sos


@operation("iir_families", block="iir")
def iir_families(rng):
    for name, params, sos in designs(rng, (1, 2, 5, 8)):
        x = waveform(rng, 1, 250)
        yield Case(name, params=params, input=x, output=signal.sosfilt(sos, x.astype("f8")),
                   absolute=3e-8, relative=1.2e-7, why=ROUNDED)


@operation("iir_f64")
def iir_f64(rng):
    for name, params, sos in designs(rng, (1, 3, 4, 7, 10)):
        x = rng.uniform(-1, 1, 200)
        yield Case(name, params=params | {"zero_phase": False}, absolute=3e-9, relative=3e-9,
                   why="the designs agree to 1e-10 of the gain",
                   arrays={"x": x, "expected": signal.sosfilt(sos, x)})


@operation("zero_phase", block="zero_phase")
def zero_phase(rng):
    for name, params, sos in designs(rng, (2, 3)):
        x = waveform(rng, 2, 150).reshape(1, 2, 150)
        yield Case(name, params=params, input=x, kind="record", absolute=5e-8, relative=1.2e-7,
                   output=signal.sosfiltfilt(sos, x.astype("f8"), axis=2), why=ROUNDED)
    x = waveform(rng, 2, 40).reshape(1, 2, 40)
    for padding in (0, 1, 39):
        sos = signal.butter(4, 100, fs=1000, output="sos")
        yield Case(f"padding_{padding}", params={"cutoff": 100.0, "padding": padding}, input=x,
                   output=signal.sosfiltfilt(sos, x.astype("f8"), axis=2, padlen=padding),
                   kind="record", absolute=5e-8, relative=1.2e-7, why=ROUNDED)


@operation("notch", block="notch")
def notch(rng):
    for kind, design in (("notch", signal.iirnotch), ("peak", signal.iirpeak)):
        for frequency, quality in ((50.0, 30.0), (123.0, 2.0), (499.0, 100.0), (1.0, 5.0)):
            b, a = design(frequency, quality, fs=1000)
            x = waveform(rng, 2, 300)
            yield Case(f"{kind}_{frequency}", input=x, absolute=1e-9, relative=1.2e-7, why=ROUNDED,
                       params={"kind": kind, "frequency": frequency, "quality": quality},
                       output=signal.lfilter(b, a, x.astype("f8")))
    y = x = waveform(rng, 1, 300)
    for k in (1, 2, 3, 4):
        y = signal.lfilter(*signal.iirnotch(110.0 * k, 8.0 * k, fs=1000), y.astype("f8"))
    yield Case("harmonics", params={"frequency": 110.0, "quality": 8.0, "harmonics": 9}, input=x,
               output=y, absolute=1e-9, relative=1.2e-7, why=ROUNDED)


@operation("comb", block="comb")
def comb(rng):
    for kind in ("notch", "peak"):
        for period, quality in ((4, 3.0), (20, 30.0), (7, 1.5), (125, 10.0)):
            b, a = signal.iircomb(1000 / period, quality, ftype=kind, fs=1000,
                                  pass_zero=kind == "peak")
            x = waveform(rng, 2, 400)
            yield Case(f"{kind}_{period}", input=x, absolute=1e-10, relative=1.2e-7, why=ROUNDED,
                       params={"kind": kind, "frequency": 1000 / period, "quality": quality},
                       output=signal.lfilter(b, a, x.astype("f8")))


BORDERS = ("reflect", "constant", "nearest", "mirror", "wrap")


@operation("moving_median", block="moving_median")
def moving_median(rng):
    for length in (1, 3, 11, 51, 99):
        x = np.round(waveform(rng, 2, 300) * 50) / 50  # with ties
        out = np.stack([signal.medfilt(row.astype("f4"), length) for row in x])
        late = np.stack([np.concatenate([
            [np.sort(row[:i + 1])[i // 2] for i in range(min(length - 1, 300))],
            np.median(np.lib.stride_tricks.sliding_window_view(row, length), axis=1)]) for row in x])
        del out
        yield Case(f"waveform_{length}", params={"length": length}, input=x, output=late)
    for border in BORDERS:
        for length in (3, 15, 49):
            x = waveform(rng, 4, 40).reshape(2, 2, 40)
            yield Case(f"{border}_{length}", params={"length": length, "border": border}, input=x,
                       kind="record", output=ndimage.median_filter(x, (1, 1, length), mode=border))


@operation("moving_f64")
def moving_f64(rng):
    for border in BORDERS:
        for length in (1, 2, 3, 8, 31):
            for count in (1, 5, 60):
                x = rng.uniform(-1, 1, count)
                params = {"border": border, "length": length}
                yield Case(f"mean_{border}_{length}_{count}", params=params | {"filter": "mean"},
                           absolute=1e-13, why="sums of float64", arrays={
                               "x": x, "expected": ndimage.uniform_filter1d(x, length, mode=border)})
                if length % 2 == 0 or (length > count and border == "mirror" and count == 1):
                    continue
                yield Case(f"median_{border}_{length}_{count}", params=params | {"filter": "median"},
                           arrays={"x": x, "expected": ndimage.median_filter(x, length, mode=border)})


@operation("gaussian", block="gaussian")
def gaussian(rng):
    for sigma, truncate in ((0.3, 4.0), (1.0, 4.0), (2.7, 3.0), (9.0, 4.0)):
        radius = int(truncate * sigma + 0.5)
        kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
        x = waveform(rng, 2, 250)
        yield Case(f"waveform_{sigma}", params={"sigma": sigma, "truncate": truncate}, input=x,
                   output=signal.lfilter(kernel / kernel.sum(), 1, x.astype("f8")), absolute=1e-6,
                   why="sum of float32 products")
        for border in BORDERS:
            x = waveform(rng, 2, 60).reshape(1, 2, 60)
            yield Case(f"{border}_{sigma}", kind="record", input=x, absolute=1e-9, relative=1.2e-7,
                       params={"sigma": sigma, "truncate": truncate, "border": border},
                       output=ndimage.gaussian_filter1d(x.astype("f8"), sigma, axis=2, mode=border,
                                                        truncate=truncate), why=ROUNDED)


@operation("savitzky_golay", block="savitzky_golay")
def savitzky_golay(rng):
    for length, degree, derivative in ((1, 0, 0), (3, 2, 0), (11, 3, 0), (11, 4, 1), (31, 5, 2),
                                       (51, 8, 3)):
        params = {"length": length, "degree": degree, "derivative": derivative}
        x = waveform(rng, 2, 60).reshape(1, 2, 60)
        out = signal.savgol_filter(x.astype("f8"), length, degree, derivative, 1e-3, axis=2)
        yield Case(f"record_{length}_{degree}_{derivative}", params=params, input=x, kind="record",
                   output=out, relative=3e-7, absolute=1e-7 * np.abs(out).max(), why=ROUNDED)
        x = waveform(rng, 2, 200)
        taps = signal.savgol_coeffs(length, degree, derivative, 1e-3)
        out = signal.lfilter(taps, 1, x.astype("f8"))
        yield Case(f"waveform_{length}_{degree}_{derivative}", params=params, input=x, output=out,
                   absolute=5e-7 * np.abs(taps).sum(), why="sum of float32 products")


@operation("wiener", block="wiener")
def wiener(rng):
    for length, noise in ((3, None), (5, None), (7, 0.01), (21, 0.3), (1, 0.1)):
        x = waveform(rng, 4, 80).reshape(2, 2, 80)
        params = {"length": length} | ({} if noise is None else {"noise": noise})
        out = np.stack([signal.wiener(row.astype("f8"), length, noise)
                        for row in x.reshape(4, 80)]) if length > 1 else x
        yield Case(f"{length}_{noise}", params=params, input=x, output=out.reshape(2, 2, 80),
                   kind="record", relative=1e-6, absolute=1e-7, why=ROUNDED)


@operation("brickwall", block="brickwall")
def brickwall(rng):
    for count in (64, 100):
        for pad in (True, False):
            size = 1 << (count - 1).bit_length() if pad else count
            f = np.fft.rfftfreq(size, 1e-3)
            for kind, cutoff, mask in (("low", [100.0], f <= 100), ("high", [250.0], f >= 250),
                                       ("band", [50.0, 125.0], (f >= 50) & (f <= 125)),
                                       ("stop", [60.0, 333.0], (f <= 60) | (f >= 333))):
                x = waveform(rng, 2, count).reshape(1, 2, count)
                spectrum = np.fft.rfft(x.astype("f8"), size, axis=2) * mask
                yield Case(f"{kind}_{count}_{pad}", input=x, kind="record", absolute=1e-8,
                           params={"kind": kind, "cutoff": cutoff, "zero_pad": pad}, why=ROUNDED,
                           relative=1.2e-7,
                           output=np.fft.irfft(spectrum, size, axis=2)[:, :, :count])
