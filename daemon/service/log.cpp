#include "daemon/service/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

namespace acq {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;

constexpr std::array<std::pair<std::string_view, spdlog::level::level_enum>, 6> kLevels = {{
    {"trace", spdlog::level::trace},
    {"debug", spdlog::level::debug},
    {"info", spdlog::level::info},
    {"warn", spdlog::level::warn},
    {"error", spdlog::level::err},
    {"off", spdlog::level::off},
}};

// %* in the pattern: the message with its control characters escaped.
class EscapedText final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string text =
        escape_controls(std::string_view(message.payload.data(), message.payload.size()));
    out.append(text.data(), text.data() + text.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<EscapedText>();
  }
};

// %^ would be colour; %& is the journal's priority of the message (syslog's numbers).
class JournalPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    constexpr std::string_view kPrefixes = "<7><7><6><4><3><2>";  // trace ... critical
    const auto level = static_cast<std::size_t>(message.level);
    const std::string_view prefix = kPrefixes.substr(level * 3, 3);
    out.append(prefix.data(), prefix.data() + prefix.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JournalPriority>();
  }
};

// The manager names the journal's stream in the environment; a redirected stderr differs from it.
bool stderr_is_journal() noexcept {
  const char* variable = std::getenv("JOURNAL_STREAM");
  if (variable == nullptr) return false;
  const std::string_view text(variable);
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  const auto colon = std::from_chars(text.data(), text.data() + text.size(), device);
  if (colon.ec != std::errc{} || colon.ptr == text.data() + text.size() || *colon.ptr != ':') {
    return false;
  }
  const auto end = std::from_chars(colon.ptr + 1, text.data() + text.size(), inode);
  struct stat file{};
  return end.ec == std::errc{} && fstat(STDERR_FILENO, &file) == 0 && file.st_dev == device &&
         file.st_ino == inode;
}

}  // namespace

void set_up_log() {
  const bool is_journal = stderr_is_journal();
  auto formatter = std::make_unique<spdlog::pattern_formatter>(
      is_journal ? spdlog::pattern_time_type::local : spdlog::pattern_time_type::utc);
  formatter->add_flag<EscapedText>('*').add_flag<JournalPriority>('&').set_pattern(
      is_journal ? "%&%*" : "%Y-%m-%dT%H:%M:%S.%eZ %l: %*");
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("acqd", std::move(sink));
  logger->set_formatter(std::move(formatter));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

Result<void> set_log_level(std::string_view level) {
  for (const auto& [name, value] : kLevels) {
    if (name == level) {
      spdlog::set_level(value);
      return {};
    }
  }
  return fail(Code::kInvalid, "unknown log level '" + escape_controls(level.substr(0, 64)) + "'",
              "service.log_level", std::string(kLogLevels));
}

std::string escape_controls(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::optional<std::uint64_t> LineLimit::admit(std::int64_t now_ns) noexcept {
  if (shown_ns_ && now_ns - *shown_ns_ < kSecond_ns) {
    ++hidden_;
    return std::nullopt;
  }
  shown_ns_ = now_ns;
  return std::exchange(hidden_, 0);
}

std::optional<std::uint64_t> LineLimit::take_hidden(std::int64_t now_ns) noexcept {
  if (hidden_ == 0 || now_ns - *shown_ns_ < kSecond_ns) return std::nullopt;
  shown_ns_ = now_ns;
  return std::exchange(hidden_, 0);
}

}  // namespace acq
