"""Streaming means and arithmetic: moving_average, dc_remove, math."""

import numpy as np
from scipy import signal

from generate import Case, operation, waveform


def trailing_mean(x, length):
    """Mean of the last `length` samples; of those there are, at the start."""
    sums = np.apply_along_axis(np.convolve, 1, x.astype("f8"), np.ones(length))[:, :x.shape[1]]
    return sums / np.minimum(np.arange(1, x.shape[1] + 1), length)


@operation("moving_average", block="moving_average")
def moving_average(rng):
    for length in (1, 2, 5, 8, 31, 100, 299, 300, 1000):
        x = waveform(rng, 2, 300)
        yield Case(f"length_{length}", params={"length": length}, input=x,
                   output=trailing_mean(x, length), absolute=1e-14, relative=1.2e-7,
                   why="float64 sums, rounded to float32 once")


@operation("dc_remove", block="dc_remove")
def dc_remove(rng):
    for cutoff in (0.5, 3.0, 60.0, 490.0):
        x = waveform(rng, 2, 400) + np.float32(20)
        sos = signal.butter(1, cutoff, "highpass", fs=1000, output="sos")
        start = signal.sosfilt_zi(sos)[:, np.newaxis, :] * x[:, :1].astype("f8")
        yield Case(f"one_pole_{cutoff}", params={"cutoff": cutoff}, input=x,
                   output=signal.sosfilt(sos, x.astype("f8"), zi=start)[0], absolute=1e-11,
                   relative=1.2e-7, why="float64 within, rounded to float32 once")
    for length in (1, 7, 50, 500):
        x = waveform(rng, 1, 400) + np.float32(3)
        mean = trailing_mean(x, length).astype("f4")
        yield Case(f"moving_mean_{length}", params={"method": "moving_mean", "length": length},
                   input=x, output=x - mean, absolute=3e-7,
                   why="the mean, near 3, is rounded to float32 before it is subtracted")


@operation("math", block="math")
def math(rng):
    with np.errstate(divide="ignore", invalid="ignore"):
        for op, function in (
                ("add", np.add), ("subtract", np.subtract), ("multiply", np.multiply),
                ("divide", np.divide), ("minimum", np.minimum), ("maximum", np.maximum),
                ("abs_difference", lambda a, b: np.abs(a - b)),
                ("ratio_db", lambda a, b: 20 * np.log10(np.abs((a / b).astype("f8")))),
                ("mean", lambda a, b: (a + b) / np.float32(2))):
            for channels in (2, 6):
                x = waveform(rng, channels, 150)
                x[:, 3], x[0, 5], x[-1, 5], x[0, 9] = 0, 0, 0.5, np.nan
                half = channels // 2
                level = op == "ratio_db"
                yield Case(f"{op}_{channels}", params={"op": op}, input=x,
                           output=function(x[:half], x[half:]), absolute=5e-6 if level else 0,
                           relative=5e-7 if level else 0, why="4 ulp of the logarithm")
    x = waveform(rng, 9, 100)
    groups = x.reshape(3, 3, 100)
    yield Case("add_three", params={"op": "add", "inputs": 3}, input=x,
               output=(groups[0] + groups[1]) + groups[2])
    a, b = x[:2], x[2:4]
    yield Case("quadratic_difference", params={"op": "quadratic_difference"}, input=x[:4],
               output=(a.astype("f8") - b) / np.sqrt(2), relative=2e-7, absolute=1e-7,
               why="two roundings of float32")
    yield Case("mean_three", params={"op": "mean", "inputs": 3}, input=x,
               output=groups.astype("f8").mean(axis=0), absolute=1.5e-7,
               why="two additions and a product in float32")
