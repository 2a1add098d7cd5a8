// A module of SoapySDR with an emulated receiver: driver=acq_radio. Found in SOAPY_SDR_PLUGIN_PATH.
//
// Runs in real time. Sample n is I = n, Q = -n, in 16 bits; its time is n / rate. The file named by
// ACQ_RADIO_CONTROL says what it does: "go", "hold" (its clock stands), "gone" (it is pulled).
// Setting lose=N drops N samples and tells an overflow. Validated by SoapySDRUtil.
#include <SoapySDR/Device.hpp>
#include <SoapySDR/Errors.hpp>
#include <SoapySDR/Formats.hpp>
#include <SoapySDR/Registry.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

std::string order() {
  const char* const name = std::getenv("ACQ_RADIO_CONTROL");
  std::string word;
  if (name != nullptr) std::ifstream(name) >> word;
  return word;
}

class Radio final : public SoapySDR::Device {
 public:
  std::string getDriverKey() const override { return "acq_radio"; }
  std::string getHardwareKey() const override { return "emulated"; }
  size_t getNumChannels(int direction) const override { return direction == SOAPY_SDR_RX ? 1 : 0; }

  std::vector<std::string> getStreamFormats(int, size_t) const override { return {SOAPY_SDR_CS16}; }
  std::string getNativeStreamFormat(int, size_t, double& full_scale) const override {
    full_scale = 32768;
    return SOAPY_SDR_CS16;
  }
  SoapySDR::Stream* setupStream(int, const std::string& format, const std::vector<size_t>& channels,
                                const SoapySDR::Kwargs&) override {
    if (format != SOAPY_SDR_CS16 || channels != std::vector<size_t>{0})
      throw std::runtime_error("only CS16 of channel 0");
    return reinterpret_cast<SoapySDR::Stream*>(this);
  }
  void closeStream(SoapySDR::Stream*) override {}
  int activateStream(SoapySDR::Stream*, int, long long, size_t) override {
    last_ = Clock::now();
    ready_ = 0;
    return 0;
  }
  int deactivateStream(SoapySDR::Stream*, int, long long) override { return 0; }

  int readStream(SoapySDR::Stream*, void* const* buffers, size_t count, int& flags,
                 long long& time_ns, long timeout_us) override {
    if (order() == "gone") return SOAPY_SDR_STREAM_ERROR;
    const Clock::time_point end = Clock::now() + std::chrono::microseconds(timeout_us);
    while (advance(), ready_ < 1) {
      if (Clock::now() >= end) return SOAPY_SDR_TIMEOUT;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (lose_ > 0) {
      next_ += static_cast<std::uint64_t>(lose_);
      lose_ = 0;
      return SOAPY_SDR_OVERFLOW;
    }
    const auto got = std::min(count, static_cast<size_t>(ready_));
    flags = SOAPY_SDR_HAS_TIME;
    time_ns = std::llround(static_cast<double>(next_) * 1e9 / rate_hz_);
    auto* out = static_cast<std::int16_t*>(buffers[0]);
    for (size_t i = 0; i < got; ++i, ++next_) {
      out[2 * i] = static_cast<std::int16_t>(next_);
      out[2 * i + 1] = static_cast<std::int16_t>(-static_cast<std::int64_t>(next_));
    }
    ready_ -= static_cast<double>(got);
    return static_cast<int>(got);
  }

  void setSampleRate(int, size_t, double rate_hz) override {
    if (rate_hz > 10e6) throw std::runtime_error("at most 10 MHz");
    rate_hz_ = std::max(1000.0, std::round(rate_hz / 1000) * 1000);
  }
  double getSampleRate(int, size_t) const override { return rate_hz_; }
  void setFrequency(int, size_t, double frequency_hz, const SoapySDR::Kwargs&) override {
    if (frequency_hz > 6e9) throw std::out_of_range("at most 6 GHz");
    frequency_hz_ = std::round(frequency_hz / 10) * 10;
  }
  double getFrequency(int, size_t) const override { return frequency_hz_; }
  bool hasGainMode(int, size_t) const override { return true; }
  void setGainMode(int, size_t, bool) override {}
  void setGain(int, size_t, double gain_db) override {
    gain_db_ = std::round(std::clamp(gain_db, 0.0, 50.0) * 2) / 2;
  }
  double getGain(int, size_t) const override { return gain_db_; }
  void writeSetting(const std::string& key, const std::string& value) override {
    if (key != "lose") throw std::runtime_error("no setting " + key);
    lose_ = std::atoi(value.c_str());
  }

 private:
  void advance() {
    const Clock::time_point now = Clock::now();
    if (order() != "hold") ready_ += std::chrono::duration<double>(now - last_).count() * rate_hz_;
    last_ = now;
  }

  double rate_hz_ = 1e6;
  double frequency_hz_ = 0;
  double gain_db_ = 0;
  int lose_ = 0;
  Clock::time_point last_;
  double ready_ = 0;        // samples made and not read
  std::uint64_t next_ = 0;  // number of the next sample
};

SoapySDR::KwargsList find_radio(const SoapySDR::Kwargs& wanted) {
  const auto driver = wanted.find("driver");
  const bool is_meant = driver == wanted.end() || driver->second == "acq_radio";
  if (!is_meant || order() == "gone") return {};
  return {{{"driver", "acq_radio"}, {"label", "emulated receiver"}}};
}

SoapySDR::Device* make_radio(const SoapySDR::Kwargs&) {
  // SoapySDR remembers what it has found for a while.
  if (order() == "gone") throw std::runtime_error("it is not there");
  return new Radio;
}

const SoapySDR::Registry kRadio("acq_radio", &find_radio, &make_radio, SOAPY_SDR_ABI_VERSION);

}  // namespace
