#include "drivers/iiod/context.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <pugixml.hpp>

namespace acq::iiod {
namespace {

tl::unexpected<Error> wrong(const std::string& sentence, std::string where) {
  return fail(Code::kIo, "the context of the server " + sentence, std::move(where));
}

template <typename Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// Takes a number from the front of `text`.
bool take_number(std::string_view& text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

bool read_format(std::string_view text, Format& out) {
  out.is_big_endian = text.starts_with("be:");
  if (!take(text, "be:") && !take(text, "le:")) return false;
  // Capital letters: all bits of the storage have a meaning.
  out.is_signed = text.starts_with("s") || text.starts_with("S");
  if (!out.is_signed && !text.starts_with("u") && !text.starts_with("U")) return false;
  text.remove_prefix(1);
  if (!take_number(text, out.bits) || !take(text, "/")) return false;
  if (!take_number(text, out.storage_bits)) return false;
  if (take(text, "X") && !take_number(text, out.repeat)) return false;
  if (take(text, ">>") && !take_number(text, out.shift)) return false;
  return text.empty();
}

// One attribute of an element as a name; false when there is none that can be one.
bool read_name(const pugi::xml_node& node, const char* attribute, std::string& out) {
  out = node.attribute(attribute).value();
  return is_name(out);
}

Result<void> read_attributes(const pugi::xml_node& parent, const std::string& where,
                             std::vector<std::string>& out) {
  for (const pugi::xml_node& node : parent.children("attribute")) {
    std::string name;
    if (out.size() == kMostAttributes) return wrong("has too many attributes", where);
    if (!read_name(node, "name", name)) return wrong("has an attribute without a name", where);
    out.push_back(std::move(name));
  }
  return {};
}

Result<void> read_scan_element(const pugi::xml_node& node, const std::string& where,
                               Channel& channel) {
  ScanElement scan;
  const std::string_view index = node.attribute("index").value();
  // A negative index says that the channel cannot be part of a scan.
  if (index.starts_with('-')) return {};
  if (!read_number(index, scan.index)) {
    return wrong("gives the index " + quote(index), where + ".scan-element");
  }
  const Result<Format> format = parse_format(node.attribute("format").value());
  if (!format) {
    return wrong(format.error().sentence, where + ".scan-element");
  }
  scan.format = *format;
  double scale = 0;
  const std::string_view text = node.attribute("scale").value();
  if (read_number(text, scale) && std::isfinite(scale) && scale != 0) scan.scale = scale;
  channel.scan = scan;
  return {};
}

Result<Channel> read_channel(const pugi::xml_node& node, const std::string& device) {
  Channel channel;
  if (!read_name(node, "id", channel.id)) return wrong("has a channel without an id", device);
  const std::string where = device + "." + channel.id;
  channel.name = node.attribute("name").value();
  if (channel.name.size() > kMostNameBytes) return wrong("has too long a name", where);
  channel.is_output = std::string_view(node.attribute("type").value()) == "output";
  if (const pugi::xml_node scan = node.child("scan-element")) {
    if (const auto read = read_scan_element(scan, where, channel); !read)
      return tl::unexpected<Error>(read.error());
  }
  if (const auto read = read_attributes(node, where, channel.attributes); !read)
    return tl::unexpected<Error>(read.error());
  return channel;
}

Result<Device> read_device(const pugi::xml_node& node) {
  Device device;
  if (!read_name(node, "id", device.id)) return wrong("has a device without an id", "context");
  device.name = node.attribute("name").value();
  if (device.name.size() > kMostNameBytes) return wrong("has too long a name", device.id);
  for (const pugi::xml_node& child : node.children("channel")) {
    if (device.channels.size() == kMostChannels) return wrong("has too many channels", device.id);
    Result<Channel> channel = read_channel(child, device.id);
    if (!channel) return tl::unexpected<Error>(channel.error());
    device.channels.push_back(std::move(*channel));
  }
  if (const auto read = read_attributes(node, device.id, device.attributes); !read)
    return tl::unexpected<Error>(read.error());
  return device;
}

}  // namespace

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMostNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<Format> parse_format(std::string_view text) {
  Format format;
  if (!read_format(text, format)) {
    return fail(Code::kIo, "gives the format " + quote(text), {}, "like le:s12/16>>4");
  }
  const int storage = format.storage_bits;
  const bool is_storage = storage == 8 || storage == 16 || storage == 32 || storage == 64;
  const bool is_within = format.bits >= 1 && format.shift >= 0 &&
                         format.shift <= 64 - format.bits && format.bits <= 64 &&
                         format.shift + format.bits <= storage;
  if (!is_storage || !is_within || format.repeat < 1 || format.repeat > 64) {
    return fail(Code::kIo, "gives the format " + quote(text) + ", which contradicts itself", {},
                "like le:s12/16>>4");
  }
  return format;
}

Result<Context> parse_context(std::string_view xml) {
  if (xml.size() > kMostContextBytes) {
    return wrong("has " + std::to_string(xml.size()) + " bytes", "context");
  }
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) {
    return wrong(std::string("is not XML: ") + parsed.description(),
                 "byte " + std::to_string(parsed.offset));
  }
  const pugi::xml_node root = document.child("context");
  if (!root) return wrong("has no element context", "context");
  Context context{.description =
                      std::string(root.attribute("description").value()).substr(0, kMostNameBytes)};
  for (const pugi::xml_node& node : root.children("device")) {
    if (context.devices.size() == kMostDevices) return wrong("has too many devices", "context");
    Result<Device> device = read_device(node);
    if (!device) return tl::unexpected<Error>(device.error());
    context.devices.push_back(std::move(*device));
  }
  return context;
}

}  // namespace acq::iiod
