"""Every function of acqd.dsp beside NumPy and SciPy, and what holds for all of them."""

import inspect
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import scipy.signal as signal

import acqd.dsp as dsp
import cases
import cases_features  # noqa: F401
import cases_filters
import cases_samples  # noqa: F401
import cases_spectra  # noqa: F401

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "validation"))
import declare  # noqa: E402
import vector_files  # noqa: E402

HERE = Path(__file__).resolve()
HEADERS = HERE.parents[3] / "dsp" / "math"
VECTORS = HERE.parents[3] / "tests" / "validation" / "vectors"
STUB = HERE.parents[1] / "src" / "acqd" / "dsp" / "__init__.pyi"
FUNCTIONS = {name: getattr(dsp, name) for name in dsp.__all__ if not inspect.isclass(getattr(dsp, name))}
ELSEWHERE = {  # compared by a test of its own below
    "design_equiripple", "design_iir", "design_butterworth", "iir_prototype", "fitted_width", "default_plan_effort", "fft_version",
    "learnt_wisdom", "import_wisdom", "export_wisdom",
}


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_it_gives_what_its_peer_gives(case: cases.Case) -> None:
    cases.compare(FUNCTIONS[case.name](**case.arguments), case)


def test_every_function_is_compared_with_every_argument() -> None:
    compared: dict[str, set[str]] = {}
    for case in cases.CASES:
        compared.setdefault(case.name, set()).update(case.arguments)
    assert set(compared) | ELSEWHERE == set(FUNCTIONS)
    for name, arguments in compared.items():
        assert arguments == set(inspect.signature(FUNCTIONS[name]).parameters), name


def test_docstrings_are_the_declarations_comments() -> None:
    comments = declare.all_names(HEADERS)
    for name, (_, wraps) in declare.functions(STUB.read_text()).items():
        text = FUNCTIONS[name].__doc__
        assert text is not None and text.startswith(comments[wraps[0]][1]), name


def test_equiripple_filters_are_no_worse_than_those_of_scipy() -> None:
    bands, desired, weight = [0, 100, 160, 500], [1, 0], [1, 10]
    taps = dsp.design_equiripple(numtaps=41, bands=bands, desired=desired, weight=weight, fs=1000.0)

    def ripple(h):
        gain = [abs(signal.freqz(h, worN=np.linspace(*band, 4000), fs=1000)[1]) for band in (bands[:2], bands[2:])]
        return max(abs(gain[0] - 1).max(), 10 * gain[1].max())

    # Both search on 16 points for each tap, which are not the same points.
    expected = ripple(signal.remez(41, bands, desired, weight=weight, fs=1000))
    assert 0.98 * expected < ripple(taps) < 1.02 * expected


@pytest.mark.parametrize(("ftype", "btype"), cases_filters.IIRS)
def test_recursive_designs_are_those_of_scipy(ftype: str, btype: str) -> None:
    theirs, edges = cases_filters.BANDS[btype]
    expected = signal.iirfilter(
        4, edges, rp=0.5, rs=50, btype=theirs, ftype=cases_filters.FAMILIES[ftype], output="sos", fs=1000
    )
    sos = dsp.design_iir(N=4, Wn=edges, btype=btype, ftype=ftype, rp=0.5, rs=50.0, norm="phase", fs=1000.0)
    at = np.linspace(1, 499, 300)
    np.testing.assert_allclose(
        signal.sosfreqz(sos, at, fs=1000)[1], signal.sosfreqz(expected, at, fs=1000)[1], 1e-6, 1e-9
    )
    if ftype == "butterworth":
        np.testing.assert_array_equal(dsp.design_butterworth(N=4, Wn=edges, btype=btype, fs=1000.0), sos)


@pytest.mark.parametrize("ftype", cases_filters.FAMILIES)
def test_prototypes_are_those_of_scipy(ftype: str) -> None:
    make = {
        "butterworth": lambda: signal.buttap(5),
        "bessel": lambda: signal.besselap(5, "phase"),
        "chebyshev1": lambda: signal.cheb1ap(5, 0.5),
        "chebyshev2": lambda: signal.cheb2ap(5, 50),
        "elliptic": lambda: signal.ellipap(5, 0.5, 50),
    }[ftype]
    zeros, poles, _ = make()
    own_zeros, own_poles, gain = dsp.iir_prototype(N=5, ftype=ftype, rp=0.5, rs=50.0, norm="phase")
    order = lambda values: np.array(sorted(values, key=lambda v: (round(v.imag, 6), v.real)))  # noqa: E731
    np.testing.assert_allclose(order(own_poles), order(poles), 1e-7)
    np.testing.assert_allclose(sorted(own_zeros), sorted(z.imag for z in zeros if z.imag > 0), 1e-7)
    assert gain == pytest.approx(1)


@pytest.mark.parametrize("name", ["deconvolution", "sigima_deconvolution"])
def test_deconvolution_gives_the_vectors_of_its_peers(name: str) -> None:
    for case in vector_files.read_vectors(VECTORS / f"{name}.vec").cases:
        y = np.array(case.arrays["input"].rows()[0])
        signals = case.arrays["input"].shape[1] // 2
        h = np.array(case.arrays["input"].rows()[signals])
        x = dsp.deconvolve(
            y=y,
            h=h,
            strength=float(case.params.get("strength", 2)),
            is_centred=case.params.get("origin", "centre") == "centre",
            as_datalab=case.params.get("definition", "exact") == "datalab",
        )
        expected = np.array(case.arrays["output"].rows()[0])
        allowed = case.values["absolute"] + case.values["relative"] * abs(expected)
        assert (abs(x - expected) <= allowed).all(), case.name


def test_the_width_of_a_fitted_gaussian_is_its_full_width() -> None:
    fit = dsp.fit_named_curve(cases_features.NOISY, "gaussian", 0.01, 2.0)
    width, sigma = dsp.fitted_width(fit=fit, kind="gaussian", fraction=0.5)
    assert width == pytest.approx(2 * np.sqrt(2 * np.log(2)) * fit.p[2])
    assert sigma == pytest.approx(2 * np.sqrt(2 * np.log(2)) * fit.sigma[2])
    with pytest.raises(ValueError, match="fit is 4 parameters; allowed: a valid fit of voigt"):
        dsp.fitted_width(fit, "voigt")


def test_wisdom_is_kept_in_a_file(tmp_path: Path) -> None:
    assert dsp.default_plan_effort() in ("estimate", "measure")
    assert dsp.fft_version().startswith("fftw-3.3")
    dsp.rfft(np.ones(360))
    dsp.export_wisdom(path=str(tmp_path / "wisdom"))
    assert (tmp_path / "wisdom").read_text().strip() == dsp.learnt_wisdom().strip()
    dsp.import_wisdom(path=str(tmp_path / "wisdom"))
    with pytest.raises(OSError, match="nowhere"):
        dsp.import_wisdom(str(tmp_path / "nowhere"))


REFUSED = [
    (lambda: dsp.make_window("hat", 5), "'hat'.*allowed: boxcar"),
    (lambda: dsp.make_window("hann", -1), "Nx is -1; allowed: 1 to 16777216"),
    (lambda: dsp.design_fir(11, 700.0, fs=1000.0), "cutoff is 700; allowed: above 0, below 500"),
    (lambda: dsp.design_fir(11, np.nan), "cutoff is nan"),
    (lambda: dsp.design_iir(99, 0.1), "N is 99; allowed: 1 to 20"),
    (lambda: dsp.design_iir(4, 0.1, ftype="cauer"), "ftype is 'cauer'; allowed: butterworth, bessel"),
    (lambda: dsp.filter_sections(np.ones((2, 5)), [1.0]), r"sos is an array of \(2, 5\) values; allowed"),
    (lambda: dsp.filter_sections([[1, 0, 0, 2, 0, 0]], [1.0]), r"sos\[:, 3\] is 2; allowed: 1"),
    (lambda: dsp.convolve([1j], [1.0]), "x is an array of complex128; allowed: real numbers"),
    (lambda: dsp.convolve([[1.0]], [1.0]), "x is an array of 2 dimensions; allowed: 1"),
    (lambda: dsp.convolve(["a"], [1.0]), "x is an array of <U1; allowed: real numbers"),
    (lambda: dsp.savitzky_golay([1.0] * 9, 4, 2), "length is 4 .*allowed: an odd number"),
    (lambda: dsp.savitzky_golay([1.0] * 4, 5, 2), r"len\(x\) is 4; allowed: 5 or more"),
    (lambda: dsp.median_filter([1.0], 4), "size is 4; allowed: odd numbers"),
    (lambda: dsp.median_filter([1.0], 3, "fold"), "mode is 'fold'; allowed: reflect, constant"),
    (lambda: dsp.border_value([], "nearest", 0), r"len\(x\) is 0; allowed: 1 or more"),
    (lambda: dsp.derivative([1.0, 2.0], [1.0, 1.0]), "x is not rising everywhere"),
    (lambda: dsp.derivative([1.0, 2.0], dx=0.0), "dx is 0; allowed: finite numbers above 0"),
    (lambda: dsp.complex_part([1.0], [1.0, 2.0], "real"), "im is an array of 2 values; allowed: 1"),
    (lambda: dsp.welch([1.0] * 8, nperseg=9), r"len\(x\) is 8; allowed: 9 or more"),
    (lambda: dsp.welch([1.0] * 8, nperseg=4, noverlap=4), "noverlap is 4; allowed: 0 to 3"),
    (lambda: dsp.rfft([]), "0 is not a size .*allowed: 1 to"),
    (lambda: dsp.irfft(np.ones(5, complex), 12), "n is 12; allowed: 8, one more"),
    (lambda: dsp.find_peaks([1.0, np.nan, 0.0]), "x is not finite in places"),
    (lambda: dsp.find_peaks([1.0], distance=0), "distance is 0; allowed: 1 or more"),
    (lambda: dsp.fit_peaks([1.0] * 9, "gaussian", 9), "peaks is 9; allowed: 1 to 8"),
    (lambda: dsp.allan_deviation([1.0] * 9, 0), "m is 0; allowed: 1 or more|m is 0; allowed: 1 to"),
    (lambda: dsp.faddeeva([1 - 1j]), "z is below the real axis in places; allowed: Im z >= 0"),
    (lambda: dsp.to_planes(np.ones((2, 2), "i8"), [1, 1], [0, 0]), "raw is 'int64'; allowed: int8"),
    (lambda: dsp.find_pattern(np.ones((2, 9)), [0, 0], ["low", "high"]), "channels is 0 twice"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_bad_arguments_are_named_with_value_and_range(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_short_or_constant_record_is_an_invalid_result_with_a_reason() -> None:
    for result in (dsp.pulse_of([1.0] * 50), dsp.width_of([1.0] * 50), dsp.fit_sine4([1.0] * 50),
                   dsp.count_edges([1.0] * 50), dsp.fit_named_curve([1.0] * 50, "voigt"),
                   dsp.dynamic_parameters([1.0] * 50)):
        assert result.invalid_because != ""


def test_an_array_of_the_right_type_is_read_where_it_lies() -> None:
    x = np.ones(1 << 20)
    f = x.astype("f4")
    dsp.goertzel(x, 0.1), dsp.moments_of(f)
    tracemalloc.start()
    dsp.goertzel(x, 0.1), dsp.moments_of(f), dsp.start_level(x)
    whole = tracemalloc.get_traced_memory()[1]
    dsp.moments_of(x)
    converted = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert whole < 1 << 16
    assert converted > 4 << 20


def test_strided_and_swapped_arrays_are_copied_right() -> None:
    x = np.arange(20.0)
    np.testing.assert_array_equal(dsp.clip(x[::2], 3, 12), np.clip(x[::2], 3, 12))
    np.testing.assert_array_equal(dsp.clip(x[::-1].astype(">f8"), 3, 12), np.clip(x[::-1], 3, 12))
    np.testing.assert_array_equal(dsp.clip([1, 2, 3], 2, 2), [2, 2, 2])


def test_arguments_are_left_as_they_are() -> None:
    for case in cases.CASES:
        before = {name: np.array(value, copy=True) for name, value in case.arguments.items()
                  if isinstance(value, np.ndarray)}
        for value in case.arguments.values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
        FUNCTIONS[case.name](**case.arguments)
        for name, value in before.items():
            np.testing.assert_array_equal(case.arguments[name], value, case.name)


def test_other_threads_run_while_a_function_computes() -> None:
    x = np.random.default_rng(1).normal(size=1 << 18)
    ticks, done = 0, threading.Event()

    def count() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0)

    other = threading.Thread(target=count)
    other.start()
    before = ticks
    dsp.median_filter(x, 1001)  # one call, long enough for another thread's turn
    made = ticks - before
    done.set()
    other.join()
    assert made > 10
