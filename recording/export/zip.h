// A zip archive written in one go: entries of any size, with the 64-bit sizes of Zip64.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "recording/export/draft.h"

namespace acq::exports {

// Source: APPNOTE.TXT 6.3.10, PKWARE. One thread.
class ZipWriter {
 public:
  explicit ZipWriter(Draft& file) : file_(file) {}

  // An entry that is stored as it is: its first `head_bytes` are given when it ends.
  Result<void> begin(const std::string& name, std::size_t head_bytes);
  Result<void> append(std::span<const std::byte> bytes);
  Result<void> end(std::string_view head);
  // A whole entry, deflated where that makes it smaller.
  Result<void> add(const std::string& name, std::span<const std::byte> bytes);
  Result<void> add(const std::string& name, std::string_view text);
  // The directory, behind which nothing comes.
  Result<void> finish();

 private:
  struct Entry {
    std::string name;
    std::uint64_t offset = 0;
    std::uint64_t packed_bytes = 0;
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
    bool is_deflated = false;
  };
  static std::string entry_fields(const Entry& entry);
  static std::string local_header(const Entry& entry);

  Draft& file_;
  std::vector<Entry> entries_;
  std::size_t head_bytes_ = 0;
};

}  // namespace acq::exports
