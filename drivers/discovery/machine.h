// What Linux tells of the hardware of this machine, in files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acq::discovery {

// Where /sys, /dev, /proc and /usr are looked for: the machine itself, or a folder that holds
// another one's.
struct Root {
  std::string folder;

  [[nodiscard]] std::string at(std::string_view path) const { return folder + std::string(path); }
};

// The first line of a small file, without white space around it; empty when it cannot be read.
std::string read_line(const std::string& path);
// The names in a folder, sorted; none when it cannot be read.
std::vector<std::string> names_in(const std::string& folder);
// The last part of what a symbolic link points to; empty when it is none.
std::string link_name(const std::string& path);

// One USB device, as sysfs shows it: no right to open it is needed.
struct UsbDevice {
  struct Interface {
    std::uint8_t number = 0;
    std::uint8_t class_code = 0;
    std::uint8_t subclass = 0;
    std::string driver;  // the kernel's, or "usbfs": a program has it
  };

  std::string port_path;  // "1-2.4"
  std::uint16_t vendor_id = 0;
  std::uint16_t product_id = 0;
  std::string manufacturer;
  std::string product;
  std::string serial;
  std::string node;  // "/dev/bus/usb/001/004"
  std::vector<Interface> interfaces;

  [[nodiscard]] const Interface* find(std::uint8_t class_code, std::uint8_t subclass) const;
};
std::vector<UsbDevice> usb_devices(const Root& root);

struct SerialPort {
  std::string path;    // one that stays the same: "/dev/serial/by-id/..." where there is one
  std::string node;    // "/dev/ttyUSB0"
  std::string name;    // of what it belongs to, where that is told
  std::string driver;  // the kernel's
};
// Those with hardware behind them; virtual terminals are none.
std::vector<SerialPort> serial_ports(const Root& root);

struct SoundCard {
  std::string device;  // "hw:CARD=Device,DEV=0"
  std::string name;
};
// Those that can capture.
std::vector<SoundCard> sound_cards(const Root& root);

}  // namespace acq::discovery
