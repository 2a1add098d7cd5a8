// Loops over records in float64, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <cstddef>
#include <limits>
#include <span>

namespace acq {

// Of the values that are numbers; min above max when there is none.
struct Range {
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
};
Range range_of(std::span<const double> y) noexcept;

// Sums in sixteen parts or more, which do not wait for one another.
double sum_of(std::span<const double> x) noexcept;
double sum_of_squares_of(std::span<const double> x) noexcept;

// y[i] = x[i] - offset; they may be the same.
void subtract(std::span<const double> x, double offset, double* y) noexcept;
// y[i] = (x[i] - offset) / divisor; they may be the same.
void offset_and_divide(std::span<const double> x, double offset, double divisor,
                       double* y) noexcept;

// The sum of (x[i] - 2 x[i + m] + x[i + 2 m])^2 over all i, and that of (x[i] - 3 x[i + m] + 3 x[i + 2 m] -
// x[i + 3 m])^2: what Allan's and Hadamard's deviations are made of.
double second_differences_squared(std::span<const double> x, std::size_t m) noexcept;
double third_differences_squared(std::span<const double> x, std::size_t m) noexcept;

// How many values lie on either side of a level, and how many are above it when the one before is not, or
// the other way round.
struct Sides {
  std::size_t above = 0;
  std::size_t below = 0;
  std::size_t rising = 0;
  std::size_t falling = 0;
};
Sides sides_of(std::span<const double> y, double level) noexcept;

// y[i] becomes the larger, or the smaller, of y[i] and y[i + lag], for i < count.
void keep_larger(double* y, std::size_t lag, std::size_t count) noexcept;
void keep_smaller(double* y, std::size_t lag, std::size_t count) noexcept;

// Mean and variance of the values about each one: of `length` from x[i] on, for i up to
// x.size() - length. `mean` and `variance` overlap neither `x` nor each other.
void local_moments(std::span<const double> x, std::size_t length, double* mean,
                   double* variance) noexcept;

// y[i] = (x[i + 1] - x[i - 1]) / divisor for all i between the ends. `y` does not overlap `x`.
void central_differences(std::span<const double> x, double divisor, double* y) noexcept;

// The polynomial that is values[k] at at[k], k < count, at each x: the quotient of the sums of
// weights[k] values[k] / (x - at[k]) and of weights[k] / (x - at[k]). On one of the places it is no number.
void barycentric(std::span<const double> at, std::span<const double> weights,
                 std::span<const double> values, std::size_t count, std::span<const double> x,
                 double* y) noexcept;

}  // namespace acq
