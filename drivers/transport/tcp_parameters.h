// The parameters of every driver whose instrument is a TCP server.
#pragma once

#include <string_view>

#include "dsp/base/params.h"

namespace acq {

constexpr ParamSpec tcp_host(std::string_view text = "name or address of the server") {
  return {.name = "host",
          .type = ParamType::kText,
          .fallback = "127.0.0.1",
          .text = text,
          .live = false};
}

constexpr ParamSpec tcp_port(std::string_view fallback,
                             std::string_view text = "TCP port of the server") {
  return {.name = "port",
          .type = ParamType::kInteger,
          .min = 1,
          .max = 65535,
          .fallback = fallback,
          .text = text,
          .live = false};
}

}  // namespace acq
