#include "recording/sample_planes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

#include "dsp/base/result.h"

namespace acq::journal {
namespace {

// Numbers at a time: the loops over a tile are plain enough for the compiler to make vectors of them.
constexpr std::size_t kTile = 1024;

template <typename U>
U load(const std::byte* from, std::size_t number) noexcept {
  U value;
  std::memcpy(&value, from + number * sizeof(U), sizeof(U));
  return value;
}

template <typename U>
void store(std::byte* to, std::size_t number, U value) noexcept {
  std::memcpy(to + number * sizeof(U), &value, sizeof(U));
}

template <typename U>
U fold(U difference) noexcept {
  const U sign = static_cast<U>(U{0} - (difference >> (std::numeric_limits<U>::digits - 1)));
  return static_cast<U>(static_cast<U>(difference << 1) ^ sign);
}

template <typename U>
U unfold(U folded) noexcept {
  const U sign = static_cast<U>(U{0} - (folded & U{1}));
  return static_cast<U>((folded >> 1) ^ sign);
}

template <typename U>
void arrange_numbers(const std::byte* in, std::size_t count, std::size_t step,
                     std::byte* out) noexcept {
  std::array<U, kTile> folded;
  for (std::size_t first = 0; first < count; first += kTile) {
    const std::size_t tile = std::min(kTile, count - first);
    const std::size_t lead = step > first ? std::min(step - first, tile) : 0;
    for (std::size_t i = 0; i < lead; ++i) folded[i] = fold(load<U>(in, first + i));
    for (std::size_t i = lead; i < tile; ++i) {
      const U before = load<U>(in, first + i - step);
      folded[i] = fold(static_cast<U>(load<U>(in, first + i) - before));
    }
    for (std::size_t byte = 0; byte < sizeof(U); ++byte) {
      std::byte* plane = out + byte * count + first;
      for (std::size_t i = 0; i < tile; ++i)
        plane[i] = static_cast<std::byte>(folded[i] >> (8 * byte));
    }
  }
}

template <typename U>
void restore_numbers(const std::byte* in, std::size_t count, std::size_t step,
                     std::byte* out) noexcept {
  std::array<U, kTile> differences;
  U running = 0;
  for (std::size_t first = 0; first < count; first += kTile) {
    const std::size_t tile = std::min(kTile, count - first);
    std::fill_n(differences.begin(), tile, U{0});
    for (std::size_t byte = 0; byte < sizeof(U); ++byte) {
      const std::byte* plane = in + byte * count + first;
      for (std::size_t i = 0; i < tile; ++i) {
        const auto part = static_cast<U>(plane[i]);
        differences[i] = static_cast<U>(differences[i] | static_cast<U>(part << (8 * byte)));
      }
    }
    for (std::size_t i = 0; i < tile; ++i) differences[i] = unfold(differences[i]);
    if (step == 1) {  // in a register: through memory each number would wait for the one before
      for (std::size_t i = 0; i < tile; ++i) {
        running = static_cast<U>(running + differences[i]);
        store(out, first + i, running);
      }
      continue;
    }
    const std::size_t lead = step > first ? std::min(step - first, tile) : 0;
    for (std::size_t i = 0; i < lead; ++i) store(out, first + i, differences[i]);
    for (std::size_t i = lead; i < tile; ++i) {
      const U before = load<U>(out, first + i - step);
      store(out, first + i, static_cast<U>(differences[i] + before));
    }
  }
}

template <typename Run>
void for_numbers_of(std::size_t bytes, Run run) noexcept {
  switch (bytes) {
    case 1: return run(std::uint8_t{});
    case 2: return run(std::uint16_t{});
    case 4: return run(std::uint32_t{});
    case 8: return run(std::uint64_t{});
    default: ACQ_CHECK(false);
  }
}

}  // namespace

SampleShape shape_of(const StreamInfo& info) noexcept {
  const std::size_t parts = info.dtype == Dtype::kC64 ? 2 : 1;
  const std::size_t channels = info.layout == Layout::kInterleaved ? info.channels.size() : 1;
  return {size_of(info.dtype) / parts, channels * parts};
}

Arrangement arrangement_for(const StreamInfo& info, bool is_compressed) noexcept {
  const bool is_worth_it = is_compressed && info.layout != Layout::kPacked;
  return is_worth_it ? Arrangement::kDifferencePlanes : Arrangement::kAsMade;
}

void put_samples(Arrangement arrangement, const StreamInfo& info,
                 std::span<const std::byte> samples, std::span<std::byte> out) noexcept {
  if (samples.empty()) return;
  if (arrangement == Arrangement::kDifferencePlanes)
    arrange(samples, shape_of(info), out);
  else
    std::memcpy(out.data(), samples.data(), samples.size());
}

void arrange(std::span<const std::byte> samples, SampleShape shape,
             std::span<std::byte> out) noexcept {
  ACQ_CHECK(samples.size() == out.size() && shape.step > 0);
  for_numbers_of(shape.number_bytes, [&](auto number) {
    arrange_numbers<decltype(number)>(samples.data(), samples.size() / sizeof number, shape.step,
                                      out.data());
  });
}

void restore(std::span<const std::byte> arranged, SampleShape shape,
             std::span<std::byte> out) noexcept {
  ACQ_CHECK(arranged.size() == out.size() && shape.step > 0);
  for_numbers_of(shape.number_bytes, [&](auto number) {
    restore_numbers<decltype(number)>(arranged.data(), arranged.size() / sizeof number, shape.step,
                                      out.data());
  });
}

}  // namespace acq::journal
