// An emulated sound card: a PCM type `acq_card` that ALSA loads into any program.
//
//   pcm.card { type acq_card  control "FILE" }
//
// It runs in real time, and like a real card it stops when its buffer of frames nobody read is full.
// Frame n of channel c is 7 n + 1000 c, in the low bits of the format. The control file says what it
// does: "go", "hold" (its clock stands), "gone" (it is pulled). Validated by arecord.
#include <alsa/asoundlib.h>
// After the header above, which it needs.
#include <alsa/pcm_external.h>
#include <alsa/pcm_ioplug.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fstream>
#include <new>
#include <string>

namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond_ns + now.tv_nsec;
}

struct Card {
  snd_pcm_ioplug_t io{};
  std::string control;
  bool is_packed = false;        // it has 24 bits in 3 bytes, and nothing else
  std::int64_t last_ns = 0;      // when `made` was counted
  std::int64_t fraction_ns = 0;  // of a frame, times the rate
  std::uint64_t made = 0;        // frames since it was opened
  std::uint64_t start = 0;       // of them, at the last start
  std::uint64_t read = 0;        // of them, frames that left through the buffer

  [[nodiscard]] std::string order() const {
    std::ifstream file(control);
    std::string word;
    file >> word;
    return word;
  }
  // Lets the clock run until now.
  void advance() {
    const std::int64_t now = now_ns();
    if (order() != "hold") {
      fraction_ns += (now - last_ns) * static_cast<std::int64_t>(io.rate);
      made += static_cast<std::uint64_t>(fraction_ns / kSecond_ns);
      fraction_ns %= kSecond_ns;
    }
    last_ns = now;
  }
};

Card& card_of(snd_pcm_ioplug_t* io) {
  return *static_cast<Card*>(io->private_data);
}

int prepare(snd_pcm_ioplug_t* io) {
  Card& card = card_of(io);
  if (card.order() == "gone") return -ENODEV;
  card.advance();
  return 0;
}

int start(snd_pcm_ioplug_t* io) {
  Card& card = card_of(io);
  card.advance();
  card.start = card.read = card.made;
  itimerspec every{};
  every.it_interval.tv_nsec = every.it_value.tv_nsec = 2'000'000;
  return timerfd_settime(io->poll_fd, 0, &every, nullptr) == 0 ? 0 : -errno;
}

int stop(snd_pcm_ioplug_t* io) {
  const itimerspec never{};
  return timerfd_settime(io->poll_fd, 0, &never, nullptr) == 0 ? 0 : -errno;
}

snd_pcm_sframes_t pointer(snd_pcm_ioplug_t* io) {
  Card& card = card_of(io);
  if (card.order() == "gone") return -ENODEV;
  card.advance();
  if (card.made - card.read > io->buffer_size) return -EPIPE;
  return static_cast<snd_pcm_sframes_t>((card.made - card.start) % io->buffer_size);
}

snd_pcm_sframes_t transfer(snd_pcm_ioplug_t* io, const snd_pcm_channel_area_t* areas,
                           snd_pcm_uframes_t offset, snd_pcm_uframes_t size) {
  Card& card = card_of(io);
  const std::size_t bytes = static_cast<std::size_t>(snd_pcm_format_physical_width(io->format)) / 8;
  for (snd_pcm_uframes_t i = 0; i < size; ++i, ++card.read) {
    for (unsigned c = 0; c < io->channels; ++c) {
      // The packed one reaches both signs within a few frames.
      const std::uint64_t value = (card.is_packed ? 700'001 : 7) * card.read + 1000 * c;
      auto* at = static_cast<unsigned char*>(areas[c].addr) +
                 (areas[c].first + (offset + i) * areas[c].step) / 8;
      std::memcpy(at, &value, bytes);
    }
  }
  return static_cast<snd_pcm_sframes_t>(size);
}

int poll_revents(snd_pcm_ioplug_t* io, pollfd* descriptors, unsigned, unsigned short* revents) {
  std::uint64_t ticks = 0;
  // Nothing to read is no news, not an error.
  static_cast<void>(::read(descriptors[0].fd, &ticks, sizeof ticks));
  Card& card = card_of(io);
  card.advance();
  const bool is_ready = card.order() == "gone" || card.made > card.read;
  *revents = is_ready ? POLLIN : 0;
  return 0;
}

int close_card(snd_pcm_ioplug_t* io) {
  Card* const card = &card_of(io);
  ::close(io->poll_fd);
  delete card;
  return 0;
}

const snd_pcm_ioplug_callback_t kCallbacks = [] {
  snd_pcm_ioplug_callback_t callbacks{};
  callbacks.start = start;
  callbacks.stop = stop;
  callbacks.pointer = pointer;
  callbacks.transfer = transfer;
  callbacks.close = close_card;
  callbacks.prepare = prepare;
  callbacks.poll_revents = poll_revents;
  return callbacks;
}();

int set_limits(snd_pcm_ioplug_t* io, bool is_packed) {
  static const std::array<unsigned, 6> kFormats = {SND_PCM_FORMAT_U8,       SND_PCM_FORMAT_S16_LE,
                                                   SND_PCM_FORMAT_S24_LE,   SND_PCM_FORMAT_S32_LE,
                                                   SND_PCM_FORMAT_FLOAT_LE, SND_PCM_FORMAT_S24_3LE};
  static const std::array<unsigned, 1> kAccess = {SND_PCM_ACCESS_RW_INTERLEAVED};
  const std::size_t skipped = is_packed ? kFormats.size() - 1 : 0;
  int error =
      snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, kAccess.size(), kAccess.data());
  if (error == 0)
    error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, kFormats.size() - skipped,
                                          kFormats.data() + skipped);
  if (error == 0) error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, 8000, 192000);
  if (error == 0) error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 8);
  if (error == 0)
    error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 1024, 1 << 22);
  if (error == 0)
    error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 1 << 20);
  return error;
}

std::string text_of(snd_config_t* conf, const char* name) {
  snd_config_t* entry = nullptr;
  const char* text = nullptr;
  const bool is_there = snd_config_search(conf, name, &entry) == 0 &&
                        snd_config_get_string(entry, &text) == 0 && text != nullptr;
  return is_there ? text : "";
}

}  // namespace

extern "C" {

int SND_PCM_PLUGIN_ENTRY(acq_card)(snd_pcm_t** pcm, const char* name, snd_config_t*,
                                   snd_config_t* conf, snd_pcm_stream_t stream, int mode) {
  if (stream != SND_PCM_STREAM_CAPTURE) return -EINVAL;
  auto* card = new (std::nothrow) Card;
  if (card == nullptr) return -ENOMEM;
  card->control = text_of(conf, "control");
  card->is_packed = text_of(conf, "format") == "packed";
  card->last_ns = now_ns();
  snd_pcm_ioplug_t& io = card->io;
  io.version = SND_PCM_IOPLUG_VERSION;
  io.name = "acqd test card";
  io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC;
  io.callback = &kCallbacks;
  io.private_data = card;
  io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  io.poll_events = POLLIN;
  int error = card->order() == "gone" || io.poll_fd < 0 ? -ENODEV : 0;
  if (error == 0) error = snd_pcm_ioplug_create(&io, name, stream, mode);
  if (error == 0) {
    error = set_limits(&io, card->is_packed);
    if (error != 0) {
      snd_pcm_ioplug_delete(&io);  // closes the card too
      return error;
    }
    *pcm = io.pcm;
    return 0;
  }
  if (io.poll_fd >= 0) ::close(io.poll_fd);
  delete card;
  return error;
}

SND_PCM_PLUGIN_SYMBOL(acq_card)
}
