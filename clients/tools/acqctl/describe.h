// Descriptions as text for people.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <string>

#include "acq/v1/control.pb.h"

namespace acq::tool {

std::string describe_text(const v1::StreamDescriptor& stream);
std::string describe_text(const v1::InstrumentDescriptor& instrument);
std::string describe_text(const v1::PlugInDescriptor& plug_in);
// Name, value, allowed range, default and text of each.
std::string settings_text(const google::protobuf::RepeatedPtrField<v1::Setting>& settings);

}  // namespace acq::tool
