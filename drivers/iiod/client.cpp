#include "drivers/iiod/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "drivers/iiod/context.h"

namespace acq::iiod {
namespace {

constexpr std::size_t kMostLineBytes = 256;
constexpr std::size_t kMostAttributeBytes = 16384;  // iiod's own limit is a page or four

// Errors of Linux, as they are on the wire whatever system this is.
constexpr std::int64_t kNoEntry = 2, kTryAgain = 11, kAccess = 13, kBusy = 16, kNoDevice = 19,
                       kInvalidArgument = 22, kNotImplemented = 38, kTimedOut = 110;

std::string attribute_command(std::string_view verb, std::string_view device,
                              std::string_view channel, std::string_view name) {
  return fmt::format("{} {} {}{}{}", verb, device, channel, channel.empty() ? "" : " ", name);
}

}  // namespace

Error error_of(std::int64_t negative_errno, std::string_view what) {
  const auto code = [&] {
    switch (-negative_errno) {
      case kNoEntry: return Code::kNotFound;
      case kTryAgain:
      case kTimedOut: return Code::kTimeout;
      case kAccess: return Code::kDenied;
      case kBusy: return Code::kBusy;
      case kNoDevice: return Code::kDisconnected;
      case kInvalidArgument: return Code::kInvalid;
      case kNotImplemented: return Code::kUnsupported;
      default: return Code::kIo;
    }
  }();
  const bool has_text = negative_errno < 0 && negative_errno > -4096;
  const std::string text =
      has_text ? std::strerror(static_cast<int>(-negative_errno)) : "not an error of Linux";
  return {code,
          fmt::format("the server answers {} with {} ({})", quote(what), negative_errno, text)};
}

Result<void> Client::more(const Until& until) {
  std::array<std::byte, 4096> buffer;
  const auto got = stream_->read(buffer, until);
  if (!got) return tl::unexpected<Error>(got.error());
  ahead_.insert(ahead_.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*got));
  return {};
}

Result<std::string> Client::line(std::size_t most, const Until& until) {
  for (;;) {
    const auto end = std::find(ahead_.begin(), ahead_.end(), std::byte{'\n'});
    const auto size = static_cast<std::size_t>(end - ahead_.begin());
    if (size > most) {
      return fail(Code::kIo,
                  "the server sends a line of more than " + std::to_string(most) + " bytes");
    }
    if (end != ahead_.end()) {
      std::string text(reinterpret_cast<const char*>(ahead_.data()), size);
      ahead_.erase(ahead_.begin(), end + 1);
      if (text.ends_with('\r')) text.pop_back();
      return text;
    }
    if (const auto got = more(until); !got) return tl::unexpected<Error>(got.error());
  }
}

Result<std::int64_t> Client::number(const Until& until) {
  const Result<std::string> text = line(kMostLineBytes, until);
  if (!text) return tl::unexpected<Error>(text.error());
  std::int64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end) {
    return fail(Code::kIo, "the server answers " + quote(*text) + " where a number belongs");
  }
  return value;
}

Result<std::size_t> Client::some(std::span<std::byte> into, const Until& until) {
  if (ahead_.empty()) return stream_->read(into, until);
  const std::size_t size = std::min(into.size(), ahead_.size());
  std::copy_n(ahead_.begin(), size, into.begin());
  ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(size));
  return size;
}

Result<void> Client::send(std::string_view command, const Until& until) {
  const std::string text = fmt::format("{}\r\n", command);
  return stream_->write(std::as_bytes(std::span(text)), until);
}

Result<std::int64_t> Client::execute(std::string_view command, const Until& until) {
  if (const auto sent = send(command, until); !sent) return tl::unexpected<Error>(sent.error());
  const Result<std::int64_t> answer = number(until);
  if (answer && *answer < 0) return tl::unexpected<Error>(error_of(*answer, command));
  return answer;
}

// The announced bytes and the newline behind them.
Result<std::string> Client::payload(std::size_t most, std::string_view what, const Until& until) {
  const Result<std::int64_t> size = execute(what, until);
  if (!size) return tl::unexpected<Error>(size.error());
  if (static_cast<std::uint64_t>(*size) > most) {
    return fail(Code::kIo, fmt::format("the server announces {} bytes for {}", *size, quote(what)),
                {}, fmt::format("at most {}", most));
  }
  const auto wanted = static_cast<std::size_t>(*size) + 1;
  while (ahead_.size() < wanted)
    if (const auto got = more(until); !got) return tl::unexpected<Error>(got.error());
  std::string text(reinterpret_cast<const char*>(ahead_.data()), wanted);
  ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(wanted));
  if (text.back() != '\n') {
    return fail(Code::kIo, fmt::format("the answer to {} has another length than the {} bytes "
                                       "announced",
                                       quote(what), *size));
  }
  text.pop_back();
  return text;
}

Result<std::string> Client::version(const Until& until) {
  if (const auto sent = send("VERSION", until); !sent) return tl::unexpected<Error>(sent.error());
  Result<std::string> text = line(kMostLineBytes, until);
  if (!text) return text;
  const bool is_version = !text->empty() && text->front() >= '0' && text->front() <= '9' &&
                          text->find('.') != std::string::npos;
  if (!is_version) {
    return fail(Code::kIo, "the server gives " + quote(*text) + " for its version: it is not iiod");
  }
  text->erase(text->find_last_not_of(' ') + 1);
  return text;
}

Result<std::string> Client::context(const Until& until) {
  return payload(kMostContextBytes, "PRINT", until);
}

Result<std::string> Client::read_attribute(std::string_view device, std::string_view channel,
                                           std::string_view name, const Until& until) {
  Result<std::string> text =
      payload(kMostAttributeBytes, attribute_command("READ", device, channel, name), until);
  if (!text) return text;
  // The length counts the end of the string, and the kernel ends lines.
  while (!text->empty() && (text->back() == '\0' || text->back() == '\n')) text->pop_back();
  return text;
}

Result<void> Client::write_attribute(std::string_view device, std::string_view channel,
                                     std::string_view name, std::string_view value,
                                     const Until& until) {
  const std::string command =
      fmt::format("{} {}", attribute_command("WRITE", device, channel, name), value.size());
  if (const auto sent = send(command, until); !sent) return sent;
  if (const auto sent = stream_->write(std::as_bytes(std::span(value)), until); !sent) return sent;
  const Result<std::int64_t> answer = number(until);
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (*answer < 0) return tl::unexpected<Error>(error_of(*answer, command));
  return {};
}

std::string mask_text(const std::vector<std::size_t>& bits, std::size_t channels) {
  std::vector<std::uint32_t> words((channels + 31) / 32);
  for (const std::size_t bit : bits) words.at(bit / 32) |= std::uint32_t{1} << (bit % 32);
  std::string text;
  for (auto word = words.rbegin(); word != words.rend(); ++word)
    text += fmt::format("{:08x}", *word);
  return text;
}

}  // namespace acq::iiod
