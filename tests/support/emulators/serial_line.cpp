#include "tests/support/emulators/serial_line.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "dsp/base/result.h"

namespace acq::test {
namespace {

bool is_ready(int descriptor, short events, int timeout_ms) {
  pollfd one{descriptor, events, 0};
  return ::poll(&one, 1, timeout_ms) > 0 && (one.revents & events) != 0;
}

std::string next_path() {
  static std::atomic<int> count = 0;
  const std::string name = "acq-pty-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  return std::filesystem::temp_directory_path() / name;
}

}  // namespace

SerialLine::SerialLine() : path_(next_path()) {
  plug();
}

SerialLine::~SerialLine() {
  unplug();
}

void SerialLine::plug() {
  if (master_ >= 0) return;
  master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  ACQ_CHECK(master_ >= 0 && ::grantpt(master_) == 0 && ::unlockpt(master_) == 0);
  std::array<char, 128> name{};
  ACQ_CHECK(::ptsname_r(master_, name.data(), name.size()) == 0);
  slave_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ACQ_CHECK(slave_ >= 0);
  termios raw{};
  ACQ_CHECK(::tcgetattr(slave_, &raw) == 0);
  ::cfmakeraw(&raw);
  ACQ_CHECK(::tcsetattr(slave_, TCSANOW, &raw) == 0);
  std::filesystem::remove(path_);
  std::filesystem::create_symlink(name.data(), path_);
}

void SerialLine::unplug() {
  if (master_ < 0) return;
  std::filesystem::remove(path_);
  ::close(std::exchange(slave_, -1));
  ::close(std::exchange(master_, -1));
}

bool SerialLine::send(std::string_view bytes, int timeout_ms) const {
  while (!bytes.empty()) {
    if (!is_ready(master_, POLLOUT, timeout_ms)) return false;
    const ssize_t put = ::write(master_, bytes.data(), bytes.size());
    if (put < 0 && errno != EAGAIN) return false;
    if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

std::string SerialLine::receive(int timeout_ms) const {
  std::array<char, 256> bytes{};
  if (!is_ready(master_, POLLIN, timeout_ms)) return {};
  const ssize_t got = ::read(master_, bytes.data(), bytes.size());
  return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

}  // namespace acq::test
