// Sound cards that can capture, from /proc/asound.
#include <algorithm>
#include <fstream>

#include "drivers/discovery/machine.h"

namespace acq::discovery {
namespace {

// The line "name: USB Audio" of a PCM's info.
std::string pcm_name(const std::string& info) {
  constexpr std::string_view kKey = "name: ";
  std::ifstream file(info);
  int lines = 0;
  for (std::string line; lines < 32 && std::getline(file, line); ++lines)
    if (line.starts_with(kKey)) return line.substr(kKey.size());
  return {};
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::vector<SoundCard> sound_cards(const Root& root) {
  const std::string all = root.at("/proc/asound/");
  std::vector<SoundCard> cards;
  for (const std::string& card : names_in(all)) {
    if (!card.starts_with("card") || !is_number(card.substr(4))) continue;
    const std::string id = read_line(all + card + "/id");
    for (const std::string& pcm : names_in(all + card)) {
      if (id.empty() || !pcm.starts_with("pcm") || !pcm.ends_with("c")) continue;
      const std::string number = pcm.substr(3, pcm.size() - 4);
      if (!is_number(number)) continue;
      cards.push_back({.device = "hw:CARD=" + id + ",DEV=" + number,
                       .name = pcm_name(all + card + "/" + pcm + "/info")});
    }
  }
  return cards;
}

}  // namespace acq::discovery
