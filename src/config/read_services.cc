// Reads the section `services`.
#include "config/readers.h"

namespace gateway::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

void ReadService(Section section, const std::string& name) {
  FileDraft& draft = section.draft();
  ServiceSettings service;
  service.name = name;
  draft.Mark("service " + name, section.line());
  section.Require("partner");
  const Parser<std::string> partner{"the name of a partner", [](std::string_view text) { return std::string(text); }};
  if (section.Read("partner", service.partner, partner)) {
    draft.Refer("partner", service.partner, section.PathOf("partner"), section.LineOf("partner"));
  }
  section.Read("result_within", service.result_within, Duration(seconds(1), hours(90 * 24)));
  section.Read("match", service.match,
               OneOf<ResultMatch>(
                   {{"study", ResultMatch::study}, {"set", ResultMatch::set}, {"reference", ResultMatch::reference}}));
  draft.settings().services.push_back(std::move(service));
}

}  // namespace

void ReadServices(FileDraft& draft, const YamlNode& node) {
  ForEachNamed(draft, "services", node, "service", [&](const Entry& entry) {
    ReadService({draft, "services.NAME", "services." + entry.key, entry.value.get(), entry.line}, entry.key);
  });
}

}  // namespace gateway::config
