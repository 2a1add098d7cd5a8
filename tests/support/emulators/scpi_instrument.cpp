#include "tests/support/emulators/scpi_instrument.h"

#include <chrono>
#include <ostream>
#include <thread>
#include <utility>

#include "dsp/base/result.h"

namespace acq::test {

ScpiInstrument::ScpiInstrument(std::string_view family, Options options)
    : answer_delay_ms_(options.answer_delay_ms),
      model_(make_scpi_model(family, options.depth, options.looks_until_trigger)) {
  ACQ_CHECK(model_ != nullptr);
  model_->identity = std::move(options.identity);
  server_ = std::make_unique<LoopbackServer>([this](Peer& peer) { serve(peer); }, options.port);
}

void ScpiInstrument::serve(Peer& peer) {
  std::string line;
  while (!peer.is_stopped() && peer.receive_line(line)) {
    std::optional<ModelReply> reply;
    {
      const std::scoped_lock lock(mutex_);
      reply = model_->execute(line);
    }
    if (!reply) continue;
    if (answer_delay_ms_ > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(answer_delay_ms_));
    if (!peer.send(reply->bytes) || reply->is_cut) return;
  }
}

void ScpiInstrument::hold(bool holds) {
  const std::scoped_lock lock(mutex_);
  model_->holds = holds;
}

void ScpiInstrument::spoil(ScpiFault fault, int times) {
  const std::scoped_lock lock(mutex_);
  model_->faults.insert(model_->faults.end(), static_cast<std::size_t>(times), fault);
}

int ScpiInstrument::spoilt() const {
  const std::scoped_lock lock(mutex_);
  return model_->spoilt;
}

double ScpiInstrument::number(const std::string& header) const {
  const std::scoped_lock lock(mutex_);
  return model_->numbers.at(header).value;
}

std::string ScpiInstrument::word(const std::string& header) const {
  const std::scoped_lock lock(mutex_);
  return model_->words.at(header).value;
}

bool ScpiInstrument::is_running() const {
  const std::scoped_lock lock(mutex_);
  return model_->is_running();
}

std::vector<std::string> ScpiInstrument::unknown() const {
  const std::scoped_lock lock(mutex_);
  return model_->unknown;
}

std::vector<std::string> ScpiInstrument::log() const {
  const std::scoped_lock lock(mutex_);
  return model_->log;
}

void ScpiInstrument::list_commands(std::ostream& out) const {
  for (const std::string& line : log()) out << line << "\n";
}

}  // namespace acq::test
