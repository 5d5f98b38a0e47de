// The ledger's one writing thread. It takes all jobs that wait, runs them in one transaction, each in a savepoint of
// its own, commits once, and wakes their callers: many writers share the price of one fsync.
#pragma once

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/result.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

class GroupWriter {
 public:
  class Job {
   public:
    virtual ~Job() = default;
    // False: what it did is rolled back, alone. An exception does the same and Fail() is called.
    virtual bool Run(Session& session) = 0;
    // Nothing of it will be kept. May be called after Run().
    virtual void Fail(const Error& error) = 0;
    // False: a power failure may undo it, as long as nothing that came later is there.
    bool needs_sync = true;

   private:
    friend class GroupWriter;
    std::promise<void> done_;
  };

  explicit GroupWriter(std::unique_ptr<Session> session);
  // Commits what is queued.
  ~GroupWriter();

  // Returns when the job is on disk (or, without needs_sync, committed) or has failed. Shared, because the writing
  // thread still holds the job for a moment after its caller has woken.
  void Run(const std::shared_ptr<Job>& job);

 private:
  using Group = std::vector<std::shared_ptr<Job>>;
  void Loop();
  Group Take();
  static void Fail(const Group& group, const Error& error);
  bool EmptyDoubtfulLog();
  void ShortenLog();
  void Commit(const Group& group);
  void RunInSavepoint(Job& job);
  void RollBack();

  std::unique_ptr<Session> session_;  // of the writing thread
  bool synced_ = true;                // how session_ commits; of the writing thread
  bool log_in_doubt_ = false;         // the disk failed since the log was empty; of the writing thread
  std::mutex mutex_;                  // guards the two below
  Group queue_;
  bool stopping_ = false;
  std::condition_variable changed_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace gateway::ledger
