"""Resampling, mixing, interpolation, analytic signals, cepstra, Goertzel, cross spectra, octave bands,
correlation: against scipy.signal, scipy.interpolate and NumPy."""

from math import gcd

import numpy as np
from scipy import interpolate as scipy_interpolate
from scipy import signal

from generate import Case, operation, waveform

ROUNDED = "float64 within, rounded to float32 once"


def resampling_taps(up, down, beta, crossings):
    """Those of scipy.signal.resample_poly."""
    most = max(up, down)
    if most == 1:
        return np.ones(1)
    return up * signal.firwin(2 * crossings * most + 1, 1 / most, window=("kaiser", beta))


@operation("resample", block="resample")
def resample(rng):
    for up, down in ((1, 1), (2, 1), (1, 3), (3, 2), (147, 160), (25, 12), (6, 4), (7, 100)):
        for beta, crossings in ((5.0, 10), (8.5, 4)):
            u, d = up // gcd(up, down), down // gcd(up, down)
            taps = resampling_taps(u, d, beta, crossings)
            x = waveform(rng, 2, 230)
            out = signal.upfirdn(taps, x.astype("f8"), u, d)[:, :-(-230 * u // d)]
            yield Case(f"{up}_{down}_{crossings}", input=x, output=out, absolute=4e-6,
                       params={"up": up, "down": down, "beta": beta, "zero_crossings": crossings},
                       why="sums of float32 products")


@operation("resample_f64")
def resample_f64(rng):
    for up, down in ((1, 1), (2, 1), (1, 3), (3, 2), (44, 48), (99, 7), (1000, 999)):
        for count in (1, 2, 57, 300):
            x = rng.uniform(-1, 1, count)
            yield Case(f"{up}_{down}_{count}", params={"up": up, "down": down}, absolute=1e-12,
                       why="sums of float64", arrays={
                           "x": x, "expected": signal.resample_poly(x, up, down)})


@operation("mix", block="mix")
def mix(rng):
    for frequency in (0.0, 123.25, -77.7, 500.0, -500.0, 1e-3):
        x = waveform(rng, 2, 300)
        turn = np.exp(-2j * np.pi * frequency / 1000 * np.arange(300))
        z = 2 * x.astype("f8")[0] * turn
        yield Case(f"real_{frequency}", params={"frequency": frequency}, input=x[:1],
                   output=np.stack([z.real, z.imag]), absolute=1e-9, relative=1.2e-7, why=ROUNDED)
        z = (x[0].astype("f8") + 1j * x[1]) * turn
        yield Case(f"iq_{frequency}", params={"frequency": frequency}, input=x, kind="iq",
                   output=np.stack([z.real, z.imag]), absolute=1e-9, relative=1.2e-7, why=ROUNDED)


def interpolated(method, x, y, at):
    if method == "linear":
        return np.interp(at, x, y)
    maker = {"cubic": scipy_interpolate.CubicSpline, "pchip": scipy_interpolate.PchipInterpolator,
             "akima": scipy_interpolate.Akima1DInterpolator}[method]
    return maker(x, y)(at)


@operation("interpolate_f64")
def interpolate_f64(rng):
    for method in ("linear", "cubic", "pchip", "akima"):
        for count in (2, 3, 4, 5, 12, 60):
            if method in ("akima", "pchip") and count < 3:
                continue
            for equal in (True, False):
                x = np.arange(count) * 0.25 if equal else np.cumsum(rng.uniform(0.05, 2, count))
                y = np.round(rng.uniform(-2, 2, count), 1 if count == 60 else 9)  # with plateaus
                at = rng.uniform(x[0], x[-1], 40)
                at[:3] = x[0], x[-1], x[count // 2]
                yield Case(f"{method}_{count}_{equal}", params={"method": method}, absolute=1e-10,
                           relative=1e-10, why="closed form", arrays={
                               "x": x, "y": y, "at": at, "expected": interpolated(method, x, y, at)})


@operation("interpolate", block="interpolate")
def interpolate(rng):
    for method in ("linear", "cubic", "pchip", "akima"):
        for count, first, last in ((90, 0, 49), (20, 3.5, 41.25), (1, 7, 7)):
            y = waveform(rng, 4, 50).reshape(2, 2, 50)
            at = np.linspace(first, last, count)
            out = np.stack([interpolated(method, np.arange(50), row.astype("f8"), at)
                            for row in y.reshape(4, 50)])
            yield Case(f"{method}_{count}", input=y, kind="record", absolute=1e-7, relative=1.2e-7,
                       params={"method": method, "count": count, "from": first / 1000,
                               "to": last / 1000}, output=out.reshape(2, 2, count), why=ROUNDED)


@operation("envelope", block="envelope")
def envelope(rng):
    for count in (2, 3, 64, 101):
        x = waveform(rng, 4, count).reshape(2, 2, count)
        z = signal.hilbert(x.astype("f8"), axis=2)
        yield Case(f"envelope_{count}", params={}, input=x, output=np.abs(z), kind="record",
                   absolute=1e-9, relative=1.2e-7, why=ROUNDED)
        t = np.arange(count) / count  # a phase that never steps by half a turn
        x = (np.cos(2 * np.pi * (count // 5) * t) + 0.1 * x).astype("f4")
        z = signal.hilbert(x.astype("f8"), axis=2)
        if count < 60:
            continue
        phase = np.unwrap(np.angle(z), axis=2)
        yield Case(f"phase_{count}", params={"output": "phase"}, input=x, kind="record",
                   output=np.rad2deg(phase), absolute=1e-4, relative=1.2e-7, why=ROUNDED)
        frequency = np.diff(phase, axis=2) * 1000 / (2 * np.pi)
        yield Case(f"frequency_{count}", params={"output": "frequency"}, input=x, kind="record",
                   output=np.concatenate([frequency, frequency[:, :, -1:]], axis=2),
                   absolute=1e-6, relative=2e-7, why=ROUNDED)


@operation("cepstrum", block="cepstrum")
def cepstrum(rng):
    for count in (16, 99, 128):
        for window in ("boxcar", "hann"):
            x = waveform(rng, 4, count).reshape(2, 2, count)
            spectrum = np.fft.rfft(x.astype("f8") * signal.get_window(window, count), axis=2)
            out = np.fft.irfft(np.log(np.abs(spectrum)), count, axis=2)
            yield Case(f"{window}_{count}", params={"window": window}, input=x, kind="record",
                       output=out[:, :, :count // 2 + 1], absolute=1e-9, relative=2e-7, why=ROUNDED)


@operation("goertzel", block="goertzel")
def goertzel(rng):
    for count in (50, 333):
        x = waveform(rng, 4, count).reshape(2, 2, count)
        frequencies = [0.0, 20.0, 123.456, 499.0, 500.0]
        window = signal.get_window("hann", count)
        turns = np.exp(-2j * np.pi * np.outer(frequencies, np.arange(count)) / 1000)
        z = (x.astype("f8") * window) @ turns.T / window.sum() * [1, 2, 2, 2, 1]
        z[..., [0, -1]] = z[..., [0, -1]].real
        out = np.stack([np.abs(z), np.angle(z, deg=True)], axis=3)
        yield Case(f"{count}", params={"frequencies": frequencies}, input=x, kind="record",
                   results=out.reshape(2, -1), absolute=1e-8, relative=1e-9,
                   why="the recurrence loses digits near 0 Hz and half the rate")


@operation("transfer_function", block="transfer_function")
def transfer_function(rng):
    for length, count, window, detrend in ((64, 6, "hann", "constant"), (50, 1, "boxcar", "none"),
                                           (33, 4, "hamming", "constant")):
        x = waveform(rng, 2, length * count)
        y = signal.lfilter([0.5, 1, -0.25], 1, x, axis=1).astype("f4") + 0.3 * waveform(
            rng, 2, length * count)
        pieces = np.concatenate([x, y]).astype("f4").reshape(4, count, length).transpose(1, 0, 2)
        wide = np.concatenate([x, y]).astype("f4").astype("f8")
        how = dict(fs=1000, window=window, nperseg=length, noverlap=0,
                   detrend=detrend if detrend == "constant" else False)
        xx, yy = (signal.welch(part, **how)[1] for part in (wide[:2], wide[2:]))
        xy = signal.csd(wide[:2], wide[2:], **how)[1]
        common = {"count": count, "window": window, "detrend": detrend}
        for output, value in (("h1", np.abs(xy / xx)), ("h2", np.abs(yy / xy)),
                              ("phase", np.angle(xy, deg=True)), ("cross_density", np.abs(xy)),
                              ("coherence", np.abs(xy) ** 2 / (xx * yy))):
            yield Case(f"{output}_{length}", params=common | {"output": output}, input=pieces,
                       kind="record", output=value[np.newaxis], relative=1e-6, absolute=1e-6,
                       why=ROUNDED)


@operation("octave_f64")
def octave_f64(rng):
    """Edges by IEC 61260-1, power of a density of straight pieces."""
    for fraction in (1, 2, 3, 6, 12, 24):
        for lowest, highest in ((20.0, 20000.0), (31.5, 900.0)):
            number = np.arange(-40 * fraction, 40 * fraction)
            centre = 1000 * 10 ** (0.3 * (number + (0.5 if fraction % 2 == 0 else 0)) / fraction)
            half = 10 ** (0.15 / fraction)
            centre = centre[(centre / half >= lowest * (1 - 1e-9)) &
                            (centre * half <= highest * (1 + 1e-9))]
            yield Case(f"{fraction}_{lowest}", relative=1e-12, absolute=0, why="closed form",
                       params={"fraction": fraction, "lowest": lowest, "highest": highest},
                       arrays={"x": [0], "expected": np.stack(
                           [centre / half, centre, centre * half], axis=1).reshape(-1)})


@operation("octave_bands", block="octave_bands")
def octave_bands(rng):
    for count, fraction in ((201, 1), (2001, 3)):
        x = np.abs(waveform(rng, 2, count)).reshape(1, 2, count)
        step = 1000 / (2 * (count - 1))
        half = 10 ** (0.15 / fraction)
        centre = 1000 * 10 ** (0.3 * np.arange(-60, 1) / fraction)
        centre = centre[(centre / half >= 20) & (centre * half <= step * (count - 0.5))]
        edges = np.concatenate([[0], (np.arange(count) + 0.5) * step])
        total = np.concatenate([np.zeros((1, 2, 1)),
                                np.cumsum(x.astype("f8") * np.diff(edges), axis=2)], axis=2)
        upto = [np.stack([np.interp(f, edges, row) for row in total[0]]) for f in
                (centre / half, centre * half)]
        yield Case(f"{fraction}", params={"fraction": fraction}, input=x, kind="spectrum",
                   unit="V2/Hz", output=(upto[1] - upto[0])[np.newaxis], relative=1e-6,
                   absolute=1e-7, why=ROUNDED)


@operation("correlation", block="correlation")
def correlation(rng):
    for count in (1, 2, 40, 65):
        x = waveform(rng, 8, count).reshape(2, 4, count)
        wide = x.astype("f8")
        full = np.stack([[np.correlate(piece[c], piece[c + 2], "full") for c in (0, 1)]
                         for piece in wide])
        products = count - np.abs(np.arange(1 - count, count))
        energy = np.sqrt(np.sum(wide[:, :2] ** 2, axis=2) * np.sum(wide[:, 2:] ** 2, axis=2))
        for scale, out in (("none", full), ("biased", full / count), ("unbiased", full / products),
                           ("coefficient", full / energy[..., np.newaxis])):
            yield Case(f"{scale}_{count}", params={"scale": scale}, input=x, output=out,
                       kind="record", absolute=1e-12 * count, relative=1.2e-7, why=ROUNDED)


@operation("fir_equiripple", block="fir")
def fir_equiripple(rng):
    for kind, cutoff, width, order in (("low", [100.0], 60.0, 30), ("high", [300.0], 80.0, 40),
                                       ("band", [120.0, 260.0], 70.0, 50), ("low", [80.0], 40.0, 61),
                                       ("stop", [150.0, 350.0], 90.0, 44)):
        half, gain, edges, wanted = width / 2, float(kind in ("low", "stop")), [0.0], []
        for edge in cutoff:
            edges += [edge - half, edge + half]
            wanted.append(gain)
            gain = 1 - gain
        taps = signal.remez(order + 1, edges + [500.0], wanted + [gain], fs=1000, grid_density=64)
        x = waveform(rng, 2, 200)
        yield Case(f"{kind}_{order}", input=x, output=signal.lfilter(taps, 1, x.astype("f8")),
                   params={"design": "equiripple", "kind": kind, "cutoff": cutoff, "order": order,
                           "transition": width}, absolute=2e-4,
                   why="two grids find extremes apart by up to a 16th of a ripple")


@operation("fir_f64")
def fir_f64(rng):
    for count, size in ((1, 5), (30, 7), (200, 127), (3000, 128), (5000, 700), (90, 400)):
        x, taps = rng.uniform(-1, 1, count), rng.uniform(-1, 1, size)
        yield Case(f"{count}_{size}", params={"what": "filter"}, absolute=1e-12, why="sums of float64",
                   arrays={"x": x, "taps": taps, "expected": signal.lfilter(taps, 1, x)})
    for count, size in ((1, 1), (40, 300), (300, 40)):
        x, taps = rng.uniform(-1, 1, count), rng.uniform(-1, 1, size)
        yield Case(f"full_{count}_{size}", params={"what": "convolve"}, absolute=1e-12,
                   why="sums of float64",
                   arrays={"x": x, "taps": taps, "expected": np.convolve(x, taps)})


@operation("spectra_padded", block="fft")
def spectra_padded(rng):
    for count, size in ((50, 64), (50, 50), (33, 100)):
        x = waveform(rng, 4, count).reshape(2, 2, count)
        window = signal.get_window("hann", count)
        spectrum = np.fft.rfft(x.astype("f8") * window, size, axis=2)
        double = np.full(size // 2 + 1, 2.0)
        double[0] = 1
        if size % 2 == 0:
            double[-1] = 1
        for output, out in (("amplitude", np.abs(spectrum) * double / window.sum()),
                            ("density", np.abs(spectrum) ** 2 * double / 1000 / (window ** 2).sum())):
            yield Case(f"{output}_{count}_{size}", params={"output": output, "pad_to": size}, input=x,
                       kind="record", output=out, absolute=3e-7, relative=1e-6, why="float32")


@operation("spectrogram", block="fft")
def spectrogram(rng):
    """Rows of scipy.signal.spectrogram are spectra of the records that segment makes."""
    x = waveform(rng, 1, 1000)
    rows = signal.spectrogram(x[0].astype("f8"), fs=1000, window="hann", nperseg=100, noverlap=60,
                              detrend="constant")[2]
    pieces = np.lib.stride_tricks.sliding_window_view(x[0], 100)[::40][:, np.newaxis]
    yield Case("rows", params={"output": "density", "detrend": "constant"}, input=pieces,
               kind="record", output=rows.T[:, np.newaxis], absolute=1e-9, relative=2e-5,
               why="float32")


@operation("convolution", block="convolution")
def convolution(rng):
    for number, count in enumerate((1, 2, 3, 40, 65, 251)):
        origin = ("centre", "first")[number % 2]
        x = waveform(rng, 8, count).reshape(2, 4, count)
        at = count // 2 if origin == "centre" else 0
        full = np.array([[np.convolve(piece[c], piece[c + 2])[at:at + count] for c in (0, 1)] for piece in x.astype("f8")])
        for normalises in (False, True):
            sums = x[:, 2:].astype("f8").sum(axis=2, keepdims=True) if normalises else 1
            yield Case(f"{origin}_{count}_{normalises}", params={"origin": origin, "normalize": normalises}, input=x,
                       output=full / sums, kind="record", absolute=1e-12 * count / np.min(np.abs(sums)), relative=1.2e-7,
                       why=ROUNDED)


@operation("deconvolution", block="deconvolution")
def deconvolution(rng):
    """The definition: the response's values before its origin lie at the end of the transform."""
    for number, count in enumerate((2, 3, 16, 101, 250, 512)):
        origin = ("centre", "first")[number % 2]
        strength = (2.0, 0.0625, 0.5)[number % 3]
        at = count // 2 if origin == "centre" else 0
        y = waveform(rng, 2, count)
        h = (rng.uniform(0, 1, (2, count)) * np.exp(-np.abs(np.arange(count) - at) / 3)).astype("f4")
        size = 1 << int(np.ceil(np.log2(3 * count - 2)))
        left, right = count // 2, count - 1 - count // 2
        spectrum = np.fft.rfft(np.pad(y.astype("f8"), ((0, 0), (left, right)), mode="reflect"), size)
        kernel = np.zeros((2, size))
        kernel[:, :count] = h
        kernel = np.fft.rfft(np.roll(kernel, -at, axis=1))
        d = 2 * np.sin(np.pi * np.arange(kernel.shape[1]) / size)
        inverse = np.conj(kernel) / (np.abs(kernel) ** 2 + strength * d ** 2)
        out = np.fft.irfft(spectrum * inverse, size)[:, left:left + count]
        yield Case(f"{origin}_{count}", kind="record", input=np.concatenate([y, h])[np.newaxis],
                   output=out[np.newaxis], params={"origin": origin, "strength": strength},
                   absolute=1e-7 * float(np.abs(out).max()), relative=1e-6, why="float64, rounded once")
