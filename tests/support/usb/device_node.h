// The file under /dev that an emulated device is opened by.
#pragma once

#include <cstdint>
#include <string>

namespace acq::emu {

// libusb polls an open usbfs file: writable means a transfer can be reaped, an error that the
// device is gone. A plain file would always be ready.
enum class NodeKind : std::uint8_t {
  // Full or not: for programs that lead a session, as a daemon does.
  kFifo,
  // Stopped or not; an unplugged one reports a hang-up, as usbfs does. A session leader that opens
  // it without O_NOCTTY, as libusb does, would get SIGHUP at the end.
  kPty,
};

class DeviceNode {
 public:
  DeviceNode(NodeKind kind, std::string path);
  ~DeviceNode();
  DeviceNode(const DeviceNode&) = delete;
  DeviceNode& operator=(const DeviceNode&) = delete;

  void set_ready(bool is_ready);
  // The device left: the path is gone; who has it open sees the end.
  void hang_up();

 private:
  void make_fifo();
  void make_pty();
  void close_all();

  NodeKind kind_;
  std::string path_;
  int near_ = -1;
  int far_ = -1;
  bool is_ready_ = true;
};

}  // namespace acq::emu
