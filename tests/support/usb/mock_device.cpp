#include "tests/support/usb/mock_device.h"

#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "dsp/base/clock.h"
#include "tests/support/usb/waited.h"

namespace acq::emu {
namespace {

constexpr std::uint32_t kCapabilities =
    USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_CONTINUATION | USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
    USBDEVFS_CAP_BULK_SCATTER_GATHER | USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
constexpr std::size_t kSetupBytes = 8;
constexpr int kMajor = 189;

struct FreeData {
  void operator()(UMockdevIoctlData* data) const { g_object_unref(data); }
};
using Data = std::unique_ptr<UMockdevIoctlData, FreeData>;

std::string padded(int number) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%03d", number);
  return digits;
}
std::string hex4(unsigned value) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%04x", value);
  return digits;
}

void free_error(GError* error, const char* doing) {
  if (error == nullptr) return;
  std::fprintf(stderr, "emulator: %s: %s\n", doing, error->message);
  g_error_free(error);
}

// The number an ioctl's argument points to; none when the program died in the middle of the call.
template <typename T>
std::optional<T> peek(UMockdevIoctlData* argument) {
  const Data data(umockdev_ioctl_data_resolve(argument, 0, sizeof(T), nullptr));
  if (data == nullptr) return {};
  T value{};
  std::memcpy(&value, data->data, sizeof value);
  return value;
}

Setup setup_of(std::span<const std::byte> bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const auto word = [&](std::size_t i) {
    return static_cast<std::uint16_t>(byte(i) | byte(i + 1) << 8U);
  };
  return {byte(0), byte(1), word(2), word(4), word(6)};
}

}  // namespace

MockDevice::MockDevice(Host host, Place place, std::unique_ptr<Model> model)
    : host_(std::move(host)), place_(place), model_(std::move(model)) {}

bool MockDevice::read_memory(std::uint64_t address, void* into, std::size_t size) const {
  const iovec here{into, size};
  const iovec there{reinterpret_cast<void*>(address), size};
  return process_vm_readv(*host_.program, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
}

bool MockDevice::write_memory(std::uint64_t address, const void* from, std::size_t size) const {
  const iovec here{const_cast<void*>(from), size};
  const iovec there{reinterpret_cast<void*>(address), size};
  return process_vm_writev(*host_.program, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
}

std::string MockDevice::sysfs_entry() const {
  const usb::DeviceInfo& info = model_->info();
  const std::string minor = std::to_string((place_.bus - 1) * 128 + number_ - 1);
  std::string descriptors;
  for (const auto* bytes : {&model_->descriptors().device, &model_->descriptors().configuration}) {
    for (const std::uint8_t byte : *bytes) {
      char digits[4];
      std::snprintf(digits, sizeof digits, "%02X", static_cast<unsigned>(byte));
      descriptors += digits;
    }
  }
  const auto attribute = [](const std::string& name, const std::string& value) {
    return "A: " + name + "=" + value + "\\n\n";
  };
  // No "N:" line: it would put a plain file in the place of the node.
  return "P: " + sysfs_path_.substr(4) +
         "\nE: SUBSYSTEM=usb\nE: DRIVER=usb\nE: DEVTYPE=usb_device" + "\nE: DEVNAME=/dev/" +
         device_path_ + "\nE: BUSNUM=" + padded(place_.bus) + "\nE: DEVNUM=" + padded(number_) +
         "\nE: MAJOR=" + std::to_string(kMajor) + "\nE: MINOR=" + minor +
         "\nE: ID_VENDOR_ID=" + hex4(info.vendor_id) + "\nE: ID_MODEL_ID=" + hex4(info.product_id) +
         "\nE: ID_SERIAL_SHORT=" + info.serial + "\n" +
         attribute("busnum", std::to_string(place_.bus)) +
         attribute("devnum", std::to_string(number_)) + attribute("bConfigurationValue", "1") +
         attribute("speed", "480") + attribute("idVendor", hex4(info.vendor_id)) +
         attribute("idProduct", hex4(info.product_id)) +
         attribute("manufacturer", info.manufacturer) + attribute("product", info.product) +
         attribute("serial", info.serial) + attribute("dev", std::to_string(kMajor) + ":" + minor) +
         "H: descriptors=" + descriptors + "\n\n";
}

// "/1-1:1.0" below the device: what a program sees that has no right to open it.
std::string MockDevice::interface_path(const usb::Interface& interface) const {
  return sysfs_path_ + "/" + std::to_string(place_.bus) + "-" + std::to_string(place_.port) +
         ":1." + std::to_string(interface.number);
}

void MockDevice::add_interfaces() {
  for (const usb::Interface& interface : model_->info().interfaces) {
    char entry[256];
    std::snprintf(entry, sizeof entry,
                  "\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\nA: bInterfaceNumber=%02x\\n\n"
                  "A: bInterfaceClass=%02x\\n\nA: bInterfaceSubClass=%02x\\n\n"
                  "A: bInterfaceProtocol=%02x\\n\n\n",
                  static_cast<unsigned>(interface.number),
                  static_cast<unsigned>(interface.class_code.class_code),
                  static_cast<unsigned>(interface.class_code.subclass),
                  static_cast<unsigned>(interface.protocol));
    GError* error = nullptr;
    umockdev_testbed_add_from_string(
        host_.testbed, ("P: " + interface_path(interface).substr(4) + entry).c_str(), &error);
    free_error(error, "adding an interface");
  }
}

void MockDevice::plug(int number) {
  number_ = number;
  device_path_ = "bus/usb/" + padded(place_.bus) + "/" + padded(number);
  sysfs_path_ = "/sys/devices/pci0000:00/0000:00:14.0/usb" + std::to_string(place_.bus) + "/" +
                std::to_string(place_.bus) + "-" + std::to_string(place_.port);
  const std::string path = host_.root + "/dev/" + device_path_;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  {
    const std::scoped_lock lock(mutex_);
    if (successor_ == nullptr && session_ != nullptr) successor_ = model_->without_power();
    if (successor_ != nullptr) model_ = std::move(successor_);
    model_->power_up();
    session_ = std::make_shared<Session>();
    session_->node = std::make_unique<DeviceNode>(host_.node, path);
    session_->queue = std::make_unique<UrbQueue>(
        *model_, faults_, [this](const Urb& urb, std::span<const std::byte> bytes) {
          write_memory(urb.buffer + (urb.setup ? kSetupBytes : 0), bytes.data(), bytes.size());
        });
    session_->queue->memory_limit_bytes = host_.usbfs_bytes;
  }
  base_ = umockdev_ioctl_base_new();
  g_signal_connect(base_, "handle-ioctl", reinterpret_cast<GCallback>(&MockDevice::called), this);
  g_signal_connect(base_, "client-connected", reinterpret_cast<GCallback>(&MockDevice::opened),
                   this);
  GError* error = nullptr;
  umockdev_testbed_attach_ioctl(host_.testbed, ("/dev/" + device_path_).c_str(), base_, &error);
  free_error(std::exchange(error, nullptr), "attaching the ioctls");
  umockdev_testbed_add_from_string(host_.testbed, sysfs_entry().c_str(), &error);
  free_error(error, "adding the device");
  add_interfaces();
  is_announced_ = true;
  is_leaving_ = false;
}

void MockDevice::fail_everything() {
  is_leaving_ = true;
  const std::scoped_lock lock(mutex_);
  session_->queue->fail_everything();
  session_->node->set_ready(true);
}

void MockDevice::disconnect() {
  is_leaving_ = true;
  const std::scoped_lock lock(mutex_);
  session_->queue->unplug();
  session_->node->hang_up();
}

void MockDevice::announce_left() {
  is_leaving_ = true;
  if (!std::exchange(is_announced_, false)) return;
  // Before sysfs forgets it.
  for (const usb::Interface& interface : model_->info().interfaces)
    umockdev_testbed_remove_device(host_.testbed, interface_path(interface).c_str());
  umockdev_testbed_uevent(host_.testbed, sysfs_path_.c_str(), "remove");
  umockdev_testbed_remove_device(host_.testbed, sysfs_path_.c_str());
}

void MockDevice::unplug() {
  if (!is_plugged()) return;
  disconnect();
  announce_left();
  GError* error = nullptr;
  umockdev_testbed_detach_ioctl(host_.testbed, ("/dev/" + device_path_).c_str(), &error);
  free_error(error, "detaching the ioctls");
  g_object_unref(std::exchange(base_, nullptr));
}

void MockDevice::add_fault(const Fault& fault) {
  const std::scoped_lock lock(mutex_);
  faults_.add(fault);
}

std::string MockDevice::tell(std::string_view words) {
  if (words == "waited") return std::to_string(waited_for_processor_ns());
  const std::scoped_lock lock(mutex_);
  if (words == "starved")
    return std::to_string(session_ == nullptr ? 0 : session_->queue->starved_ns());
  return model_->tell(words);
}

bool MockDevice::has_vanished() {
  const std::scoped_lock lock(mutex_);
  return is_plugged() && session_->queue->has_vanished();
}

bool MockDevice::wants_to_change() {
  const std::scoped_lock lock(mutex_);
  if (successor_ == nullptr) successor_ = model_->successor();
  return is_plugged() && successor_ != nullptr;
}

std::int64_t MockDevice::pump(std::int64_t now_ns) {
  const std::scoped_lock lock(mutex_);
  if (session_ == nullptr || !session_->queue->is_plugged()) return kNever_ns;
  session_->queue->pump(now_ns);
  if (session_->queue->has_ended()) session_->node->set_ready(true);
  return session_->queue->next_event_ns(now_ns);
}

// This version of umockdev says nothing when a program closes the file or dies: the end of the
// client object is the only sign.
void MockDevice::opened(UMockdevIoctlBase*, UMockdevIoctlClient* client, MockDevice* self) {
  {
    const std::scoped_lock lock(self->mutex_);
    self->clients_[client] = self->session_;
  }
  g_object_weak_ref(
      reinterpret_cast<GObject*>(client),
      [](gpointer device, GObject* gone) { static_cast<MockDevice*>(device)->closed(gone); }, self);
}

void MockDevice::closed(const void* client) {
  const std::scoped_lock lock(mutex_);
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  Session& session = *found->second;
  session.queue->drop(client);
  std::erase_if(session.claimed, [&](const auto& entry) { return entry.second == client; });
  clients_.erase(found);
}

gboolean MockDevice::called(UMockdevIoctlBase*, UMockdevIoctlClient* client, MockDevice* self) {
  int error = ENODEV;
  {
    const std::scoped_lock lock(self->mutex_);
    if (const auto found = self->clients_.find(client); found != self->clients_.end()) {
      Session& session = *found->second;
      error = self->handle(session, client);
      if (session.queue->has_ended(client)) session.node->set_ready(true);
    }
  }
  umockdev_ioctl_client_complete(client, error == 0 ? 0 : -1, error);
  self->host_.wake();
  return TRUE;
}

int MockDevice::handle(Session& session, UMockdevIoctlClient* client) {
  UMockdevIoctlData* const argument = umockdev_ioctl_client_get_arg(client);
  std::uint64_t value = 0;  // the argument itself: a pointer in the program, or a number
  std::memcpy(&value, argument->data, sizeof value);
  const auto request = umockdev_ioctl_client_get_request(client);
  if (request == USBDEVFS_REAPURB || request == USBDEVFS_REAPURBNDELAY)
    return reap(session, client, value);
  if (!session.queue->is_plugged()) return ENODEV;
  const auto with_number = [&](auto&& act) {
    const auto number = peek<std::uint32_t>(argument);
    return number ? act(*number) : EFAULT;
  };
  switch (request) {
    case USBDEVFS_GET_CAPABILITIES: return capabilities(argument);
    case USBDEVFS_GETDRIVER: return ENODATA;  // no driver of the kernel has it
    case USBDEVFS_DISCONNECT_CLAIM:           // its argument begins with the number too
    case USBDEVFS_CLAIMINTERFACE:
      return with_number([&](std::uint32_t number) { return claim(session, client, number); });
    case USBDEVFS_RELEASEINTERFACE:
      return with_number([&](std::uint32_t number) { return release(session, client, number); });
    case USBDEVFS_CLEAR_HALT:
      return with_number([&](std::uint32_t number) {
        return clear_halt(session, static_cast<std::uint8_t>(number));
      });
    case USBDEVFS_SETINTERFACE:
    case USBDEVFS_SETCONFIGURATION: return 0;
    case USBDEVFS_RESET: model_->power_up(); return 0;
    case USBDEVFS_SUBMITURB: return submit(session, client, value);
    case USBDEVFS_DISCARDURB: return session.queue->discard(client, value, system_clock().now_ns());
    default: return ENOTTY;
  }
}

int MockDevice::capabilities(UMockdevIoctlData* argument) {
  const Data data(umockdev_ioctl_data_resolve(argument, 0, sizeof kCapabilities, nullptr));
  if (data == nullptr) return EFAULT;
  std::memcpy(data->data, &kCapabilities, sizeof kCapabilities);
  return 0;
}

int MockDevice::claim(Session& session, const void* client, std::uint32_t interface) {
  const auto [found, is_new] = session.claimed.try_emplace(interface, client);
  return is_new || found->second == client ? 0 : EBUSY;
}

int MockDevice::release(Session& session, const void* client, std::uint32_t interface) {
  const auto found = session.claimed.find(interface);
  if (found == session.claimed.end() || found->second != client) return EINVAL;
  session.claimed.erase(found);
  return 0;
}

int MockDevice::clear_halt(Session& session, std::uint8_t endpoint) {
  model_->clear_halt(endpoint);
  session.queue->pump(system_clock().now_ns());
  return 0;
}

int MockDevice::submit(Session& session, const void* client, std::uint64_t urb_address) {
  usbdevfs_urb raw;  // filled whole, or not used
  if (!read_memory(urb_address, &raw, sizeof raw)) return EFAULT;
  if (raw.buffer_length < 0) return EINVAL;
  Urb urb;
  urb.id = urb_address;
  urb.owner = client;
  urb.endpoint = raw.endpoint;
  urb.buffer = reinterpret_cast<std::uint64_t>(raw.buffer);
  urb.length = static_cast<std::size_t>(raw.buffer_length);
  urb.is_short_an_error = (raw.flags & USBDEVFS_URB_SHORT_NOT_OK) != 0;
  const bool is_control = raw.type == USBDEVFS_URB_TYPE_CONTROL;
  if (is_control || (raw.endpoint & 0x80) == 0) {
    urb.out_bytes.resize(urb.length);
    if (!read_memory(urb.buffer, urb.out_bytes.data(), urb.length)) return EFAULT;
  }
  if (is_control) {
    if (urb.length < kSetupBytes) return EINVAL;
    urb.setup = setup_of(urb.out_bytes);
    urb.out_bytes.erase(urb.out_bytes.begin(), urb.out_bytes.begin() + kSetupBytes);
    urb.length = urb.setup->length;
    if (urb.length > urb.out_bytes.size()) return EINVAL;
  }
  return session.queue->submit(std::move(urb), system_clock().now_ns());
}

int MockDevice::reap(Session& session, const void* client, std::uint64_t where_address) {
  const std::optional<Urb> urb = session.queue->reap(client);
  const bool is_plugged = session.queue->is_plugged();
  if (is_plugged && !session.queue->has_ended()) session.node->set_ready(false);
  if (!urb) return is_plugged ? EAGAIN : ENODEV;
  const int moved = static_cast<int>(urb->moved);
  write_memory(urb->id + offsetof(usbdevfs_urb, status), &urb->status, sizeof urb->status);
  write_memory(urb->id + offsetof(usbdevfs_urb, actual_length), &moved, sizeof moved);
  write_memory(where_address, &urb->id, sizeof urb->id);
  return 0;
}

}  // namespace acq::emu
