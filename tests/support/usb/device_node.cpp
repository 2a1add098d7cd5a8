#include "tests/support/usb/device_node.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "dsp/base/result.h"

namespace acq::emu {

DeviceNode::DeviceNode(NodeKind kind, std::string path) : kind_(kind), path_(std::move(path)) {
  if (kind_ == NodeKind::kFifo) {
    make_fifo();
  } else {
    make_pty();
  }
  set_ready(false);
}

DeviceNode::~DeviceNode() {
  close_all();
  unlink(path_.c_str());
}

void DeviceNode::make_fifo() {
  ACQ_CHECK(mkfifo(path_.c_str(), 0666) == 0);
  near_ = open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ACQ_CHECK(near_ >= 0);
  fcntl(near_, F_SETPIPE_SZ, 4096);  // one page is one slot: one byte makes it full
}

void DeviceNode::make_pty() {
  std::array<char, 128> name{};
  ACQ_CHECK(openpty(&near_, &far_, name.data(), nullptr, nullptr) == 0);
  fcntl(near_, F_SETFD, FD_CLOEXEC);
  fcntl(far_, F_SETFD, FD_CLOEXEC);
  termios settings{};
  tcgetattr(far_, &settings);
  cfmakeraw(&settings);
  tcsetattr(far_, TCSANOW, &settings);
  ACQ_CHECK(symlink(name.data(), path_.c_str()) == 0);
}

void DeviceNode::set_ready(bool is_ready) {
  if (is_ready == is_ready_ || near_ < 0) return;
  is_ready_ = is_ready;
  if (kind_ == NodeKind::kPty) {
    tcflow(far_, is_ready ? TCOON : TCOOFF);
    return;
  }
  char byte = 0;
  ACQ_CHECK((is_ready ? read(near_, &byte, 1) : write(near_, &byte, 1)) == 1);
}

void DeviceNode::hang_up() {
  set_ready(true);
  if (kind_ == NodeKind::kPty) close_all();
  unlink(path_.c_str());
}

void DeviceNode::close_all() {
  if (near_ >= 0) close(near_);
  if (far_ >= 0) close(far_);
  near_ = far_ = -1;
}

}  // namespace acq::emu
