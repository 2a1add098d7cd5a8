// Descriptions for clients: topics, instruments, settings.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/acquire.h"
#include "daemon/plan.h"

namespace acq::v1 {
class InstrumentDescriptor;
class PlugInDescriptor;
class Setting;
class StreamDescriptor;
}  // namespace acq::v1

namespace acq {

// Everything that is constant about a topic, its descriptor encoded and hashed.
std::shared_ptr<const TopicInfo> describe_topic(const PlannedUnit& unit, const Node& node,
                                                const StreamInfo& stream,
                                                const InstrumentInfo& instrument,
                                                const PlanOptions& options);

// A parameter's declaration with the value asked for and the one in force.
void describe_setting(const ParamSpec& spec, const Table& asked, const Table& in_force,
                      v1::Setting& out);

void describe_instrument(const Acquire& acquire, v1::InstrumentDescriptor& out);
void describe_block(const BlockEntry& entry, v1::PlugInDescriptor& out);
void describe_driver(const DriverEntry& entry, v1::PlugInDescriptor& out);

}  // namespace acq
