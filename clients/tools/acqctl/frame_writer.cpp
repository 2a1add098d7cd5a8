#include "clients/tools/acqctl/frame_writer.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace acq::tool {

Result<Output> Output::open(const std::string& file) {
  if (file.empty()) return Output(stdout, "");
  Output output(std::fopen((file + ".part").c_str(), "wb"), file);
  if (output.stream_ == nullptr) return output.trouble("make");
  return output;
}

Output::Output(Output&& other) noexcept
    : stream_(std::exchange(other.stream_, nullptr)), file_(std::exchange(other.file_, {})) {}

Output::~Output() {
  if (stream_ == nullptr || !is_file()) return;
  std::fclose(stream_);
  unlink(part_name().c_str());
}

tl::unexpected<Error> Output::trouble(const char* verb) const {
  const std::string name = is_file() ? file_ : "standard output";
  return fail(Code::kIo, "cannot " + std::string(verb) + " " + name + ": " + std::strerror(errno),
              name);
}

Result<void> Output::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stream_) == bytes.size()) return {};
  return trouble("write");
}

Result<void> Output::rewrite_start(std::string_view bytes) {
  ACQ_CHECK(is_file());
  if (std::fseek(stream_, 0, SEEK_SET) != 0) return trouble("rewrite");
  return write(bytes);
}

Result<void> Output::finish() {
  if (std::fflush(stream_) != 0) return trouble("write");
  if (!is_file()) return {};
  if (fsync(fileno(stream_)) != 0) return trouble("write");
  if (std::rename(part_name().c_str(), file_.c_str()) != 0) return trouble("name");
  std::fclose(std::exchange(stream_, nullptr));
  return {};
}

std::string channel_name(const client::ReceivedFrame& frame, std::size_t channel) {
  const auto& description = frame.description();
  if (!description || channel >= description->channels.size()) {
    return "ch" + std::to_string(channel + 1);
  }
  const Channel& known = description->channels[channel];
  return known.label.empty() ? known.id : known.label;
}

std::string channel_title(const client::ReceivedFrame& frame, std::size_t channel) {
  const auto& description = frame.description();
  const std::string unit = description && channel < description->channels.size()
                               ? description->channels[channel].unit
                               : "1";
  return channel_name(frame, channel) + (unit == "1" || unit.empty() ? "" : " (" + unit + ")");
}

}  // namespace acq::tool
