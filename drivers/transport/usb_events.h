// The thread that completes the transfers of a libusb context.
#pragma once

#include <functional>
#include <thread>

struct libusb_context;

namespace acq::usb {

// Runs libusb's event handling from construction to destruction. docs/adr/0009 says why this
// thread lives here.
class EventThread {
 public:
  explicit EventThread(libusb_context* context);
  ~EventThread();
  EventThread(const EventThread&) = delete;
  EventThread& operator=(const EventThread&) = delete;

 private:
  libusb_context* context_;
  std::jthread thread_;
};

// What every EventThread made from now on does first, on itself: who gives threads their priority
// gives it one there. Set it while there is none.
void begin_event_threads_with(std::function<void()> first);

}  // namespace acq::usb
