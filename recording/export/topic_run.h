// One stream or topic on its way from a journal into an exporter.
#pragma once

#include <cstdint>
#include <vector>

#include "recording/export/export.h"
#include "recording/export/samples.h"

namespace acq::exports {

// Turns packets and frames into pieces and gaps: counts rows, finds what is lost, fills where the
// format wants it, refuses what changes in a way that no array can hold.
class TopicRun {
 public:
  TopicRun(const Journal& journal, const Format& format, Exporter& exporter)
      : journal_(journal), format_(format), exporter_(exporter) {}

  Result<void> take(const JournalItem& item);
  // kNotFound when there was nothing.
  Result<TopicReport> end(const std::string& topic);

 private:
  Result<void> begin(const JournalItem& item, std::uint64_t lost_before);
  Result<void> check_same(const JournalItem& item);
  Result<void> take_samples(const JournalItem& item);
  Result<void> take_frame(const JournalItem& item);
  Result<void> take_event(const JournalItem& item);
  Result<void> add_gap(const Gap& gap);
  Result<void> fill(const Gap& gap);
  Result<void> append(const Numbers& numbers);
  [[nodiscard]] std::uint64_t row() const noexcept {
    return next_index_ - description_.first_index;
  }

  const Journal& journal_;
  const Format& format_;
  Exporter& exporter_;
  bool has_begun_ = false;
  Description description_;
  const void* described_by_ = nullptr;
  TopicReport report_;
  std::uint64_t next_index_ = 0;  // of samples
  std::uint64_t next_sequence_ = 0;
  std::uint32_t epoch_ = 0;
  std::vector<Event> early_;  // events in front of the first row
  std::vector<std::vector<double>> columns_;
  std::vector<std::byte> scans_;
  std::vector<double> x_;
};

}  // namespace acq::exports
