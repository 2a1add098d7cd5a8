// Bytes as what an iiod server says: the first byte picks the context's XML, or the answers of a
// session. Refused, or within every limit.
#include "drivers/iiod/buffer.h"
#include "drivers/iiod/context.h"
#include "drivers/iiod/scan.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/scripted_stream.h"

namespace {

using namespace acq;

void check_format(const iiod::Format& format) {
  ACQ_CHECK(format.bits >= 1 && format.shift >= 0 && format.repeat >= 1 && format.repeat <= 64);
  ACQ_CHECK(format.bits + format.shift <= format.storage_bits && format.storage_bits <= 64);
}

void read_context(std::string_view xml) {
  const auto context = iiod::parse_context(xml);
  if (!context) return;
  ACQ_CHECK(context->devices.size() <= iiod::kMostDevices);
  for (const iiod::Device& device : context->devices) {
    ACQ_CHECK(iiod::is_name(device.id) && device.channels.size() <= iiod::kMostChannels);
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < device.channels.size(); ++i) {
      if (!device.channels[i].scan) continue;
      check_format(device.channels[i].scan->format);
      chosen.push_back(i);
    }
    if (chosen.empty()) continue;
    const iiod::ScanPlan plan = iiod::plan_scan(device, chosen);
    const std::vector<std::byte> scan(plan.scan_bytes, std::byte{0xa5});
    std::vector<std::byte> out(plan.fields.size() * size_of(plan.dtype));
    iiod::decode(plan, scan.data(), 1, out.data());
  }
}

void read_session(std::string_view answers) {
  const auto stream = [&] {
    auto scripted = std::make_unique<test::ScriptedStream>([](std::string_view) { return ""; });
    scripted->send(answers);
    return scripted;
  };
  iiod::Client client(stream());
  static_cast<void>(client.version({}));
  static_cast<void>(client.read_attribute("d", "INPUT c", "a", {}));
  iiod::Selection selection;
  selection.device.id = "d";
  selection.device.channels.resize(33);
  selection.chosen = {0};
  selection.plan.scan_bytes = 6;
  const auto buffer = iiod::Buffer::open(stream(), selection, 8, {});
  for (int reads = 0; buffer && reads < 10; ++reads) {
    const auto whole = (*buffer)->receive({});
    if (!whole || !*whole) return;
    ACQ_CHECK((*buffer)->block().size() <= 48 && (*buffer)->block().size() % 6 == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = acq::fuzz::text_of(data + 1, size - 1);
  (data[0] & 1) != 0 ? read_context(text) : read_session(text);
  return 0;
}
