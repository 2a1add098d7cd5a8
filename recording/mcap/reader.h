// Opens an MCAP file by its summary, or by walking over it where there is none.
#pragma once

#include <string>

#include "recording/mcap/scan.h"

namespace acq::mcap {

// Several threads may read chunks, each with buffers of its own; refresh() by one alone.
class Reader {
 public:
  // kInvalid when it is no MCAP file. Damage is told in index().damages and does not fail.
  static Result<Reader> open(const std::string& path);

  [[nodiscard]] const Index& index() const noexcept { return index_; }
  [[nodiscard]] const InputFile& file() const noexcept { return file_; }

  // What has been added since to a file that is being written.
  Result<void> refresh();

  Result<Attachment> read_attachment(const AttachmentIndex& index) const;
  Result<MetadataRecord> read_metadata(const MetadataIndex& index) const;

 private:
  Reader(InputFile file, Index index) : file_(std::move(file)), index_(std::move(index)) {}
  InputFile file_;
  Index index_;
};

// The index in the summary of a finished file; kInvalid says why there is none to be used.
Result<Index> read_summary(const InputFile& file);

}  // namespace acq::mcap
