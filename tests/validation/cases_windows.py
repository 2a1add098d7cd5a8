"""Window functions: every name, symmetric and periodic, short and long."""

from scipy.signal import windows

from generate import Case, operation

# Our name, SciPy's function when it has another name, parameters.
WINDOWS = [
    ("boxcar", []), ("triang", []), ("bartlett", []), ("hann", []), ("hamming", []),
    ("blackman", []), ("blackmanharris", []), ("nuttall", []), ("flattop", []), ("barthann", []),
    ("bohman", []), ("cosine", []), ("lanczos", []), ("parzen", []),
    ("tukey", [0.0]), ("tukey", [0.3]), ("tukey", [1.0]),
    ("kaiser", [0.0]), ("kaiser", [8.6]), ("kaiser", [120.0]),
    ("gaussian", [0.7]), ("gaussian", [11.0]), ("general_gaussian", [1.5, 9.0]),
    ("exponential", [2.5]), ("taylor", [4, 30]), ("taylor", [7, 55]),
    ("general_hamming", [0.75]), ("general_cosine", [0.4, 0.3, 0.2, 0.1]),
]


def by_scipy(name, params, count, sym):
    if name == "general_cosine":
        return windows.general_cosine(count, params, sym=sym)
    if name == "exponential":
        return windows.exponential(count, None, params[0], sym=sym)
    if name == "taylor":
        return windows.taylor(count, int(params[0]), params[1], True, sym=sym)
    return getattr(windows, name)(count, *params, sym=sym)


@operation("window")
def window(rng):
    for name, params in WINDOWS:
        for count in (1, 2, 33, 100):
            for sym in (True, False):
                yield Case(f"{name}_{count}_{'symmetric' if sym else 'periodic'}",
                           params={"window": name, "window_params": params, "count": count,
                                   "symmetric": sym},
                           absolute=1e-12, why="float64 rounding of sums of cosines",
                           arrays={"values": by_scipy(name, params, count, sym)})
    for count in (5, 16, 33, 200):
        for sym in (True, False):
            for name, value in (("chebwin", 50.0), ("chebwin", 110.0), ("dpss", 1.3),
                                ("dpss", 2.4)):
                yield Case(f"{name}_{value}_{count}_{'symmetric' if sym else 'periodic'}",
                           params={"window": name, "window_params": [value], "count": count,
                                   "symmetric": sym},
                           absolute=1e-10, why="a transform, or an eigenvector by another method",
                           arrays={"values": getattr(windows, name)(count, value, sym=sym)})
    for count in (2, 4, 64):
        yield Case(f"kaiser_bessel_derived_{count}",
                   params={"window": "kaiser_bessel_derived", "window_params": [4.0],
                           "count": count, "symmetric": True},
                   absolute=1e-12, why="float64 rounding of a running sum",
                   arrays={"values": windows.kaiser_bessel_derived(count, 4.0)})
