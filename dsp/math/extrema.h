// Where an array turns, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <cstddef>
#include <cstdint>

namespace acq {

// Writes the index of every maximum of x[0 .. count) in order: a value, or several equal ones side by
// side, above both neighbours; for several the first and the last index are told, else twice the
// same. Borders are no maxima. Only maxima of at least `height` are told. Returns how many; `first`
// and `last` have room for count / 2 + 16 indices each. The values must not be NaN.
std::size_t find_maxima(const float* x, std::size_t count, float height, std::uint32_t* first,
                        std::uint32_t* last) noexcept;

// Writes in order the index of every inner value that is below the one before and not above the one
// behind: at least every minimum (the first index of several equal values). Room and values as above.
std::size_t find_minima(const float* x, std::size_t count, std::uint32_t* index) noexcept;

}  // namespace acq
