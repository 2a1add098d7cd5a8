import numpy as np
import scipy.integrate as integrate
import scipy.interpolate as interpolate
import scipy.signal as signal

from cases import add, noise

X = noise(500)
F = X.astype("f4")
P = np.abs(X) + 0.1
SINGLE = {"rtol": 1e-6, "atol": 1e-7}  # float32

for op, f in (("abs", np.abs), ("sqrt", np.sqrt), ("log10", np.log10), ("exp", np.exp),
              ("inverse", np.reciprocal), ("power", lambda v: v**2.5)):
    add("apply_function", f(P), atol=1e-15, x=P, op=op, exponent=2.5)
    add("apply_function", f(P.astype("f4")), **SINGLE, x=P.astype("f4"), op=op, exponent=2.5)
for x in (X, F):
    add("clip", np.clip(x, np.asarray(-0.3, x.dtype), np.asarray(0.5, x.dtype)), x=x, a_min=-0.3, a_max=0.5)
    holes = x.copy()
    holes[[3, 4, 90]] = [np.nan, np.inf, np.nan]
    filled = holes.copy()
    filled[[3, 4, 90]] = np.interp([3, 4, 90], np.delete(np.arange(500), [3, 4, 90]), np.delete(x, [3, 4, 90]))
    add("replace_non_finite", (filled, 3), rtol=1e-6, x=holes, what="all", by="linear", constant=7.0)
    held = holes.copy()
    held[[3, 90]] = 7
    add("replace_non_finite", (held, 2), x=holes, what="nan", by="constant", constant=7.0)
add("is_replaced", True, what="infinite", x=np.inf)
add("is_replaced", False, what="infinite", x=np.nan)

Z = X + 1j * noise(500, 2)
for part, value in (("real", Z.real), ("imaginary", Z.imag), ("magnitude", np.abs(Z)),
                    ("phase", np.angle(Z, deg=True))):
    add("complex_part", value, atol=1e-13, re=Z.real, im=Z.imag, part=part, angle_unit="deg")
add("from_polar", (Z.real, Z.imag), atol=1e-14, magnitude=np.abs(Z), phase=np.angle(Z), angle_unit="rad")
add("unwrap", np.unwrap(20 * X, period=5), atol=1e-12, p=20 * X, period=5.0)

T = np.cumsum(P)
add("derivative", np.gradient(X, 0.1), atol=1e-13, y=X, dx=0.1)
add("derivative", np.gradient(X, T), atol=1e-12, y=X, x=T)
add("integral", integrate.cumulative_trapezoid(X, dx=0.1, initial=0), atol=1e-13, y=X, dx=0.1)
add("integral", integrate.cumulative_trapezoid(X, T, initial=0), atol=1e-13, y=X, x=T)
for kind in ("linear", "constant"):
    add("detrend", signal.detrend(X + 3, type=kind), atol=1e-13, x=X + 3, type=kind)
add("correct_offset", X - X[10:30].mean(), atol=1e-14, x=X, start=10, stop=30)
for norm, divisor in (("maximum", X.max()), ("area", np.trapezoid(X, dx=0.1)), ("energy", np.sqrt((X**2).sum())),
                      ("rms", np.sqrt((X**2).mean()))):
    add("normalize", X / divisor, x=X, norm=norm, dx=0.1)
add("normalize", (X - X.min()) / np.ptp(X), atol=1e-14, x=X, norm="amplitude")

G = noise(500, 3).astype("f4")
add("scale_and_offset", F * np.float32(3) + np.float32(0.5), **SINGLE, x=F, gain=3.0, offset=0.5)
add("polynomial", np.polyval([4, 3, 2, 1], F.astype("f8")), **SINGLE, x=F, c=[1, 2, 3, 4])
for op, value in (("add", F + G), ("subtract", F - G), ("multiply", F * G), ("divide", F / G),
                  ("abs_difference", np.abs(F - G)), ("ratio_db", 20 * np.log10(np.abs(F / G))),
                  ("minimum", np.minimum(F, G)), ("maximum", np.maximum(F, G))):
    add("combine", value, rtol=1e-5, atol=1e-5, a=F, b=G, op=op)
add("to_db", 10 * np.log10(P), rtol=1e-5, atol=1e-5, powers=P)
for dtype in ("i1", "u1", "i2", "u2", "i4", "f4", "f8"):
    raw = np.random.default_rng(4).integers(0, 100, (50, 3)).astype(dtype)
    add("to_planes", (raw * [1.0, 0.5, 2.0] + [0.0, 1.0, -1.0]).T, **SINGLE, raw=raw, scale=[1.0, 0.5, 2.0],
        offset=[0.0, 1.0, -1.0])
for dtype, channels in (("u1", 8), ("u2", 12)):
    words = np.random.default_rng(5).integers(0, 2**channels, 60).astype(dtype)
    planes = (words[None] >> np.arange(channels, dtype=dtype)[:, None]) & 1
    add("unpack_bits", planes, words=words, channels=channels)
    add("pack_bits", words, planes=planes)
add("oscillator", np.exp(-2j * np.pi * 0.0123 * np.arange(100, 400)), rtol=1e-10, frequency=12.3, count=300,
    first=100, fs=1000.0)

add("resample", signal.resample_poly(X, 3, 2, window=("kaiser", 5.0)), atol=1e-13, x=X, up=3, down=2, beta=5.0,
    zero_crossings=10)
AT = np.linspace(T[0], T[-1], 777)
for kind, f in (("linear", lambda x: np.interp(x, T, X)), ("cubic", interpolate.CubicSpline(T, X)),
                ("pchip", interpolate.PchipInterpolator(T, X)), ("akima", interpolate.Akima1DInterpolator(T, X))):
    add("interpolate", f(AT), rtol=1e-8, atol=1e-10, x=AT, xp=T, fp=X, kind=kind)
