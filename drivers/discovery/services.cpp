#include "drivers/discovery/services.h"

#include <arpa/inet.h>

#include <algorithm>

namespace acq::dns {
namespace {

constexpr std::size_t kMostQuestions = 32;  // in one packet

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

template <typename Address>
std::string figures(int family, const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family, address.bytes.data(), text, sizeof text);
  return text;
}

bool is_link_local(const Ipv6& address) {
  return address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0U) == 0x80;
}

}  // namespace

ServiceTable::ServiceTable(std::span<const std::string_view> types) {
  for (const std::string_view type : types)
    types_.push_back(Name::of(std::string(type) + ".local"));
}

// The type an instance belongs to, by its name: a label before it.
const Name* ServiceTable::type_of(const Name& instance) const {
  for (const Name& type : types_) {
    if (instance.labels.size() != type.labels.size() + 1) continue;
    if (Name{{instance.labels.begin() + 1, instance.labels.end()}} == type) return &type;
  }
  return nullptr;
}

void ServiceTable::add(const Message& message, std::string_view network) {
  if (!message.is_answer) return;
  // Answers first name an instance and then say where it is; others come the other way round.
  for (const Record& record : message.records)
    if (std::holds_alternative<Pointer>(record.data)) add(record, network);
  for (const Record& record : message.records)
    if (std::holds_alternative<Server>(record.data)) add(record, network);
  for (const Record& record : message.records)
    if (!std::holds_alternative<Pointer>(record.data) &&
        !std::holds_alternative<Server>(record.data))
      add(record, network);
}

void ServiceTable::add(Host& host, const Ipv6& address, std::string_view network) {
  if (!is_link_local(address)) {
    host.ipv6 = figures(AF_INET6, address);
  } else if (!network.empty()) {
    host.link_local = figures(AF_INET6, address) + "%" + std::string(network);
  }
}

void ServiceTable::add(const Record& record, std::string_view network) {
  const bool is_gone = record.seconds_to_live == 0;
  if (const auto* pointer = std::get_if<Pointer>(&record.data)) {
    const Name* type = type_of(pointer->target);
    if (type == nullptr || !(*type == record.name)) return;
    if (is_gone) {
      instances_.erase(pointer->target);
    } else if (instances_.size() < kMostNames) {
      instances_[pointer->target].type = *type;
    }
    return;
  }
  if (const auto instance = instances_.find(record.name); instance != instances_.end()) {
    if (const auto* server = std::get_if<Server>(&record.data)) {
      instance->second.has_server = !is_gone;
      instance->second.server = *server;
      if (!is_gone && hosts_.size() < kMostNames) hosts_.try_emplace(server->host);
    } else if (const auto* texts = std::get_if<Texts>(&record.data)) {
      instance->second.has_texts = !is_gone;
      instance->second.texts = *texts;
    }
  }
  const auto host = hosts_.find(record.name);
  if (host == hosts_.end() || is_gone) return;
  if (const auto* ipv4 = std::get_if<Ipv4>(&record.data))
    host->second.ipv4 = figures(AF_INET, *ipv4);
  if (const auto* ipv6 = std::get_if<Ipv6>(&record.data)) add(host->second, *ipv6, network);
}

std::vector<Question> ServiceTable::questions() const {
  std::vector<Question> questions;
  for (const Name& type : types_) questions.push_back({type, Type::kPtr});
  for (const auto& [name, instance] : instances_) {
    if (!instance.has_server) questions.push_back({name, Type::kSrv});
    if (!instance.has_texts) questions.push_back({name, Type::kTxt});
  }
  for (const auto& [name, host] : hosts_) {
    if (!host.ipv4.empty() || !host.ipv6.empty()) continue;
    questions.push_back({name, Type::kA});
    questions.push_back({name, Type::kAaaa});
  }
  // Names that no query could hold came from a broken peer.
  std::erase_if(questions, [](const Question& question) {
    return std::any_of(question.name.labels.begin(), question.name.labels.end(),
                       [](const std::string& label) { return label.empty(); });
  });
  if (questions.size() > kMostQuestions) questions.resize(kMostQuestions);
  return questions;
}

std::string ServiceTable::address_of(const Host& host) {
  if (!host.ipv4.empty()) return host.ipv4;
  return host.ipv6.empty() ? host.link_local : host.ipv6;
}

std::vector<Service> ServiceTable::services() const {
  std::vector<Service> services;
  for (const auto& [name, instance] : instances_) {
    if (!instance.has_server || instance.server.port == 0) continue;
    Service service{.instance = name.labels.front(),
                    .type = instance.type.labels[0] + "." + instance.type.labels[1],
                    .host = instance.server.host.text(),
                    .address = {},
                    .port = instance.server.port,
                    .texts = {}};
    if (const auto host = hosts_.find(instance.server.host); host != hosts_.end())
      service.address = address_of(host->second);
    for (const std::string& line : instance.texts.lines) {
      const std::size_t equals = std::min(line.find('='), line.size());
      if (equals == 0) continue;
      const std::string value = line.substr(std::min(equals + 1, line.size()));
      service.texts.try_emplace(lower(line.substr(0, equals)), value);
    }
    services.push_back(std::move(service));
  }
  return services;
}

}  // namespace acq::dns
