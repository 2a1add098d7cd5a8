// Messages over bytes without boundaries: raw TCP sockets and serial lines.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/scpi/link.h"
#include "drivers/transport/byte_stream.h"

namespace acq::scpi {

// Neither marks the end of an answer, clears the device nor requests service: see Session for what
// is done instead.
class RawLink final : public Link {
 public:
  using Connect = std::function<Result<std::unique_ptr<ByteStream>>(const Until&)>;
  enum class Recovery {
    kReconnect,  // clear() replaces the connection: what was under way goes with it
    kQuiet,  // clear() drops what comes until nothing has come for kQuiet_ns, or a third of the time
  };
  static constexpr std::int64_t kQuiet_ns = 200'000'000;

  // Connects. `terminator` ends every message written.
  static Result<std::unique_ptr<RawLink>> open(std::string name, Connect connect, Recovery recovery,
                                               std::string terminator, const Until& until);

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] bool marks_end() const noexcept override { return false; }
  Result<void> write(std::string_view message, const Until& until) override;
  Result<Piece> read(std::span<std::byte> into, const Until& until) override;
  Result<void> clear(const Until& until) override;
  Result<std::uint8_t> status_byte(const Until& until) override;
  Result<void> enable_service_requests(const Until& until) override;
  Result<bool> wait_service_request(const Until& until) override;
  Result<void> trigger(const Until& until) override;
  Result<void> set_remote(bool is_remote, const Until& until) override;

 private:
  RawLink(std::string name, Connect connect, Recovery recovery, std::string terminator)
      : name_(std::move(name)),
        connect_(std::move(connect)),
        recovery_(recovery),
        terminator_(std::move(terminator)) {}
  Result<void> reconnect(const Until& until);
  Result<void> wait_quiet(const Until& until);
  [[nodiscard]] tl::unexpected<Error> cannot(std::string_view what) const;

  std::string name_;
  Connect connect_;
  Recovery recovery_;
  std::string terminator_;
  std::unique_ptr<ByteStream> stream_;  // none after a clear() that could not connect
  std::vector<std::byte> out_;
};

}  // namespace acq::scpi
