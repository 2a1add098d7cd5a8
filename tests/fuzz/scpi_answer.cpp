// Bytes as what an instrument sends: every way of reading them ends, keeps to its buffer, and gives
// the same however they are cut.
//
// The first byte picks the link and the cut; the rest is sent before anything is asked.
#include <array>
#include <string>

#include "drivers/scpi/answer.h"
#include "drivers/scpi/raw_link.h"
#include "drivers/scpi/session.h"
#include "drivers/scpi/values.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/faulty_stream.h"
#include "tests/support/scripted_link.h"
#include "tests/support/scripted_stream.h"

namespace {

using acq::Result;
using acq::Until;
using acq::scpi::Datum;

const Until kSoon{.deadline_ns = INT64_MAX};

void check_reader(std::string_view answer) {
  acq::scpi::AnswerReader reader(answer);
  const char* last = answer.data();
  while (true) {
    const Result<std::optional<Datum>> datum = reader.next();
    if (!datum) ACQ_CHECK(!datum.error().where.empty());
    if (!datum || !*datum) return;
    const std::string_view text = (*datum)->text;
    ACQ_CHECK(text.data() >= last && text.data() + text.size() <= answer.data() + answer.size());
    last = text.data() + text.size();
    static_cast<void>(acq::scpi::parse_number(text));
    static_cast<void>(acq::scpi::parse_integer(text));
    static_cast<void>(acq::scpi::parse_flag(text));
    static_cast<void>(acq::scpi::parse_string(text));
  }
}

std::unique_ptr<acq::scpi::Link> link_saying(std::string_view bytes, std::uint8_t choice) {
  if ((choice & 1) != 0) {
    auto link = std::make_unique<acq::test::ScriptedLink>(
        [said = std::string(bytes)](std::string_view) mutable { return std::exchange(said, ""); });
    link->longest_read = 1 + (choice >> 1) % 16;
    return link;
  }
  const auto connect = [said = std::string(bytes),
                        choice](const Until&) mutable -> Result<std::unique_ptr<acq::ByteStream>> {
    auto stream = std::make_unique<acq::test::ScriptedStream>(
        [text = std::exchange(said, "")](std::string_view) mutable {
          return std::exchange(text, "");
        });
    const acq::test::StreamFaults faults{.seed = choice, .longest_read = 1U + (choice >> 1) % 16};
    return std::make_unique<acq::test::FaultyStream>(std::move(stream), faults);
  };
  return acq::scpi::RawLink::open("raw", connect, acq::scpi::RawLink::Recovery::kReconnect, "\n",
                                  kSoon)
      .value();
}

// What one way of asking gives, as text.
std::string asked(std::string_view bytes, std::uint8_t choice, int way) {
  acq::scpi::Session session(link_saying(bytes, choice), {.answer_bytes = 256});
  std::array<std::byte, 64> block{};
  std::array<double, 8> numbers{};
  switch (way) {
    case 0: {
      const auto text = session.query("A?", kSoon);
      return text ? "text " + std::string(*text) : to_string(text.error());
    }
    case 1: {
      const auto got = session.query_block("A?", block, kSoon);
      if (!got) return to_string(got.error());
      ACQ_CHECK(*got <= block.size());
      return "block " + std::string(reinterpret_cast<const char*>(block.data()), *got);
    }
    case 2: {
      const auto got = session.query_numbers("A?", numbers, kSoon);
      if (got) ACQ_CHECK(*got <= numbers.size());
      return got ? "numbers " + std::to_string(*got) : to_string(got.error());
    }
    case 3: {
      const auto errors = session.drain_errors(kSoon);
      return errors ? "errors " + std::to_string(errors->size()) : to_string(errors.error());
    }
    default: {
      const auto identity = session.identify(kSoon);
      return identity ? "identity " + identity->model : to_string(identity.error());
    }
  }
}

bool is_value(std::string_view given) {
  return given.starts_with("text ") || given.starts_with("block ") || given.starts_with("numbers ");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = acq::fuzz::text_of(data + 1, size - 1);
  check_reader(bytes);
  const auto kind = static_cast<std::uint8_t>(data[0] & 1);
  for (int way = 0; way < 5; ++way) {
    const std::string whole = asked(bytes, static_cast<std::uint8_t>(kind | 30), way);
    const std::string cut = asked(bytes, data[0], way);
    // How much of an error's bytes had come when it was seen depends on the cut.
    if (is_value(whole) && is_value(cut)) ACQ_CHECK(whole == cut);
  }
  return 0;
}
