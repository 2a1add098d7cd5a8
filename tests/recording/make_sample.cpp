// Writes a recording for readers that are not ours: make_sample FOLDER COMPRESSION [unfinished].
#include <cstdio>
#include <string_view>

#include "tests/recording/sample_journal.h"

int main(int argc, char** argv) {
  using namespace acq;
  if (argc < 3) return 2;
  FakeClock clock;
  JournalOptions options = sample_options(argv[1]);
  const auto compression = mcap::parse_compression(argv[2]);
  if (!compression) return 2;
  options.compression = *compression;
  options.chunk_bytes = 20'000;
  JournalWriter writer(system_disk(), clock, options);
  if (!writer.open()) return 1;
  writer.set_config(1, "[instrument.daq]\ndriver = \"sim\"\n");
  SampleFeed feed(writer, clock);
  for (std::uint32_t i = 0; i < 100; ++i) {
    feed.packet(1000, i == 40 ? Gap{500, kGapUsb, true} : Gap{});
    if (i == 60) writer.add_event({clock.utc_ns(), "daemon", "mark", "here", 1});
    clock.advance(50'000'000);
    if (writer.wants_flush() && !writer.flush()) return 1;
  }
  if (argc > 3 && std::string_view(argv[3]) == "unfinished") return 0;
  return writer.close() ? 0 : 1;
}
