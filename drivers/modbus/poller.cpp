#include "drivers/modbus/poller.h"

#include <algorithm>
#include <array>
#include <string>

namespace acq::modbus {

void Poller::abandon() {
  values_.clear();
  received_.clear();
  is_asked_ = false;
  // On a line nothing tells a late answer from the next one: what has come is dropped. With TCP its
  // transaction tells. An error here is met again by the next call.
  if (framing_ == Framing::kRtu) static_cast<void>(stream_->discard_input());
}

Result<bool> Poller::poll(const Until& until) {
  if (values_.size() == fetches_.size()) values_.clear();
  while (values_.size() < fetches_.size()) {
    if (!is_asked_) {
      if (const auto sent = ask(until); !sent) {
        abandon();
        return tl::unexpected<Error>(sent.error());
      }
    }
    const Result<bool> is_there = answer(until);
    if (!is_there) abandon();
    if (!is_there || !*is_there) return is_there;
  }
  return true;
}

Result<void> Poller::ask(const Until& until) {
  const Request& request = fetches_[values_.size()].request;
  ++transaction_;
  received_.clear();
  clock_.sleep_until(std::min(last_ns_ + quiet_ns_, until.deadline_ns), until.stop);
  const auto sent = stream_->write(encode(request, framing_, transaction_), until);
  is_asked_ = sent.has_value();
  return sent;
}

Result<bool> Poller::answer(const Until& until) {
  for (;;) {
    Result<Reply> reply =
        parse(received_, fetches_[values_.size()].request, framing_, transaction_);
    if (!reply) return tl::unexpected<Error>(reply.error());
    received_.erase(received_.begin(),
                    received_.begin() + static_cast<std::ptrdiff_t>(reply->used));
    if (reply->refusal) return refused(*reply->refusal);
    if (!reply->values.empty()) {
      values_.push_back(std::move(reply->values));
      is_asked_ = false;
      return true;
    }
    if (reply->used > 0) continue;
    std::array<std::byte, kMostReplyBytes> buffer;
    const auto got = stream_->read(buffer, until);
    if (!got && got.error().code == Code::kTimeout) return false;
    if (!got) return tl::unexpected<Error>(got.error());
    last_ns_ = clock_.now_ns();
    received_.insert(received_.end(), buffer.begin(),
                     buffer.begin() + static_cast<std::ptrdiff_t>(*got));
  }
}

tl::unexpected<Error> Poller::refused(std::uint8_t code) {
  const Fetch& fetch = fetches_[values_.size()];
  const auto meaning = [&] {
    switch (code) {
      case 1: return Code::kUnsupported;
      case 2: return Code::kNotFound;
      case 6: return Code::kBusy;
      default: return Code::kIo;
    }
  }();
  return fail(meaning,
              "unit " + std::to_string(fetch.request.unit) + " refuses addresses " +
                  std::to_string(fetch.request.address) + " to " +
                  std::to_string(fetch.request.address + fetch.request.count - 1) + ": " +
                  std::string(exception_name(code)),
              "registers[" + std::to_string(fetch.items[0].channel) + "]");
}

}  // namespace acq::modbus
