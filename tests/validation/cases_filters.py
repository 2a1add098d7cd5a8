"""Streaming filters against scipy.signal: fir, iir, decimate; calibrate against numpy."""

import math

import numpy as np
from numpy.polynomial import polynomial
from scipy import signal

from generate import Case, operation, waveform

FLOAT32 = "sum of products in float32: taps/2 ulp at worst, its root in the mean"


def edges_for(rng, kind, rate):
    low = float(rng.uniform(0.02, 0.4)) * rate
    if kind in ("low", "high"):
        return [low]
    return [low, low + float(rng.uniform(0.02, 0.45 - low / rate + 0.04)) * rate]


def firwin(kind, edges, taps, window, rate):
    return signal.firwin(taps, edges, window=window, fs=rate, pass_zero={
        "low": "lowpass", "high": "highpass", "band": "bandpass", "stop": "bandstop"}[kind])


def kaiser_taps(attenuation, width):
    """Kaiser's order, made even: the rule of kaiser_design()."""
    order = max(2, math.ceil((attenuation - 7.95) / (2.285 * 2 * math.pi * width)))
    return order + 1 if order % 2 == 0 else order + 2


@operation("fir", block="fir")
def fir(rng):
    rate = 48000
    shapes = [("hamming", []), ("hann", []), ("blackman", []), ("kaiser", [6.5]), ("boxcar", []),
              ("gaussian", [8.0]), ("tukey", [0.4]), ("flattop", []), ("nuttall", [])]
    for number, (window, own) in enumerate(shapes):
        kind = ("low", "high", "band", "stop")[number % 4]
        order = 2 * int(rng.integers(4, 70))
        edges = edges_for(rng, kind, rate)
        x = waveform(rng, 1 + number % 3, 400)
        taps = firwin(kind, edges, order + 1, (window, *own) if own else window, rate)
        yield Case(f"{kind}_{window}_{order}",
                   params={"kind": kind, "cutoff": edges, "order": order, "window": window,
                           "window_params": own},
                   input=x, output=signal.lfilter(taps, 1, x.astype("f8")), rate_hz=rate,
                   absolute=2e-6 * float(np.abs(taps).sum()), why=FLOAT32)
    for kind, attenuation, transition in (("low", 60, 3000.0), ("stop", 90, 4000.0),
                                          ("high", 21, 900.0)):
        edges = edges_for(rng, kind, rate)
        count = kaiser_taps(attenuation, transition / rate)
        taps = firwin(kind, edges, count, ("kaiser", signal.kaiser_beta(attenuation)), rate)
        x = waveform(rng, 2, 400)
        yield Case(f"{kind}_kaiser_{attenuation}dB",
                   params={"kind": kind, "cutoff": edges, "transition": transition,
                           "attenuation": attenuation},
                   input=x, output=signal.lfilter(taps, 1, x.astype("f8")), rate_hz=rate,
                   absolute=2e-6 * float(np.abs(taps).sum()), why=FLOAT32)
    for count in (1, 2, 17, 300):
        taps = rng.uniform(-1, 1, count)
        x = waveform(rng, 1, 350)
        yield Case(f"own_{count}", params={"kind": "taps", "taps": list(taps)}, input=x,
                   output=signal.lfilter(taps, 1, x.astype("f8")),
                   absolute=2e-6 * float(np.abs(taps).sum()), why=FLOAT32)


@operation("iir", block="iir")
def iir(rng):
    rate = 10000
    names = {"low": "lowpass", "high": "highpass", "band": "bandpass", "stop": "bandstop"}
    for number, order in enumerate((1, 2, 3, 4, 5, 6, 8, 9, 12, 16, 20)):
        for kind in ("low", "high", "band", "stop")[number % 2::2]:
            edges = edges_for(rng, kind, rate)
            sos = signal.butter(order, edges if len(edges) > 1 else edges[0], names[kind], fs=rate,
                                output="sos")
            x = waveform(rng, 1 + number % 3, 300)
            yield Case(f"{kind}_{order}", params={"kind": kind, "cutoff": edges, "order": order},
                       input=x, output=signal.sosfilt(sos, x.astype("f8")), rate_hz=rate,
                       absolute=1e-9, relative=1.2e-7, why="float64 within, rounded to float32 once")
    sos = signal.butter(5, 700.0, "lowpass", fs=rate, output="sos")
    x = waveform(rng, 2, 300) + np.float32(10)
    start = signal.sosfilt_zi(sos)[:, np.newaxis, :] * x[:, :1].astype("f8")
    yield Case("low_settled", params={"cutoff": 700.0, "order": 5, "start": "settled"}, input=x,
               output=signal.sosfilt(sos, x.astype("f8"), zi=start)[0], rate_hz=rate,
               absolute=1e-9, relative=1.2e-7, why="float64 within, rounded to float32 once")
    sos = signal.butter(4, 1.0, "lowpass", fs=rate, output="sos")
    x = waveform(rng, 1, 3000) + np.float32(1)
    yield Case("low_far_below_the_rate", params={"cutoff": 1.0, "order": 4}, input=x,
               output=signal.sosfilt(sos, x.astype("f8")), rate_hz=rate, absolute=2e-8,
               relative=1.2e-7, why="poles 6e-4 from 1: sections differ in their last digits")


@operation("decimate", block="decimate")
def decimate(rng):
    rate = 8000
    for factor, order in ((2, 20), (3, 31), (4, 128), (5, 64), (7, 63), (16, 200), (17, 80),
                          (50, 400)):
        x = waveform(rng, 2, 900)
        taps = signal.firwin(order + 1, 1 / factor)
        full = signal.lfilter(taps, 1, x.astype("f8"))
        yield Case(f"by_{factor}_order_{order}", params={"factor": factor, "order": order}, input=x,
                   output=full[:, ::factor], rate_hz=rate, absolute=2e-6, why=FLOAT32)
    for factor in (2, 6, 20):
        width = 0.4 / 2 / factor
        taps = signal.firwin(kaiser_taps(80, width), 1 / factor,
                             window=("kaiser", signal.kaiser_beta(80)))
        x = waveform(rng, 1, 1500)
        yield Case(f"by_{factor}", params={"factor": factor}, input=x,
                   output=signal.lfilter(taps, 1, x.astype("f8"))[:, ::factor], rate_hz=rate,
                   absolute=2e-6, why=FLOAT32)
    x = waveform(rng, 3, 101)
    yield Case("by_8_without_filter", params={"factor": 8, "kind": "none"}, input=x,
               output=x[:, ::8], rate_hz=rate)
    taps = rng.uniform(-1, 1, 21)
    x = waveform(rng, 1, 500)
    yield Case("by_4_own_taps", params={"factor": 4, "kind": "taps", "taps": list(taps)}, input=x,
               output=signal.upfirdn(taps, x.astype("f8"), 1, 4)[:, :125], rate_hz=rate,
               absolute=2e-5, why=FLOAT32)


@operation("calibrate", block="calibrate")
def calibrate(rng):
    for gain, offset in ((1.0, 0.0), (-2.5e-3, 1e-3), (1e6, -4e5), (0.0, 3.5)):
        x = waveform(rng, 2, 100)
        yield Case(f"gain_{gain}", params={"gain": gain, "offset": offset}, input=x,
                   output=x.astype("f8") * gain + offset, relative=1.2e-7,
                   absolute=1.2e-7 * (abs(gain) + abs(offset)), why="two roundings of float32")
    for terms in (2, 3, 5, 16):
        c = rng.uniform(-3, 3, terms)
        x = waveform(rng, 1, 100)
        yield Case(f"polynomial_{terms}", params={"coefficients": list(c)}, input=x,
                   output=polynomial.polyval(x.astype("f8"), c), absolute=1e-7, relative=1.2e-7,
                   why="linear: float32; else float64, rounded once")
