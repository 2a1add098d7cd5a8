// Finds peaks as scipy.signal.find_peaks defines them, in memory allocated beforehand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "dsp/math/low_finder.h"

namespace acq {

// What a peak must have; the defaults let every local maximum pass.
struct PeakRules {
  double height = -std::numeric_limits<double>::infinity();  // at least, in the unit of the values
  double threshold = 0;      // at least, above both neighbours; 0 passes flat tops
  std::size_t distance = 1;  // at least, in samples, to any higher peak that is kept
  double prominence = 0;     // at least, above the higher of the two saddles or borders beside it
  double width = 0;          // at least, in samples, at `depth` below the top
  double depth = 0.5;        // a part of the prominence, 0 to 1
  bool tells_shape = false;  // prominence and width of all peaks, whether a rule asks or not
};

struct Peak {
  std::uint32_t index = 0;  // of the top; the middle of a flat one, rounded down
  std::uint32_t left = 0;   // edges of the flat top: left == right for most
  std::uint32_t right = 0;
  float height = 0;
  double prominence = 0;  // 0 when nobody asks for it
  double left_at = 0;     // the ends of its width, in samples; 0 likewise
  double right_at = 0;
};

// Where a parabola through a peak and its neighbours has its top.
struct PeakTop {
  double position = 0;  // samples, with fraction
  double height = 0;
};

// Rules are applied in SciPy's order: height, threshold, distance, prominence, width. Of two equal peaks too
// close together the later one is kept. Time and memory are proportional to the number of values,
// whatever they are; for widths a logarithm more for each peak. The values must be finite.
//
// One thread; find() is real-time safe.
class PeakFinder {
 public:
  PeakFinder() = default;
  // For arrays of up to `capacity` values.
  explicit PeakFinder(std::size_t capacity);

  // The peaks in the order of their position; valid until the next call.
  std::span<const Peak> find(std::span<const float> x, const PeakRules& rules) noexcept;

 private:
  void find_tops(std::span<const float> x, const PeakRules& rules, bool needs_all) noexcept;
  void add_prominences(std::span<const float> x) noexcept;
  void add_widths(std::span<const float> x, double depth) noexcept;
  void drop_close(std::size_t distance) noexcept;
  void sort_by_height() noexcept;
  template <typename Keep>
  void keep_if(Keep keep) noexcept;

  // A maximum still higher than all behind it, and the lowest value between it and the next higher
  // one before it.
  struct Saddle {
    std::uint32_t peak = 0;
    float lowest = 0;
  };
  // A peak with its height as a number that sorts like it.
  struct Key {
    std::uint32_t height = 0;
    std::uint32_t peak = 0;
  };

  std::vector<std::uint32_t> first_;  // of each maximum
  std::vector<std::uint32_t> last_;
  std::vector<std::uint32_t> minima_;
  std::vector<Peak> peaks_;
  std::size_t count_ = 0;
  std::vector<Saddle> saddles_;  // a stack
  std::vector<float> lowest_right_;
  std::vector<std::uint32_t> equal_right_;  // the equal peak a saddle goes on behind; 0: none
  std::vector<Key> keys_;
  std::vector<Key> sorted_;
  std::vector<std::uint32_t> digits_;  // counts of one pass of the sort
  std::vector<std::uint8_t> dropped_;
  LowFinder lows_;
};

// The top of the parabola through values i - 1, i, i + 1; the middle of a flat top as it is.
PeakTop parabola_top(std::span<const float> x, const Peak& peak) noexcept;
// The same through the logarithms: exact for a Gaussian, better for spectra of windowed sines. As
// parabola_top() where a value is not positive.
PeakTop gaussian_top(std::span<const float> x, const Peak& peak) noexcept;

}  // namespace acq
