import numpy as np
import scipy.fft as fft
import scipy.signal as signal

from cases import add, noise

X = noise(1000)
Y = np.convolve(X, [0.5, 0.3, -0.2])[:1000] + 0.1 * noise(1000, 2)
F = X.astype("f4")
SINGLE = {"rtol": 1e-4, "atol": 1e-5}  # float32

LONG, QUADRATURE = noise(65537, 5), noise(65537, 6)
for n in (997, 999, 1000, 1009, 1353, 4099, 65537):  # primes, odd sizes, and one with a factor of 41
    x, f = LONG[:n], LONG[:n].astype("f4")
    add("rfft", np.fft.rfft(x), atol=5e-12, x=x)
    add("irfft", x, atol=1e-13, x=np.fft.rfft(x), n=n)
    add("rfft", fft.rfft(f), rtol=1e-4, atol=1e-6 * n**0.5, x=f)
    add("irfft", f, **SINGLE, x=fft.rfft(f), n=n)
    for z in (x + 1j * QUADRATURE[:n], (x + 1j * QUADRATURE[:n]).astype("c8")):
        tolerance = {"atol": 1e-11} if z.dtype == complex else {"rtol": 1e-4, "atol": 1e-5 * n**0.5}
        add("fft", fft.fft(z), **tolerance, x=z)
        add("ifft", fft.ifft(z), **tolerance, x=z)
add("quick_fft_size", 1050, count=1025)
for scaling in ("density", "spectrum"):
    for detrend, theirs in (("constant", "constant"), ("none", False)):
        expected = signal.welch(F.astype("f8"), 100, "hann", 128, 32, detrend=theirs, scaling=scaling)
        add("welch", expected, rtol=1e-4, atol=1e-9, x=F, fs=100.0, window="hann", nperseg=128, noverlap=32,
            detrend=detrend, scaling=scaling, params=())
add("welch", signal.welch(F.astype("f8"), window=("kaiser", 5), nperseg=250), rtol=1e-4, atol=1e-9, x=F,
    window="kaiser", params=[5.0], nperseg=250)

TAPER = signal.get_window("hann", 64)
SHARED = [(TAPER[: 64 - k * 32] * TAPER[k * 32 :]).sum() ** 2 / (TAPER**2).sum() ** 2 for k in range(2)]
# Welch 1967: var = (1 + 2 sum (1 - j/K) rho(j)) / K
add("welch_relative_sigma", np.sqrt((1 + 2 * 9 / 10 * SHARED[1]) / 10), window=TAPER, hop=32, segments=10)

W = signal.get_window("hann", 200)
CUT = [slice(s, s + 200) for s in range(0, 801, 100)]
A, B = ([np.fft.rfft((v[c] - v[c].mean()) * W) for c in CUT] for v in (X, Y))
add("cross_sums", (sum(abs(a) ** 2 for a in A), sum(abs(b) ** 2 for b in B),
                   sum(a.conj() * b for a, b in zip(A, B))),
    atol=1e-11, x=X, y=Y, window=W, noverlap=100, detrend="constant")
Z = signal.hilbert(X)
add("analytic_signal", Z, atol=1e-12, x=X)
add("instantaneous_frequency", np.angle(Z[1:] * Z[:-1].conj()) / (2 * np.pi) * 50, atol=1e-11, z=Z, fs=50.0)
add("cepstrum", np.fft.irfft(np.log(np.abs(np.fft.rfft(X)))), atol=1e-12, x=X)
R = signal.correlate(X, Y)
add("correlate", R, atol=1e-11, x=X, y=Y)
for scale, divisor in (("none", 1), ("biased", 1000), ("unbiased", 1000 - abs(np.arange(-999, 1000))),
                       ("coefficient", np.sqrt((X**2).sum() * (Y**2).sum()))):
    add("scale_correlation", R / divisor, x=X, y=Y, r=R, scale=scale)
KERNEL = np.zeros(1000)
KERNEL[500] = 2.0  # at lag 0: only divides
add("deconvolve", X / 2, atol=1e-12, y=X, h=KERNEL, strength=0.0, is_centred=True, as_datalab=True)
add("deconvolve", X / 2, atol=1e-12, y=X, h=np.roll(KERNEL, -500), strength=0.0, is_centred=False, as_datalab=False)
add("goertzel", (X * np.exp(-2j * np.pi * 0.123 * np.arange(1000))).sum(), rtol=1e-9, x=X, frequency=12.3, fs=100.0)
CENTRES = 1000 * 10 ** (0.1 * np.arange(-9, 10))
add("octave_bands", np.stack([CENTRES * 10**-0.05, CENTRES, CENTRES * 10**0.05], 1), fraction=3,
    lowest=CENTRES[0] * 10**-0.051, highest=CENTRES[-1] * 10**0.051)
add("band_power", 2.0 * (5.5 - 2.5), density=np.full(20, 2.0), df=1.0, lower=2.5, upper=5.5)

add("sum", F.astype("f8").sum(), x=F)
add("sum_of_squares", ((F.astype("f8") - 0.25) ** 2).sum(), x=F, mean=0.25)
V = noise(1000, 3).astype("f4")
add("apply_window", (F - np.float32(0.25)) * V, **SINGLE, x=F, window=V, mean=0.25)
add("apply_window_pair", (F - 0.25) * V + 1j * (Y.astype("f4") + 0.5) * V, **SINGLE, a=F, b=Y.astype("f4"), window=V,
    mean_a=0.25, mean_b=-0.5)
add("add_power", V + np.abs(Z.astype("c8")) ** 2, **SINGLE, z=Z.astype("c8"), power=V)
