// The ledger's only writing thread. It takes all jobs that wait and runs them in one transaction,
// each in its own savepoint. Then it commits once and wakes their callers. So many writers share
// the cost of one fsync.
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
    // Returns false if what this job did is to be rolled back, without the other jobs. An exception
    // does the same, and then Fail() is called.
    virtual bool Run(Session& session) = 0;
    // Says that nothing of the job will be kept. It may be called after Run().
    virtual void Fail(const Error& error) = 0;
    // If false, a power failure may undo the job, as long as nothing that came later survives.
    bool needs_sync = true;

   private:
    friend class GroupWriter;
    std::promise<void> done_;
  };

  explicit GroupWriter(std::unique_ptr<Session> session);
  // Commits the jobs in the queue before it ends.
  ~GroupWriter();

  // Returns when the job has failed or is on disk; without needs_sync, when it is committed. The
  // job is shared, because the writing thread still holds it for a moment after its caller has
  // woken.
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

  std::unique_ptr<Session> session_;  // only the writing thread uses it
  bool synced_ = true;                // how session_ commits; only the writing thread uses it
  // The disk failed since the log was last empty; writing thread only.
  bool log_in_doubt_ = false;
  std::mutex mutex_;  // guards the next two members
  Group queue_;
  bool stopping_ = false;
  std::condition_variable changed_;
  std::jthread thread_;  // the last member, because it uses the others
};

}  // namespace gateway::ledger
