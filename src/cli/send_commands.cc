#include "cli/send_commands.h"

#include <algorithm>
#include <iostream>
#include <map>

#include "base/clock.h"
#include "base/events.h"
#include "base/random_text.h"
#include "cli/exit_codes.h"
#include "cli/operator_session.h"
#include "cli/outgoing_file.h"
#include "dicom/toolkit.h"
#include "outbound/intake.h"

namespace gateway::cli {
namespace {

int FileFailed(const Error& error) {
  const int exit_code = Report(error);
  std::cerr << "dicom-mail-gateway: nothing is sent\n";
  return error.code == "file-not-readable" ? kExitNoSuchItem : exit_code;
}

Priority PriorityOf(const std::string& word) {
  static const std::map<std::string, Priority> kPriorities{
      {"emergency", Priority::emergency}, {"normal", Priority::normal}, {"bulk", Priority::bulk}};
  const auto found = kPriorities.find(word);
  return found == kPriorities.end() ? Priority::normal : found->second;
}

Result<std::vector<OutgoingFile>> TakeFiles(const std::vector<std::filesystem::path>& files,
                                            const spool::Spool& spool) {
  GATEWAY_TRY(dicom::StartToolkit(false));
  std::vector<OutgoingFile> taken;
  taken.reserve(files.size());
  for (const std::filesystem::path& file : files) {
    GATEWAY_ASSIGN(const spool::Space space, spool.FreeSpace());
    if (space.low()) return Transient("disk-low", "less than min_free_space is free");
    GATEWAY_ASSIGN(OutgoingFile outgoing, TakeFile(file, spool));
    taken.push_back(std::move(outgoing));
  }
  return taken;
}

// Of the first DICOM file; without one "<oid>.<timestamp>", as the recommendation has it.
std::string StudyId(const std::vector<OutgoingFile>& files, Time now) {
  for (const OutgoingFile& file : files) {
    if (file.header) return file.header->study_instance_uid;
  }
  return "2.25." + std::to_string(std::stoull(RandomHex(8), nullptr, 16)) + "." +
         std::to_string(ToUnixMilliseconds(now));
}

// The files in their places in the spool. What is still here at the end was not given to the ledger, and goes.
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
  void Release() { kept_.clear(); }

 private:
  const spool::Spool& spool_;
  std::vector<std::pair<spool::Kind, std::string>> kept_;
};

Result<std::int64_t> Queue(const OperatorSession& session, const PartnerSettings& partner, Priority priority,
                           const std::vector<OutgoingFile>& files) {
  const Time now = SystemClock().Now();
  ledger::NewShipment shipment;
  shipment.partner = partner.name;
  shipment.mailbox = partner.mailbox;
  shipment.rule = "send";
  shipment.priority = priority;
  shipment.set_id = outbound::NewSetId(now);
  shipment.study_id = StudyId(files, now);
  shipment.created = now;
  GATEWAY_ASSIGN(const UniqueFd no_daemon_starts, session.spool->HoldOffStart());
  KeptFiles kept(*session.spool);
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
  // When the ledger fails the files stay: the commit may have happened all the same. If it did not, they are orphans.
  kept.Release();
  return ledger::OutboundLedger(*session.database).AddShipment(shipment);
}

}  // namespace

int Send(const std::filesystem::path& config, const SendOptions& options) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const std::vector<PartnerSettings>& partners = session->settings.partners;
  const auto partner =
      std::ranges::find_if(partners, [&](const PartnerSettings& known) { return known.name == options.partner; });
  if (partner == partners.end()) {
    std::cerr << "dicom-mail-gateway: there is no partner '" << options.partner << "'\n";
    return kExitNoSuchItem;
  }
  const Result<std::vector<OutgoingFile>> files = TakeFiles(options.files, *session->spool);
  if (!files) return FileFailed(files.error());
  OpenOperatorLog(*session);
  const Result<std::int64_t> shipment = Queue(*session, *partner, PriorityOf(options.priority), *files);
  if (!shipment) return FileFailed(shipment.error());
  const ItemId id{ItemKind::shipment, *shipment};
  events::ShipmentQueued(Format(id), partner->name, files->size());
  LogOperator("send", id);
  std::cout << Format(id) << "\n";
  return kExitOk;
}

int Resend(const std::filesystem::path& config, const std::string& id, bool missing_only) {
  const std::optional<ItemId> item = ParseItemId(id);
  if (!item || (item->kind != ItemKind::shipment && item->kind != ItemKind::message)) {
    std::cerr << "dicom-mail-gateway: '" << id << "' is no shipment or message: S12, M7\n";
    return kExitUsage;
  }
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<ledger::Resent> resent =
      ledger::OutboundLedger(*session->database).Resend(*item, missing_only, SystemClock().Now());
  if (!resent) {
    exit_code = Report(resent.error());
    return resent.error().code == "no-such-item" ? kExitNoSuchItem : exit_code;
  }
  // What cannot be removed now is an orphan, and goes at the next start.
  for (const std::string& key : resent->message_keys) (void)session->spool->Remove(spool::Kind::message, key);
  if (resent->messages > 0) {
    OpenOperatorLog(*session);
    LogOperator(missing_only ? "resend-missing" : "resend", *item);
  }
  std::cout << Format(*item) << ": " << resent->messages << (resent->messages == 1 ? " message is" : " messages are")
            << " sent again\n";
  return kExitOk;
}

}  // namespace gateway::cli
