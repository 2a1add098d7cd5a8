#include "proto/wire.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wire_format_lite.h>

#include "acq/v1/control.pb.h"
#include "acq/v1/frame.pb.h"
#include "dsp/base/result.h"
#include "dsp/base/signal.h"
#include "dsp/base/stream_info.h"
#include "dsp/base/time.h"

namespace acq::wire {
namespace {

// The enums of dsp/base and of the wire are converted by a cast: the values must be the same.
template <typename Ours, typename Theirs>
constexpr bool is_same(Ours ours, Theirs theirs) {
  return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(is_same(Kind::kUnspecified, v1::KIND_UNSPECIFIED));
static_assert(is_same(Kind::kWaveform, v1::WAVEFORM));
static_assert(is_same(Kind::kRecord, v1::RECORD));
static_assert(is_same(Kind::kSpectrum, v1::SPECTRUM));
static_assert(is_same(Kind::kScalars, v1::SCALARS));
static_assert(is_same(Kind::kEvent, v1::EVENT));
static_assert(is_same(Kind::kDescription, v1::DESCRIPTION));
static_assert(is_same(Kind::kStatus, v1::STATUS));
static_assert(is_same(Kind::kIq, v1::IQ));
static_assert(is_same(Kind::kLogic, v1::LOGIC));

static_assert(is_same(Dtype::kUnspecified, v1::DTYPE_UNSPECIFIED));
static_assert(is_same(Dtype::kI8, v1::I8));
static_assert(is_same(Dtype::kU8, v1::U8));
static_assert(is_same(Dtype::kI16, v1::I16));
static_assert(is_same(Dtype::kU16, v1::U16));
static_assert(is_same(Dtype::kI32, v1::I32));
static_assert(is_same(Dtype::kF32, v1::F32));
static_assert(is_same(Dtype::kF64, v1::F64));
static_assert(is_same(Dtype::kC64, v1::C64));
static_assert(is_same(Dtype::kC64, v1::Dtype_MAX));

static_assert(is_same(Layout::kInterleaved, v1::INTERLEAVED));
static_assert(is_same(Layout::kPlanar, v1::PLANAR));
static_assert(is_same(Layout::kPacked, v1::PACKED));
static_assert(is_same(Layout::kPacked, v1::Layout_MAX));

static_assert(is_same(AxisRule::kLinear, v1::Axis::LINEAR));
static_assert(is_same(AxisRule::kLog, v1::Axis::LOG));
static_assert(is_same(AxisRule::kList, v1::Axis::LIST));
static_assert(is_same(AxisRule::kList, v1::Axis::Rule_MAX));

static_assert(is_same(TimeScale::kUnspecified, v1::TIME_SCALE_UNSPECIFIED));
static_assert(is_same(TimeScale::kTai, v1::TAI));
static_assert(is_same(TimeScale::kUtc, v1::UTC));
static_assert(is_same(TimeScale::kMonotonic, v1::MONOTONIC));
static_assert(is_same(TimeScale::kFreeRunning, v1::FREE_RUNNING));
static_assert(is_same(TimeScale::kFreeRunning, v1::TimeScale_MAX));

static_assert(is_same(TimeOrigin::kUnspecified, v1::TIME_ORIGIN_UNSPECIFIED));
static_assert(is_same(TimeOrigin::kHardware, v1::HARDWARE));
static_assert(is_same(TimeOrigin::kDeviceReported, v1::DEVICE_REPORTED));
static_assert(is_same(TimeOrigin::kHostArrival, v1::HOST_ARRIVAL));
static_assert(is_same(TimeOrigin::kComputed, v1::COMPUTED));
static_assert(is_same(TimeOrigin::kComputed, v1::TimeOrigin_MAX));

static_assert(is_same(ClockState::kUnspecified, v1::CLOCK_STATE_UNSPECIFIED));
static_assert(is_same(ClockState::kFree, v1::FREE));
static_assert(is_same(ClockState::kAcquiring, v1::ACQUIRING));
static_assert(is_same(ClockState::kLocked, v1::LOCKED));
static_assert(is_same(ClockState::kHoldover, v1::HOLDOVER));
static_assert(is_same(ClockState::kHoldover, v1::ClockState_MAX));

static_assert(is_same(kGapDevice, v1::GAP_DEVICE));
static_assert(is_same(kGapUsb, v1::GAP_USB));
static_assert(is_same(kGapRingFull, v1::GAP_RING_FULL));
static_assert(is_same(kGapLate, v1::GAP_LATE));
static_assert(is_same(kGapPublisher, v1::GAP_PUBLISHER));
static_assert(is_same(kGapReconnect, v1::GAP_RECONNECT));
static_assert(is_same(kGapReconfigure, v1::GAP_RECONFIGURE));
static_assert(is_same(kGapUnknown, v1::GAP_UNKNOWN));
static_assert(is_same(kGapRecorder, v1::GAP_RECORDER));
static_assert(is_same(kGapNewRecord, v1::GAP_NEW_RECORD));
static_assert(is_same(kGapPaused, v1::GAP_PAUSED));
static_assert(is_same(kGapPaused, v1::GapReason_MAX));

static_assert(is_same(kFlagTriggered, v1::FLAG_TRIGGERED));
static_assert(is_same(kFlagPartial, v1::FLAG_PARTIAL));
static_assert(is_same(kFlagSimulated, v1::FLAG_SIMULATED));
static_assert(is_same(kFlagReplayed, v1::FLAG_REPLAYED));
static_assert(is_same(kFlagOverrange, v1::FLAG_OVERRANGE));
static_assert(is_same(kFlagCalibrated, v1::FLAG_CALIBRATED));
static_assert(is_same(kFlagSettingsUnconfirmed, v1::FLAG_SETTINGS_UNCONFIRMED));
static_assert(is_same(kFlagSettingsUnconfirmed, v1::FrameFlag_MAX));

static_assert(is_same(Code::kOk, v1::OK));
static_assert(is_same(Code::kInvalid, v1::INVALID));
static_assert(is_same(Code::kNotFound, v1::NOT_FOUND));
static_assert(is_same(Code::kBusy, v1::BUSY));
static_assert(is_same(Code::kDenied, v1::DENIED));
static_assert(is_same(Code::kTimeout, v1::TIMEOUT));
static_assert(is_same(Code::kDisconnected, v1::DISCONNECTED));
static_assert(is_same(Code::kUnsupported, v1::UNSUPPORTED));
static_assert(is_same(Code::kOverflow, v1::OVERFLOW));
static_assert(is_same(Code::kIo, v1::IO));
static_assert(is_same(Code::kInternal, v1::INTERNAL));
static_assert(is_same(Code::kInternal, v1::Code_MAX));

// Before main: the handler may not be changed while other threads run.
[[maybe_unused]] const bool kIsQuiet = [] {
  google::protobuf::SetLogHandler(nullptr);
  return true;
}();

}  // namespace

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Whether every length stays within the message around it, and the nesting within its limit.
bool is_sound(CodedInputStream& input, const Descriptor& type, int nesting) {
  if (nesting < 0) return false;
  while (const std::uint32_t tag = input.ReadTag()) {
    const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    const bool is_message =
        field != nullptr && field->type() == FieldDescriptor::TYPE_MESSAGE &&
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (!is_message) {
      if (!WireFormatLite::SkipField(&input, tag)) return false;
      continue;
    }
    int length = 0;
    if (!input.ReadVarintSizeAsInt(&length) || length > input.BytesUntilLimit()) return false;
    const auto outer = input.PushLimit(length);
    if (!is_sound(input, *field->message_type(), nesting - 1)) return false;
    input.PopLimit(outer);
  }
  return input.ConsumedEntireMessage();
}

}  // namespace

bool parse(google::protobuf::Message& message, std::span<const std::byte> raw, int nesting) {
  const auto size = static_cast<int>(raw.size());
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(raw.data()), size);
  input.SetRecursionLimit(nesting);  // of unknown groups
  input.PushLimit(size);
  return is_sound(input, *message.GetDescriptor(), nesting) &&
         message.ParseFromArray(raw.data(), size);
}

}  // namespace acq::wire
