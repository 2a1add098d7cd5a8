// The daemon's status as text for Prometheus.
#pragma once

#include <string>

namespace acq::v1 {
class Status;
}

namespace acq {

// Everything numeric in the status, in the text exposition format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/), each name with HELP and TYPE.
// Integers keep their 64 bits. Any thread.
std::string prometheus_text(const v1::Status& status);

}  // namespace acq
