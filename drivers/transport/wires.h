// Where the connections of a driver come from: the one place through which all of them go.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "drivers/transport/byte_stream.h"
#include "drivers/transport/serial.h"
#include "drivers/transport/tcp.h"
#include "drivers/transport/usb.h"

namespace acq {

// Makes the connections that connect_tcp(), open_serial() and usb::system_bus() are asked for; they
// say what each promises.
class Wires {
 public:
  virtual ~Wires() = default;
  virtual Result<std::unique_ptr<ByteStream>> tcp(const HostPort& address, const Until& until) = 0;
  virtual Result<std::unique_ptr<ByteStream>> serial(const std::string& path,
                                                     const SerialSettings& settings) = 0;
  virtual Result<std::shared_ptr<usb::Bus>> usb() = 0;
};

// Those of the machine. Any thread.
Wires& system_wires() noexcept;

// Those in force on the calling thread: the machine's, unless a scope says otherwise.
Wires& wires() noexcept;

// Puts others in force on this thread for as long as it lives. Connections made meanwhile may
// outlive it. Of the thread, and no argument: a driver's code names no wires, so that every driver
// can be listened to and played back without a line of its own.
class WiresScope {
 public:
  explicit WiresScope(Wires& wires) noexcept;
  ~WiresScope();
  WiresScope(const WiresScope&) = delete;
  WiresScope& operator=(const WiresScope&) = delete;

 private:
  Wires* before_;
};

}  // namespace acq
