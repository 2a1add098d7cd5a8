"""Spectra: welch_psd against scipy.signal.welch, fft against scipy.fft."""

import numpy as np
from scipy import fft as transforms
from scipy import signal

from generate import Case, operation, waveform

FLOAT32 = "float32 transform: eps * sqrt(log2(length)) of the largest bin, with room"

WINDOWS = [("hann", []), ("boxcar", []), ("hamming", []), ("blackman", []), ("flattop", []),
           ("kaiser", [8.6]), ("tukey", [0.25]), ("blackmanharris", []), ("gaussian", [40.0])]


def by_scipy(name, own):
    return (name, *own) if own else name


def several(x, length, hop, averages, **options):
    """welch() of each group of `averages` segments, the groups following one another."""
    span = (averages - 1) * hop + length
    starts = range(0, x.shape[1] - span + 1, averages * hop)
    return np.stack([signal.welch(x[:, i:i + span].astype("f8"), nperseg=length,
                                  noverlap=length - hop, **options)[1] for i in starts])


@operation("welch_psd", block="welch_psd")
def welch_psd(rng):
    lengths = (2, 3, 15, 64, 100, 127, 256, 512, 1000, 1024, 2048, 4096)
    for number, length in enumerate(lengths):
        window, own = WINDOWS[number % len(WINDOWS)]
        overlap = (length // 2, 0, int(rng.integers(0, length)))[number % 3]
        averages = int(rng.integers(1, 6))
        hop = length - overlap
        rate = int(rng.integers(10, 100000))
        density, constant = number % 2 == 0, number % 4 < 2
        x = waveform(rng, 1 + number % 2, (averages - 1) * hop + length + averages * hop + 3)
        x += np.float32(0.3)
        out = several(x, length, hop, averages, fs=rate, window=by_scipy(window, own),
                      detrend="constant" if constant else False,
                      scaling="density" if density else "spectrum")
        yield Case(f"{window}_{length}_{overlap}_{averages}",
                   params={"length": length, "overlap": overlap, "averages": averages,
                           "window": window, "window_params": own,
                           "detrend": "constant" if constant else "none",
                           "scaling": "density" if density else "spectrum"},
                   input=x, output=out, rate_hz=rate, absolute=1e-6 * float(out.max()), why=FLOAT32)
    x = waveform(rng, 2, 1500)
    yield Case("defaults", params={"averages": 2, "length": 256}, input=x,
               output=several(x, 256, 128, 2, fs=1000), absolute=4e-9, why=FLOAT32)
    out = 10 * np.log10(several(x, 128, 64, 3, fs=1000))
    yield Case("db", params={"averages": 3, "length": 128, "output": "db"}, input=x, output=out,
               absolute=2e-3, why="bins 20 dB below the largest are known to 1e-6 of that")


def spectrum(x, window, detrend, output):
    length = x.shape[-1]
    z = transforms.rfft((x - (x.mean(axis=-1, keepdims=True) if detrend else 0)) * window)
    if output == "magnitude":
        return np.abs(z)
    if output == "phase":
        return np.degrees(np.angle(z))
    power = 2 * np.abs(z / window.sum()) ** 2
    power[..., 0] /= 2
    if length % 2 == 0:
        power[..., -1] /= 2
    if output == "amplitude":
        factor = np.full(power.shape[-1], np.sqrt(2))
        factor[0] = 1
        if length % 2 == 0:
            factor[-1] = 1
        return np.sqrt(power) * factor
    if output == "db":
        return 10 * np.log10(power)
    return power if output == "power" else np.sqrt(power)


@operation("fft", block="fft")
def fft(rng):
    outputs = ("amplitude", "rms", "power", "magnitude", "db", "phase")
    for number, length in enumerate((2, 5, 16, 33, 100, 128, 250, 512, 1000, 1024, 1331, 2048)):
        window, own = WINDOWS[number % len(WINDOWS)]
        output = outputs[number % len(outputs)]
        detrend = number % 5 == 1 and output not in ("db", "phase")
        x = waveform(rng, 4, length).reshape(2, 2, length)
        out = spectrum(x.astype("f8"), signal.get_window(by_scipy(window, own), length), detrend,
                       output)
        # A level or a phase of a bin far below the largest is known less well.
        absolute = {"db": 2e-2, "phase": 0.1}.get(output, 1e-6 * float(np.abs(out).max()))
        yield Case(f"{output}_{window}_{length}",
                   params={"output": output, "window": window, "window_params": own,
                           "detrend": "constant" if detrend else "none"},
                   input=x, output=out, kind="record", absolute=absolute, why=FLOAT32)


@operation("inverse_fft", block="inverse_fft")
def inverse_fft(rng):
    for bins in (2, 3, 9, 50, 129, 257):
        for length in (2 * bins - 2, 2 * bins - 1):
            x = waveform(rng, 4, bins)
            z = x[:2].astype("f8") + 1j * x[2:].astype("f8")
            out = np.fft.irfft(z, length)
            yield Case(f"{bins}_{length}", params={"length": "odd" if length % 2 else "even"}, input=x[np.newaxis], kind="spectrum",
                       output=out[np.newaxis], absolute=1e-7 * float(np.abs(out).max()), why="rounded to float32 once")


@operation("spectrogram", block="welch_psd")
def spectrogram(rng):
    """Its rows are the spectra of single segments."""
    for window, length, overlap in (("hann", 128, 64), ("hamming", 100, 75), ("blackman", 64, 0)):
        x = waveform(rng, 2, 1500)
        rows = signal.spectrogram(x.astype("f8"), 1000, window, length, overlap, detrend="constant")[2]
        yield Case(f"{window}_{length}_{overlap}", input=x, output=np.moveaxis(rows, 2, 0),
                   absolute=1e-6 * float(rows.max()), why=FLOAT32,
                   params={"window": window, "length": length, "overlap": overlap, "averages": 1})
