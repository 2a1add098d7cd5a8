#include "daemon/captures.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <vector>

namespace acq {
namespace {

namespace fs = std::filesystem;

constexpr double kLongest_s = 3600;
constexpr std::uint64_t kDefault_bytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kFewest_bytes = 4096;
constexpr std::uint64_t kMost_bytes = std::uint64_t{256} << 20;
constexpr std::size_t kKept = 16;
constexpr std::size_t kPart_bytes = 512 * 1024;  // well within a reply
constexpr std::string_view kEnding = ".jsonl";
constexpr std::int64_t kPoll_ns = 50'000'000;  // while a file is being written

// Letters, digits and dashes: nothing that leads out of the folder.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string time_text(std::int64_t utc_ns) {
  const std::time_t seconds = utc_ns / 1'000'000'000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace

Captures::~Captures() {
  if (last_ && !last_->is_writing()) last_->write(file_of(name_));
}

std::string Captures::file_of(const std::string& name) const {
  return folder_ + "/captures/" + name + std::string(kEnding);
}

Result<void> Captures::check(const CaptureOrder& order) const {
  if (folder_.empty())
    return fail(Code::kUnsupported, "the daemon has no state folder to keep captures in", "",
                "acqd --state-dir FOLDER, or StateDirectory= of its service");
  if (last_ && !last_->is_written())
    return fail(Code::kBusy, "a capture is under way: " + name_, "", "one at a time");
  if (!(order.seconds > 0 && order.seconds <= kLongest_s))
    return fail(Code::kInvalid, fmt::format("cannot capture for {} s", order.seconds),
                "capture_transport.seconds", fmt::format("above 0, at most {} s", kLongest_s));
  if (order.most_bytes != 0 && (order.most_bytes < kFewest_bytes || order.most_bytes > kMost_bytes))
    return fail(Code::kInvalid, fmt::format("cannot capture into {} bytes", order.most_bytes),
                "capture_transport.most_bytes",
                fmt::format("{} to {} bytes", kFewest_bytes, kMost_bytes));
  std::error_code error;
  fs::create_directories(folder_ + "/captures", error);
  if (error) return fail(Code::kIo, "cannot make " + folder_ + "/captures: " + error.message());
  return {};
}

std::shared_ptr<Capture> Captures::begin(CaptureHead head, const CaptureOrder& order) {
  ACQ_CHECK(check(order).has_value());
  name_ = fmt::format("{}-{}-{}", head.instrument, time_text(head.utc_ns), ++count_);
  const auto duration_ns = static_cast<std::int64_t>(order.seconds * 1e9);
  last_ = std::make_shared<Capture>(std::move(head),
                                    order.most_bytes == 0 ? kDefault_bytes : order.most_bytes,
                                    clock_.now_ns() + duration_ns, clock_);
  is_told_ = false;
  events_.add("daemon", "capture", "begins " + name_);
  return last_;
}

void Captures::tick() {
  if (is_told_) return;
  if (!last_->is_writing()) {
    if (!last_->is_over()) return;
    forget_old();
    last_->write(file_of(name_));
  }
  if (!last_->is_written()) return;
  is_told_ = true;
  const auto& outcome = last_->outcome();
  events_.add("daemon", "capture",
              outcome ? "wrote " + file_of(name_) : to_string(outcome.error()));
}

std::int64_t Captures::next_ns() const noexcept {
  if (is_told_) return 0;
  return last_->is_writing() ? clock_.now_ns() + kPoll_ns : last_->end_ns();
}

// All but the newest, to make room for one more.
void Captures::forget_old() const {
  std::error_code error;
  std::vector<fs::directory_entry> files;
  for (const auto& entry : fs::directory_iterator(folder_ + "/captures", error)) {
    if (entry.path().extension() == kEnding) files.push_back(entry);
  }
  if (files.size() < kKept) return;
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    std::error_code ignored;
    return a.last_write_time(ignored) < b.last_write_time(ignored);
  });
  files.resize(files.size() - (kKept - 1));
  for (const auto& file : files) fs::remove(file.path(), error);
}

Result<Captures::Part> Captures::read(const std::string& name, std::uint64_t offset) const {
  Part part;
  if (last_ && name == name_) {
    part.not_stored = last_->not_stored().events;
    if (!last_->is_written()) return part;
    if (const auto& outcome = last_->outcome(); !outcome)
      return tl::unexpected<Error>(outcome.error());
  }
  std::ifstream file;
  if (is_name(name) && !folder_.empty()) file.open(file_of(name), std::ios::binary | std::ios::ate);
  if (!file.is_open())
    return fail(Code::kNotFound, "there is no capture " + quote(name), "read_capture.name",
                "a name that capture_transport gave");
  part.is_written = true;
  part.file_bytes = static_cast<std::uint64_t>(file.tellg());
  if (offset >= part.file_bytes) return part;
  part.bytes.resize(std::min<std::uint64_t>(kPart_bytes, part.file_bytes - offset));
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(part.bytes.data(), static_cast<std::streamsize>(part.bytes.size()));
  if (!file) return fail(Code::kIo, "cannot read the capture " + name);
  return part;
}

}  // namespace acq
