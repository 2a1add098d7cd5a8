// The parts of a session beside the exchange of messages: identity, errors, completion, recovery.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "drivers/scpi/session.h"
#include "drivers/scpi/values.h"

namespace acq::scpi {
namespace {

// Bits of the standard event status register (IEEE 488.2-1992, 11.5.1).
constexpr std::int64_t kOperationComplete = 1;
constexpr std::int64_t kErrors = 4 + 8 + 16 + 32;  // query, device, execution, command
constexpr std::uint8_t kEventSummary = 32;         // in the status byte
constexpr std::size_t kMostLines = 256;

}  // namespace

Result<Identity> Session::identify(const Until& until) {
  const Result<std::string_view> answer = query("*IDN?", until);
  if (!answer) return tl::unexpected<Error>(answer.error());
  identity_ = trim(*answer);
  std::string_view rest = identity_;
  Identity identity;
  for (std::string* field : {&identity.vendor, &identity.model, &identity.serial}) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    *field = trim(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  identity.firmware = trim(rest);
  return identity;
}

Result<std::vector<InstrumentError>> Session::drain_errors(const Until& until) {
  std::vector<InstrumentError> errors;
  while (!options_.error_query.empty() && errors.size() < kMostErrors) {
    const Result<std::string_view> answer = query(options_.error_query, until);
    if (!answer) return tl::unexpected<Error>(answer.error());
    Result<InstrumentError> entry = parse_instrument_error(*answer);
    if (!entry) return named(entry.error(), options_.error_query);
    if (entry->number == 0) break;
    errors.push_back(std::move(*entry));
  }
  return errors;
}

Result<void> Session::report(std::string_view command, const Until& until) {
  const Result<std::vector<InstrumentError>> errors = drain_errors(until);
  if (!errors) return tl::unexpected<Error>(errors.error());
  if (errors->empty()) return {};
  constexpr std::size_t kMostNamed = 4;
  std::string sentence = "the instrument refused it:";
  for (std::size_t i = 0; i < std::min(errors->size(), kMostNamed); ++i)
    sentence += fmt::format(" {} {}", (*errors)[i].number, quote((*errors)[i].text));
  if (errors->size() > kMostNamed)
    sentence += fmt::format(" and {} more", errors->size() - kMostNamed);
  return named(Error{.code = code_of(errors->front().number), .sentence = std::move(sentence)},
               command);
}

Result<void> Session::set(std::string_view command, const Until& until) {
  if (Result<void> done = write(command, until); !done) return done;
  return report(command, until);
}

Result<std::uint8_t> Session::status_byte(const Until& until) {
  Result<std::uint8_t> direct = link_->status_byte(until);
  if (direct) return direct;
  if (direct.error().code != Code::kUnsupported) return lost_step(direct.error(), "status byte");
  const Result<std::int64_t> value = query_integer("*STB?", until);
  if (!value) return tl::unexpected<Error>(value.error());
  if (*value < 0 || *value > 255) {
    return named(Error{.code = Code::kInvalid,
                       .sentence = fmt::format("{} is no status byte", *value),
                       .allowed = "0 to 255"},
                 "*STB?");
  }
  return static_cast<std::uint8_t>(*value);
}

Result<void> Session::run(std::string_view command, Completion how, const Until& until) {
  if (how == Completion::kQuery) {
    if (Result<void> done = write(command, until); !done) return done;
    if (Result<std::string_view> answer = query("*OPC?", until); !answer) {
      return tl::unexpected<Error>(answer.error());
    } else if (trim(*answer) != "1") {
      return lost_step(Error{.code = Code::kIo, .sentence = "*OPC? answered " + quote(*answer)},
                       command);
    }
    return report(command, until);
  }
  const bool calls = how == Completion::kServiceRequest;
  if (calls) {
    if (Result<void> done = link_->enable_service_requests(until); !done)
      return done.error().code == Code::kUnsupported ? named(done.error(), command)
                                                     : lost_step(done.error(), command);
  }
  // What happened before does not count: reading the register clears it.
  if (Result<void> done = write(fmt::format("*ESE {}", kOperationComplete + kErrors), until); !done)
    return done;
  if (Result<void> done = write(calls ? "*SRE 32" : "*SRE 0", until); !done) return done;
  if (Result<std::int64_t> old = query_integer("*ESR?", until); !old)
    return tl::unexpected<Error>(old.error());
  if (Result<void> done = write(command, until); !done) return done;
  if (Result<void> done = write("*OPC", until); !done) return done;
  return wait_for_event(command, how, until);
}

Result<void> Session::wait_for_event(std::string_view command, Completion how, const Until& until) {
  constexpr std::int64_t kFirstPause_ns = 1'000'000;
  constexpr std::int64_t kLongestPause_ns = 50'000'000;
  std::int64_t pause_ns = kFirstPause_ns;
  while (true) {
    const Result<bool> is_due = is_event_due(how, pause_ns, until);
    if (!is_due) return tl::unexpected<Error>(is_due.error());
    pause_ns = std::min(2 * pause_ns, kLongestPause_ns);
    if (*is_due) {
      const Result<std::int64_t> events = query_integer("*ESR?", until);
      if (!events) return tl::unexpected<Error>(events.error());
      if ((*events & (kErrors | kOperationComplete)) != 0) return report(command, until);
    }
    if (until.stop.stop_requested() || clock_.now_ns() >= until.deadline_ns) {
      return named(Error{.code = Code::kTimeout, .sentence = "the operation is not over in time"},
                   command);
    }
  }
}

// Whether *ESR? is worth asking for.
Result<bool> Session::is_event_due(Completion how, std::int64_t pause_ns, const Until& until) {
  if (how == Completion::kServiceRequest) {
    Result<bool> called = link_->wait_service_request(until);
    if (!called) return lost_step(called.error(), "service request");
    return called;
  }
  clock_.sleep_until(std::min(clock_.now_ns() + pause_ns, until.deadline_ns), until.stop);
  // A question that cannot be answered in time would only lose the step.
  if (until.stop.stop_requested() || clock_.now_ns() >= until.deadline_ns) return false;
  const Result<std::uint8_t> status = link_->status_byte(until);
  if (status) return (*status & kEventSummary) != 0;
  if (status.error().code == Code::kUnsupported) return true;
  return lost_step(status.error(), "status byte");
}

Result<void> Session::expect(std::string_view command, std::string_view answer,
                             const Until& until) {
  if (Result<void> done = link_->write(command, until); !done)
    return lost_step(done.error(), command);
  std::size_t scanned = 0;
  filled_ = 0;
  for (std::size_t lines = 0; lines < kMostLines;) {
    const std::size_t end = received().find('\n', scanned);
    if (end == std::string_view::npos) {
      // Of what came late only the last line matters.
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(scanned),
                buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
      filled_ -= scanned;
      scanned = 0;
      if (filled_ == buffer_.size()) filled_ = 0;
      if (Result<void> done = receive(command, until); !done) return done;
      continue;
    }
    if (trim(received().substr(scanned, end - scanned)) == answer) return {};
    scanned = end + 1;
    ++lines;
  }
  return lost_step(Error{.code = Code::kIo, .sentence = "what it sends is no answer"}, command);
}

Result<void> Session::resync(const Until& until) {
  is_in_step_ = false;
  is_newline_due_ = false;
  filled_ = 0;
  if (Result<void> done = link_->clear(until); !done) return lost_step(done.error(), "clear");
  if (Result<void> done = link_->write("*CLS", until); !done)
    return lost_step(done.error(), "*CLS");
  if (!link_->marks_end()) {
    // A late answer may look like one of these, but not like both in this order.
    if (!identity_.empty()) {
      if (Result<void> done = expect("*IDN?", identity_, until); !done) return done;
    }
    if (Result<void> done = expect("*OPC?", "1", until); !done) return done;
  }
  filled_ = 0;
  is_in_step_ = true;
  ++resyncs_;
  return {};
}

}  // namespace acq::scpi
