// Fetches the mails of one folder of a mailbox into spool and ledger (durable point 4). It deletes
// or moves each mail on the server once the mail was opened.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "inbound/fetch_queue.h"
#include "inbound/inbound_context.h"
#include "inbound/stranger_log.h"
#include "ledger/fetched_mails.h"
#include "mail/mail_source.h"
#include "spool/space_guard.h"
#include "spool/spool.h"

namespace gateway::inbound {

// Not thread-safe: all folders of a mailbox belong to one thread and one connection. All references
// must outlive it.
class FolderFetcher {
 public:
  struct Hooks {
    std::function<void()> connected;       // after the folder was listed
    std::function<void()> fetched;         // after each mail
    std::function<bool()> may_ask_ahead;   // whether the last mail could be kept
    std::function<void()> taken_by_other;  // a mail disappeared before this gateway could fetch or remove it
    StrangerLog& strangers;
    std::atomic<unsigned>& opened;                     // mails opened since the last letting go
    const std::vector<std::string>& former_mailboxes;  // as in NewMail
  };
  FolderFetcher(const InboundContext& context, const MailboxSettings& mailbox, mail::MailSource& source, Hooks hooks,
                std::string folder);

  [[nodiscard]] const std::string& name() const { return key_.folder; }
  // Fetches new mails. It removes opened mails from the server, and forgets mails that somebody
  // else removed.
  Result<void> FetchAll(const std::stop_token& stop);
  // Only removes mails from the server that were opened since.
  Result<void> LetGo();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Identities, for looking them up. The text is elsewhere.
  using Identities = std::unordered_set<std::string_view>;

  // Forgets the mails in `known` that the server no longer lists.
  Result<void> Forget(const Identities& listed, std::vector<ledger::KnownMail>& known);
  Result<void> FetchNew(const std::vector<std::string>& missing, const Identities& listed, const std::stop_token& stop);
  // Fetches the mail, or notes why not. It returns only errors of the disk or of the connection.
  Result<void> Take(const mail::MarkedMail& listed, bool another);
  // Returns nullopt if the server handed out none. With `another`, the server may send the next
  // mail while this one is kept.
  Result<std::optional<ledger::AddedMail>> FetchOne(const mail::MarkedMail& listed, bool another);
  // Returns "" if the address is not a partner's.
  [[nodiscard]] std::string PartnerAt(const std::string& address) const;
  Result<mail::FetchedMail> FetchInto(const std::string& identity, Sink& sink);
  Result<void> Keep(const mail::MarkedMail& listed, ledger::NewMail& mail, const std::filesystem::path& file,
                    ledger::AddedMail& added);
  // Looks for mails that were listed but not handed out. If the server still lists them, a person
  // has to look at them.
  Result<void> LookForMissed();
  void NotFetched(const std::string& identity, const Error& error);
  // Asks for the next mail, unless there is something else to ask the server first.
  void AskAhead();
  // Asks the server how the senders marked these mails, and enqueues them. The oldest mail comes
  // first in `mails`.
  Result<void> Enqueue(const std::vector<std::string>& mails);
  // Now and then, enqueues mails that have come since the folder was last listed.
  Result<void> LookAgain();
  Result<void> LetGoOf(const std::vector<ledger::KnownMail>& known);
  Result<void> LetGo(const std::vector<ledger::KnownMail>& mails, AfterAccept how, const std::string& move_to);
  [[nodiscard]] bool IsRefusal(const Error& error) const;
  // Returns whether the mail was first listed a moment ago. No person deletes a mail that quickly.
  [[nodiscard]] bool IsFresh(const std::string& identity) const;

  const std::vector<PartnerSettings>& partners_;
  const spool::Spool& spool_;
  spool::SpaceGuard& space_;
  ledger::FetchedMails mails_;
  const Clock& clock_;
  const FetchSettings& settings_;
  mail::MailSource& source_;
  const Hooks hooks_;
  ledger::FolderKey key_;
  std::optional<std::string> scope_;  // of the last list; nullopt: the folder was not listed yet
  FetchQueue queue_;
  std::optional<mail::MarkedMail> ahead_;  // taken from queue_ and asked for: the next to be fetched
  SteadyTime look_again_;
  bool refused_ = false;  // to let mails go, in this run
  // Mails that the server could not hand out when it was last asked. They come last.
  std::set<std::string> unfetchable_;
  std::set<std::string> missed_;              // mails of this run for which the server handed out nothing
  std::map<std::string, SteadyTime> listed_;  // when mails were first listed that another gateway may still take
};

}  // namespace gateway::inbound
