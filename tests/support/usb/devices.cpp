#include "tests/support/usb/devices.h"

#include <array>

#include "tests/support/usb/counter_stream.h"
#include "tests/support/usb/logic_board.h"
#include "tests/support/usb/model_device.h"
#include "tests/support/usb/tmc_scope.h"

namespace acq::emu {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Model> (*make)();
};

template <typename M>
std::unique_ptr<Model> make_default() {
  return std::make_unique<M>(typename M::Options{});
}

// Loses its count without power.
std::unique_ptr<Model> make_forgetful_counter() {
  CounterStream::Options options;
  options.product_id = 0x7303;
  options.has_own_supply = false;
  return std::make_unique<CounterStream>(options);
}

// As libsigrok's rigol-ds driver knows it.
std::unique_ptr<Model> make_rigol() {
  TmcScope::Options options;
  options.vendor_id = 0x1ab1;
  options.product_id = 0x04ce;
  options.serial = "DS1ZA000000001";
  options.identity = "RIGOL TECHNOLOGIES,DS1054Z,DS1ZA000000001,00.04.04.SP4";
  return std::make_unique<TmcScope>(options);
}

// An oscilloscope to the last command: what acqd's own driver reads.
std::unique_ptr<Model> make_rigol_ds1104z() {
  TmcScope::Options options;
  options.vendor_id = 0x1ab1;
  options.product_id = 0x04ce;
  options.serial = "DS1ZA000000001";
  options.product = "DS1000Z Series";
  options.device = std::make_shared<ModelDevice>("rigol");
  return std::make_unique<TmcScope>(options);
}

std::unique_ptr<Model> make_plain_tmc() {
  TmcScope::Options options;
  options.product_id = 0x7304;
  options.is_488 = options.has_interrupt = options.takes_terminator = false;
  return std::make_unique<TmcScope>(options);
}

std::unique_ptr<Model> make_analyser() {
  return LogicBoard::bare({});
}

// As a board with its firmware in a memory of its own.
std::unique_ptr<Model> make_loaded_analyser() {
  LogicBoard::Options options;
  options.product_id = 0x608c;
  options.keeps_firmware = true;
  return std::make_unique<LogicBoard>(options);
}

std::unique_ptr<Model> make_bare_fx2() {
  LogicBoard::Options options;
  options.vendor_id = 0x04b4;
  options.product_id = 0x8613;
  return LogicBoard::bare(options);
}

constexpr std::array kEntries{
    Entry{"counter", make_default<CounterStream>},
    Entry{"forgetful_counter", make_forgetful_counter},
    Entry{"scope", make_default<TmcScope>},
    Entry{"rigol", make_rigol},
    Entry{"rigol_ds1104z", make_rigol_ds1104z},
    Entry{"plain_tmc", make_plain_tmc},
    Entry{"analyser", make_analyser},
    Entry{"loaded_analyser", make_loaded_analyser},
    Entry{"bare_fx2", make_bare_fx2},
};

}  // namespace

std::unique_ptr<Model> make_model(std::string_view name) {
  for (const Entry& entry : kEntries)
    if (entry.name == name) return entry.make();
  return nullptr;
}

std::string model_names() {
  std::string names;
  for (const Entry& entry : kEntries) names += (names.empty() ? "" : " ") + std::string(entry.name);
  return names;
}

}  // namespace acq::emu
