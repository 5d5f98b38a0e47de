#include "outbound/file_intake.h"

#include <utility>

#include "base/random_text.h"
#include "dicom/toolkit.h"
#include "outbound/intake.h"
#include "spool/error_codes.h"

namespace gateway::outbound {
namespace {

// Returns the study of the first DICOM file. Without one it returns "<oid>.<timestamp>", as the
// recommendation says.
std::string StudyId(const std::vector<OutgoingFile>& files, Time now) {
  for (const OutgoingFile& file : files) {
    if (file.header) return file.header->study_instance_uid;
  }
  return "2.25." + std::to_string(std::stoull(RandomHex(8), nullptr, 16)) + "." +
         std::to_string(ToUnixMilliseconds(now));
}

// The files in their places in the spool. Files that are still here at the end were not given to
// the ledger, and are deleted.
class KeptFiles {
 public:
  explicit KeptFiles(const spool::Spool& spool) : spool_(spool) {}
  KeptFiles(const KeptFiles&) = delete;
  KeptFiles& operator=(const KeptFiles&) = delete;
  ~KeptFiles() {
    for (const auto& [kind, key] : kept_) (void)spool_.Remove(kind, key);
  }

  Result<std::string> Keep(const OutgoingFile& file) {
    const spool::Kind kind = file.header ? spool::Kind::instance : spool::Kind::document;
    GATEWAY_ASSIGN(std::string key, spool_.Keep(kind, file.copy->path()));
    kept_.emplace_back(kind, key);
    return key;
  }
  void LetStay() { kept_.clear(); }

 private:
  const spool::Spool& spool_;
  std::vector<std::pair<spool::Kind, std::string>> kept_;
};

}  // namespace

Result<std::vector<OutgoingFile>> FileIntake::Take(const std::vector<std::filesystem::path>& files) const {
  GATEWAY_TRY(dicom::StartToolkit(false));
  std::vector<OutgoingFile> taken;
  taken.reserve(files.size());
  for (const std::filesystem::path& file : files) {
    GATEWAY_ASSIGN(const spool::Space space, spool_.FreeSpace(settings_.space));
    if (space.low()) return Transient(codes::kDiskLow, "less than min_free_space is free");
    GATEWAY_ASSIGN(OutgoingFile outgoing, TakeFile(file, spool_, settings_.default_character_set));
    taken.push_back(std::move(outgoing));
  }
  return taken;
}

Result<std::int64_t> FileIntake::Queue(const PartnerSettings& partner, Priority priority,
                                       const std::vector<OutgoingFile>& files) {
  const Time now = clock_.Now();
  ledger::NewShipment shipment;
  shipment.partner = partner.name;
  shipment.mailbox = partner.mailbox;
  shipment.rule = ledger::kSentByHand;
  shipment.priority = priority;
  shipment.set_id = NewSetId(now);
  shipment.study_id = StudyId(files, now);
  shipment.created = now;
  GATEWAY_ASSIGN(const UniqueFd no_daemon_starts, spool_.DeferStart());
  KeptFiles kept(spool_);
  for (const OutgoingFile& file : files) {
    GATEWAY_ASSIGN(const std::string key, kept.Keep(file));
    ledger::NewShipment::File& added = shipment.files.emplace_back();
    if (file.header) {
      added.instance = ledger::NewInstance{*file.header, key, {}, {}, now};
    } else {
      added.document = file.document;
      added.document->spool_key = key;
      added.document->study_id = shipment.study_id;
    }
  }
  // If the ledger fails, the files stay, because the commit may have happened all the same. If it
  // did not happen, they are orphans.
  kept.LetStay();
  return intake_.AddShipment(shipment);
}

}  // namespace gateway::outbound
