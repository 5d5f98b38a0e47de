// First step of the inbound pipeline: mailbox -> spool + ledger (durable point 4). A mail leaves the mailbox once it
// was opened (folder_fetcher.h).
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "inbound/folder_fetcher.h"
#include "inbound/inbound_parts.h"
#include "inbound/other_taker.h"
#include "mail/imap_client.h"
#include "policy/destination.h"
#include "policy/failure_policy.h"
#include "policy/worker.h"

namespace gateway::inbound {

// Two threads: one waits in IDLE in the first folder, one fetches from all of them, woken by the other or by the poll
// timer. References must outlive it.
class MailboxWatcher {
 public:
  // `fetched` is called after each mail.
  MailboxWatcher(const InboundParts& parts, const MailboxSettings& mailbox, StrangerLog& strangers,
                 std::function<void()> fetched);
  ~MailboxWatcher();

  [[nodiscard]] const std::string& name() const { return mailbox_.name; }
  // A mail of this mailbox was opened: it may leave the server. From any thread.
  void Opened();
  // Both threads end soon; after a moment also where the server is silent.
  void RequestStop();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  Milliseconds FetchStep(const std::stop_token& stop);
  Milliseconds Work(const std::stop_token& stop);
  Milliseconds Judge(const Result<void>& fetched);
  Milliseconds ReleaseStep();
  Result<void> FetchAll(const std::stop_token& stop);
  Milliseconds Unavailable(const Error& error);
  // Our own disk or ledger failed: the server is well, and nobody need look after it.
  Milliseconds Pause(const Error& error);
  // They work again.
  void Resume();
  void Connected();
  // Whether the server may have refused this connection for the other one, which is given up then.
  bool GaveWayByIdle(const Error& error);

  Milliseconds IdleStep(const std::stop_token& stop);
  Milliseconds IdleFailed(const Error& error);

  const MailboxSettings& mailbox_;
  spool::SpaceGuard& space_;
  ledger::InboundLedger& ledger_;
  const Clock& clock_;
  const FailurePolicy policy_;
  const std::function<void()> fetched_;
  Destination server_;
  mail::ImapClient client_;
  mail::ImapIdle idle_;
  OtherTaker other_taker_;
  std::atomic<unsigned> opened_ = 0;     // as in FolderFetcher::Hooks
  std::atomic<bool> look_ = true;        // there may be new mail
  std::atomic<bool> connected_ = false;  // the fetching thread is: IDLE has to wait for it
  std::atomic<bool> idling_ = false;
  // Of the fetching thread.
  std::list<FolderFetcher> folders_;  // the first is the one with IDLE
  bool adopted_ = false;
  SteadyTime next_look_;
  SteadyTime last_release_;
  std::set<std::string> refused_;  // of the other folders, those that the server did not open or let mails leave
  std::string paused_by_;          // a code, or empty
  bool gave_way_ = false;          // IDLE gave up its connection for one that was refused
  // Of the other thread.
  unsigned idle_failures_ = 0;        // one after the other, while the first connection worked
  bool idle_given_up_ = false;        // said so
  std::atomic<unsigned> worked_ = 0;  // looks of the fetching thread that went well
  unsigned worked_before_ = 0;        // at the first of those failures
  SteadyTime stop_by_;                // of who stops it
  std::atomic<bool> busy_ = false;    // the fetching thread is
  Signal ended_;                      // it is no longer
  Signal fetch_signal_;
  Signal idle_signal_;
  std::jthread fetch_thread_;
  std::jthread idle_thread_;
};

}  // namespace gateway::inbound
