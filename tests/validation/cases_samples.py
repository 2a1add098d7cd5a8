"""Functions of samples, complex parts, replacement, calculus, trends: against NumPy and SciPy."""

import numpy as np
from scipy import integrate, signal

from generate import Case, operation, waveform

ROUNDED = "rounded to float32 once"
UNARY = {"abs": np.abs, "sqrt": np.sqrt, "log10": np.log10, "exp": np.exp,
         "inverse": lambda x: 1 / x}


def with_special(x):
    """Zero, infinities and NaN among the values."""
    x = x.copy()
    x[..., 3:8] = 0, np.inf, -np.inf, np.nan, -0.0
    return x


@operation("function", block="function")
def function(rng):
    with np.errstate(all="ignore"):
        for op, f in UNARY.items():
            for scale in (1, 60):
                x = with_special(scale * waveform(rng, 2, 77))
                yield Case(f"{op}_{scale}", params={"op": op}, input=x, output=f(x.astype("f8")),
                           relative=1.2e-7, absolute=2e-45, why=ROUNDED)
        for exponent in (-100.0, -2.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 2.7, 100.0):
            x = with_special(waveform(rng, 1, 60))
            yield Case(f"power_{exponent}", params={"op": "power", "exponent": exponent}, input=x,
                       output=np.power(x.astype("f8"), exponent), relative=1.2e-7, absolute=2e-45,
                       why=ROUNDED)


@operation("function_f64")
def function_f64(rng):
    with np.errstate(all="ignore"):
        for op, f in UNARY.items():
            for count in (0, 1, 5, 8, 33):
                x = rng.uniform(-1, 1, count) * 10 ** rng.uniform(-5, 2.9, count)
                x = with_special(x) if count > 8 else x
                yield Case(f"{op}_{count}", params={"op": op, "exponent": 1}, relative=1e-15,
                           why="3 ulp", arrays={"x": x, "expected": f(x)})
        x = np.array([700.1, 705.9, 709.7, 709.79, 745, -700, -708.3, 1e-300, -1e-300])
        yield Case("exp_ends", params={"op": "exp", "exponent": 1}, relative=2e-15, absolute=1e-300,
                   why="3 ulp", arrays={"x": x, "expected": np.exp(x)})
        x = np.array([5e-324, 1e-310, 2.3e-308, 1e308, 1 - 1e-16, 1, 1 + 3e-16, 10, 1000])
        yield Case("log10_ends", params={"op": "log10", "exponent": 1}, relative=2e-15,
                   absolute=1e-30, why="3 ulp", arrays={"x": x, "expected": np.log10(x)})
        for exponent in (-3.3, -1, 0, 0.5, 2, 5):
            x = with_special(rng.uniform(-3, 3, 20))
            yield Case(f"power_{exponent}", params={"op": "power", "exponent": exponent},
                       relative=1e-15, why="3 ulp",
                       arrays={"x": x, "expected": np.power(x, exponent)})


@operation("clip", block="clip")
def clip(rng):
    for lower, upper in ((-0.5, 0.25), (None, 0.1), (-0.2, None), (0.3, 0.3)):
        x = with_special(waveform(rng, 2, 90))
        params = {k: v for k, v in (("lower", lower), ("upper", upper)) if v is not None}
        yield Case(f"{lower}_{upper}", params=params, input=x, relative=1e-7,
                   why="the limits are rounded to float32", output=np.clip(x, lower, upper))


@operation("complex_parts", block="complex_parts")
def complex_parts(rng):
    for signals in (1, 3):
        x = waveform(rng, 2 * signals, 200)
        z = x[0::2].astype("f8") + 1j * x[1::2]
        for part, f in (("real", np.real), ("imaginary", np.imag), ("magnitude", np.abs)):
            yield Case(f"{part}_{signals}", params={"part": part}, input=x, kind="iq", output=f(z),
                       relative=1e-7, why=ROUNDED)
        for unit in ("deg", "rad"):
            yield Case(f"phase_{unit}_{signals}", params={"part": "phase", "angle_unit": unit},
                       input=x, kind="iq", output=np.angle(z, deg=unit == "deg"), relative=1e-7,
                       why=ROUNDED)
            scale = 180 / np.pi if unit == "deg" else 1
            yield Case(f"unwrapped_{unit}_{signals}", kind="iq", input=x, relative=1e-6,
                       params={"part": "phase", "angle_unit": unit, "unwrap": True}, why=ROUNDED,
                       absolute=1e-6, output=np.unwrap(np.angle(z), axis=1) * scale)


@operation("complex_from", block="complex_from")
def complex_from(rng):
    x = waveform(rng, 6, 150)
    out = np.stack([x[:3], x[3:]], axis=1).reshape(6, 150)
    yield Case("real_imaginary", params={}, input=x, output=out)
    for unit in ("deg", "rad"):
        x = waveform(rng, 4, 150) * np.float32(4)
        z = x[:2].astype("f8") * np.exp(1j * x[2:] * (np.pi / 180 if unit == "deg" else 1))
        yield Case(f"polar_{unit}", params={"from": "magnitude_phase", "angle_unit": unit}, input=x,
                   unit="1", output=np.stack([z.real, z.imag], axis=1).reshape(4, 150),
                   absolute=3e-7, why=ROUNDED)


@operation("unwrap")
def unwrap(rng):
    for period in (2 * np.pi, 360.0, 1.0):
        for count in (0, 1, 2, 300):
            x = np.cumsum(rng.uniform(-0.6, 0.6, count) * period)
            yield Case(f"{period:.0f}_{count}", params={"period": period}, relative=1e-12,
                       absolute=1e-11 * period, why="one addition a value",
                       arrays={"x": x, "expected": np.unwrap(x, period=period)})


def replaced(x, what, method, constant):
    """By NumPy: a plain statement of what each method is."""
    bad = {"all": ~np.isfinite(x), "nan": np.isnan(x), "infinite": np.isinf(x)}[what]
    at, good = np.arange(x.size), np.flatnonzero(~bad)
    y = x.copy()
    if method == "constant" or good.size == 0:
        y[bad] = constant
    elif method == "hold":
        last = np.maximum.accumulate(np.where(bad, -1, at))
        y = np.where(last < 0, constant, x[np.maximum(last, 0)])
    else:
        y[bad] = np.interp(at[bad], good, x[good])
    return y


def broken(rng, count, share):
    x = rng.uniform(-1, 1, count)
    return np.where(rng.uniform(0, 1, count) < share,
                    rng.choice([np.nan, np.inf, -np.inf], count), x)


@operation("replace_f64")
def replace_f64(rng):
    for method in ("constant", "hold", "linear"):
        for what in ("all", "nan", "infinite"):
            for count, share in ((0, 0), (1, 1), (40, 0.1), (40, 0.6), (20, 1)):
                x = broken(rng, count, share)
                if method == "linear" and what != "all":
                    x = np.where(replaced(x, what, "constant", 7) == x, np.nan_to_num(x), x)
                yield Case(f"{method}_{what}_{count}_{share}", relative=1e-14, absolute=1e-15,
                           params={"method": method, "what": what, "constant": 0.125},
                           why="interpolation",
                           arrays={"x": x, "expected": replaced(x, what, method, 0.125)})


@operation("replace_non_finite", block="replace_non_finite")
def replace_non_finite(rng):
    for method in ("zero", "constant", "hold"):
        for what in ("all", "nan", "infinite"):
            x = np.stack([broken(rng, 150, share) for share in (0.05, 0.7)]).astype("f4")
            params = {"method": method, "what": what}
            if method != "zero":
                params["constant"] = 0.25
            out = [replaced(row, what, "constant" if method == "zero" else method,
                            params.get("constant", 0)) for row in x]
            yield Case(f"{method}_{what}", params=params, input=x, output=np.stack(out))
    x = np.stack([broken(rng, 40, 0.3) for _ in range(6)]).reshape(3, 2, 40).astype("f4")
    out = np.stack([replaced(row.astype("f8"), "all", "linear", 0) for row in x.reshape(6, 40)])
    yield Case("linear", params={"method": "linear"}, input=x, output=out.reshape(3, 2, 40),
               kind="record", relative=1.2e-7, absolute=1e-8, why=ROUNDED)


@operation("derivative_f64")
def derivative_f64(rng):
    for count in (2, 3, 50):
        x = rng.uniform(-1, 1, count)
        yield Case(f"equal_{count}", params={"step": 0.01}, relative=1e-12, absolute=1e-12,
                   why="closed form", arrays={"x": x, "expected": np.gradient(x, 0.01)})
        t = np.cumsum(rng.uniform(0.1, 2, count))
        yield Case(f"unequal_{count}", params={}, relative=1e-12, absolute=1e-12, why="closed form",
                   arrays={"x": x, "t": t, "expected": np.gradient(x, t)})


@operation("derivative", block="derivative")
def derivative(rng):
    x = waveform(rng, 2, 400)
    slope = np.gradient(x.astype("f8"), 1e-3, axis=1)
    late = np.concatenate([np.zeros((2, 1)), slope[:, :-1]], axis=1)
    yield Case("waveform", params={}, input=x, output=late, relative=1.2e-7, why=ROUNDED)
    x = waveform(rng, 6, 50).reshape(3, 2, 50)
    yield Case("record", params={}, input=x, kind="record", relative=1.2e-7, why=ROUNDED,
               output=np.gradient(x.astype("f8"), 1e-3, axis=2))


@operation("integral_f64")
def integral_f64(rng):
    for count in (1, 2, 80):
        x = rng.uniform(-1, 1, count)
        yield Case(f"equal_{count}", params={"step": 0.25}, relative=1e-12, absolute=1e-13,
                   why="closed form", arrays={
                       "x": x, "expected": integrate.cumulative_trapezoid(x, dx=0.25, initial=0)})
        t = np.cumsum(rng.uniform(0.1, 2, count))
        yield Case(f"unequal_{count}", params={}, relative=1e-12, absolute=1e-13, why="closed form",
                   arrays={"x": x, "t": t,
                           "expected": integrate.cumulative_trapezoid(x, t, initial=0)})


@operation("integral", block="integral")
def integral(rng):
    x = waveform(rng, 2, 500)
    yield Case("waveform", params={}, input=x, relative=1.2e-7, absolute=1e-15, why=ROUNDED,
               output=integrate.cumulative_trapezoid(x.astype("f8"), dx=1e-3, initial=0))
    x = waveform(rng, 6, 60).reshape(3, 2, 60)
    yield Case("record", params={}, input=x, kind="record", relative=1.2e-7, absolute=1e-15,
               output=integrate.cumulative_trapezoid(x.astype("f8"), dx=1e-3, initial=0),
               why=ROUNDED)


@operation("detrend_f64")
def detrend_f64(rng):
    for trend in ("constant", "linear"):
        for count in (1, 2, 3, 100):
            x = rng.uniform(-1, 1, count) + 50 + 3 * np.arange(count)
            yield Case(f"{trend}_{count}", params={"trend": trend}, absolute=1e-10,
                       why="closed form, on a trend of 300",
                       arrays={"x": x, "expected": signal.detrend(x, type=trend)})


@operation("detrend", block="detrend")
def detrend(rng):
    for trend in ("constant", "linear"):
        x = (waveform(rng, 4, 64).reshape(2, 2, 64) + np.linspace(5, 9, 64, dtype="f4"))
        yield Case(trend, params={"trend": trend}, input=x, kind="record", absolute=3e-7,
                   output=signal.detrend(x.astype("f8"), type=trend), why=ROUNDED)


@operation("offset_correction", block="offset_correction")
def offset_correction(rng):
    x = waveform(rng, 4, 64).reshape(2, 2, 64) + np.float32(3)
    for first, last in ((0, 10), (20, 21), (60, 64), (0, 64)):
        mean = x.astype("f8")[:, :, first:last].mean(axis=2, keepdims=True)
        yield Case(f"{first}_{last}", params={"from": first / 1000, "to": last / 1000}, input=x,
                   kind="record", output=x - mean, absolute=3e-7, why=ROUNDED)


@operation("normalize", block="normalize")
def normalize(rng):
    x = waveform(rng, 4, 64).reshape(2, 2, 64) + np.float32(0.25)
    wide = x.astype("f8")

    def peak(f):
        return f(wide, axis=2, keepdims=True)

    for name, out in (("maximum", wide / peak(np.max)),
                      ("amplitude", (wide - peak(np.min)) / (peak(np.max) - peak(np.min))),
                      ("energy", wide / np.sqrt(peak(lambda v, **k: np.sum(v * v, **k)))),
                      ("rms", wide / np.sqrt(peak(lambda v, **k: np.mean(v * v, **k)))),
                      ("area", wide / np.trapz(wide, dx=1e-3, axis=2)[..., None])):
        yield Case(name, params={"method": name}, input=x, kind="record", output=out,
                   relative=1e-6, why=ROUNDED)
    yield Case("area_datalab", params={"method": "area", "definition": "datalab"}, input=x,
               kind="record", output=wide / peak(np.sum), relative=1e-6, why=ROUNDED)
