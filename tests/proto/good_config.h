// A configuration with every kind of key, for the tests.
#pragma once

namespace acq::testing {

inline constexpr const char* kGoodConfig = R"([publish]
bind = ["ipc:///run/acqd/data", "tcp://127.0.0.1:5550"]
budget = "8 MiB"
heartbeat = "1 s"
checksum = true

[control]
bind = "ipc:///run/acqd/control"

[status]
period = "500 ms"
prometheus = "127.0.0.1:9464"

[service]
realtime = true
lock_memory = false
log_level = "debug"

[instrument.scope]
driver = "sim"
enabled = true
wait = false
packet_bytes = 32768
packets = 64
rate = "1 MHz"
channels = 4
signals = [
  { shape = "sine", frequency = "1 kHz", amplitude = "0.5 V" },
  { shape = "square", duty = 0.25 },
]

[instrument.file-1]
driver = "replay"
path = "tests/data/recording.wav"
loop = true

[pipeline.trace]
from = ["scope/ch"]
publish = "on_demand"
worker = "fast"
frame_samples = 4096
blocks = [
  { block = "edge_trigger", channel = 0, level = "0.5 V", pre = 200, post = 800 },
  { block = "minmax_view", columns = 500, tap = "view" },
]

[pipeline.psd]
from = "trace.view"
publish = "always"

[[pipeline.psd.blocks]]
block = "fir"
taps = [0.25, 0.5, 0.25]

[[pipeline.psd.blocks]]
block = "welch_psd"
size = 1024
)";

}  // namespace acq::testing
