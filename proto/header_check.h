// What the fields of a frame header must say together, and the words for what is wrong with one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "dsp/base/result.h"
#include "proto/codec.h"

namespace acq {

Result<void> check_header(const FrameHeader& header, std::size_t payload_bytes);

// `sentence` goes on behind the field's name.
[[gnu::cold]] Error invalid(const std::string& field, const std::string& sentence,
                            std::string allowed);
[[gnu::cold]] Error other_version(std::uint32_t version);

}  // namespace acq
