#include "drivers/scpi/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "drivers/scpi/answer.h"
#include "drivers/scpi/program.h"
#include "drivers/scpi/values.h"

namespace acq::scpi {
namespace {

bool is_blank(std::string_view text) noexcept {
  return trim(text).empty();
}

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Session::Session(std::unique_ptr<Link> link, SessionOptions options, const Clock& clock)
    : link_(std::move(link)),
      options_(std::move(options)),
      clock_(clock),
      buffer_(std::max<std::size_t>(options_.answer_bytes, 256)) {}

std::string_view Session::received() const noexcept {
  return text_of(std::span(buffer_).first(filled_));
}

tl::unexpected<Error> Session::named(Error error, std::string_view command) const {
  const std::string inner = error.where.empty() ? "" : ", " + error.where;
  error.where = fmt::format("{} {}{}", link_->name(), quote(command), inner);
  return tl::unexpected<Error>(std::move(error));
}

tl::unexpected<Error> Session::lost_step(Error error, std::string_view command) {
  is_in_step_ = false;
  return named(std::move(error), command);
}

Result<void> Session::send(std::string_view message, std::size_t queries, const Until& until) {
  const Result<Program> program = check_program(message);
  if (!program) return named(program.error(), message);
  if ((program->queries > 0) != (queries > 0)) {
    return named(
        Error{.code = Code::kInvalid,
              .sentence = queries > 0 ? "is no query" : "is a query: its answer would stay"},
        message);
  }
  if (!is_in_step_) {
    if (Result<void> done = resync(until); !done) return done;
  }
  if (Result<void> done = link_->write(message, until); !done)
    return lost_step(done.error(), message);
  return {};
}

Result<void> Session::write(std::string_view command, const Until& until) {
  return send(command, 0, until);
}

Result<void> Session::write_block(std::string_view command, std::span<const std::byte> payload,
                                  const Until& until) {
  if (payload.size() > kLongestCommand_bytes) {
    return named(Error{.code = Code::kOverflow,
                       .sentence = fmt::format("a block of {} bytes", payload.size()),
                       .allowed = fmt::format("at most {}", kLongestCommand_bytes)},
                 command);
  }
  std::string message(command);
  message += ' ' + format_block_header(payload.size());
  message += text_of(payload);
  return send(message, 0, until);
}

Result<void> Session::drop_strays(const Until& until) {
  if (link_->marks_end()) return {};
  constexpr int kMostReads = 64;  // a peer that never pauses must not hold us
  for (int i = 0; i < kMostReads; ++i) {
    const Result<Piece> piece = link_->read(buffer_, Until{.deadline_ns = 0, .stop = until.stop});
    if (!piece && piece.error().code == Code::kTimeout) return {};
    if (!piece) return tl::unexpected<Error>(piece.error());
    if (!is_blank(text_of(std::span(buffer_).first(piece->bytes)))) stray_bytes_ += piece->bytes;
  }
  return fail(Code::kIo, "sends without having been asked");
}

Result<void> Session::ask(std::string_view command, const Until& until) {
  filled_ = 0;
  has_ended_ = false;
  if (is_in_step_) {
    if (Result<void> done = drop_strays(until); !done) return lost_step(done.error(), command);
  }
  return send(command, 1, until);
}

Result<void> Session::receive(std::string_view command, const Until& until) {
  if (filled_ == buffer_.size()) {
    return lost_step(Error{.code = Code::kOverflow,
                           .sentence = "the answer is too long",
                           .allowed = fmt::format("at most {} bytes", buffer_.size())},
                     command);
  }
  const Result<Piece> piece = link_->read(std::span(buffer_).subspan(filled_), until);
  if (!piece) return lost_step(piece.error(), command);
  filled_ += piece->bytes;
  has_ended_ = piece->is_end;
  return {};
}

Result<std::string_view> Session::receive_marked(std::string_view command, const Until& until) {
  while (!has_ended_) {
    if (Result<void> done = receive(command, until); !done)
      return tl::unexpected<Error>(done.error());
  }
  return received();
}

Result<std::string_view> Session::receive_line(std::string_view command, const Until& until) {
  AnswerEnd end;
  std::size_t start = 0;
  std::size_t scanned = 0;
  while (!end.is_found()) {
    if (Result<void> done = receive(command, until); !done)
      return tl::unexpected<Error>(done.error());
    // The newline of the block before, and the second one some instruments send.
    while (is_newline_due_ && start < filled_ &&
           (received()[start] == '\n' || received()[start] == '\r'))
      scanned = ++start;
    if (start == filled_) continue;
    is_newline_due_ = false;
    scanned += end.scan(received().substr(scanned));
  }
  if (!is_blank(received().substr(scanned))) {
    return lost_step(
        Error{.code = Code::kIo,
              .sentence = fmt::format("sent {} bytes behind its answer", filled_ - scanned)},
        command);
  }
  return received().substr(start, scanned - start);
}

Result<std::string_view> Session::query(std::string_view command, const Until& until) {
  if (Result<void> sent = ask(command, until); !sent) return tl::unexpected<Error>(sent.error());
  Result<std::string_view> answer =
      link_->marks_end() ? receive_marked(command, until) : receive_line(command, until);
  if (!answer) return answer;
  return strip_end(*answer);
}

Result<double> Session::query_number(std::string_view command, const Until& until) {
  const Result<std::string_view> answer = query(command, until);
  if (!answer) return tl::unexpected<Error>(answer.error());
  Result<double> value = parse_number(*answer);
  if (!value) return named(value.error(), command);
  return value;
}

Result<std::int64_t> Session::query_integer(std::string_view command, const Until& until) {
  const Result<std::string_view> answer = query(command, until);
  if (!answer) return tl::unexpected<Error>(answer.error());
  Result<std::int64_t> value = parse_integer(*answer);
  if (!value) return named(value.error(), command);
  return value;
}

Result<bool> Session::query_flag(std::string_view command, const Until& until) {
  const Result<std::string_view> answer = query(command, until);
  if (!answer) return tl::unexpected<Error>(answer.error());
  Result<bool> value = parse_flag(*answer);
  if (!value) return named(value.error(), command);
  return value;
}

Result<std::size_t> Session::query_numbers(std::string_view command, std::span<double> into,
                                           const Until& until) {
  const Result<std::string_view> answer = query(command, until);
  if (!answer) return tl::unexpected<Error>(answer.error());
  AnswerReader reader(*answer);
  std::size_t count = 0;
  while (true) {
    const Result<std::optional<Datum>> datum = reader.next();
    if (!datum) return named(datum.error(), command);
    if (!*datum) return count;
    if (count == into.size()) {
      return named(Error{.code = Code::kOverflow,
                         .sentence = "the answer has too many values",
                         .allowed = fmt::format("at most {}", into.size())},
                   command);
    }
    const Result<double> value = parse_number((*datum)->text);
    if (!value) {
      Error error = value.error();
      error.where = fmt::format("value {}", count);
      return named(std::move(error), command);
    }
    into[count++] = *value;
  }
}

Result<Session::BlockStart> Session::receive_block_start(std::string_view command, std::size_t room,
                                                         const Until& until) {
  constexpr std::size_t kLongestPrefix_bytes = 64;
  while (true) {
    if (has_ended_) break;
    if (Result<void> done = receive(command, until); !done)
      return tl::unexpected<Error>(done.error());
    std::string_view text = received();
    if (is_newline_due_) text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
    const std::size_t hash = std::min(text.find('#'), text.size());
    if (hash > kLongestPrefix_bytes || text.substr(0, hash).find('\n') != std::string_view::npos)
      break;
    if (hash == text.size()) continue;
    const Result<std::optional<BlockHeader>> header = parse_block_header(text.substr(hash));
    if (!header) return lost_step(header.error(), command);
    if (!*header) continue;
    is_newline_due_ = false;
    const std::size_t used = filled_ - text.size() + hash + (*header)->bytes;
    if (!(*header)->length) {
      if (link_->marks_end()) return BlockStart{.used = used, .is_indefinite = true};
      return lost_step(Error{.code = Code::kUnsupported,
                             .sentence = "a block of indefinite length has no end on this link"},
                       command);
    }
    if (*(*header)->length > room) {
      return lost_step(
          Error{.code = Code::kOverflow,
                .sentence = fmt::format("the answer is a block of {} bytes", *(*header)->length),
                .allowed = fmt::format("at most {}", room)},
          command);
    }
    return BlockStart{.used = used, .length = static_cast<std::size_t>(*(*header)->length)};
  }
  const std::string start = quote(received());
  return lost_step(Error{.code = Code::kInvalid,
                         .sentence = "the answer is not a block: it starts with " + start},
                   command);
}

Result<void> Session::receive_tail(std::string_view command, const Until& until) {
  // Behind a definite block only its terminator may come.
  constexpr std::size_t kLongestTail_bytes = 16;
  while (!has_ended_ && filled_ < kLongestTail_bytes) {
    if (Result<void> done = receive(command, until); !done) return done;
  }
  if (has_ended_ && is_blank(received())) return {};
  return lost_step(
      Error{.code = Code::kIo,
            .sentence = "sent more than the length of its block: " + quote(received())},
      command);
}

Result<std::size_t> Session::receive_payload(std::string_view command, const BlockStart& start,
                                             std::span<std::byte> into, const Until& until) {
  const std::size_t wanted = start.is_indefinite ? into.size() : start.length;
  std::size_t got = std::min(filled_ - start.used, wanted);
  std::memcpy(into.data(), buffer_.data() + start.used, got);
  const std::size_t behind = start.used + got;
  std::memmove(buffer_.data(), buffer_.data() + behind, filled_ - behind);
  filled_ -= behind;
  while (got < wanted && !has_ended_) {
    const Result<Piece> piece = link_->read(into.subspan(got, wanted - got), until);
    if (!piece) return lost_step(piece.error(), command);
    got += piece->bytes;
    has_ended_ = piece->is_end;
  }
  if (!start.is_indefinite && got < wanted) {
    return named(
        Error{.code = Code::kIo,
              .sentence = fmt::format("the block ended after {} of {} bytes", got, wanted)},
        command);
  }
  if (link_->marks_end()) {
    if (Result<void> done = receive_tail(command, until); !done)
      return tl::unexpected<Error>(done.error());
    if (start.is_indefinite && filled_ == 0 && got > 0 && into[got - 1] == std::byte{'\n'}) --got;
    return got;
  }
  // Waiting for the newline would cost a time-out where an instrument forgets it.
  is_newline_due_ = true;
  if (is_blank(received())) return got;
  return lost_step(
      Error{.code = Code::kIo, .sentence = fmt::format("sent {} bytes behind its block", filled_)},
      command);
}

Result<std::size_t> Session::query_block(std::string_view command, std::span<std::byte> into,
                                         const Until& until) {
  if (Result<void> sent = ask(command, until); !sent) return tl::unexpected<Error>(sent.error());
  const Result<BlockStart> start = receive_block_start(command, into.size(), until);
  if (!start) return tl::unexpected<Error>(start.error());
  return receive_payload(command, *start, into, until);
}

}  // namespace acq::scpi
