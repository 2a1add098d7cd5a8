// Commands to instruments (IEEE 488.2-1992, chapter 7): what may be sent.
#pragma once

#include <cstddef>
#include <string_view>

#include "dsp/base/result.h"

namespace acq::scpi {

inline constexpr std::size_t kLongestCommand_bytes = 65536;

struct Program {
  std::size_t units = 0;    // commands and queries, separated by semicolons
  std::size_t queries = 0;  // of these, how many the instrument answers
};

// Takes a message apart far enough to know that it is one message, and whether an answer will come:
// printable ASCII outside of blocks, strings and blocks closed, no empty header. kInvalid with the
// byte at fault, kOverflow above kLongestCommand_bytes.
//
// Which commands an instrument knows, and in which form, is between it and the profile.
Result<Program> check_program(std::string_view message);

}  // namespace acq::scpi
