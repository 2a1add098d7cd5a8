#include "tests/support/emulators/iiod_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace acq::test {
namespace {

using Clock = std::chrono::steady_clock;

// Errors of Linux.
constexpr int kNoEntry = -2, kBadFile = -9, kNoDevice = -19, kInvalid = -22, kNotImplemented = -38;

constexpr double kRates_hz[] = {1, 10, 1000, 10'000, 100'000, 1'000'000};

std::vector<std::string> split(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

bool answer(Peer& peer, std::int64_t number) {
  return peer.send(std::to_string(number) + "\n");
}

int device_of(const std::string& id) {
  if (id == "iio:device0") return 0;
  return id == "iio:device1" ? 1 : -1;
}

std::size_t scan_bytes_of(const std::vector<IiodServer::Channel>& channels, std::uint32_t mask) {
  std::size_t end = 0, largest = 1;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if ((mask >> i & 1) == 0) continue;
    const auto size = static_cast<std::size_t>(channels[i].storage_bytes);
    end = (end + size - 1) / size * size + size;
    largest = std::max(largest, size);
  }
  return (end + largest - 1) / largest * largest;
}

// "voltage0" has scale and offset; a timestamp has nothing.
std::string channel_xml(const IiodServer::Channel& channel, std::size_t index) {
  std::string escaped;
  for (const char c : channel.format) escaped += c == '>' ? "&gt;" : std::string(1, c);
  std::string xml = fmt::format(
      "<channel id=\"{}\" type=\"input\"><scan-element index=\"{}\" "
      "format=\"{}\" />",
      channel.id, index, escaped);
  if (channel.id != "timestamp") {
    for (const char* name : {"raw", "scale", "offset"})
      xml += fmt::format("<attribute name=\"{0}\" filename=\"in_{1}_{0}\" />", name, channel.id);
  }
  return xml + "</channel>";
}

}  // namespace

// One connection, with the buffer opened on it.
struct IiodServer::Session {
  Peer& peer;
  int device = -1;  // with an open buffer
  std::uint32_t mask = 0;
  std::size_t block_scans = 0;
  std::uint64_t made = 0;
  double rate_hz = 1;
  Clock::time_point opened = {};
};

const std::vector<IiodServer::Channel>& IiodServer::channels(int device) {
  static const std::vector<Channel> kConverter = {
      {"voltage0", "le:s12/16>>4", 12, 2, 4},
      {"voltage1", "be:s24/32>>8", 24, 4, 8, true, true},
      {"voltage2", "le:u16/16>>0", 16, 2, 0, false},
      {"temp", "le:s16/16>>0", 16, 2, 0},
      {"timestamp", "le:s64/64>>0", 64, 8, 0},
  };
  static const std::vector<Channel> kRadio = {
      {"voltage0_i", "le:s12/16>>0", 12, 2, 0},
      {"voltage0_q", "le:s12/16>>0", 12, 2, 0},
  };
  return device == 0 ? kConverter : kRadio;
}

std::int64_t IiodServer::timestamp_ns(std::uint64_t n, double rate_hz) {
  constexpr std::int64_t kEpoch_ns = 1'700'000'000'000'000'000;
  return kEpoch_ns + std::llround(static_cast<double>(n) * 1e9 / rate_hz);
}

std::int64_t IiodServer::value(int device, std::size_t channel, std::uint64_t n) {
  const Channel& c = channels(device)[channel];
  const std::uint64_t raw = n * (7 + 2 * channel) << (64 - c.bits);
  return c.is_signed ? static_cast<std::int64_t>(raw) >> (64 - c.bits)
                     : static_cast<std::int64_t>(raw >> (64 - c.bits));
}

std::string IiodServer::context_xml() {
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?><!DOCTYPE context [<!ELEMENT context "
      "(device | context-attribute)*>]><context name=\"network\" version-major=\"0\" "
      "version-minor=\"24\" version-git=\"acq-sim\" description=\"emulated\">"
      "<context-attribute name=\"hw_model\" value=\"none\" />";
  const char* const names[] = {"acq-adc", "acq-radio"};
  for (int device = 0; device < 2; ++device) {
    xml += fmt::format("<device id=\"iio:device{}\" name=\"{}\">", device, names[device]);
    for (std::size_t i = 0; i < channels(device).size(); ++i)
      xml += channel_xml(channels(device)[i], i);
    xml += "<attribute name=\"sampling_frequency\" />";
    if (device == 0) xml += "<attribute name=\"current_timestamp_clock\" />";
    xml += "</device>";
  }
  return xml +
         "<device id=\"iio:device2\" name=\"acq-dac\"><channel id=\"voltage0\" type=\"output\">"
         "<attribute name=\"raw\" filename=\"out_voltage0_raw\" /></channel></device></context>";
}

IiodServer::IiodServer(Options options)
    : options_(std::move(options)),
      attributes_{{"iio:device0 sampling_frequency", "10000"},
                  {"iio:device0 current_timestamp_clock", "realtime"},
                  {"iio:device1 sampling_frequency", "1000000"},
                  {"iio:device2 OUTPUT voltage0 raw", "0"}},
      server_([this](Peer& peer) { serve(peer); }, options_.port) {
  const std::scoped_lock lock(mutex_);
  for (int device = 0; device < 2; ++device) {
    for (const Channel& channel : channels(device)) {
      if (channel.id == "timestamp") continue;
      const std::string path = fmt::format("iio:device{} INPUT {} ", device, channel.id);
      attributes_[path + "raw"] = "1";
      attributes_[path + "scale"] = channel.id == "temp" ? "62.5" : "0.25";
      attributes_[path + "offset"] = channel.id == "temp" ? "512" : "0";
    }
  }
}

void IiodServer::list_commands(std::ostream& out) const {
  const std::scoped_lock lock(mutex_);
  for (const std::string& line : lines_) out << line << "\n";
}

std::string IiodServer::attribute(const std::string& path) const {
  const std::scoped_lock lock(mutex_);
  const auto found = attributes_.find(path);
  return found == attributes_.end() ? "" : found->second;
}

void IiodServer::serve(Peer& peer) {
  Session session{.peer = peer};
  for (std::string line; peer.receive_line(line);) {
    while (line.ends_with('\r')) line.pop_back();
    const std::vector<std::string> words = split(line);
    if (words.empty()) continue;
    {
      const std::scoped_lock lock(mutex_);
      lines_.push_back(line);
    }
    if (words[0] == "EXIT" || !execute(session, words)) return;
  }
}

bool IiodServer::execute(Session& session, const std::vector<std::string>& words) {
  Peer& peer = session.peer;
  const std::string& verb = words[0];
  if (verb == "VERSION") return peer.send("0.24.acq-sim\n");
  if (verb == "PRINT") {
    const std::string xml = options_.xml.empty() ? context_xml() : options_.xml;
    return answer(peer, static_cast<std::int64_t>(xml.size())) && peer.send(xml + "\n");
  }
  if (verb == "TIMEOUT") return answer(peer, 0);
  if (words.size() < 2) return answer(peer, kInvalid);
  if (verb == "READ")
    return read_attribute(peer, fmt::format("{}", fmt::join(words.begin() + 1, words.end(), " ")));
  if (verb == "WRITE") return write_attribute(peer, words);
  if (verb == "OPEN") return open(session, words);
  if (verb == "READBUF") return read_buffer(session, words);
  if (verb == "CLOSE") {
    const bool was_open = session.device >= 0;
    session.device = -1;
    return answer(peer, was_open ? 0 : kBadFile);
  }
  if (verb == "SETTRIG") return answer(peer, words.back() == "acq-timer" ? 0 : kNoDevice);
  if (verb == "GETTRIG") return answer(peer, kNoDevice);
  if (verb == "SET") return answer(peer, 0);
  return answer(peer, kInvalid);
}

// As the kernel gives it: a line, and its terminating zero counted.
bool IiodServer::read_attribute(Peer& peer, const std::string& path) {
  const std::string value = attribute(path);
  if (value.empty()) return answer(peer, kNoEntry);
  const std::string payload = value + std::string("\n\0", 2);
  return answer(peer, static_cast<std::int64_t>(payload.size())) && peer.send(payload + "\n");
}

bool IiodServer::write_attribute(Peer& peer, const std::vector<std::string>& words) {
  constexpr std::size_t kMost = 4096;
  const std::size_t size = std::strtoull(words.back().c_str(), nullptr, 10);
  if (size > kMost) return false;
  std::string value(size, '\0');
  if (!peer.receive_all(std::as_writable_bytes(std::span(value)))) return false;
  while (!value.empty() && (value.back() == '\0' || value.back() == '\n')) value.pop_back();
  const std::string path = fmt::format("{}", fmt::join(words.begin() + 1, words.end() - 1, " "));
  const std::scoped_lock lock(mutex_);
  const auto found = attributes_.find(path);
  if (found == attributes_.end()) return answer(peer, kNoEntry);
  if (path.ends_with("sampling_frequency")) {
    const double wanted = std::strtod(value.c_str(), nullptr);
    if (wanted <= 0) return answer(peer, kInvalid);
    const auto* nearest = std::min_element(
        std::begin(kRates_hz), std::end(kRates_hz),
        [&](double a, double b) { return std::abs(a - wanted) < std::abs(b - wanted); });
    value = fmt::format("{}", *nearest);
  }
  found->second = value;
  return answer(peer, static_cast<std::int64_t>(size));
}

bool IiodServer::open(Session& session, const std::vector<std::string>& words) {
  const int device = device_of(words[1]);
  if (device < 0) return answer(session.peer, kNoDevice);
  if (words.size() < 4 || words[3].size() != 8) return answer(session.peer, kInvalid);
  const auto mask = static_cast<std::uint32_t>(std::strtoul(words[3].c_str(), nullptr, 16));
  const std::size_t scans = std::strtoull(words[2].c_str(), nullptr, 10);
  if (mask == 0 || mask >> channels(device).size() != 0 || scans == 0)
    return answer(session.peer, kInvalid);
  session.device = device;
  session.mask = mask;
  session.block_scans = scans;
  session.made = 0;
  session.rate_hz = std::strtod(attribute(words[1] + " sampling_frequency").c_str(), nullptr);
  session.opened = Clock::now();
  return answer(session.peer, 0);
}

// Until so many more scans are made.
bool IiodServer::wait(Session& session, std::uint64_t scans) {
  session.made += to_lose_.exchange(0);
  const auto made =
      std::chrono::duration<double>(static_cast<double>(session.made + scans) / session.rate_hz);
  const auto due = session.opened + std::chrono::duration_cast<Clock::duration>(made);
  while (holds_ || (!options_.is_unpaced && Clock::now() < due)) {
    if (session.peer.is_stopped()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::vector<std::byte> IiodServer::scans(Session& session, std::size_t count) {
  const std::vector<Channel>& all = channels(session.device);
  const std::size_t scan_bytes = scan_bytes_of(all, session.mask);
  std::vector<std::byte> bytes(count * scan_bytes);
  for (std::size_t n = 0; n < count; ++n, ++session.made) {
    std::size_t offset = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((session.mask >> i & 1) == 0) continue;
      const auto size = static_cast<std::size_t>(all[i].storage_bytes);
      offset = (offset + size - 1) / size * size;
      const bool is_time = all[i].id == "timestamp";
      const std::int64_t sample = is_time ? timestamp_ns(session.made, session.rate_hz)
                                          : value(session.device, i, session.made);
      // What lies beside the significant bits is not always zero.
      std::uint64_t word = static_cast<std::uint64_t>(sample) << all[i].shift;
      if (all[i].shift > 0) word |= 5 & ((1U << all[i].shift) - 1);
      std::byte little[8];
      std::memcpy(little, &word, sizeof little);
      if (all[i].is_big_endian) std::reverse(little, little + size);
      std::memcpy(bytes.data() + n * scan_bytes + offset, little, size);
      offset += size;
    }
  }
  return bytes;
}

bool IiodServer::read_buffer(Session& session, const std::vector<std::string>& words) {
  Peer& peer = session.peer;
  if (session.device < 0) return answer(peer, kBadFile);
  const std::size_t scan_bytes = scan_bytes_of(channels(session.device), session.mask);
  std::size_t left = words.size() < 3 ? 0 : std::strtoull(words[2].c_str(), nullptr, 10);
  if (left < scan_bytes) return answer(peer, 0);
  if (options_.lie == Lie::kError) return answer(peer, kNotImplemented);
  if (options_.lie == Lie::kGarbage) return peer.send("\x01\xff garbage 17\n");
  for (bool is_first = true; left >= scan_bytes; is_first = false) {
    const std::size_t count = std::min(session.block_scans, left / scan_bytes);
    if (!wait(session, count)) return false;
    std::vector<std::byte> data = scans(session, count);
    if (options_.lie == Lie::kTooLong) data.resize(left + 1);
    if (options_.lie == Lie::kCutScan) data.pop_back();
    if (!answer(peer, static_cast<std::int64_t>(data.size()))) return false;
    const std::uint32_t mask = session.mask ^ (options_.lie == Lie::kOtherMask ? 1U : 0U);
    if (is_first && options_.lie != Lie::kNoMask && !peer.send(fmt::format("{:08x}\n", mask)))
      return false;
    if (!peer.send(data)) return false;
    left -= std::min(left, data.size());
    if (options_.lie == Lie::kCutScan) return answer(peer, 0);
  }
  return left == 0 || answer(peer, 0);
}

}  // namespace acq::test
