#include "tests/support/usb/model_device.h"

#include "dsp/base/result.h"

namespace acq::emu {
namespace {

constexpr std::size_t kDepth = 600'000;
constexpr int kLooksUntilTrigger = 1;

}  // namespace

ModelDevice::ModelDevice(std::string_view family)
    : model_(test::make_scpi_model(family, kDepth, kLooksUntilTrigger)) {
  ACQ_CHECK(model_ != nullptr);
}

std::optional<test::ScpiReply> ModelDevice::execute(std::string_view message) {
  std::optional<test::ModelReply> reply = model_->execute(message);
  if (!reply) return {};
  return test::ScpiReply{.text = std::move(reply->bytes)};
}

}  // namespace acq::emu
