#include "mail/mail_source.h"

#include <algorithm>
#include <utility>

#include "mail/error_codes.h"
#include "mail/imap_mail_source.h"
#include "policy/error_codes.h"

namespace gateway::mail {

SourceFailure MailSource::FailureOf(const Error& error) const {
  const auto named = std::ranges::find_if(names_, [&](const NamedFailure& name) { return Is(error, name.code); });
  if (named != names_.end()) return named->failure;
  if (Is(error, codes::kStandIn)) return SourceFailure::stand_in;
  return Is(error, codes::kInterrupted) ? SourceFailure::interrupted : SourceFailure::none_of_server;
}

Error MailSource::ErrorOf(SourceFailure failure, std::string detail) const {
  const auto named = std::ranges::find(names_, failure, &NamedFailure::failure);
  if (named != names_.end()) return Transient(named->code, std::move(detail));
  const bool stand_in = failure == SourceFailure::stand_in;
  return Transient(stand_in ? codes::kStandIn : codes::kInterrupted, std::move(detail));
}

std::unique_ptr<MailSource> MakeMailSource(const MailboxSettings& mailbox) {
  return std::make_unique<ImapMailSource>(mailbox.imap);
}

std::string_view ShownIdentity(std::string_view identity) {
  return UidIn(identity).value_or(identity);
}

}  // namespace gateway::mail
