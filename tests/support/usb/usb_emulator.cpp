// Runs a program on a machine whose USB devices are emulated:
//
//   umockdev-wrapper usb_emulator --device counter [--device scope ...] [--node fifo|pty]
//                                 [--usbfs-mb N] [--control PATH] -- PROGRAM ARGUMENTS...
//
// Devices get the ports 1-1, 1-2 ... of bus 1 in the order given; "-KIND" begins unplugged. The
// program finds the path of a control socket in ACQ_USB_EMULATOR; each line sent there is answered
// by one line, "ok TEXT" or "error: TEXT":
//
//   plug N | unplug N [errors MS | left MS | gone MS]   the device at port N; what shows first, and
//                                                       for how long
//   fault N KIND 0xEP FIRST [times N] [amount N]        see faults.h
//   tell N WORDS                                        see MockDevice::tell and the model
//
// Ends with the program, and with its status. SIGTERM, SIGINT and SIGHUP are passed on to it.
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "dsp/base/clock.h"
#include "tests/support/usb/devices.h"
#include "tests/support/usb/mock_device.h"

namespace acq::emu {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kReplug_ns = 50 * kMillisecond;

std::atomic<pid_t> signalled_program = 0;

void pass_on(int number) {
  const int error = errno;
  if (const pid_t program = signalled_program; program > 0) kill(program, number);
  errno = error;
}

void pass_signals_on(pid_t program) {
  signalled_program = program;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) signal(number, &pass_on);
}

struct Options {
  std::vector<std::string> devices;
  NodeKind node = NodeKind::kFifo;
  std::size_t usbfs_bytes = UrbQueue::kMemoryLimit_bytes;
  std::string control;
  char** program = nullptr;
};

struct Later {
  std::int64_t at_ns;
  std::function<void()> act;
};

class Emulator {
 public:
  explicit Emulator(Options options);
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;
  int run();

 private:
  void add_root_hub();
  void listen();
  void start_program();
  int status_of_program();
  void serve(std::size_t connection);
  std::string obey(const std::string& line);
  std::string unplug(MockDevice& device, std::istringstream& words);
  void plug(MockDevice& device);
  std::int64_t work();

  Options options_;
  // Before the testbed, which still knows their programs when it ends.
  std::vector<std::unique_ptr<MockDevice>> devices_;
  std::atomic<pid_t> program_ = 0;
  UMockdevTestbed* testbed_ = nullptr;
  std::string root_;
  std::string socket_path_;
  int wake_ = -1;
  int listener_ = -1;
  int next_number_ = 1;  // given last
  std::vector<Later> later_;
  std::vector<pollfd> connections_;
  std::vector<std::string> received_;
};

Emulator::Emulator(Options options) : options_(std::move(options)) {
  testbed_ = umockdev_testbed_new();
  ACQ_CHECK(umockdev_in_mock_environment() != FALSE);  // run under umockdev-wrapper
  char* const root = umockdev_testbed_get_root_dir(testbed_);
  root_ = root;
  g_free(root);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  add_root_hub();
  const MockDevice::Host host{
      testbed_, root_, options_.node, options_.usbfs_bytes, &program_, [this] {
        const std::uint64_t one = 1;
        ACQ_CHECK(write(wake_, &one, sizeof one) == sizeof one);
      }};
  for (std::string name : options_.devices) {
    const bool is_plugged = name[0] != '-';
    if (!is_plugged) name.erase(0, 1);
    std::unique_ptr<Model> model = make_model(name);
    if (model == nullptr) {
      std::fprintf(stderr, "emulator: no device '%s'; there are: %s\n", name.c_str(),
                   model_names().c_str());
      std::exit(2);
    }
    const int port = static_cast<int>(devices_.size()) + 1;
    devices_.push_back(
        std::make_unique<MockDevice>(host, MockDevice::Place{1, port}, std::move(model)));
    if (is_plugged) plug(*devices_.back());
  }
}

Emulator::~Emulator() {
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
  g_object_unref(testbed_);
}

// So that libusb finds a parent, and with it port numbers.
void Emulator::add_root_hub() {
  GError* error = nullptr;
  umockdev_testbed_add_from_string(
      testbed_,
      "P: /devices/pci0000:00/0000:00:14.0/usb1\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n"
      "E: DEVNAME=/dev/bus/usb/001/001\nE: BUSNUM=001\nE: DEVNUM=001\nN: bus/usb/001/001\n"
      "A: busnum=1\\n\nA: devnum=1\\n\nA: bConfigurationValue=1\\n\nA: speed=480\\n\n"
      "A: dev=189:0\\n\n"
      "H: descriptors=12010002090001406B1D020001060000000109021900010100E000"
      "0904000001090000000705810304000C\n\n",
      &error);
  if (error != nullptr) {
    std::fprintf(stderr, "emulator: %s\n", error->message);
    std::exit(2);
  }
}

void Emulator::listen() {
  socket_path_ = options_.control.empty() ? root_ + "/control" : options_.control;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ACQ_CHECK(socket_path_.size() < sizeof address.sun_path);
  std::copy(socket_path_.begin(), socket_path_.end(), address.sun_path);
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ACQ_CHECK(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ACQ_CHECK(::listen(listener_, 4) == 0);
  setenv("ACQ_USB_EMULATOR", socket_path_.c_str(), 1);
}

void Emulator::start_program() {
  const pid_t pid = fork();
  ACQ_CHECK(pid >= 0);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(options_.program[0], options_.program);
    std::perror(options_.program[0]);
    _exit(127);
  }
  program_ = pid;
  pass_signals_on(pid);
}

int Emulator::status_of_program() {
  int status = 0;
  while (waitpid(program_, &status, 0) < 0) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Addresses go round as the kernel's do.
void Emulator::plug(MockDevice& device) {
  constexpr int kLastNumber = 127;
  const auto is_taken = [&](const auto& other) {
    return other->is_plugged() && other->number() == next_number_;
  };
  do {
    next_number_ = next_number_ >= kLastNumber ? 2 : next_number_ + 1;
  } while (std::any_of(devices_.begin(), devices_.end(), is_taken));
  device.plug(next_number_);
}

// Everything that is due. Returns when to come again.
std::int64_t Emulator::work() {
  const std::int64_t now_ns = system_clock().now_ns();
  std::vector<Later> due;
  std::erase_if(later_, [&](Later& later) {
    if (later.at_ns > now_ns) return false;
    due.push_back(std::move(later));
    return true;
  });
  for (Later& later : due) later.act();
  std::int64_t next_ns = now_ns + 1'000 * kMillisecond;
  for (const Later& later : later_) next_ns = std::min(next_ns, later.at_ns);
  for (const auto& device : devices_) {
    next_ns = std::min(next_ns, device->pump(now_ns));
    if (device->has_vanished()) device->unplug();
    if (device->wants_to_change()) {
      device->unplug();
      later_.push_back({now_ns + kReplug_ns, [this, &device] { plug(*device); }});
      next_ns = std::min(next_ns, now_ns + kReplug_ns);
    }
  }
  return next_ns;
}

int Emulator::run() {
  listen();
  start_program();
  const int program = static_cast<int>(syscall(SYS_pidfd_open, program_.load(), 0));
  ACQ_CHECK(program >= 0);
  for (;;) {
    const std::int64_t wait_ns = std::max<std::int64_t>(work() - system_clock().now_ns(), 0);
    std::vector<pollfd> fds{{program, POLLIN, 0}, {wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    fds.insert(fds.end(), connections_.begin(), connections_.end());
    const timespec wait{wait_ns / (1000 * kMillisecond), wait_ns % (1000 * kMillisecond)};
    ppoll(fds.data(), fds.size(), &wait, nullptr);
    std::uint64_t count = 0;
    if (fds[1].revents != 0) ACQ_CHECK(read(wake_, &count, sizeof count) == sizeof count);
    for (std::size_t i = fds.size(); i-- > 3;)
      if (fds[i].revents != 0) serve(i - 3);
    if (fds[2].revents != 0) {
      connections_.push_back({accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), POLLIN, 0});
      received_.emplace_back();
    }
    if (fds[0].revents != 0) return status_of_program();
  }
}

void Emulator::serve(std::size_t connection) {
  std::array<char, 1024> bytes{};
  const int fd = connections_[connection].fd;
  const ssize_t size = read(fd, bytes.data(), bytes.size());
  if (size <= 0) {
    close(fd);
    connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(connection));
    received_.erase(received_.begin() + static_cast<std::ptrdiff_t>(connection));
    return;
  }
  std::string& text = received_[connection];
  text.append(bytes.data(), static_cast<std::size_t>(size));
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
    const std::string answer = obey(text.substr(0, end)) + "\n";
    text.erase(0, end + 1);
    if (write(fd, answer.data(), answer.size()) < 0) return;  // whoever asked has gone
  }
}

std::string Emulator::obey(const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  std::size_t port = 0;
  words >> verb >> port;
  if (!words || port < 1 || port > devices_.size())
    return "error: VERB PORT, of an emulated device";
  MockDevice& device = *devices_[port - 1];
  std::string rest;
  if (verb == "plug") {
    if (device.is_leaving()) device.unplug();
    if (!device.is_plugged()) plug(device);
    return "ok";
  }
  if (verb == "unplug") return unplug(device, words);
  std::getline(words >> std::ws, rest);
  if (verb == "tell") {
    const std::string answer = device.tell(rest);
    return answer.starts_with("error") ? answer : "ok " + answer;
  }
  if (verb != "fault") return "error: plug, unplug, fault or tell";
  const Result<Fault> fault = parse_fault(rest);
  if (!fault) return "error: " + to_string(fault.error());
  device.add_fault(*fault);
  return "ok";
}

std::string Emulator::unplug(MockDevice& device, std::istringstream& words) {
  if (!device.is_plugged()) return "error: it is not plugged in";
  std::string first;
  std::int64_t wait_ms = 0;
  words >> first >> wait_ms;
  if (first == "errors") {
    device.fail_everything();
  } else if (first == "left") {
    device.announce_left();
  } else if (first == "gone") {
    device.disconnect();
  } else if (!first.empty()) {
    return "error: errors, left or gone";
  }
  if (wait_ms <= 0) {
    device.unplug();
  } else {
    const std::int64_t at_ns = system_clock().now_ns() + wait_ms * kMillisecond;
    // Unless it was plugged in anew until then.
    later_.push_back({at_ns, [&device, number = device.number()] {
                        if (device.number() == number) device.unplug();
                      }});
  }
  return "ok";
}

bool parse(std::span<char*> words, Options& options) {
  for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
    const std::string_view name = words[i];
    if (name == "--") {
      options.program = &words[i + 1];
      return true;
    }
    const std::string value = words[i + 1];
    if (name == "--device") {
      options.devices.push_back(value);
    } else if (name == "--node" && (value == "fifo" || value == "pty")) {
      options.node = value == "fifo" ? NodeKind::kFifo : NodeKind::kPty;
    } else if (name == "--usbfs-mb") {
      options.usbfs_bytes = std::stoul(value) << 20U;
    } else if (name == "--control") {
      options.control = value;
    } else {
      return false;
    }
  }
  return false;
}

}  // namespace
}  // namespace acq::emu

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  acq::emu::Options options;
  if (!acq::emu::parse({argv, static_cast<std::size_t>(argc)}, options)) {
    std::fprintf(stderr,
                 "usage: usb_emulator --device KIND... [--node fifo|pty] [--usbfs-mb N] "
                 "[--control PATH] -- PROGRAM ARGUMENTS...\n");
    return 2;
  }
  return acq::emu::Emulator(std::move(options)).run();
}
