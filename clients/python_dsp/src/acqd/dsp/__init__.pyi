"""The signature of each function, from which the binding takes names and defaults of its arguments.

"# acq: NAME" above a function names what it wraps in dsp/math where that is not called the same; its
docstring is the comment of that declaration, then the one here.
"""

from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Reals = NDArray[np.float64]
_Floats = NDArray[np.float32]
_Indices = NDArray[np.uint32]
_Complexes = NDArray[np.complex128]
_Hits = tuple[NDArray[np.float64], NDArray[np.bool_]]
_Either = NDArray[np.floating[Any]]

# Windows.

def make_window(window: str, Nx: int, fftbins: bool = True, params: ArrayLike = ()) -> _Reals:
    """`fftbins`: periodic, for spectra; else symmetric. `window` is the name alone."""

def coherent_gain(window: ArrayLike) -> float: ...
def enbw_bins(window: ArrayLike) -> float: ...
def dolph_chebyshev(M: int, at: float) -> _Reals: ...
def slepian(M: int, NW: float) -> _Reals: ...

# Design of filters. Frequencies are in the unit of `fs`; with fs = 1, fractions of the sample rate.

def design_fir(
    numtaps: int,
    cutoff: ArrayLike,
    btype: str = "low",
    window: str = "hamming",
    params: ArrayLike = (),
    fs: float = 1.0,
) -> _Reals:
    """`btype`: low, high, band or stop."""

def kaiser_design(ripple: float, width: float, fs: float = 1.0) -> tuple[float, float]:
    """Gives (number of taps, beta)."""

def fir_gain(taps: ArrayLike, frequency: float, fs: float = 1.0) -> float: ...
def fir_delay(taps: ArrayLike) -> float: ...
def design_equiripple(
    numtaps: int, bands: ArrayLike, desired: ArrayLike, weight: ArrayLike = (), fs: float = 1.0
) -> _Reals:
    """`bands`: the two ends of each band in turn; `desired` and `weight`: one number a band."""

def design_iir(
    N: int,
    Wn: ArrayLike,
    btype: str = "low",
    ftype: str = "butterworth",
    rp: float = 1.0,
    rs: float = 60.0,
    norm: str = "phase",
    fs: float = 1.0,
) -> _Reals:
    """Sections as SciPy has them: (sections, 6). `ftype`: butterworth, bessel, chebyshev1, chebyshev2 or
    elliptic; `norm` (bessel): phase, magnitude or delay."""

def design_butterworth(N: int, Wn: ArrayLike, btype: str = "low", fs: float = 1.0) -> _Reals: ...
def iir_prototype(
    N: int, ftype: str = "butterworth", rp: float = 1.0, rs: float = 60.0, norm: str = "phase"
) -> tuple[_Reals, _Complexes, float]:
    """Gives (zeros, poles, gain)."""

def sos_gain(sos: ArrayLike, frequency: float, fs: float = 1.0) -> float: ...
def sos_delay(sos: ArrayLike, frequency: float, fs: float = 1.0) -> float: ...
def design_notch(w0: float, Q: float, ftype: str = "notch", fs: float = 1.0) -> _Reals:
    """One section, (1, 6). `ftype`: notch or peak."""

def design_comb(period: int, Q: float, ftype: str = "notch") -> tuple[_Reals, _Reals]:
    """Gives (b, a) as scipy.signal.iircomb. `period` in samples."""

def resampling_taps(up: int, down: int, beta: float = 5.0, zero_crossings: int = 10) -> _Reals: ...
def cic_taps(factor: int, stages: int) -> _Reals: ...
def gaussian_taps(sigma: float, truncate: float = 4.0) -> _Reals: ...

# Filters of whole arrays.

def filter_fir(taps: ArrayLike, x: ArrayLike) -> _Reals: ...
def convolve(x: ArrayLike, y: ArrayLike) -> _Reals: ...

# acq: FirFilter
def fir_filter(taps: ArrayLike, x: ArrayLike) -> _Floats: ...

# acq: OverlapSave
def overlap_save(taps: ArrayLike, x: ArrayLike) -> _Floats:
    """Computes what fir_filter() does, by blocks."""

# acq: FirDecimator
def fir_decimate(taps: ArrayLike, x: ArrayLike, factor: int) -> _Floats: ...

# acq: SosFilter
def sos_filter(sos: ArrayLike, x: ArrayLike, settled: bool = False) -> _Floats:
    """`settled`: begins as if all samples before had been what the first one is."""

def filter_sections(sos: ArrayLike, x: ArrayLike) -> _Reals: ...

# acq: filter_zero_phase ZeroPhaseFilter
def filter_zero_phase(sos: ArrayLike, x: ArrayLike, padlen: int | None = None) -> _Reals: ...
def default_padding(sos: ArrayLike) -> int: ...

# acq: CombFilter
def comb_filter(period: int, Q: float, x: ArrayLike, ftype: str = "notch") -> _Floats: ...

# acq: MovingMean
def moving_mean(x: ArrayLike, length: int) -> _Floats: ...

# acq: MovingMedian
def moving_median(x: ArrayLike, length: int) -> _Either:
    """float32 stays that; all else is computed in float64."""

def median_filter(x: ArrayLike, size: int, mode: str = "reflect") -> _Reals:
    """`mode`: reflect, constant (0), nearest, mirror or wrap."""

def mean_filter(x: ArrayLike, size: int, mode: str = "reflect") -> _Reals:
    """`mode` as in median_filter()."""

def correlate_about(x: ArrayLike, weights: ArrayLike, mode: str = "reflect") -> _Reals:
    """`mode` as in median_filter()."""

# acq: SavitzkyGolay
def savitzky_golay(
    x: ArrayLike, window_length: int, polyorder: int, deriv: int = 0, delta: float = 1.0
) -> _Reals: ...
def wiener(x: ArrayLike, mysize: int = 3, noise: float | None = None) -> _Reals: ...

# acq: Brickwall
def brickwall(
    x: ArrayLike, cutoff: ArrayLike, btype: str = "low", fs: float = 1.0, pads: bool = True
) -> _Reals: ...
def border_index(mode: str, i: int, count: int) -> int: ...
def border_value(x: ArrayLike, mode: str, i: int) -> float: ...

# Samples.

def apply_function(x: ArrayLike, op: str, exponent: float = 2.0) -> _Either:
    """`op`: abs, sqrt, log10, exp, inverse or power. float32 stays that."""

def clip(x: ArrayLike, a_min: float, a_max: float) -> _Either:
    """float32 stays that."""

def replace_non_finite(
    x: ArrayLike, what: str = "all", by: str = "constant", constant: float = 0.0
) -> tuple[_Either, int]:
    """`what`: all, nan or infinite; `by`: constant, hold or linear. Gives the array and how many were
    replaced. float32 stays that."""

def is_replaced(what: str, x: float) -> bool: ...
def complex_part(re: ArrayLike, im: ArrayLike, part: str, angle_unit: str = "rad") -> _Reals:
    """`part`: real, imaginary, magnitude or phase; `angle_unit`: rad or deg."""

def from_polar(
    magnitude: ArrayLike, phase: ArrayLike, angle_unit: str = "rad"
) -> tuple[_Reals, _Reals]:
    """Gives (re, im)."""

def unwrap(p: ArrayLike, period: float = 6.283185307179586) -> _Reals: ...
def derivative(y: ArrayLike, x: ArrayLike | None = None, dx: float = 1.0) -> _Reals: ...
def integral(y: ArrayLike, x: ArrayLike | None = None, dx: float = 1.0) -> _Reals: ...
def detrend(x: ArrayLike, type: str = "linear") -> _Reals:
    """`type`: linear or constant."""

def correct_offset(x: ArrayLike, start: int, stop: int) -> _Reals: ...
def normalize(x: ArrayLike, norm: str = "maximum", dx: float = 1.0) -> _Reals:
    """`norm`: maximum, amplitude, area, energy or rms."""

def scale_and_offset(x: ArrayLike, gain: float, offset: float) -> _Floats: ...
def polynomial(x: ArrayLike, c: ArrayLike) -> _Floats: ...
def combine(a: ArrayLike, b: ArrayLike, op: str) -> _Floats:
    """`op`: add, subtract, multiply, divide, abs_difference, ratio_db, minimum or maximum."""

def to_db(powers: ArrayLike) -> _Floats: ...
def to_planes(raw: NDArray[Any], scale: ArrayLike, offset: ArrayLike) -> _Floats:
    """`raw`: (samples, channels) of int8, uint8, int16, uint16, int32, float32 or float64, one scale and
    offset a channel. Gives (channels, samples)."""

def unpack_bits(words: NDArray[Any], channels: int) -> _Floats:
    """`words` of uint8 or uint16. Gives (channels, samples)."""

def pack_bits(planes: ArrayLike) -> NDArray[Any]:
    """`planes`: (channels, samples), at most 16 channels."""

# acq: Oscillator
def oscillator(frequency: float, count: int, first: int = 0, fs: float = 1.0) -> _Complexes: ...

# Rates.

# acq: resample PolyphaseResampler
def resample(
    x: ArrayLike, up: int, down: int, beta: float = 5.0, zero_crossings: int = 10
) -> _Reals: ...

# acq: interpolate Interpolator
def interpolate(x: ArrayLike, xp: ArrayLike, fp: ArrayLike, kind: str = "linear") -> _Reals:
    """`x`: the places, `fp`: the values at `xp`; `kind`: linear, cubic, pchip or akima."""

# Spectra.

# acq: RealFft
def rfft(x: ArrayLike) -> NDArray[Any]:
    """float32 gives complex64. The first call for a size takes up to a second: it plans."""

# acq: RealInverseFft
def irfft(x: ArrayLike, n: int | None = None) -> NDArray[Any]:
    """Scaled by 1 / n as numpy.fft.irfft. complex64 gives float32."""

# acq: ComplexFft
def fft(x: ArrayLike) -> NDArray[Any]:
    """complex64 stays that."""

# acq: ComplexFft
def ifft(x: ArrayLike) -> NDArray[Any]:
    """Scaled by 1 / n as numpy.fft.ifft. complex64 stays that."""

def quick_fft_size(count: int) -> int: ...
def default_plan_effort() -> str: ...
def fft_version() -> str: ...
def learnt_wisdom() -> str: ...
def import_wisdom(path: str) -> None: ...
def export_wisdom(path: str) -> None: ...

# acq: SegmentTransform PowerSum
def welch(
    x: ArrayLike,
    fs: float = 1.0,
    window: str = "hann",
    nperseg: int = 256,
    noverlap: int | None = None,
    detrend: str = "constant",
    scaling: str = "density",
    params: ArrayLike = (),
) -> tuple[_Reals, _Floats]:
    """Gives (frequencies, power) as scipy.signal.welch. `detrend`: constant or none; `scaling`: density or
    spectrum. Computed in float32."""

def welch_relative_sigma(window: ArrayLike, hop: int, segments: int) -> float: ...

# acq: CrossSums
def cross_sums(
    x: ArrayLike, y: ArrayLike, window: ArrayLike, noverlap: int = 0, detrend: str = "constant"
) -> tuple[_Reals, _Reals, _Complexes]:
    """Over segments as long as `window`. Gives (xx, yy, xy)."""

# acq: AnalyticSignal
def analytic_signal(x: ArrayLike) -> _Complexes: ...
def instantaneous_frequency(z: ArrayLike, fs: float = 1.0) -> _Reals: ...

# acq: Cepstrum
def cepstrum(x: ArrayLike) -> _Reals: ...

# acq: Correlator
def correlate(x: ArrayLike, y: ArrayLike) -> _Reals: ...

# acq: Deconvolver
def deconvolve(
    y: ArrayLike,
    h: ArrayLike,
    strength: float = 2.0,
    is_centred: bool = True,
    as_datalab: bool = False,
) -> _Reals: ...
def scale_correlation(x: ArrayLike, y: ArrayLike, r: ArrayLike, scale: str) -> _Reals:
    """`scale`: none, biased, unbiased or coefficient."""

def goertzel(x: ArrayLike, frequency: float, fs: float = 1.0) -> complex: ...
def octave_bands(fraction: int, lowest: float, highest: float) -> _Reals:
    """Gives (bands, 3): lower edge, centre, upper edge."""

def band_power(density: ArrayLike, df: float, lower: float, upper: float) -> float: ...
def sum(x: ArrayLike) -> float: ...
def sum_of_squares(x: ArrayLike, mean: float = 0.0) -> float: ...
def apply_window(x: ArrayLike, window: ArrayLike, mean: float = 0.0) -> _Floats: ...
def apply_window_pair(
    a: ArrayLike, b: ArrayLike, window: ArrayLike, mean_a: float = 0.0, mean_b: float = 0.0
) -> NDArray[np.complex64]: ...
def add_power(z: ArrayLike, power: ArrayLike) -> _Floats:
    """Gives the sum; `power` stays."""

# Features.

@final
class Moments:
    @property
    def count(self) -> int: ...
    @property
    def mean(self) -> float: ...
    @property
    def squares(self) -> float: ...
    @property
    def min(self) -> float: ...
    @property
    def max(self) -> float: ...
    @property
    def has_nan(self) -> bool: ...
    @property
    def rms(self) -> float: ...
    def std(self, ddof: int = 0) -> float: ...

def moments_of(x: ArrayLike) -> Moments: ...

def minmax_of(x: ArrayLike) -> tuple[float, float]:
    """Gives (min, max)."""

# acq: Histogram
def histogram(x: ArrayLike, bins: int, lower: float, upper: float) -> NDArray[np.uint64]:
    """Gives the counts."""

# acq: BinnedMoments Bins
def binned_moments(
    x: ArrayLike, y: ArrayLike, bins: int, lower: float, upper: float
) -> tuple[NDArray[np.uint64], _Reals, _Reals]:
    """Gives (counts, means, standard deviations); NaN for the last two where there is nothing."""

def find_maxima(x: ArrayLike, height: float | None = None) -> tuple[_Indices, _Indices]:
    """Gives (first, last)."""

def find_minima(x: ArrayLike) -> _Indices: ...

@final
class Peaks:
    @property
    def index(self) -> _Indices: ...
    @property
    def left(self) -> _Indices: ...
    @property
    def right(self) -> _Indices: ...
    @property
    def height(self) -> _Reals: ...
    @property
    def prominence(self) -> _Reals: ...

# acq: PeakFinder
def find_peaks(
    x: ArrayLike,
    height: float | None = None,
    threshold: float = 0.0,
    distance: int = 1,
    prominence: float = 0.0,
) -> Peaks: ...

def parabola_top(x: ArrayLike, index: int) -> tuple[float, float]:
    """Gives (position, height)."""

def gaussian_top(x: ArrayLike, index: int) -> tuple[float, float]:
    """Gives (position, height)."""

# acq: EdgeRule
def find_edges(
    x: ArrayLike, level: float, hysteresis: float = 0.0, slope: str = "either"
) -> tuple[_Reals, NDArray[np.bool_]]:
    """Gives (positions in samples, whether rising). `slope`: rising, falling or either."""

# acq: PatternDetector
def find_pattern(planes: ArrayLike, channels: Sequence[int], bits: Sequence[str]) -> _Indices:
    """`planes`: (channels, samples); `bits`: low, high, rises, falls or changes, one for each of
    `channels`. Gives the samples at which the pattern is met."""

# acq: LevelRule
def level_trigger(x: ArrayLike, level: float, is_below: bool = False) -> _Hits:
    """Gives (positions in samples, whether rising), as the other triggers do."""

# acq: WindowRule
def window_trigger(
    x: ArrayLike, low: float, high: float, hysteresis: float = 0.0, on_entry: bool = False
) -> _Hits: ...

# acq: PulseWidthRule
def pulse_trigger(
    x: ArrayLike,
    level: float,
    hysteresis: float = 0.0,
    is_negative: bool = False,
    shortest: float = 0.0,
    longest: float | None = None,
) -> _Hits: ...

# acq: RuntRule
def runt_trigger(x: ArrayLike, low: float, high: float, is_negative: bool = False) -> _Hits: ...

# acq: SlopeRule
def slope_trigger(
    x: ArrayLike,
    low: float,
    high: float,
    is_falling: bool = False,
    shortest: float = 0.0,
    longest: float | None = None,
) -> _Hits: ...

@final
class Timing:
    @property
    def edges(self) -> int: ...
    @property
    def periods(self) -> int: ...
    @property
    def period_samples(self) -> int: ...
    @property
    def high_samples(self) -> int: ...
    @property
    def shortest_high(self) -> int | None: ...
    @property
    def longest_high(self) -> int | None: ...
    @property
    def shortest_low(self) -> int | None: ...
    @property
    def longest_low(self) -> int | None: ...

# acq: LineTiming
def line_timing(x: ArrayLike) -> Timing: ...
def crossing_behind(y: ArrayLike, start: int, level: float) -> float | None: ...
def crossing_before(y: ArrayLike, start: int, level: float) -> float | None: ...

def crossings_of(
    y: ArrayLike, level: float, slope: str = "either"
) -> tuple[int, float | None, float | None]:
    """Gives (count, first, last)."""

def value_at(y: ArrayLike, x: float, dx: float = 1.0, x0: float = 0.0) -> float | None: ...

@final
class PeakWidth:
    @property
    def invalid_because(self) -> str: ...
    @property
    def left(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def height(self) -> float: ...

def width_of(
    y: ArrayLike,
    dx: float = 1.0,
    x0: float = 0.0,
    fraction: float = 0.5,
    level: float | None = None,
    base: float | None = None,
) -> PeakWidth: ...
def datalab_width_of(
    y: ArrayLike,
    dx: float = 1.0,
    x0: float = 0.0,
    fraction: float = 0.5,
    level: float | None = None,
    base: float | None = None,
) -> PeakWidth: ...
def start_level(y: ArrayLike) -> float: ...
def end_level(y: ArrayLike) -> float: ...

@final
class StateLevels:
    @property
    def invalid_because(self) -> str: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def low_sigma(self) -> float: ...
    @property
    def high_sigma(self) -> float: ...

def state_levels(y: ArrayLike, rule: str = "mean") -> StateLevels:
    """`rule`: mode or mean."""

@final
class Transition:
    @property
    def is_rising(self) -> bool: ...
    @property
    def low(self) -> float: ...
    @property
    def middle(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def done(self) -> int: ...
    @property
    def duration(self) -> float: ...

@final
class PulseParameters:
    @property
    def invalid_because(self) -> str: ...
    @property
    def levels(self) -> StateLevels: ...
    @property
    def first(self) -> Transition: ...
    @property
    def no_pulse_because(self) -> str: ...
    @property
    def second(self) -> Transition: ...
    @property
    def foot(self) -> float: ...
    @property
    def overshoot(self) -> float: ...
    @property
    def preshoot(self) -> float: ...
    @property
    def transitions(self) -> int: ...
    @property
    def amplitude(self) -> float: ...
    @property
    def base(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def width(self) -> float: ...

def pulse_of(
    y: ArrayLike,
    dx: float = 1.0,
    x0: float = 0.0,
    rule: str = "mean",
    low_fraction: float = 0.1,
    high_fraction: float = 0.9,
) -> PulseParameters: ...

@final
class Counted:
    @property
    def invalid_because(self) -> str: ...
    @property
    def edges(self) -> int: ...
    @property
    def period(self) -> float: ...
    @property
    def period_sigma(self) -> float: ...
    @property
    def first_edge(self) -> float: ...
    @property
    def first_edge_sigma(self) -> float: ...
    @property
    def duty(self) -> float: ...

def count_edges(
    y: ArrayLike,
    dx: float = 1.0,
    x0: float = 0.0,
    level: float | None = None,
    hysteresis: float = 0.0,
) -> Counted: ...

# Fits.

@final
class Fit:
    @property
    def invalid_because(self) -> str: ...
    @property
    def iterations(self) -> int: ...
    @property
    def residual_rms(self) -> float: ...
    @property
    def p(self) -> _Reals: ...
    @property
    def sigma(self) -> _Reals: ...
    @property
    def covariance(self) -> _Reals: ...

def fit_named_curve(
    y: ArrayLike,
    kind: str,
    dx: float = 1.0,
    x0: float = 0.0,
    iterations: int = 100,
    tolerance: float = 1e-7,
) -> Fit:
    """`kind`: gaussian, lorentzian, voigt, exponential or sigmoid."""

def fit_peaks(
    y: ArrayLike,
    kind: str,
    peaks: int,
    dx: float = 1.0,
    x0: float = 0.0,
    iterations: int = 100,
    tolerance: float = 1e-7,
) -> Fit:
    """`kind`: gaussian or lorentzian."""

def fit_polynomial(y: ArrayLike, deg: int, dx: float = 1.0, x0: float = 0.0) -> Fit: ...
def fitted_width(fit: Fit, kind: str, fraction: float = 0.5) -> tuple[float, float]:
    """Gives (width, its sigma). `kind`: gaussian, lorentzian or voigt."""

def voigt(distance: ArrayLike, sigma: float, gamma: float) -> _Reals: ...
def faddeeva(z: ArrayLike) -> _Complexes: ...
def peak_start(y: ArrayLike, kind: str, dx: float = 1.0, x0: float = 0.0) -> _Reals: ...
def tallest_start(
    y: ArrayLike, base: float, kind: str, dx: float = 1.0, x0: float = 0.0
) -> _Reals: ...
def base_of(y: ArrayLike) -> float: ...
def exponential_start(y: ArrayLike, dx: float = 1.0, x0: float = 0.0) -> _Reals: ...
def sigmoid_start(y: ArrayLike, dx: float = 1.0, x0: float = 0.0) -> _Reals: ...

@final
class SineFit:
    @property
    def invalid_because(self) -> str: ...
    @property
    def frequency(self) -> float: ...
    @property
    def amplitude(self) -> float: ...
    @property
    def phase_deg(self) -> float: ...
    @property
    def offset(self) -> float: ...
    @property
    def frequency_sigma(self) -> float: ...
    @property
    def amplitude_sigma(self) -> float: ...
    @property
    def phase_sigma_deg(self) -> float: ...
    @property
    def offset_sigma(self) -> float: ...
    @property
    def residual_rms(self) -> float: ...
    @property
    def iterations(self) -> int: ...

def fit_sine3(y: ArrayLike, frequency: float, dx: float = 1.0, x0: float = 0.0) -> SineFit: ...

def fit_sine4(
    y: ArrayLike,
    frequency: float | None = None,
    dx: float = 1.0,
    x0: float = 0.0,
    iterations: int = 100,
    tolerance: float = 1e-7,
) -> SineFit:
    """Without `frequency` it starts from sine_start()."""

# acq: SineStart
def sine_start(y: ArrayLike, dx: float = 1.0) -> float: ...

@final
class DynamicParameters:
    @property
    def invalid_because(self) -> str: ...
    @property
    def sine(self) -> SineFit: ...
    @property
    def sinad_db(self) -> float: ...
    @property
    def enob_bits(self) -> float: ...
    @property
    def snr_db(self) -> float: ...
    @property
    def thd_db(self) -> float: ...
    @property
    def thd_n_db(self) -> float: ...
    @property
    def sfdr_db(self) -> float: ...
    @property
    def noise_floor_db(self) -> float: ...
    @property
    def no_snr_because(self) -> str: ...
    @property
    def no_thd_because(self) -> str: ...
    @property
    def no_sfdr_because(self) -> str: ...

# acq: DynamicAnalyzer
def dynamic_parameters(
    y: ArrayLike,
    dx: float = 1.0,
    full_scale: float = 1.0,
    harmonics: int = 9,
    definition: str = "ieee1241",
) -> DynamicParameters:
    """`definition`: ieee1241 or datalab."""

# Stability.

def allan_deviation(x: ArrayLike, m: int, tau0: float = 1.0) -> float: ...
def overlapping_allan_deviation(x: ArrayLike, m: int, tau0: float = 1.0) -> float: ...
def modified_allan_deviation(x: ArrayLike, m: int, tau0: float = 1.0) -> float: ...
def hadamard_deviation(x: ArrayLike, m: int, tau0: float = 1.0) -> float: ...
def time_deviation(x: ArrayLike, m: int, tau0: float = 1.0) -> float: ...
def total_deviation(x: ArrayLike, m: int, tau0: float = 1.0) -> float: ...
def max_time_interval_error(x: ArrayLike, m: int) -> float: ...
def phase_of(y: ArrayLike, tau0: float = 1.0, keeps_mean: bool = False) -> _Reals: ...
def overlapping_edf(noise: str, phases: int, m: int) -> float:
    """`noise`: white_pm, flicker_pm, white_fm, flicker_fm or random_walk_fm."""

# acq: RunningAllan
def running_allan(
    y: ArrayLike, octaves: int, tau0: float = 1.0, what: str = "overlapping"
) -> _Reals:
    """Of fractional frequencies `y`: the deviation at each octave. `what`: overlapping, modified, hadamard
    or time. Computed from float32 samples."""
