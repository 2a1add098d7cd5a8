// A file of any bytes: it is refused with a sentence, or read to its end in packets that hold what they say.
#include "recording/journal_cursor.h"
#include "recording/verify.h"
#include "tests/fuzz/journal_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acq;
  const auto path = fuzz::journal_file("run-0001.mcap", fuzz::text_of(data, size));
  const auto journal = Journal::open(path);
  if (!journal) {
    ACQ_CHECK(!journal.error().sentence.empty());
    return 0;
  }
  JournalCursor cursor(*journal, JournalFilter::everything(*journal));
  while (true) {
    const auto item = cursor.next();
    ACQ_CHECK(item);  // only the disk fails, and this one does not
    if (*item == nullptr) break;
    if ((*item)->kind != JournalKind::kPackets) continue;
    ACQ_CHECK((*item)->samples.size() == (*item)->packet.count * (*item)->info->scan_bytes());
  }
  const auto found = verify(*journal);
  ACQ_CHECK(found && !found->sentence().empty());
  return 0;
}
