#include <algorithm>
#include <mutex>
#include <optional>

#include "drivers/transport/usb_events.h"
#include "drivers/transport/usb_libusb.h"

namespace acq::usb {
namespace {

struct Unref {
  void operator()(libusb_device* device) const noexcept { libusb_unref_device(device); }
};
using DeviceRef = std::unique_ptr<libusb_device, Unref>;

struct Close {
  void operator()(libusb_device_handle* handle) const noexcept { libusb_close(handle); }
};
using Handle = std::unique_ptr<libusb_device_handle, Close>;

struct Exit {
  void operator()(libusb_context* context) const noexcept { libusb_exit(context); }
};

// A device that may be the one meant, opened for its texts where the system lets us.
struct Candidate {
  DeviceRef device;
  Handle handle;
  int open_error = LIBUSB_SUCCESS;
};

class LibusbBus final : public Bus,
                        public Departures,
                        public std::enable_shared_from_this<LibusbBus> {
 public:
  static Result<std::shared_ptr<Bus>> make();
  explicit LibusbBus(libusb_context* context);
  ~LibusbBus() override;
  LibusbBus(const LibusbBus&) = delete;
  LibusbBus& operator=(const LibusbBus&) = delete;

  Result<std::vector<DeviceInfo>> list(const Identity& identity) override;
  Result<std::unique_ptr<Device>> open(const Identity& identity) override;
  void forget(std::atomic<bool>* is_gone) override;

 private:
  static int LIBUSB_CALL left(libusb_context*, libusb_device* device, libusb_hotplug_event,
                              void* self) noexcept;
  Result<std::vector<Candidate>> candidates(const Identity& identity,
                                            std::vector<DeviceInfo>& infos);

  struct OpenDevice {
    libusb_device* device;
    std::atomic<bool>* is_gone;
  };

  std::unique_ptr<libusb_context, Exit> context_;
  libusb_hotplug_callback_handle hotplug_ = 0;
  std::mutex mutex_;
  std::vector<OpenDevice> open_;
  std::optional<EventThread> events_;
};

LibusbBus::LibusbBus(libusb_context* context) : context_(context) {
  if (libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) != 0) {
    libusb_hotplug_register_callback(context, LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
                                     LIBUSB_HOTPLUG_NO_FLAGS, LIBUSB_HOTPLUG_MATCH_ANY,
                                     LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
                                     &LibusbBus::left, this, &hotplug_);
  }
  events_.emplace(context);
}

LibusbBus::~LibusbBus() {
  if (hotplug_ != 0) libusb_hotplug_deregister_callback(context_.get(), hotplug_);
  events_.reset();
}

int LIBUSB_CALL LibusbBus::left(libusb_context*, libusb_device* device, libusb_hotplug_event,
                                void* self) noexcept {
  auto* const bus = static_cast<LibusbBus*>(self);
  const std::scoped_lock lock(bus->mutex_);
  for (const OpenDevice& open : bus->open_)
    if (open.device == device) open.is_gone->store(true);
  return 0;
}

void LibusbBus::forget(std::atomic<bool>* is_gone) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(open_, [&](const OpenDevice& open) { return open.is_gone == is_gone; });
}

// Every device that can be meant; those alone are opened and asked for their texts.
Result<std::vector<Candidate>> LibusbBus::candidates(const Identity& identity,
                                                     std::vector<DeviceInfo>& infos) {
  libusb_device** listed = nullptr;
  const ssize_t count = libusb_get_device_list(context_.get(), &listed);
  if (count < 0) return usb_failure(static_cast<int>(count), "listing the USB devices");
  std::vector<Candidate> found;
  Identity visible = identity;  // without what only the texts can tell
  visible.serial.clear();
  if (!identity.serial.empty()) visible.port_path.clear();
  for (libusb_device* device : std::span(listed, static_cast<std::size_t>(count))) {
    DeviceInfo info = describe(device);
    if (!choose(visible, std::span(&info, 1))) continue;
    Candidate candidate{DeviceRef(libusb_ref_device(device)), nullptr, 0};
    libusb_device_handle* handle = nullptr;
    candidate.open_error = libusb_open(device, &handle);
    candidate.handle.reset(handle);
    if (handle != nullptr) read_texts(handle, info);
    found.push_back(std::move(candidate));
    infos.push_back(std::move(info));
  }
  libusb_free_device_list(listed, 1);
  return found;
}

Result<std::vector<DeviceInfo>> LibusbBus::list(const Identity& identity) {
  std::vector<DeviceInfo> infos;
  if (const auto found = candidates(identity, infos); !found) return tl::unexpected(found.error());
  std::erase_if(infos, [&](const DeviceInfo& info) { return !choose(identity, {&info, 1}); });
  return infos;
}

Result<std::unique_ptr<Device>> LibusbBus::open(const Identity& identity) {
  std::vector<DeviceInfo> infos;
  auto found = candidates(identity, infos);
  if (!found) return tl::unexpected(found.error());
  const Result<std::size_t> chosen = choose(identity, infos);
  if (!chosen) {
    // Without the right to open it, its serial number is not known either.
    const auto denied = std::find_if(found->begin(), found->end(), [](const Candidate& candidate) {
      return candidate.open_error == LIBUSB_ERROR_ACCESS;
    });
    if (denied != found->end()) return usb_failure(denied->open_error, to_string(identity));
    return tl::unexpected(chosen.error());
  }
  Candidate& candidate = (*found)[*chosen];
  if (candidate.handle == nullptr) return usb_failure(candidate.open_error, to_string(identity));
  auto device = std::make_unique<LibusbDevice>(shared_from_this(), candidate.handle.release(),
                                               std::move(infos[*chosen]));
  const std::scoped_lock lock(mutex_);
  open_.push_back({candidate.device.get(), device->gone_flag()});
  return device;
}

Result<std::shared_ptr<Bus>> LibusbBus::make() {
  libusb_context* context = nullptr;
  if (const int error = libusb_init(&context); error != 0)
    return fail(Code::kUnsupported, std::string("no USB here: ") + libusb_error_name(error));
  return std::make_shared<LibusbBus>(context);
}

struct SharedBus {
  std::mutex mutex;
  std::weak_ptr<Bus> bus;
};

SharedBus& shared_bus() {
  static SharedBus shared;
  return shared;
}

}  // namespace

Result<std::shared_ptr<Bus>> libusb_bus() {
  SharedBus& shared = shared_bus();
  const std::scoped_lock lock(shared.mutex);
  if (auto bus = shared.bus.lock()) return bus;
  Result<std::shared_ptr<Bus>> bus = LibusbBus::make();
  if (bus) shared.bus = *bus;
  return bus;
}

void use_bus(const std::shared_ptr<Bus>& bus) {
  SharedBus& shared = shared_bus();
  const std::scoped_lock lock(shared.mutex);
  shared.bus = bus;
}

}  // namespace acq::usb
