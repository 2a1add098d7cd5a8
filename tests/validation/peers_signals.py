"""Sigima 1.2, the engine of DataLab, on arithmetic, filters, calculus and interpolation of a signal.
Where its number is another one by definition, the case asks for definition = "datalab"."""

import numpy as np
import sigima.params as params
import sigima.proc.signal as sips
from sigima.enums import FrequencyFilterMethod, Interpolation1DMethod, NormalizationMethod
from sigima.objects import create_signal
from sigima.tools.signal import fourier, interpolation, scaling

from generate import Case, operation

STEP = 1 / 1000
ROUNDED = "float64 within, rounded to float32 once"


def record(rng, count=120, low=-1.0, high=1.0):
    return rng.uniform(low, high, (1, 1, count)).astype("f4")


def done(function, y, *params):
    """What an operation of Sigima makes of one record."""
    y = y[0, 0].astype("f8")
    source = create_signal("source", x=np.arange(y.size) * STEP, y=y)
    return np.asarray(function(source, *params).y)[np.newaxis, np.newaxis]


def case(name, y, out, **more):
    return Case(name, kind="record", input=y, output=out, why=ROUNDED,
                **{"params": {}, "relative": 2e-7, "absolute": 1e-7} | more)


@operation("sigima_function", block="function")
def function(rng):
    y = record(rng, low=0.1, high=4)
    for name in ("log10", "exp", "sqrt"):
        yield case(name, y, done(getattr(sips, name), y), params={"op": name})
    y = record(rng)
    yield case("absolute", y, done(sips.absolute, y), params={"op": "abs"})
    y = record(rng)
    y[0, 0, 5] = 0
    with np.errstate(divide="ignore"):
        yield case("inverse", y, done(sips.inverse, y), absolute=0,
                   params={"op": "inverse", "definition": "datalab"})
    for exponent in (2.0, 3.0, 0.5):
        y = record(rng, low=0, high=3)
        yield case(f"power_{exponent}", y, done(sips.power, y, params.PowerParam.create(power=exponent)),
                   params={"op": "power", "exponent": exponent})


@operation("sigima_derivative", block="derivative")
def derivative(rng):
    for count in (2, 50):
        y = record(rng, count)
        yield case(f"{count}", y, done(sips.derivative, y), absolute=1e-4)


@operation("sigima_integral", block="integral")
def integral(rng):
    y = record(rng)
    yield case("trapezoids", y, done(sips.integral, y))


@operation("sigima_detrend", block="detrend")
def detrend(rng):
    for trend in ("linear", "constant"):
        y = record(rng) + np.linspace(0, 5, 120, dtype="f4")
        p = params.DetrendingParam.create(method=trend)
        yield case(trend, y, done(sips.detrending, y, p), params={"trend": trend}, absolute=5e-7)


@operation("sigima_normalize", block="normalize")
def normalize(rng):
    for method in NormalizationMethod:
        y = record(rng, low=-0.5)
        out = scaling.normalize(y[0, 0].astype("f8"), method)[np.newaxis, np.newaxis]
        yield case(method.value, y, out, absolute=1e-6, relative=1e-6,
                   params={"method": method.value, "definition": "datalab"})


@operation("sigima_gaussian", block="gaussian")
def gaussian(rng):
    for sigma in (1.0, 3.5):
        y = record(rng)
        p = params.GaussianParam.create(sigma=sigma)
        yield case(f"{sigma}", y, done(sips.gaussian_filter, y, p), params={"sigma": sigma})


@operation("sigima_median", block="moving_median")
def median(rng):
    for length in (3, 11):
        y = record(rng)
        p = params.MovingMedianParam.create(n=length)
        yield case(f"{length}", y, done(sips.moving_median, y, p), params={"length": length})


@operation("sigima_wiener", block="wiener")
def wiener(rng):
    y = record(rng)
    yield case("3", y, done(sips.wiener, y), relative=1e-6)


@operation("sigima_zero_phase", block="zero_phase")
def zero_phase(rng):
    bands = (("low", "lowpass", params.LowPassFilterParam, [80.0]),
             ("high", "highpass", params.HighPassFilterParam, [200.0]),
             ("band", "bandpass", params.BandPassFilterParam, [80.0, 220.0]),
             ("stop", "bandstop", params.BandStopFilterParam, [90.0, 260.0]))
    families = {"butterworth": "BUTTERWORTH", "bessel": "BESSEL", "chebyshev1": "CHEBYSHEV1",
                "chebyshev2": "CHEBYSHEV2", "elliptic": "ELLIPTIC"}
    for kind, name, maker, cutoff in bands:
        for family, method in families.items():
            y = record(rng)
            p = maker.create(method=getattr(FrequencyFilterMethod, method), order=3, rp=1, rs=60,
                             **dict(zip(("cut0", "cut1"), cutoff)))
            yield case(f"{family}_{kind}", y, done(getattr(sips, name), y, p), absolute=1e-6,
                       params={"kind": kind, "family": family, "cutoff": cutoff, "order": 3})


@operation("sigima_brickwall", block="brickwall")
def brickwall(rng):
    for kind, name, cutoff in (("low", "lowpass", [100.0]), ("high", "highpass", [200.0]),
                               ("band", "bandpass", [50.0, 125.0]),
                               ("stop", "bandstop", [60.0, 333.0])):
        y = record(rng, 128)
        out = fourier.brickwall_filter(np.arange(128) * STEP, y[0, 0].astype("f8"), name, *cutoff)[1]
        yield case(kind, y, out[np.newaxis, np.newaxis], params={"kind": kind, "cutoff": cutoff})


@operation("sigima_interpolate", block="interpolate")
def interpolate(rng):
    for ours, theirs in (("linear", "LINEAR"), ("cubic", "SPLINE"), ("akima", "CUBIC"),
                         ("pchip", "PCHIP")):
        y = record(rng, 60)
        x = np.arange(60) * STEP
        at = np.linspace(x[0], x[-1], 97)
        out = interpolation.interpolate(x, y[0, 0].astype("f8"), at,
                                        getattr(Interpolation1DMethod, theirs))
        yield case(ours, y, out[np.newaxis, np.newaxis], params={"method": ours, "count": 97})


@operation("sigima_deconvolution", block="deconvolution")
def deconvolution(rng):
    for count in (40, 121, 200):
        y = record(rng, count)
        # Odd or even, its centre is value count // 2.
        h = np.exp(-0.5 * ((np.arange(count) - count // 2) / 2.5) ** 2).astype("f4")[np.newaxis, np.newaxis]
        x = np.arange(count) * STEP
        out = fourier.deconvolve(x, y[0, 0].astype("f8"), h[0, 0].astype("f8"), normalize_kernel_flag=False,
                                 reg=2.0, gain_max=None, auto_scale=True)
        yield case(f"datalab_{count}", np.concatenate([y, h], axis=1), out[np.newaxis, np.newaxis],
                   params={"definition": "datalab"}, relative=1e-6, absolute=1e-6)
