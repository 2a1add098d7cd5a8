"""Allantools, and Sigima 1.2, on the deviations of the Allan family."""

import allantools
import numpy as np
from sigima.tools.signal import stability

from generate import Case, operation

RATE = 1000
TOOLS = {"allan": allantools.adev, "overlapping": allantools.oadev, "modified": allantools.mdev,
         "hadamard": allantools.ohdev, "total": allantools.totdev, "time": allantools.tdev,
         "mtie": allantools.mtie}


def octaves(count, statistic):
    longest = max(1, count // (3 if statistic in ("modified", "hadamard", "time") else 2))
    return [2 ** k for k in range(longest.bit_length())]


def by_allantools(y, statistic):
    """NaN where allantools leaves a tau out."""
    ms = octaves(y.size, statistic)
    # Allantools takes the mean off frequencies, which an MTIE sees.
    phase = np.concatenate([[0], np.cumsum(y) / RATE])
    taus, values, _, _ = TOOLS[statistic](phase, rate=RATE, data_type="phase",
                                          taus=[m / RATE for m in ms])
    found = {round(tau * RATE): value for tau, value in zip(taus, values)}
    return np.array([found.get(m, np.nan) for m in ms])


@operation("allantools_stability", block="stability")
def whole(rng):
    for statistic in TOOLS:
        for number in range(4):
            count = int(rng.integers(40, 400))
            y = rng.standard_normal(count).cumsum() * 0.1 if number % 2 else rng.standard_normal(count)
            y = y.astype("f4")
            out = by_allantools(y.astype("f8") if statistic == "mtie" else y - y.astype("f8").mean(),
                                statistic)
            if np.isnan(out).any():  # allantools wants two terms; so the record is one octave shorter
                continue
            yield Case(f"{statistic}_{number}", kind="record", params={"statistic": statistic},
                       rate_hz=RATE, input=y[np.newaxis, np.newaxis], results=out[np.newaxis],
                       relative=1e-9, absolute=1e-15, why="float64 sums of squares")


@operation("allantools_allan", block="allan")
def running(rng):
    for statistic in ("overlapping", "modified", "hadamard", "time"):
        for data in ("frequency", "phase"):
            y = rng.standard_normal(700).astype("f4")
            octaves_ = 6
            taus = [2 ** k / RATE for k in range(octaves_)]
            out = [TOOLS[statistic](y[:n].astype("f8"), rate=RATE, taus=taus,
                                    data_type="freq" if data == "frequency" else "phase")[1]
                   for n in (350, 700)]
            yield Case(f"{statistic}_{data}", rate_hz=RATE, input=y[np.newaxis], results=np.array(out),
                       params={"statistic": statistic, "data": data, "octaves": octaves_, "every": 350},
                       relative=1e-9, why="float64 sums of squares")


@operation("sigima_stability", block="stability")
def datalab(rng):
    functions = {"allan": stability.allan_variance, "overlapping": stability.overlapping_allan_variance,
                 "modified": stability.modified_allan_variance, "hadamard": stability.hadamard_variance,
                 "total": stability.total_variance}
    for statistic, function in functions.items():
        for number in range(3):
            y = rng.standard_normal(int(rng.integers(64, 300))).astype("f4")
            x = np.arange(y.size) / RATE
            ms = octaves(y.size, statistic)
            out = np.sqrt(function(x, y.astype("f8"), np.array(ms) / RATE))
            yield Case(f"{statistic}_{number}", kind="record", params={"statistic": statistic},
                       rate_hz=RATE, input=y[np.newaxis, np.newaxis], results=out[np.newaxis],
                       relative=1e-9, why="float64 sums of squares")
