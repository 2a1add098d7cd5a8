#include "recording/export/npy_header.h"

#include "dsp/base/result.h"

namespace acq::exports {

std::string npy_header(std::string_view descr, std::span<const std::uint64_t> shape) {
  std::string sizes;
  for (const std::uint64_t size : shape) sizes += std::to_string(size) + ", ";
  std::string text =
      "{'descr': " + std::string(descr) + ", 'fortran_order': False, 'shape': (" + sizes + "), }";
  constexpr std::size_t kFixed = 10;  // magic, version and length
  ACQ_CHECK(text.size() + kFixed < kNpyHeaderBytes);
  text.resize(kNpyHeaderBytes - kFixed - 1, ' ');
  text += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(text.size() & 0xFF) +
         static_cast<char>(text.size() >> 8) + text;
}

std::string_view npy_type(Element element) noexcept {
  switch (element) {
    case Element::kU8: return "'|u1'";
    case Element::kF32: return "'<f4'";
    case Element::kF64: break;
  }
  return "'<f8'";
}

}  // namespace acq::exports
