#include "tests/support/usb/emulator_control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "dsp/base/result.h"

namespace acq::emu {

EmulatorControl::EmulatorControl() {
  const char* const path = std::getenv("ACQ_USB_EMULATOR");
  ACQ_CHECK(path != nullptr);  // run under usb_emulator
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string_view text(path);
  ACQ_CHECK(text.size() < sizeof address.sun_path);
  std::copy(text.begin(), text.end(), address.sun_path);
  fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ACQ_CHECK(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

EmulatorControl::~EmulatorControl() {
  close(fd_);
}

std::string EmulatorControl::say(std::string_view line) {
  const std::string sent = std::string(line) + "\n";
  ACQ_CHECK(write(fd_, sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()));
  std::string answer;
  while (!answer.ends_with('\n')) {
    std::array<char, 256> bytes{};
    const ssize_t size = read(fd_, bytes.data(), bytes.size());
    ACQ_CHECK(size > 0);
    answer.append(bytes.data(), static_cast<std::size_t>(size));
  }
  answer.pop_back();
  EXPECT_TRUE(answer.starts_with("ok")) << line << ": " << answer;
  return answer.substr(std::min<std::size_t>(answer.size(), 3));
}

}  // namespace acq::emu
