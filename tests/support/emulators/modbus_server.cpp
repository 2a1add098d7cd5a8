#include "tests/support/emulators/modbus_server.h"

#include <modbus/modbus.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <numbers>
#include <utility>

#include "dsp/base/result.h"

namespace acq::test {
namespace {

constexpr int kValues = 200;
constexpr int kSlice_ms = 10;
constexpr std::uint8_t kReadInputs = 4;

using Context = std::unique_ptr<modbus_t, decltype(&modbus_free)>;

bool wait(int descriptor, int timeout_ms) {
  pollfd one{descriptor, POLLIN, 0};
  return ::poll(&one, 1, timeout_ms) > 0;
}

}  // namespace

struct ModbusServer::Tables {
  Tables() : mapping(modbus_mapping_new(kValues, kValues, kValues, kValues)) {
    for (int i = 0; i < kValues; ++i) {
      mapping->tab_bits[i] = i % 3 == 0 ? 1 : 0;
      mapping->tab_input_bits[i] = i % 2 != 0 ? 1 : 0;
      mapping->tab_registers[i] = static_cast<std::uint16_t>(257 * i);
      mapping->tab_input_registers[i] = static_cast<std::uint16_t>(1000 + i);
    }
    const auto put = [&](int at, std::uint64_t bits, int words, bool is_low_first = false) {
      for (int i = 0; i < words; ++i) {
        const int shift = 16 * (is_low_first ? i : words - 1 - i);
        mapping->tab_registers[at + i] = static_cast<std::uint16_t>(bits >> shift);
      }
    };
    put(100, std::bit_cast<std::uint32_t>(-123456.75F), 2);
    put(102, std::bit_cast<std::uint32_t>(-123456.75F), 2, true);
    put(104, std::bit_cast<std::uint64_t>(std::numbers::pi), 4);
    put(108, static_cast<std::uint32_t>(-7654321), 2);
    put(110, 4'000'000'000, 2);
    put(112, static_cast<std::uint16_t>(-123), 1);
  }
  ~Tables() { modbus_mapping_free(mapping); }
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  modbus_mapping_t* mapping;
};

// Two pseudo-terminals whose masters are joined: a serial cable with a device at each end.
class ModbusServer::Line {
 public:
  Line() {
    for (std::size_t i = 0; i < 2; ++i) {
      std::array<char, 128> name{};
      ACQ_CHECK(::openpty(&masters_[i], &slaves_[i], name.data(), nullptr, nullptr) == 0);
      names[i] = name.data();
      termios settings{};
      ACQ_CHECK(::tcgetattr(slaves_[i], &settings) == 0);
      ::cfmakeraw(&settings);
      ACQ_CHECK(::tcsetattr(slaves_[i], TCSANOW, &settings) == 0);
    }
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        carry(masters_[0], masters_[1]);
        carry(masters_[1], masters_[0]);
      }
    });
  }
  ~Line() {
    thread_ = {};
    for (std::size_t i = 0; i < 2; ++i) {
      ::close(slaves_[i]);
      ::close(masters_[i]);
    }
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  std::array<std::string, 2> names;

 private:
  static void carry(int from, int to) {
    std::array<char, 512> buffer{};
    if (!wait(from, 1)) return;
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got > 0) ACQ_CHECK(::write(to, buffer.data(), static_cast<std::size_t>(got)) == got);
  }

  std::array<int, 2> masters_{-1, -1};
  std::array<int, 2> slaves_{-1, -1};  // held open, so that a closed end is not the end of the line
  std::jthread thread_;
};

ModbusServer::ModbusServer(Options options)
    : options_(options), port_(options.port), tables_(std::make_unique<Tables>()) {
  plug();
}

ModbusServer::~ModbusServer() {
  unplug();
}

void ModbusServer::plug() {
  if (thread_.joinable()) return;
  if (options_.is_serial) {
    if (line_ == nullptr) line_ = std::make_unique<Line>();
    device_ = line_->names[1];
    thread_ = std::jthread([this](const std::stop_token& stop) { run_serial(stop); });
    return;
  }
  const Context context(modbus_new_tcp("127.0.0.1", port_), modbus_free);
  listener_ = modbus_tcp_listen(context.get(), 4);
  ACQ_CHECK(listener_ >= 0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ACQ_CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run_tcp(stop); });
}

void ModbusServer::unplug() {
  thread_ = {};
  if (listener_ >= 0) ::close(std::exchange(listener_, -1));
}

namespace {

// Answers until the connection ends or a stop is asked for.
void answer(modbus_t* context, modbus_mapping_t* tables, const std::stop_token& stop,
            const std::atomic<bool>& holds, std::atomic<unsigned>& polls) {
  std::array<std::uint8_t, MODBUS_MAX_ADU_LENGTH> query{};
  while (!stop.stop_requested()) {
    const bool is_asked = wait(modbus_get_socket(context), kSlice_ms);
    if (holds) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    if (!is_asked) continue;
    const int size = modbus_receive(context, query.data());
    if (size < 0) return;
    if (size == 0) continue;  // for another unit
    const int function = query[static_cast<std::size_t>(modbus_get_header_length(context))];
    if (function == kReadInputs)
      tables->tab_input_registers[0] = static_cast<std::uint16_t>(++polls);
    if (modbus_reply(context, query.data(), size, tables) < 0) return;
  }
}

}  // namespace

void ModbusServer::run_tcp(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!wait(listener_, kSlice_ms)) continue;
    const Context context(modbus_new_tcp("127.0.0.1", port_), modbus_free);
    int listener = listener_;
    if (modbus_tcp_accept(context.get(), &listener) < 0) continue;
    answer(context.get(), tables_->mapping, stop, holds_, polls_);
    modbus_close(context.get());
  }
}

void ModbusServer::run_serial(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Context context(modbus_new_rtu(line_->names[0].c_str(), 19200, 'E', 8, 1), modbus_free);
    ACQ_CHECK(modbus_set_slave(context.get(), 1) == 0 && modbus_connect(context.get()) == 0);
    answer(context.get(), tables_->mapping, stop, holds_, polls_);
    modbus_close(context.get());
  }
}

}  // namespace acq::test
