#include <algorithm>
#include <array>

#include "recording/export/formats.h"

namespace acq::exports {
namespace {

// name, summary, has_many_topics, is_filled, values, make
constexpr std::array kFormats = {
    Format{"datalab", "HDF5 that DataLab opens", true, true, Values::kPhysical, make_datalab},
    Format{"nexus", "HDF5 in the layout of NeXus", true, true, Values::kPhysical, make_nexus},
    Format{"npz", "NumPy arrays with times, units and gaps", true, true, Values::kPhysical,
           make_npz},
    Format{"npy", "one NumPy array", false, true, Values::kPhysical, make_npy},
    Format{"mat", "MATLAB 5", true, true, Values::kPhysical, make_mat},
    Format{"csv", "text for spreadsheets", false, false, Values::kPhysical, make_csv},
    Format{"sigmf", "SigMF: waveforms and I/Q", false, false, Values::kDevice, make_sigmf},
    Format{"wav", "WAV and RF64: waveforms and I/Q", false, true, Values::kDevice, make_wav},
    Format{"vcd", "VCD: logic", false, false, Values::kDevice, make_vcd},
    Format{"sigrok", "a session of PulseView and sigrok-cli: logic", false, true, Values::kDevice,
           make_sigrok},
};

}  // namespace

std::span<const Format> formats() noexcept {
  return kFormats;
}

Result<const Format*> find_format(std::string_view name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const Format& format) { return format.name == name; });
  if (found != kFormats.end()) return &*found;
  std::string names;
  for (const Format& format : kFormats)
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  return fail(Code::kNotFound, "there is no format " + quote(name), "--format", names);
}

}  // namespace acq::exports
