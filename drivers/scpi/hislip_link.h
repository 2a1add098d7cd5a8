// Instruments over HiSLIP (IVI-6.1, version 1.0), in synchronised mode.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drivers/scpi/hislip_message.h"
#include "drivers/scpi/link.h"

namespace acq::scpi {

inline constexpr std::uint16_t kHislipPort = 4880;

class HislipLink final : public Link {
 public:
  using Connect = std::function<Result<std::unique_ptr<ByteStream>>(const Until&)>;

  // Makes both connections with `connect` and asks for `sub_address`, such as "hislip0".
  static Result<std::unique_ptr<HislipLink>> open(std::string name, Connect connect,
                                                  std::string sub_address, const Until& until);

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] bool marks_end() const noexcept override { return true; }
  Result<void> write(std::string_view message, const Until& until) override;
  Result<Piece> read(std::span<std::byte> into, const Until& until) override;
  // The device clear of the protocol; new connections where one of them is of no more use.
  Result<void> clear(const Until& until) override;
  Result<std::uint8_t> status_byte(const Until& until) override;
  Result<void> enable_service_requests(const Until& until) override;
  Result<bool> wait_service_request(const Until& until) override;
  Result<void> trigger(const Until& until) override;
  Result<void> set_remote(bool is_remote, const Until& until) override;

  // The longest message the instrument takes.
  [[nodiscard]] std::uint64_t most_bytes() const noexcept { return most_bytes_; }

 private:
  HislipLink(std::string name, Connect connect, std::string sub_address)
      : name_(std::move(name)),
        connect_(std::move(connect)),
        sub_address_(std::move(sub_address)) {}

  Result<void> connect(const Until& until);
  Result<void> negotiate_size(const Until& until);
  Result<void> device_clear(const Until& until);
  Result<void> send(HislipType type, std::string_view payload, const Until& until);
  // The next message of a type; on the way, service requests are noted and errors returned.
  Result<HislipHeader> await(HislipChannel& channel, HislipType type, const Until& until);
  Result<void> handle_other(HislipChannel& channel, const HislipHeader& header, const Until& until);
  [[nodiscard]] bool is_answer(const HislipHeader& header) const noexcept;

  std::string name_;
  Connect connect_;
  std::string sub_address_;
  std::optional<HislipChannel> sync_;
  std::optional<HislipChannel> async_;
  std::uint64_t most_bytes_ = 0;
  std::uint32_t next_id_ = 0;
  std::uint32_t last_id_ = 0;
  bool is_reading_ = false;      // a part of an answer has been begun
  bool is_reading_end_ = false;  // and is its last
  bool was_delivered_ = false;   // an answer was read to its end since the last message sent
  bool is_called_ = false;       // a service request nobody has waited for yet
};

}  // namespace acq::scpi
