// First step of the inbound pipeline: mailbox -> spool + ledger (durable point 4); only then may a mail leave the
// mailbox.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/destination.h"
#include "base/failure_policy.h"
#include "base/worker.h"
#include "gateway/settings.h"
#include "inbound/fetch_queue.h"
#include "ledger/inbound_ledger.h"
#include "mail/imap_client.h"
#include "spool/space_guard.h"
#include "spool/spool.h"

namespace gateway::inbound {

// Two threads: one waits in IDLE, one fetches, woken by the other or by the poll timer. References must outlive it.
class MailboxWatcher {
 public:
  struct Parts {
    const Settings& settings;
    const spool::Spool& spool;
    spool::SpaceGuard& space;
    ledger::InboundLedger& ledger;
    const Clock& clock;
  };
  // `fetched` is called after each mail.
  MailboxWatcher(const Parts& parts, const MailboxSettings& mailbox, std::function<void()> fetched);
  ~MailboxWatcher();

 private:
  Milliseconds FetchStep(const std::stop_token& stop);
  Milliseconds IdleStep(const std::stop_token& stop);
  Result<void> FetchAll(const std::stop_token& stop);
  // Fetches what is new in the folder and lets it leave the mailbox.
  Result<void> FetchNew(const mail::FolderState& folder, const std::set<std::uint32_t>& fetched,
                        const std::stop_token& stop);
  // nullopt: somebody else took it meanwhile. `another`: the server may send the next one while this one is kept.
  Result<std::optional<ledger::KnownMail>> FetchOne(std::uint32_t uid_validity, const ListedMail& listed, bool another);
  // For the next mail, unless there is something else to ask the server first.
  void AskAhead();
  // Asks the server how their senders marked them. `uids` ascend.
  Result<void> Enqueue(const std::vector<std::uint32_t>& uids, const std::set<std::uint32_t>& fetched);
  // Now and then: enqueues what has come with a UID above `newest`.
  Result<void> LookAgain(std::uint32_t uid_validity, std::uint32_t& newest);
  // Lets these leave the mailbox, as after_accept says, and forgets that they are there.
  Result<void> ReleaseFromServer(std::uint32_t uid_validity, const std::vector<ledger::KnownMail>& mails);
  Milliseconds Unavailable(const Error& error);
  // Our own disk or ledger failed: the server is well, and nobody need look after it.
  Milliseconds Pause(const Error& error);
  // They work again.
  void Resume();

  const MailboxSettings& mailbox_;
  const spool::Spool& spool_;
  spool::SpaceGuard& space_;
  ledger::InboundLedger& ledger_;
  const Clock& clock_;
  const FailurePolicy policy_;
  const std::function<void()> fetched_;
  Destination server_;
  mail::ImapClient client_;
  mail::ImapIdle idle_;
  // Of the fetching thread.
  FetchQueue queue_;
  std::optional<ListedMail> ahead_;  // taken from queue_ and asked for: the next to be fetched
  std::chrono::steady_clock::time_point look_again_;
  // Of the fetching thread. Mails that the server could not hand out when it was asked last: they come last.
  std::set<std::uint32_t> unfetchable_;
  std::string paused_by_;                // of the fetching thread: a code, or empty
  std::atomic<bool> connected_ = false;  // of both threads
  Signal fetch_signal_;
  Signal idle_signal_;
  std::jthread fetch_thread_;
  std::jthread idle_thread_;
};

}  // namespace gateway::inbound
