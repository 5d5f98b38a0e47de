// Fetches the mails of one folder of a mailbox into spool and ledger (durable point 4), and lets each leave the server
// once it was opened.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "inbound/fetch_queue.h"
#include "inbound/inbound_parts.h"
#include "inbound/stranger_log.h"
#include "mail/imap_client.h"

namespace gateway::inbound {

// Not thread-safe: all folders of a mailbox are of one thread and one connection. References must outlive it.
class FolderFetcher {
 public:
  struct Hooks {
    std::function<void()> connected;       // after the folder was listed
    std::function<void()> fetched;         // after each mail
    std::function<bool()> may_ask_ahead;   // whether the last mail could be kept
    std::function<void()> taken_by_other;  // a mail went before this gateway could take it, or let it go
    StrangerLog& strangers;
    std::atomic<unsigned>& opened;  // mails of the mailbox that were opened since they were let go last
  };
  FolderFetcher(const InboundParts& parts, const MailboxSettings& mailbox, mail::ImapClient& client, Hooks hooks,
                std::string folder);

  [[nodiscard]] const std::string& name() const { return key_.folder; }
  // Fetches what is new. Mails that were opened leave the server, and what somebody else removed is forgotten.
  Result<void> FetchAll(const std::stop_token& stop);
  // Only lets go of what was opened since.
  Result<void> Release();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  Result<void> Forget(const mail::FolderState& folder, std::vector<ledger::KnownMail>& known);
  Result<void> FetchNew(const mail::FolderState& folder, const std::set<std::uint32_t>& fetched,
                        const std::stop_token& stop);
  // Fetches it, or takes note of why not. An error: of the disk, or of the connection.
  Result<void> Take(const ListedMail& listed, bool another);
  // nullopt: the server handed out none. `another`: it may send the next one while this one is kept.
  Result<std::optional<ledger::AddedMail>> FetchOne(const ListedMail& listed, bool another);
  // "": nobody's address.
  [[nodiscard]] std::string PartnerAt(const std::string& address) const;
  Result<mail::FetchedMail> FetchInto(std::uint32_t uid, Sink& sink);
  Result<void> Keep(const ListedMail& listed, ledger::NewMail& mail, const std::filesystem::path& file,
                    ledger::AddedMail& added);
  // Of mails that were listed and not handed out: those that the server still lists are a person's to look at.
  Result<void> LookForMissed();
  void NotFetched(std::uint32_t uid, const Error& error);
  // For the next mail, unless there is something else to ask the server first.
  void AskAhead();
  // Asks the server how their senders marked them. `uids` ascend.
  Result<void> Enqueue(const std::vector<std::uint32_t>& uids, const std::set<std::uint32_t>& fetched);
  // Now and then: enqueues what has come with a UID above `newest`.
  Result<void> LookAgain(std::uint32_t& newest);
  Result<void> ReleaseThese(const std::vector<ledger::KnownMail>& known);
  Result<void> LetGo(const std::vector<ledger::KnownMail>& mails, AfterAccept how, const std::string& move_to);
  // Whether it was listed first a moment ago: no person is that quick.
  [[nodiscard]] bool IsFresh(std::uint32_t uid) const;

  const std::vector<PartnerSettings>& partners_;
  const spool::Spool& spool_;
  spool::SpaceGuard& space_;
  ledger::InboundLedger& ledger_;
  const Clock& clock_;
  const ImapSettings& imap_;
  mail::ImapClient& client_;
  const Hooks hooks_;
  ledger::FolderKey key_;  // its UIDVALIDITY is that of the last list
  FetchQueue queue_;
  std::optional<ListedMail> ahead_;  // taken from queue_ and asked for: the next to be fetched
  SteadyTime look_again_;
  bool refused_ = false;  // to let mails go, in this run
  // Mails that the server could not hand out when it was asked last: they come last.
  std::set<std::uint32_t> unfetchable_;
  std::set<std::uint32_t> missed_;              // in this run: the server handed out nothing
  std::map<std::uint32_t, SteadyTime> listed_;  // when those first were that may still be taken by another gateway
};

}  // namespace gateway::inbound
