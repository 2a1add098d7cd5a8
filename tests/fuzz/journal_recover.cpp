// A file of any bytes is recovered: what comes of it is whole, has all that could be read, and misses nothing unnamed.
#include "recording/rewrite.h"
#include "tests/fuzz/journal_file.h"
#include "tests/recording/faulty_disk.h"

namespace {

struct Sum {
  std::uint64_t samples = 0;
  std::uint64_t missing = 0;
  std::size_t damages = 0;
};

Sum sum_of(const acq::Journal& journal) {
  acq::JournalCursor cursor(journal, acq::JournalFilter::everything(journal));
  Sum sum;
  for (auto item = cursor.next(); item && *item != nullptr; item = cursor.next()) {
    if ((*item)->kind != acq::JournalKind::kPackets) continue;
    sum.samples += (*item)->packet.count;
    sum.missing += (*item)->missing_before;
  }
  sum.damages = cursor.damages().size() + journal.damages().size();
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acq;
  const auto path = fuzz::journal_file("run-0001.mcap.part", fuzz::text_of(data, size));
  Sum before;
  if (const auto journal = Journal::open(path)) before = sum_of(*journal);
  FaultyDisk disk;  // that does not fail, and reserves nothing, which would take most of the time
  const auto report = recover_segment(disk, path);
  if (!report) {
    ACQ_CHECK(!report.error().sentence.empty());
    return 0;
  }
  if (report->path.ends_with(".damaged")) return 0;  // there was nothing in it
  const auto journal = Journal::open(report->path);
  ACQ_CHECK(journal && journal->is_complete());
  const Sum after = sum_of(*journal);
  ACQ_CHECK(after.samples == before.samples && after.samples == report->samples);
  ACQ_CHECK(after.missing == 0 && after.damages == 0);
  return 0;
}
