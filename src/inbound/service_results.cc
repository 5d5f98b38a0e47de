#include "inbound/service_results.h"

#include <algorithm>
#include <array>

#include "attributes/attribute_path.h"

namespace gateway::inbound {
namespace {

// Where SR, SEG, SC, PR and encapsulated documents name the instances that they are about (PS3.3
// sections C.17.2.1, C.12.4, C.11.11, C.7.6.1, C.8.6.1, C.24.2, C.7.6.16.2.6).
constexpr std::array kReferences{
    "CurrentRequestedProcedureEvidenceSequence[*].ReferencedSeriesSequence[*].ReferencedSOPSequence[*]"
    ".ReferencedSOPInstanceUID",
    "PertinentOtherEvidenceSequence[*].ReferencedSeriesSequence[*].ReferencedSOPSequence[*].ReferencedSOPInstanceUID",
    "ReferencedSeriesSequence[*].ReferencedInstanceSequence[*].ReferencedSOPInstanceUID",
    "ReferencedSeriesSequence[*].ReferencedImageSequence[*].ReferencedSOPInstanceUID",
    "ReferencedImageSequence[*].ReferencedSOPInstanceUID",
    "ReferencedInstanceSequence[*].ReferencedSOPInstanceUID",
    "SourceImageSequence[*].ReferencedSOPInstanceUID",
    "SourceInstanceSequence[*].ReferencedSOPInstanceUID",
    "SharedFunctionalGroupsSequence[*].DerivationImageSequence[*].SourceImageSequence[*].ReferencedSOPInstanceUID",
    "PerFrameFunctionalGroupsSequence[*].DerivationImageSequence[*].SourceImageSequence[*].ReferencedSOPInstanceUID",
};

std::vector<std::string> ReferencesOf(const InstanceHeader& header) {
  std::vector<std::string> references;
  for (const char* const path : kReferences) {
    const auto found = header.asked.find(path);
    if (found == header.asked.end()) continue;
    references.insert(references.end(), found->second.values.begin(), found->second.values.end());
  }
  std::sort(references.begin(), references.end());
  references.erase(std::unique(references.begin(), references.end()), references.end());
  return references;
}

}  // namespace

std::vector<AttributePath> AskedOfResults(const routing::Router& router, const std::vector<ServiceSettings>& services) {
  std::vector<AttributePath> asked = router.AskedByInboundRules();
  if (std::ranges::find(services, ResultMatch::reference, &ServiceSettings::match) == services.end()) return asked;
  for (const char* const text : kReferences) {
    AttributePath path = attributes::ParsePath(text).value();
    if (std::ranges::find(asked, path) == asked.end()) asked.push_back(std::move(path));
  }
  return asked;
}

ServiceResults::ServiceResults(const std::vector<ServiceSettings>& services, ledger::Database& database)
    : services_(services), requests_(database) {}

Result<ledger::AnsweredRequests> ServiceResults::RequestsOf(const InstanceHeader& header, const std::string& partner,
                                                            const std::optional<std::string>& set) {
  if (std::ranges::find(services_, partner, &ServiceSettings::partner) == services_.end()) {
    return ledger::AnsweredRequests();
  }
  return requests_.Find({partner, header.study_instance_uid, set.value_or(""), ReferencesOf(header)});
}

}  // namespace gateway::inbound
