// This is the third step of the outbound pipeline. It makes MIME of the instances and documents of
// a message, signs and encrypts it, and leaves a finished message on disk.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "ledger/seal_queue.h"
#include "ledger/sealed_message.h"
#include "mime/mail_writer.h"
#include "outbound/outbound_context.h"
#include "outbound/windows.h"
#include "policy/mail_destinations.h"
#include "security/sealers.h"
#include "spool/spool.h"
#include "transform/deriver.h"

namespace gateway::outbound {

// Each thread has its own object. All references must outlive it.
class Sealer {
 public:
  struct Wake {
    std::function<void()> sealers;  // there may be more to seal for another thread
    std::function<void()> senders;  // a message is ready to be sent
  };
  // `destinations` are by mailbox. As long as a destination fails, the sealer seals nothing more
  // for it, because the disk would then hold the data twice.
  Sealer(const OutboundContext& context, std::map<std::string, MailDestinations>& destinations, Wake wake);

  // The step of a worker: it seals one message.
  Milliseconds Step(const std::stop_token& stop);

 private:
  struct Correspondents {
    const MailboxSettings* mailbox = nullptr;
    const PartnerSettings* partner = nullptr;
    security::MailSealer* sealer = nullptr;  // for mails to the partner
  };

  Result<void> MakeSealers();
  Milliseconds Handle(const ledger::MessageToSeal& message);
  Milliseconds Defer(const ledger::MessageToSeal& message, Time until);
  // Returns until when the message waits for a destination that fails; nullopt if it is to be
  // sealed.
  std::optional<Time> WaitsUntil(const ledger::MessageToSeal& message);
  Result<ledger::SealedMessage> Seal(const ledger::MessageToSeal& message);
  struct Content {
    std::vector<mime::PartFile> parts;
    std::string study_id;
  };
  // An instance that a route changes goes as its changed copy, which is made before the first
  // sealing and used again by any later one.
  Result<Content> ContentOf(const ledger::MessageToSeal& message);
  Result<std::unique_ptr<Source>> OpenInner(const ledger::MessageToSeal& message, const Correspondents& between,
                                            const mime::OuterHeader& header, const std::string& nonce);
  Result<void> WriteMessage(Source& inner, const Correspondents& between, const mime::OuterHeader& header,
                            const std::filesystem::path& file);
  // Returns how many bytes a mail may have: the smallest of the limits of the profile, of the mail
  // server, and of what the partner's servers accepted.
  [[nodiscard]] std::uint64_t LimitFor(const Correspondents& between);
  void Fail(const ledger::MessageToSeal& message, const Error& error);

  std::map<std::string, const MailboxSettings*> mailboxes_;
  std::map<std::string, const PartnerSettings*> partners_;
  const security::Keys& keys_;
  std::unique_ptr<security::MailSealers> sealers_;  // made in the worker's own thread
  const FailurePolicy policy_;
  const spool::Spool& spool_;
  ledger::SealQueue queue_;
  const Windows windows_;
  const Clock& clock_;
  transform::Deriver deriver_;
  std::map<std::string, MailDestinations>& destinations_;
  const Wake wake_;
};

}  // namespace gateway::outbound
