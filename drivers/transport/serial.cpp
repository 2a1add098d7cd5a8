#include "drivers/transport/serial.h"

// The C library's own header knows only baud rates with names.
#include <asm/termbits.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstring>

namespace acq {
namespace {

Code code_of(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return Code::kNotFound;
    case EACCES:
    case EPERM: return Code::kDenied;
    case EBUSY:
    case EWOULDBLOCK: return Code::kBusy;
    case ENXIO:
    case ENODEV:
    case EIO: return Code::kDisconnected;
    default: return Code::kIo;
  }
}

tl::unexpected<Error> failed(const std::string& path, std::string_view what, int error) {
  return fail(code_of(error), "cannot " + std::string(what) + ": " + std::strerror(error), path);
}

tcflag_t character_flags(const SerialSettings& settings) noexcept {
  constexpr tcflag_t kSizes[] = {CS5, CS6, CS7, CS8};
  tcflag_t flags = kSizes[settings.data_bits - 5];
  if (settings.stop_bits == 2) flags |= CSTOPB;
  switch (settings.parity) {
    case Parity::kNone: break;
    case Parity::kEven: flags |= PARENB; break;
    case Parity::kOdd: flags |= PARENB | PARODD; break;
    case Parity::kMark: flags |= PARENB | PARODD | CMSPAR; break;
    case Parity::kSpace: flags |= PARENB | CMSPAR; break;
  }
  if (settings.flow == FlowControl::kRtsCts) flags |= CRTSCTS;
  return flags;
}

constexpr tcflag_t kLineFlags = CSIZE | CSTOPB | PARENB | PARODD | CMSPAR | CRTSCTS;

void make_raw(termios2& line, const SerialSettings& settings) noexcept {
  line.c_iflag = IGNBRK;
  if (settings.parity != Parity::kNone) line.c_iflag |= INPCK;
  if (settings.flow == FlowControl::kXonXoff) line.c_iflag |= IXON | IXOFF;
  line.c_oflag = 0;
  line.c_lflag = 0;
  line.c_cflag = CREAD | CLOCAL | BOTHER | character_flags(settings);
  line.c_ispeed = settings.baud;
  line.c_ospeed = settings.baud;
  // Reading nothing says so: a read of no bytes is a hang-up.
  line.c_cc[VMIN] = 1;
  line.c_cc[VTIME] = 0;
}

// Ports take the nearest rate they can make, and silently leave out what they cannot.
Result<void> check_line(const Descriptor& port, const std::string& path,
                        const SerialSettings& settings) {
  termios2 line{};
  if (::ioctl(port.get(), TCGETS2, &line) != 0) return failed(path, "read the settings", errno);
  constexpr std::uint32_t kTolerance_percent = 3;
  const std::uint32_t off =
      line.c_ospeed > settings.baud ? line.c_ospeed - settings.baud : settings.baud - line.c_ospeed;
  const bool is_off = std::uint64_t{off} * 100 > std::uint64_t{settings.baud} * kTolerance_percent;
  if (!is_off && (line.c_cflag & kLineFlags) == character_flags(settings)) return {};
  return fail(Code::kUnsupported, "the port does not take " + to_string(settings), path);
}

Result<void> set_control_lines(const Descriptor& port, const std::string& path,
                               const SerialSettings& settings) {
  const std::pair<std::optional<bool>, int> kLines[] = {{settings.rts, TIOCM_RTS},
                                                        {settings.dtr, TIOCM_DTR}};
  for (const auto& [level, line] : kLines) {
    if (!level) continue;
    if (::ioctl(port.get(), *level ? TIOCMBIS : TIOCMBIC, &line) != 0)
      return failed(path, line == TIOCM_RTS ? "set RTS" : "set DTR", errno);
  }
  return {};
}

// Unix98 pseudo-terminals (Documentation/admin-guide/devices.txt of Linux: majors 136 to 143).
bool is_pseudo(const struct stat& status) noexcept {
  return major(status.st_rdev) >= 136 && major(status.st_rdev) <= 143;
}

}  // namespace

Result<std::unique_ptr<DescriptorStream>> open_terminal(const std::string& path,
                                                        const SerialSettings& settings) {
  // Without waiting for a carrier, and without becoming the terminal of this process.
  Descriptor port(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!port.is_open()) return failed(path, "open the port", errno);
  struct stat status{};
  termios2 line{};
  if (::fstat(port.get(), &status) != 0 || !S_ISCHR(status.st_mode) ||
      ::ioctl(port.get(), TCGETS2, &line) != 0)
    return fail(Code::kInvalid, "is not a serial port", path, "such as /dev/ttyUSB0");
  // The first keeps out those who ask, the second everybody but root.
  if (::flock(port.get(), LOCK_EX | LOCK_NB) != 0) return failed(path, "have it alone", errno);
  if (::ioctl(port.get(), TIOCEXCL) != 0) return failed(path, "have it alone", errno);
  make_raw(line, settings);
  if (::ioctl(port.get(), TCSETS2, &line) != 0) return failed(path, "set the line", errno);
  if (!is_pseudo(status)) {
    if (Result<void> done = check_line(port, path, settings); !done)
      return tl::unexpected<Error>(done.error());
    if (Result<void> done = set_control_lines(port, path, settings); !done)
      return tl::unexpected<Error>(done.error());
  }
  if (::ioctl(port.get(), TCFLSH, TCIOFLUSH) != 0) return failed(path, "clear the port", errno);
  return std::make_unique<DescriptorStream>(std::move(port), DescriptorStream::Kind::kTerminal,
                                            path);
}

}  // namespace acq
