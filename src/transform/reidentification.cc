#include "transform/reidentification.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include "attributes/attribute_path.h"
#include "dicom/error_codes.h"

namespace gateway::transform {
namespace {

constexpr std::array kAsked{"PatientID", "PatientName", "AccessionNumber"};
constexpr std::array kRemoved{"PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence",
                              "LongitudinalTemporalInformationModified"};

AttributePath Path(const char* keyword) {
  return attributes::ParsePath(keyword).value();
}

// Returns the only value, without what programs add to a name that has one component.
std::string ValueOf(const InstanceHeader& header, const char* keyword) {
  const auto found = header.asked.find(keyword);
  if (found == header.asked.end() || found->second.values.empty()) return {};
  std::string value = found->second.values.front();
  for (std::size_t i = 1; i < found->second.values.size(); ++i) value += "\\" + found->second.values[i];
  while (!value.empty() && (value.back() == '^' || value.back() == '=' || value.back() == ' ')) value.pop_back();
  return value;
}

Edit Set(const char* keyword, std::string value) {
  Edit edit;
  edit.attribute = Path(keyword);
  edit.text = std::move(value);
  return edit;
}

Edit Removed() {
  Edit edit;
  edit.kind = EditKind::remove;
  for (const char* const keyword : kRemoved) edit.attributes.push_back(Path(keyword));
  return edit;
}

Edit MovedBack(const std::string& days) {
  Edit edit;
  edit.kind = EditKind::shift_dates;
  edit.attributes = {Path("AcquisitionDate"), Path("AcquisitionDateTime")};
  (void)std::from_chars(days.data(), days.data() + days.size(), edit.days);
  return edit;
}

Edit OldUids(const std::map<std::string, std::string, std::less<>>& table) {
  Edit edit;
  edit.kind = EditKind::new_uids;
  edit.table = std::make_shared<const std::map<std::string, std::string, std::less<>>>(table);
  return edit;
}

Error Unknown(const std::string& what) {
  return Permanent(codes::kReidentifyUnknown, what);
}

// What was found, by kind and new value.
using Found = std::map<std::pair<std::string, std::string>, std::string>;

std::string Look(const Found& found, const std::string& kind, const std::string& value) {
  const auto pair = found.find({kind, value});
  return pair == found.end() ? std::string() : pair->second;
}

}  // namespace

std::vector<AttributePath> AskedForReidentification() {
  std::vector<AttributePath> asked;
  for (const char* const keyword : kAsked) asked.push_back(Path(keyword));
  return asked;
}

Result<std::vector<Edit>> ReidentifyingEdits(const InstanceHeader& header, const std::vector<std::string>& uids,
                                             const std::string& partner, ledger::ReplacedIdentifiers& replaced) {
  const std::string id = ValueOf(header, "PatientID");
  const std::string name = ValueOf(header, "PatientName");
  const std::string accession = ValueOf(header, "AccessionNumber");
  const std::string& study = header.study_instance_uid;
  std::vector<ReplacedIdentifier> wanted{{"patient-id", {}, id},    {"patient-name", {}, name},
                                         {"birth-date", {}, id},    {"days", {}, id},
                                         {"study-date", {}, study}, {"accession-number", {}, accession}};
  for (const std::string& uid : uids) wanted.push_back({"uid", {}, uid});
  GATEWAY_ASSIGN(const std::vector<ReplacedIdentifier> pairs, replaced.OldValues(std::move(wanted), partner));
  Found found;
  std::map<std::string, std::string, std::less<>> old_uids;
  for (const ReplacedIdentifier& pair : pairs) {
    if (pair.old_value.empty()) continue;
    found[{pair.kind, pair.new_value}] = pair.old_value;
    if (pair.kind == "uid") old_uids[pair.new_value] = pair.old_value;
  }
  const std::string old_id = Look(found, "patient-id", id);
  if (old_id.empty()) return Unknown("its Patient ID is none that this partner was sent");
  if (old_uids.contains(header.sop_instance_uid)) return Unknown("it is an instance that this partner was sent");
  if (!old_uids.contains(study)) {
    GATEWAY_ASSIGN(const bool sent, replaced.WasSent(study, partner));
    if (!sent) return Unknown("its Study Instance UID is none that this partner was sent");
  }
  std::vector<Edit> edits{Set("PatientID", old_id)};
  for (const auto& [kind, keyword, value] : {std::tuple("patient-name", "PatientName", name),
                                             std::tuple("accession-number", "AccessionNumber", accession)}) {
    if (value.empty()) continue;
    std::string old_value = Look(found, kind, value);
    if (old_value.empty()) return Unknown("its " + std::string(keyword) + " is none that this partner was sent");
    edits.push_back(Set(keyword, std::move(old_value)));
  }
  if (std::string date = Look(found, "birth-date", id); !date.empty()) {
    edits.push_back(Set("PatientBirthDate", std::move(date)));
  }
  if (std::string date = Look(found, "study-date", study); !date.empty()) {
    edits.push_back(Set("StudyDate", std::move(date)));
  }
  if (const std::string days = Look(found, "days", id); !days.empty()) edits.push_back(MovedBack(days));
  edits.push_back(OldUids(old_uids));
  edits.push_back(Removed());
  return edits;
}

}  // namespace gateway::transform
