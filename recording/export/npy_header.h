// The head of an NPY file (NumPy Enhancement Proposal 1, format version 1.0).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "recording/export/samples.h"

namespace acq::exports {

// Of one size for any shape, so that it can be replaced once the shape is known.
inline constexpr std::size_t kNpyHeaderBytes = 512;

// `descr` as Python writes it: "'<f8'", or a list of fields.
std::string npy_header(std::string_view descr, std::span<const std::uint64_t> shape);
// The same of one element.
std::string_view npy_type(Element element) noexcept;

}  // namespace acq::exports
