#include "cli/send_commands.h"

#include <map>

#include "base/clock.h"
#include "cli/exit_codes.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/refusal_text.h"
#include "cli/stranded.h"
#include "operations/error_codes.h"
#include "operations/resend.h"
#include "operations/send.h"
#include "outbound/error_codes.h"

namespace gateway::cli {
namespace {

int FileFailed(const Error& error) {
  const int exit_code = PrintError(error);
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
  const Result<std::int64_t> shipment = operations::Send(
      session->Context(), {options.partner, PriorityOf(options.priority), options.files}, SystemClock());
  if (!shipment) {
    if (!Is(shipment.error(), codes::kNoSuchDestination)) return FileFailed(shipment.error());
    Err() << "dicom-mail-gateway: there is no partner '" << options.partner << "'\n";
    return kExitNoSuchItem;
  }
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
  const ledger::Decided<operations::Resent> resent =
      operations::Resend(session->Context(), *item, missing_only, SystemClock().Now());
  if (!resent) return PrintNotDone(resent.error(), Asked::resend);
  Out() << Format(*item) << ": " << resent->messages << (resent->messages == 1 ? " message is" : " messages are")
        << " sent again" << (resent->messages == 0 ? ", as none is missing" : "") << "\n";
  if (!resent->not_configured.empty()) PrintStranded(*session, Err(), "note: ");
  return kExitOk;
}

}  // namespace gateway::cli
