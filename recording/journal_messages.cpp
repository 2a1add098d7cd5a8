#include "recording/journal_messages.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <set>

#include "acq/v1/recording.pb.h"
#include "proto/channel.h"
#include "proto/messages.h"
#include "proto/wire.h"

namespace acq::journal {
namespace {

namespace pb = google::protobuf;

constexpr int kNesting = 8;
constexpr int kArrangements = 2;

// The bulk field is the last one: its tag and length, for the bytes to be put behind.
void put_bulk_head(int field, std::size_t bytes, std::string& out) {
  constexpr int kLengthDelimited = 2;
  std::array<std::uint8_t, 16> buffer{};
  std::uint8_t* end = pb::io::CodedOutputStream::WriteVarint32ToArray(
      static_cast<std::uint32_t>(field << 3 | kLengthDelimited), buffer.data());
  end = pb::io::CodedOutputStream::WriteVarint64ToArray(bytes, end);
  out.append(reinterpret_cast<const char*>(buffer.data()),
             static_cast<std::size_t>(end - buffer.data()));
}

// A message in two parts: the bytes of one field, and everything else in front of it.
struct Split {
  std::span<const std::byte> rest;
  std::span<const std::byte> bulk;
  int field = 0;  // that of the bulk; 0: there is none
};

bool skip_field(pb::io::CodedInputStream& in, std::uint32_t tag) {
  std::uint64_t number = 0;
  std::uint32_t length = 0;
  switch (tag & 7U) {
    case 0: return in.ReadVarint64(&number);
    case 1: return in.Skip(8);
    case 2: return in.ReadVarint32(&length) && in.Skip(static_cast<int>(length & INT32_MAX));
    case 5: return in.Skip(4);
    default: return false;
  }
}

// The bulk is in one of the fields from `first` to `last`. Nothing when it is not the last field of
// the message, or the message is malformed.
std::optional<Split> split(std::span<const std::byte> raw, int first, int last) {
  if (raw.size() > INT32_MAX) return std::nullopt;
  pb::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(raw.data()),
                              static_cast<int>(raw.size()));
  while (true) {
    const auto before = static_cast<std::size_t>(in.CurrentPosition());
    const std::uint32_t tag = in.ReadTag();
    if (tag == 0) return before == raw.size() ? std::optional<Split>({raw, {}, 0}) : std::nullopt;
    const int field = static_cast<int>(tag >> 3);
    if (field < first || field > last || (tag & 7U) != 2) {
      if (!skip_field(in, tag)) return std::nullopt;
      continue;
    }
    std::uint32_t length = 0;
    if (!in.ReadVarint32(&length)) return std::nullopt;
    const auto at = static_cast<std::size_t>(in.CurrentPosition());
    if (length != raw.size() - at) return std::nullopt;
    return Split{raw.first(before), raw.subspan(at), field};
  }
}

std::optional<Split> split(std::span<const std::byte> raw, int field) {
  return split(raw, field, field);
}

tl::unexpected<Error> malformed(const char* what) {
  return fail(Code::kInvalid, std::string(what) + " is not a valid message");
}

void put(const Rational& from, v1::Rational& to) {
  to.set_num(from.num);
  to.set_den(from.den);
}

void put_losses(const Loss& loss, pb::RepeatedPtrField<v1::LossCount>& out) {
  for (int bit = 0; bit < kGapReasonCount; ++bit) {
    const std::uint64_t samples = loss.samples[static_cast<std::size_t>(bit)];
    if (samples == 0) continue;
    v1::LossCount& count = *out.Add();
    count.set_reason(gap_reason_name(bit));
    count.set_samples(samples);
  }
}

Loss losses_of(const pb::RepeatedPtrField<v1::LossCount>& counts) {
  Loss loss;
  for (const v1::LossCount& count : counts) {
    std::uint32_t reason = kGapUnknown;
    for (int bit = 0; bit < kGapReasonCount; ++bit) {
      if (count.reason() == gap_reason_name(bit)) reason = 1U << bit;
    }
    loss.add({count.samples(), reason, true});
  }
  return loss;
}

std::string to_json(const pb::Message& message) {
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  ACQ_CHECK(pb::util::MessageToJsonString(message, &text, options).ok());
  return text;
}

bool read_description(std::string_view text, v1::StreamDescriptor& out) {
  pb::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return pb::util::JsonStringToMessage(std::string(text), &out, options).ok();
}

using Names = std::set<std::string, std::less<>>;

// The types that a message needs, as far as they stand at the top of a file, itself included.
void collect(const pb::Descriptor* type, Names& names) {
  const pb::Descriptor* top = type;
  while (top->containing_type() != nullptr) top = top->containing_type();
  names.insert(top->full_name());
  for (int i = 0; i < type->field_count(); ++i) {
    const pb::FieldDescriptor* field = type->field(i);
    if (const pb::EnumDescriptor* choice = field->enum_type()) {
      const pb::Descriptor* around = choice->containing_type();
      names.insert(around != nullptr ? around->full_name() : choice->full_name());
    }
    const pb::Descriptor* inner = field->message_type();
    if (inner != nullptr && !names.contains(inner->full_name())) collect(inner, names);
  }
}

template <typename List>
void keep(List& list, const std::string& package, const Names& names) {
  for (int i = list.size() - 1; i >= 0; --i) {
    if (!names.contains(package + "." + list[i].name())) list.DeleteSubrange(i, 1);
  }
}

// The file and those it needs, in front of it, without the types that nobody needs. False: none is.
bool put_file(const pb::FileDescriptor* file, const Names& names,
              std::set<const pb::FileDescriptor*>& done, pb::FileDescriptorSet& out) {
  pb::FileDescriptorProto pruned;
  file->CopyTo(&pruned);
  keep(*pruned.mutable_message_type(), file->package(), names);
  keep(*pruned.mutable_enum_type(), file->package(), names);
  pruned.clear_dependency();
  for (int i = 0; i < file->dependency_count(); ++i) {
    if (put_file(file->dependency(i), names, done, out))
      pruned.add_dependency(file->dependency(i)->name());
  }
  if (pruned.message_type().empty() && pruned.enum_type().empty()) return false;
  if (done.insert(file).second) *out.add_file() = std::move(pruned);
  return true;
}

}  // namespace

void Loss::add(const Gap& gap) noexcept {
  reasons |= gap.reasons;
  is_exact = is_exact && gap.is_exact;
  if (gap.samples == 0) return;
  const std::uint32_t lost_by = gap.loss().reasons == 0 ? kGapUnknown : gap.loss().reasons;
  const auto bit = static_cast<std::size_t>(std::countr_zero(lost_by));
  samples[std::min<std::size_t>(bit, samples.size() - 1)] += gap.samples;
  reasons |= lost_by;
}

void Loss::merge(const Loss& other) noexcept {
  for (std::size_t bit = 0; bit < samples.size(); ++bit) samples[bit] += other.samples[bit];
  reasons |= other.reasons;
  is_exact = is_exact && other.is_exact;
}

std::uint64_t Loss::total() const noexcept {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : samples) sum += count;
  return sum;
}

std::string describe(std::string_view instrument, const StreamInfo& info,
                     std::string_view software) {
  v1::StreamDescriptor out;
  out.set_instrument(std::string(instrument));
  out.set_name(info.name);
  out.set_source(std::string(instrument) + "/" + info.name);
  out.set_kind(static_cast<v1::Kind>(info.kind));
  out.set_dtype(static_cast<v1::Dtype>(info.dtype));
  out.set_is_planar(info.layout == Layout::kPlanar);
  out.set_flags(info.flags);
  out.set_software(std::string(software));
  put(info.rate_hz, *out.mutable_rate_hz());
  for (const Channel& channel : info.channels) put(channel, *out.add_channels());
  return to_json(out);
}

Result<std::string> describe_topic(std::string_view encoded_descriptor) {
  const auto descriptor = decode_descriptor(std::as_bytes(std::span(encoded_descriptor)));
  if (!descriptor) return tl::unexpected<Error>(descriptor.error());
  return to_json(*descriptor);
}

std::vector<Channel> channels_of(std::string_view description) {
  std::vector<Channel> channels;
  v1::StreamDescriptor in;
  if (!read_description(description, in)) return channels;
  for (const v1::Channel& channel : in.channels()) channels.push_back(channel_of(channel));
  return channels;
}

Result<std::shared_ptr<const StreamInfo>> stream_of(std::string_view description) {
  v1::StreamDescriptor in;
  if (!read_description(description, in)) return malformed("a stream's description");
  StreamInfo info;
  info.name = in.name();
  info.kind = static_cast<Kind>(in.kind());
  info.dtype = static_cast<Dtype>(in.dtype());
  info.layout = in.is_planar() ? Layout::kPlanar : Layout::kInterleaved;
  if (info.kind == Kind::kLogic) info.layout = Layout::kPacked;  // the one goes with the other
  info.flags = in.flags();
  info.rate_hz = {in.rate_hz().num(), in.rate_hz().den()};
  for (const v1::Channel& channel : in.channels()) info.channels.push_back(channel_of(channel));
  const bool is_sound = size_of(info.dtype) != 0 && is_continuous(info.kind) &&
                        info.rate_hz.num > 0 && info.rate_hz.den > 0 && !info.channels.empty() &&
                        info.channels.size() <= kMaxChannels;
  if (!is_sound) return malformed("a stream's description");
  return std::make_shared<const StreamInfo>(std::move(info));
}

std::string schema_of(std::string_view message) {
  // Refers to the generated code, so that the linker keeps it.
  static const pb::FileDescriptor* const kOurs[] = {v1::Packet::descriptor()->file(),
                                                    v1::Event::descriptor()->file()};
  const pb::Descriptor* found = nullptr;
  for (const pb::FileDescriptor* file : kOurs) {
    for (int i = 0; i < file->message_type_count() && found == nullptr; ++i) {
      if (file->message_type(i)->full_name() == message) found = file->message_type(i);
    }
  }
  ACQ_CHECK(found != nullptr);
  Names names;
  collect(found, names);
  pb::FileDescriptorSet set;
  std::set<const pb::FileDescriptor*> done;
  put_file(found->file(), names, done, set);
  return set.SerializeAsString();
}

void encode(const PacketHead& head, Arrangement arrangement, std::size_t sample_bytes,
            std::string& out) {
  v1::Packet packet;
  packet.set_epoch(head.epoch);
  packet.set_first_index(head.first_index);
  packet.set_count(head.count);
  packet.set_flags(head.flags);
  put(head.stamp.tick_s, *packet.mutable_tick_s());
  packet.set_time_scale(static_cast<v1::TimeScale>(head.stamp.scale));
  packet.set_time_origin(static_cast<v1::TimeOrigin>(head.stamp.origin));
  packet.set_clock_state(static_cast<v1::ClockState>(head.stamp.clock_state));
  packet.set_t0_ticks(head.stamp.t0_ticks);
  packet.set_t_sigma_ns(head.stamp.sigma_ns);
  packet.set_host_rx_ns(head.stamp.host_rx_ns);
  if (head.lost_before.gap().breaks()) {
    packet.set_gap_before(head.lost_before.total());
    packet.set_gap_reasons(head.lost_before.reasons);
    packet.set_gap_inexact(!head.lost_before.is_exact);
    put_losses(head.lost_before, *packet.mutable_gap_parts());
  }
  packet.set_overrange_low(head.overrange_low);
  packet.set_overrange_high(head.overrange_high);
  packet.set_arrangement(static_cast<v1::Packet::Arrangement>(arrangement));
  out.clear();
  packet.AppendToString(&out);
  put_bulk_head(arrangement == Arrangement::kAsMade ? v1::Packet::kSamplesFieldNumber
                                                    : v1::Packet::kArrangedFieldNumber,
                sample_bytes, out);
}

void encode_frame(std::span<const std::byte> header, std::size_t payload_bytes, std::string& out) {
  out.clear();
  put_bulk_head(v1::RecordedFrame::kHeaderFieldNumber, header.size(), out);
  out.append(reinterpret_cast<const char*>(header.data()), header.size());
  put_bulk_head(v1::RecordedFrame::kPayloadFieldNumber, payload_bytes, out);
}

void encode(const Event& event, std::string& out) {
  v1::Event message;
  message.set_utc_ns(event.utc_ns);
  message.set_source(event.source);
  message.set_what(event.what);
  message.set_sentence(event.sentence);
  message.set_config_revision(event.config_revision);
  message.set_replayed(event.is_replayed);
  message.SerializeToString(&out);
}

void encode(const Anchor& anchor, std::string& out) {
  v1::Anchor message;
  message.set_monotonic_ns(anchor.monotonic_ns);
  message.set_utc_ns(anchor.utc_ns);
  message.set_tai_ns(anchor.tai_ns);
  message.set_tai_is_known(anchor.tai_ns != 0);
  message.set_within_ns(anchor.within_ns);
  message.SerializeToString(&out);
}

void encode(std::span<const StreamAccount> accounts, std::string& out) {
  v1::Account message;
  for (const StreamAccount& account : accounts) {
    v1::StreamAccount& stream = *message.add_streams();
    stream.set_stream(account.stream);
    stream.set_made(account.recorded + account.lost.total());
    stream.set_recorded(account.recorded);
    put_losses(account.lost, *stream.mutable_lost());
  }
  message.SerializeToString(&out);
}

Result<DecodedPacket> decode_packet(std::span<const std::byte> raw) {
  const auto parts = split(raw, v1::Packet::kSamplesFieldNumber, v1::Packet::kArrangedFieldNumber);
  v1::Packet packet;
  if (!parts || !wire::parse(packet, parts->rest, kNesting)) return malformed("a packet");
  if (packet.arrangement() < 0 || packet.arrangement() >= kArrangements) {
    return fail(Code::kUnsupported, "a packet's samples are arranged in way " +
                                        std::to_string(packet.arrangement()) +
                                        ", which this version does not know");
  }
  DecodedPacket out;
  out.arrangement = static_cast<Arrangement>(packet.arrangement());
  const bool is_arranged = out.arrangement != Arrangement::kAsMade;
  if (parts->field != 0 && is_arranged != (parts->field == v1::Packet::kArrangedFieldNumber))
    return malformed("a packet");
  out.samples = parts->bulk;
  PacketHead& head = out.head;
  head.epoch = packet.epoch();
  head.first_index = packet.first_index();
  head.count = packet.count();
  head.flags = packet.flags();
  head.stamp = {.t0_ticks = packet.t0_ticks(),
                .tick_s = {packet.tick_s().num(), packet.tick_s().den()},
                .scale = static_cast<TimeScale>(packet.time_scale()),
                .origin = static_cast<TimeOrigin>(packet.time_origin()),
                .clock_state = static_cast<ClockState>(packet.clock_state()),
                .sigma_ns = packet.t_sigma_ns(),
                .host_rx_ns = packet.host_rx_ns()};
  if (packet.tick_s().den() == 0) return malformed("a packet's time");
  head.lost_before = losses_of(packet.gap_parts());
  if (packet.gap_parts().empty())
    head.lost_before.add({packet.gap_before(), packet.gap_reasons(), true});
  if (head.lost_before.total() != packet.gap_before()) return malformed("a packet's gap");
  head.lost_before.reasons = packet.gap_reasons() & ((1U << kGapReasonCount) - 1);
  head.lost_before.is_exact = !packet.gap_inexact();
  head.overrange_low = packet.overrange_low();
  head.overrange_high = packet.overrange_high();
  return out;
}

Result<DecodedFrame> decode_frame(std::span<const std::byte> raw) {
  const auto parts = split(raw, v1::RecordedFrame::kPayloadFieldNumber);
  if (!parts) return malformed("a frame");
  const auto header = split(parts->rest, v1::RecordedFrame::kHeaderFieldNumber);
  if (!header || !header->rest.empty()) return malformed("a frame");
  return DecodedFrame{header->bulk, parts->bulk};
}

Result<Event> decode_event(std::span<const std::byte> raw) {
  const auto event = acq::decode_event(raw);
  if (!event) return tl::unexpected<Error>(event.error());
  return Event{event->utc_ns(),   event->source(),          event->what(),
               event->sentence(), event->config_revision(), event->replayed()};
}

Result<Anchor> decode_anchor(std::span<const std::byte> raw) {
  v1::Anchor anchor;
  if (!wire::parse(anchor, raw, kNesting)) return malformed("a clock anchor");
  return Anchor{anchor.monotonic_ns(), anchor.utc_ns(), anchor.tai_is_known() ? anchor.tai_ns() : 0,
                anchor.within_ns()};
}

Result<std::vector<StreamAccount>> decode_account(std::span<const std::byte> raw) {
  v1::Account account;
  if (!wire::parse(account, raw, kNesting)) return malformed("an account");
  std::vector<StreamAccount> out;
  for (const v1::StreamAccount& stream : account.streams()) {
    out.push_back({stream.stream(), stream.recorded(), losses_of(stream.lost())});
    if (stream.made() != stream.recorded() + out.back().lost.total())
      return malformed("an account's sum");
  }
  return out;
}

}  // namespace acq::journal
