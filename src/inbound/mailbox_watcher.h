// This is the first step of the inbound pipeline. It fetches mails from a mailbox into spool and
// ledger (durable point 4). A mail leaves the mailbox once it was opened (folder_fetcher.h).
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"
#include "inbound/folder_fetcher.h"
#include "inbound/inbound_context.h"
#include "inbound/other_taker.h"
#include "ledger/fetched_mails.h"
#include "mail/mail_source.h"
#include "policy/destination.h"
#include "policy/failure_policy.h"
#include "policy/worker.h"

namespace gateway::inbound {

// There are two threads. One waits for news of the first folder. The other fetches from all folders
// when the first one, or the poll timer, wakes it. All references must outlive the object.
class MailboxWatcher {
 public:
  // The watcher calls `fetched` after each mail.
  MailboxWatcher(const InboundContext& context, const MailboxSettings& mailbox, StrangerLog& strangers,
                 std::function<void()> fetched);
  ~MailboxWatcher();

  [[nodiscard]] const std::string& name() const { return mailbox_.name; }
  // Says that a mail of this mailbox was opened and may leave the server. Any thread may call it.
  void Opened();
  // Makes both threads end soon, after a moment also if the server is silent.
  void RequestStop();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  Milliseconds FetchStep(const std::stop_token& stop);
  Milliseconds Work(const std::stop_token& stop);
  Milliseconds WaitAfter(const Result<void>& fetched);
  Milliseconds LetGoStep();
  Result<void> FetchAll(const std::stop_token& stop);
  Milliseconds Unavailable(const Error& error);
  // Our own disk or ledger failed. The server works, and nobody needs to look at it.
  Milliseconds Pause(const Error& error);
  // Disk and ledger work again.
  void Resume();
  void Connected();
  // Returns whether the server may have refused this connection because of the other one. IDLE then
  // gives up the other one.
  bool GaveWayByIdle(const Error& error);

  Milliseconds IdleStep(const std::stop_token& stop);
  Milliseconds IdleFailed(const Error& error);

  const MailboxSettings& mailbox_;
  ledger::FetchedMails mails_;
  const Clock& clock_;
  const FailurePolicy policy_;
  const std::function<void()> fetched_;
  Destination server_;
  const std::unique_ptr<mail::MailSource> source_;
  OtherTaker other_taker_;
  std::atomic<unsigned> opened_ = 0;     // as in FolderFetcher::Hooks
  std::atomic<bool> look_ = true;        // there may be new mail
  std::atomic<bool> connected_ = false;  // the fetching thread is connected; IDLE waits for that
  std::atomic<bool> idling_ = false;
  // These belong to the fetching thread.
  const std::vector<std::string> configured_;  // the names of all mailboxes
  std::vector<std::string> former_mailboxes_;  // as in NewMail
  std::list<FolderFetcher> folders_;           // the first is the one that news is of
  bool adopted_ = false;
  SteadyTime next_look_;
  SteadyTime last_let_go_;
  std::set<std::string> refused_;  // other folders that the server did not open, or whose mails it did not remove
  std::string paused_by_;          // a code, or empty
  bool gave_way_ = false;          // IDLE gave up its connection for one that was refused
  // These belong to the other thread.
  unsigned idle_failures_ = 0;        // in a row, while the first connection worked
  bool idle_given_up_ = false;        // and the log says so
  std::atomic<unsigned> worked_ = 0;  // looks of the fetching thread that went well
  unsigned worked_before_ = 0;        // `worked_` at the first of those failures
  SteadyTime stop_by_;                // set by whoever stops it
  std::atomic<bool> busy_ = false;    // the fetching thread works
  Signal ended_;                      // it no longer works
  Signal fetch_signal_;
  Signal idle_signal_;
  std::jthread fetch_thread_;
  std::jthread idle_thread_;
};

}  // namespace gateway::inbound
