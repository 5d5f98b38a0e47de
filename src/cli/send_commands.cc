#include "cli/send_commands.h"

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "cli/exit_codes.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/stranded.h"
#include "ledger/error_codes.h"
#include "ledger/shipments.h"
#include "outbound/error_codes.h"
#include "outbound/file_intake.h"

namespace gateway::cli {
namespace {

int FileFailed(const Error& error) {
  const int exit_code = Report(error);
  Err() << "dicom-mail-gateway: nothing is sent\n";
  return Is(error, codes::kFileNotReadable) ? kExitNoSuchItem : exit_code;
}

Priority PriorityOf(const std::string& word) {
  static const std::map<std::string, Priority> kPriorities{
      {"emergency", Priority::emergency}, {"normal", Priority::normal}, {"bulk", Priority::bulk}};
  const auto found = kPriorities.find(word);
  return found == kPriorities.end() ? Priority::normal : found->second;
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
    Err() << "dicom-mail-gateway: there is no partner '" << options.partner << "'\n";
    return kExitNoSuchItem;
  }
  const SystemClock clock;
  outbound::FileIntake intake(*session->spool, *session->database, clock);
  const Result<std::vector<outbound::OutgoingFile>> files = intake.Take(options.files);
  if (!files) return FileFailed(files.error());
  const Result<std::int64_t> shipment = intake.Queue(*partner, PriorityOf(options.priority), *files);
  if (!shipment) return FileFailed(shipment.error());
  Out() << Format(ItemKind::shipment, *shipment) << "\n";
  return kExitOk;
}

int Resend(const std::filesystem::path& config, const std::string& id, bool missing_only) {
  const std::optional<ItemId> item = ParseItemId(id);
  if (!item || (item->kind != ItemKind::shipment && item->kind != ItemKind::message)) {
    Err() << "dicom-mail-gateway: '" << id << "' is no shipment or message: S12, M7\n";
    return kExitUsage;
  }
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<ledger::Resent> resent =
      ledger::Shipments(*session->database).Resend(*item, missing_only, SystemClock().Now());
  if (!resent) {
    exit_code = Report(resent.error());
    return Is(resent.error(), codes::kNoSuchItem) ? kExitNoSuchItem : exit_code;
  }
  // What cannot be removed now is an orphan, and goes at the next start.
  for (const std::string& key : resent->message_keys) (void)session->spool->Remove(spool::Kind::message, key);
  Out() << Format(*item) << ": " << resent->messages << (resent->messages == 1 ? " message is" : " messages are")
        << " sent again\n";
  if (!UnknownDestinationsOf(*session, *item).empty()) PrintStranded(*session, Err(), "note: ");
  return kExitOk;
}

}  // namespace gateway::cli
