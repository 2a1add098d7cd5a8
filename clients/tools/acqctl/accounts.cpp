#include "clients/tools/acqctl/accounts.h"

#include "clients/tools/acqctl/table.h"

namespace acq::tool {

std::uint64_t lost_samples(const v1::ConsumerStatus& consumer) {
  std::uint64_t sum = 0;
  for (const v1::LossCount& loss : consumer.lost()) sum += loss.samples();
  return sum;
}

std::string lost_text(const v1::ConsumerStatus& consumer) {
  std::string text;
  for (const v1::LossCount& loss : consumer.lost()) {
    if (loss.samples() == 0) continue;
    text += (text.empty() ? "" : ", ") + loss.reason() + " " + std::to_string(loss.samples());
  }
  return text.empty() ? "-" : text;
}

std::int64_t difference(const v1::ConsumerStatus& consumer) {
  return static_cast<std::int64_t>(consumer.made() - consumer.delivered() - lost_samples(consumer) -
                                   consumer.queued());
}

bool sums_agree(const v1::Status& status) {
  for (const v1::InstrumentStatus& instrument : status.instruments()) {
    for (const v1::StreamStatus& stream : instrument.streams()) {
      for (const v1::ConsumerStatus& consumer : stream.consumers()) {
        if (difference(consumer) != 0) return false;
      }
    }
  }
  return true;
}

std::string accounts_text(const v1::Status& status) {
  Table table({{"STREAM"},
               {"CONSUMER"},
               {"MADE", Align::kRight},
               {"DELIVERED", Align::kRight},
               {"LOST", Align::kRight},
               {"QUEUED", Align::kRight},
               {"DIFFERENCE", Align::kRight},
               {"RING", Align::kRight},
               {"LOST BY REASON"}});
  for (const v1::InstrumentStatus& instrument : status.instruments()) {
    for (const v1::StreamStatus& stream : instrument.streams()) {
      for (const v1::ConsumerStatus& consumer : stream.consumers()) {
        table.add({stream.stream(), consumer.worker(), std::to_string(consumer.made()),
                   std::to_string(consumer.delivered()), std::to_string(lost_samples(consumer)),
                   std::to_string(consumer.queued()), std::to_string(difference(consumer)),
                   std::to_string(consumer.ring_high_water()) + "/" +
                       std::to_string(consumer.ring_slots()),
                   lost_text(consumer)});
      }
      if (stream.consumers().empty()) {
        table.add(
            {stream.stream(), "none", std::to_string(stream.made()), "-", "-", "-", "-", "-", "-"});
      }
    }
  }
  return table.is_empty() ? "no streams\n" : table.str();
}

}  // namespace acq::tool
