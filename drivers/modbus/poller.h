// Fetches all registers once, request by request, over any byte stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "drivers/modbus/registers.h"
#include "drivers/transport/byte_stream.h"
#include "dsp/base/clock.h"

namespace acq::modbus {

// One connection, one request at a time. A poll goes on over several calls.
class Poller {
 public:
  // `quiet_ns`: how long a serial line must be silent before a request.
  Poller(std::unique_ptr<ByteStream> stream, Framing framing, std::vector<Fetch> fetches,
         const Clock& clock, std::int64_t quiet_ns = 0)
      : stream_(std::move(stream)),
        framing_(framing),
        fetches_(std::move(fetches)),
        clock_(clock),
        quiet_ns_(quiet_ns) {}

  // Begins a poll, or goes on with it. True: all is there. False: the deadline passed.
  // kDisconnected; kIo: an answer that is none; kNotFound, kUnsupported, kBusy, kIo as the device
  // refuses, naming the address. After an error the next call begins anew.
  Result<bool> poll(const Until& until);
  // Gives up the poll: the answer to its request may still come.
  void abandon();
  // Values of a fetch, after poll() said true.
  [[nodiscard]] const std::vector<std::uint16_t>& values(std::size_t fetch) const noexcept {
    return values_[fetch];
  }

 private:
  Result<void> ask(const Until& until);
  Result<bool> answer(const Until& until);
  tl::unexpected<Error> refused(std::uint8_t code);

  std::unique_ptr<ByteStream> stream_;
  Framing framing_;
  std::vector<Fetch> fetches_;
  const Clock& clock_;
  std::int64_t quiet_ns_;
  std::int64_t last_ns_ = 0;                        // something was received
  std::vector<std::vector<std::uint16_t>> values_;  // of the fetches done
  std::vector<std::byte> received_;
  std::uint16_t transaction_ = 0;
  bool is_asked_ = false;
};

}  // namespace acq::modbus
