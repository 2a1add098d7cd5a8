"""Every function and class of dsp/math has a function in acqd.dsp, or a reason here why not."""
import importlib.util
from pathlib import Path

from checks import main

PACKAGE = Path(__file__).resolve().parents[2] / "clients" / "python_dsp"
STUB = Path("clients/python_dsp/src/acqd/dsp/__init__.pyi")
REASONS = {  # the words behind the name: what a user of whole arrays calls instead, or why there is nothing to call
    "PhaseUnwrapper": "unwrap() over pieces",
    "RunningStats": "moments_of() over pieces",
    "History": "memory of blocks, computes nothing",
    "FirInput": "memory of fir_filter(), computes nothing",
    "PairPower": "a step of welch()",
    "Convolver": "convolve() of arrays of one length, of which it keeps a part",
    "find_hits": "the loop of find_edges() and the triggers",
    "side_bits": "a step of find_hits()",
    "latch": "as side_bits",
    "AnySizeFft": "a step of fft(), rfft() and irfft()",
    "has_small_factors": "how fft() goes about it",
    "WindowSum": "the loop of moving_mean() and mean_filter()",
    "keep_larger": "the loop of max_time_interval_error()",
    "keep_smaller": "as keep_larger",
    "values_to_line": "where kernels begin with whole vectors",
    "sum_of": "numpy.sum",
    "sum_of_squares_of": "numpy.dot(x, x)",
    "subtract": "the loop of correct_offset()",
    "offset_and_divide": "the loop of normalize()",
    "second_differences_squared": "the loop of overlapping_allan_deviation()",
    "third_differences_squared": "the loop of hadamard_deviation()",
    "central_differences": "the loop of derivative()",
    "barycentric": "the loop of design_equiripple()",
    "local_moments": "the loop of wiener()",
    "phase_steps": "the loop of instantaneous_frequency()",
    "range_of": "numpy.fmin.reduce, numpy.fmax.reduce",
    "sides_of": "the loop of crossings_of()",
    "find_pieces": "a step of interpolate()",
    "place_in_bins": "the loop of histogram()",
    "LowFinder": "a step of find_peaks()",
    "TriggerRule": "what the triggers share; fires on nothing",
    "apply": "operations of blocks given as pointers to functions; scale_and_offset() is its loop",
    "fir_sum": "the loop of fir_filter(); reads behind its arrays",
    "fir_dots": "the loop of fir_decimate(); reads behind its arrays",
    "fir_inner": "the loop of filter_fir(), correlate_about() and savitzky_golay()",
    "multiply": "the loop of overlap_save() and convolve()",
    "interleave": "as multiply",
    "deinterleave": "as multiply",
    "PairedBlocks": "a step of overlap_save() and convolve()",
    "FftPair": "two steps of analytic_signal(), cepstrum() and others",
    "log_magnitudes": "the loop of cepstrum()",
    "LargeFft": "how fft() goes about many values",
    "HalvedFft": "how rfft() and irfft() go about it",
    "HugePages": "memory of LargeFft",
    "turn_tile": "a step of LargeFft",
    "join_halves": "a step of HalvedFft",
    "part_halves": "as join_halves",
    "ceil_ratio": "-(-index * up // down)",
    "fit_voigt_limit": "a step of fit_named_curve()",
    "sos_run": "the loop of sos_filter(); on state laid out for it",
    "widen": "numpy.astype",
    "narrow": "numpy.astype",
    "Curve": "a curve in C++; fit_named_curve(), fit_peaks() and fit_polynomial() have them",
    "LinearCurve": "as Curve",
    "ProductSums": "as Curve",
    "fit_curve": "takes a Curve; for curves in Python there is scipy.optimize.curve_fit",
    "plan_without_measuring": "a choice for the whole process, made by acqd --reproducible",
    "measured": "makes a block's result, computes nothing",
    "not_measured": "makes a block's result, computes nothing",
}

spec = importlib.util.spec_from_file_location("declare", PACKAGE / "declare.py")
declare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(declare)


def check(root, reasons=None):
    declared = {name for name, (kind, _) in declare.all_names(root / "dsp/math").items() if kind != "struct"}
    bound = {name for _, wraps in declare.functions((root / STUB).read_text()).values() for name in wraps}
    reasons = REASONS if reasons is None else reasons
    problems = [f"dsp/math declares {name}, which {STUB} does not have" for name in sorted(declared - bound - set(reasons))]
    problems += [f"{STUB} binds {name}, which dsp/math does not declare" for name in sorted(bound - declared)]
    return problems + [f"{Path(__file__).name} has a reason for {name}, which needs none"
                       for name in sorted(set(reasons) & bound | set(reasons) - declared)]


HEADER = """// Title.
namespace acq {

// Of x.
double one(double x) noexcept;
// Two.
template <typename T>
std::vector<T> two(std::span<const T> x,
                   std::size_t n);
struct Rules {
  double inner(int) const;
};
class Three {
 public:
  void run() noexcept;
};
class Forward;
inline double four(double x) {
  return five(x);
}
inline constexpr int kSix = seven(6);
}  // namespace acq
"""
main(lambda root: check(root, {"two": "x"} if (root / "self-test").exists() else None),
     {"dsp/math/a.h": HEADER, "self-test": "", str(STUB): "def one(x: float) -> float: ...\n\n# acq: gone\ndef g() -> None: ...\n"},
     ["declares Three", "declares four", "binds gone"])
