import numpy as np
import scipy.ndimage as ndimage
import scipy.signal as signal

from cases import add, noise

X = noise(600)
F = X.astype("f4")
SINGLE = {"rtol": 2e-5, "atol": 2e-6}  # float32

for name, periodic, params in (("hann", True, ()), ("kaiser", False, (8.0,)), ("tukey", True, (0.3,))):
    window = signal.get_window((name, *params) if params else name, 65, periodic)
    add("make_window", window, atol=1e-13, window=name, Nx=65, fftbins=periodic, params=params)
HANN = signal.get_window("hann", 64)
add("coherent_gain", HANN.mean(), window=HANN)
add("enbw_bins", 64 * (HANN**2).sum() / HANN.sum() ** 2, window=HANN)
add("dolph_chebyshev", signal.windows.chebwin(51, 80), rtol=1e-8, M=51, at=80.0)
add("slepian", signal.windows.dpss(51, 2.5), rtol=1e-8, M=51, NW=2.5)

FIR = signal.firwin(41, 120, fs=1000)
add("design_fir", FIR, atol=1e-15, numtaps=41, cutoff=120.0, btype="low", window="hamming", params=(), fs=1000.0)
add("design_fir", signal.firwin(41, [0.1, 0.2], window=("kaiser", 6), pass_zero=False, fs=1), atol=1e-14,
    numtaps=41, cutoff=[0.1, 0.2], btype="band", window="kaiser", params=[6.0])
TAPS, BETA = signal.kaiserord(60, 0.04 / 0.5)
add("kaiser_design", (TAPS, BETA), rtol=0.05, ripple=60.0, width=40.0, fs=1000.0)
add("fir_gain", abs(signal.freqz(FIR, worN=[77], fs=1000)[1][0]), taps=FIR, frequency=77.0, fs=1000.0)
add("fir_delay", 20.0, taps=FIR)

FAMILIES = {"butterworth": "butter", "bessel": "bessel", "chebyshev1": "cheby1", "chebyshev2": "cheby2",
            "elliptic": "ellip"}
BANDS = {"low": ("lowpass", 100), "high": ("highpass", 100), "band": ("bandpass", [80, 150]),
         "stop": ("bandstop", [80, 150])}


def sorted_sections(sos):
    """Of a cascade: gain and places of the zeros and poles, whatever pairs they were put in."""
    zeros, poles, gain = signal.sos2zpk(np.array(sos))
    return np.sort_complex(np.round(zeros, 5)), np.sort_complex(np.round(poles, 8)), gain


IIRS = [(ftype, btype) for ftype in FAMILIES for btype in BANDS]
SOS = signal.butter(4, 0.2, output="sos")
add("sos_gain", abs(signal.sosfreqz(SOS, [77], fs=1000)[1][0]), sos=SOS, frequency=77.0, fs=1000.0)
add("sos_delay", sum(signal.group_delay((s[:3], s[3:]), [77], fs=1000)[1][0] for s in SOS), rtol=1e-8,
    sos=SOS, frequency=77.0, fs=1000.0)
for ftype, design in (("notch", signal.iirnotch), ("peak", signal.iirpeak)):
    b, a = design(50, 30, 1000)
    add("design_notch", np.hstack([b, a])[None], w0=50.0, Q=30.0, ftype=ftype, fs=1000.0)
    b, a = signal.iircomb(50, 10, ftype, 1000, pass_zero=ftype == "peak")
    add("design_comb", (b, a), atol=1e-15, period=20, Q=10.0, ftype=ftype)
    add("comb_filter", signal.lfilter(b, a, F), **SINGLE, period=20, Q=10.0, x=F, ftype=ftype)
add("resampling_taps", 3 * signal.firwin(61, 1 / 3, window=("kaiser", 5)), atol=1e-15,
    up=3, down=2, beta=5.0, zero_crossings=10)
add("cic_taps", np.convolve(np.full(4, 0.25), np.full(4, 0.25)), factor=4, stages=2)
K = np.arange(-8, 9)
GAUSS = np.exp(-(K**2) / 8.0)
add("gaussian_taps", GAUSS / GAUSS.sum(), sigma=2.0, truncate=4.0)
add("default_padding", 3 * (2 * 2 + 1), sos=SOS)

for taps in (FIR, signal.firwin(401, 0.1)):
    add("filter_fir", signal.lfilter(taps, 1, X), atol=1e-13, taps=taps, x=X)
    add("fir_filter", signal.lfilter(taps, 1, F), **SINGLE, taps=taps, x=F)
    add("overlap_save", signal.lfilter(taps, 1, F), **SINGLE, taps=taps, x=F)
add("fir_decimate", signal.lfilter(FIR, 1, F)[::4], **SINGLE, taps=FIR, x=F, factor=4)
add("convolve", np.convolve(X, FIR), atol=1e-13, x=X, y=FIR)
add("sos_filter", signal.sosfilt(SOS, F), **SINGLE, sos=SOS, x=F, settled=False)
add("sos_filter", signal.sosfilt(SOS, F, zi=signal.sosfilt_zi(SOS) * F[0])[0], **SINGLE, sos=SOS, x=F, settled=True)
add("filter_sections", signal.sosfilt(SOS, X), atol=1e-13, sos=SOS, x=X)
add("filter_zero_phase", signal.sosfiltfilt(SOS, X), atol=1e-12, sos=SOS, x=X)
add("filter_zero_phase", signal.sosfiltfilt(SOS, X, padlen=40), atol=1e-12, sos=SOS, x=X, padlen=40)
MEAN = np.convolve(F, np.ones(5), "full")[: len(F)] / np.minimum(np.arange(1, len(F) + 1), 5)
add("moving_mean", MEAN, **SINGLE, x=F, length=5)
for x in (X, F):
    MEDIAN = ndimage.median_filter(x, 7, origin=3)[6:]
    add("moving_median", np.concatenate([[np.sort(x[: i + 1])[i // 2] for i in range(6)], MEDIAN]), x=x, length=7)
for mode in ("reflect", "constant", "nearest", "mirror", "wrap"):
    add("median_filter", ndimage.median_filter(X, 7, mode=mode), x=X, size=7, mode=mode)
    add("mean_filter", ndimage.uniform_filter1d(X, 6, mode=mode), atol=1e-14, x=X, size=6, mode=mode)
    add("correlate_about", ndimage.correlate1d(X, FIR, mode=mode), atol=1e-14, x=X, weights=FIR, mode=mode)
    at = {"constant": 3}
    padded = np.pad(np.arange(3), 2, {"reflect": "symmetric", "constant": "constant", "nearest": "edge",
                                      "mirror": "reflect", "wrap": "wrap"}[mode], **({"constant_values": 3}
                                                                                    if mode == "constant" else {}))
    add("border_index", padded[0], mode=mode, i=-2, count=3)
    add("border_value", 0.0 if mode == "constant" else X[:3][padded[-1]], x=X[:3], mode=mode, i=4)
add("savitzky_golay", signal.savgol_filter(X, 11, 3, deriv=1, delta=0.1), atol=1e-12,
    x=X, window_length=11, polyorder=3, deriv=1, delta=0.1)
add("wiener", signal.wiener(X, 5), atol=1e-12, x=X, mysize=5)
add("wiener", signal.wiener(X, 5, 0.3), atol=1e-12, x=X, mysize=5, noise=0.3)
SPECTRUM = np.fft.rfft(X)
FREQUENCIES = np.fft.rfftfreq(600, 1 / 1000)
add("brickwall", np.fft.irfft(np.where((FREQUENCIES >= 100) & (FREQUENCIES <= 200), SPECTRUM, 0)), atol=1e-13,
    x=X, cutoff=[100, 200], btype="band", fs=1000.0, pads=False)
