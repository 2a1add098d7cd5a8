#include "recording/export/samples.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace acq::exports {
namespace {

constexpr std::uint8_t kLostBit = 255;

// Where channel `channel` begins and how far its values are apart, in values.
struct Place {
  std::size_t start;
  std::size_t step;
};
Place place_of(const Numbers& numbers, std::size_t channels, std::size_t channel) noexcept {
  if (numbers.layout == Layout::kPlanar) return {channel * numbers.count, 1};
  return {channel, channels};
}

template <typename T>
T value_at(std::span<const std::byte> bytes, std::size_t index) noexcept {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void scale(const Numbers& numbers, Place place, const Channel& channel, std::size_t first,
           std::vector<double>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const T raw = value_at<T>(numbers.bytes, place.start + (first + i) * place.step);
    out[i] = static_cast<double>(raw) * channel.scale + channel.offset;
  }
}

template <typename T>
void unpack(const Numbers& numbers, std::size_t bit, std::size_t first, std::vector<double>& out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<double>(value_at<T>(numbers.bytes, first + i) >> bit & 1U);
}

template <typename T, typename Convert>
void put(std::span<const std::vector<double>> columns, std::size_t rows, bool by_row,
         std::vector<std::byte>& out, Convert convert) {
  out.resize(columns.size() * rows * sizeof(T));
  const std::size_t row_step = by_row ? columns.size() : 1;
  const std::size_t column_step = by_row ? 1 : rows;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t i = 0; i < rows; ++i) {
      const T value = convert(columns[c][i]);
      std::memcpy(out.data() + (i * row_step + c * column_step) * sizeof(T), &value, sizeof(T));
    }
  }
}

void put_as(std::span<const std::vector<double>> columns, std::size_t rows, Element element,
            bool by_row, std::vector<std::byte>& out) {
  switch (element) {
    case Element::kU8:
      return put<std::uint8_t>(columns, rows, by_row, out, [](double value) {
        return std::isnan(value) ? kLostBit : static_cast<std::uint8_t>(value);
      });
    case Element::kF32:
      return put<float>(columns, rows, by_row, out,
                        [](double value) { return static_cast<float>(value); });
    case Element::kF64:
      return put<double>(columns, rows, by_row, out, [](double value) { return value; });
  }
}

}  // namespace

void to_columns(const Numbers& numbers, std::span<const Channel> channels, std::size_t first,
                std::size_t rows, std::vector<std::vector<double>>& columns) {
  columns.resize(channels.size());
  for (std::size_t c = 0; c < channels.size(); ++c) {
    columns[c].resize(rows);
    if (numbers.layout == Layout::kPacked) {
      if (numbers.dtype == Dtype::kU16) {
        unpack<std::uint16_t>(numbers, c, first, columns[c]);
      } else {
        unpack<std::uint8_t>(numbers, c, first, columns[c]);
      }
      continue;
    }
    const Place place = place_of(numbers, channels.size(), c);
    switch (numbers.dtype) {
      case Dtype::kI8: scale<std::int8_t>(numbers, place, channels[c], first, columns[c]); break;
      case Dtype::kU8: scale<std::uint8_t>(numbers, place, channels[c], first, columns[c]); break;
      case Dtype::kI16: scale<std::int16_t>(numbers, place, channels[c], first, columns[c]); break;
      case Dtype::kU16: scale<std::uint16_t>(numbers, place, channels[c], first, columns[c]); break;
      case Dtype::kI32: scale<std::int32_t>(numbers, place, channels[c], first, columns[c]); break;
      case Dtype::kF32: scale<float>(numbers, place, channels[c], first, columns[c]); break;
      case Dtype::kF64: scale<double>(numbers, place, channels[c], first, columns[c]); break;
      case Dtype::kC64:
      case Dtype::kUnspecified: ACQ_CHECK(false && "a dtype that is refused before");
    }
  }
}

std::span<const std::byte> to_scans(const Numbers& numbers, std::size_t channels, std::size_t first,
                                    std::size_t rows, std::vector<std::byte>& room) {
  const std::size_t size = acq::size_of(numbers.dtype);
  const std::size_t scan = scan_bytes(numbers.dtype, numbers.layout, channels);
  if (numbers.layout != Layout::kPlanar) return numbers.bytes.subspan(first * scan, rows * scan);
  room.resize(rows * scan);
  for (std::size_t c = 0; c < channels; ++c) {
    const std::byte* from = numbers.bytes.data() + (c * numbers.count + first) * size;
    for (std::size_t i = 0; i < rows; ++i)
      std::memcpy(room.data() + i * scan + c * size, from + i * size, size);
  }
  return room;
}

Element element_of(const Description& description) noexcept {
  if (description.kind == Kind::kLogic) return Element::kU8;
  if (description.kind == Kind::kScalars) return Element::kF64;
  const bool is_plain = description.dtype == Dtype::kF32 &&
                        std::all_of(description.channels.begin(), description.channels.end(),
                                    [](const Channel& c) { return c.scale == 1 && c.offset == 0; });
  return is_plain ? Element::kF32 : Element::kF64;
}

std::size_t size_of(Element element) noexcept {
  switch (element) {
    case Element::kU8: return 1;
    case Element::kF32: return 4;
    case Element::kF64: break;
  }
  return 8;
}

void to_rows(std::span<const std::vector<double>> columns, std::size_t rows, Element element,
             std::vector<std::byte>& out) {
  put_as(columns, rows, element, true, out);
}

void to_planes(std::span<const std::vector<double>> columns, std::size_t rows, Element element,
               std::vector<std::byte>& out) {
  put_as(columns, rows, element, false, out);
}

}  // namespace acq::exports
