#include "ledger/store/group_writer.h"

#include <pthread.h>

#include <algorithm>

#include "base/error_codes.h"
#include "ledger/store/sqlite/dialect.h"
#include "ledger/store/sqlite/write_ahead_log.h"
#include "policy/error_codes.h"
#include "telemetry/durable_point.h"

namespace gateway::ledger {
namespace {

constexpr int kLongLog = 2000;  // pages: 8 MB

}  // namespace

GroupWriter::GroupWriter(std::unique_ptr<Session> session) : session_(std::move(session)) {
  WriteAheadLog(*session_).Watch();
  thread_ = std::jthread([this] { Loop(); });
}

GroupWriter::~GroupWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void GroupWriter::Run(const std::shared_ptr<Job>& job) {
  std::future<void> done = job->done_.get_future();
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(job);
  }
  changed_.notify_one();
  done.wait();
}

void GroupWriter::Loop() {
  ::pthread_setname_np(::pthread_self(), "ledger");
  for (Group group = Take(); !group.empty(); group = Take()) {
    try {
      if (EmptyDoubtfulLog()) {
        Commit(group);
      } else {
        Fail(group, Transient(codes::kLedgerBusy, "somebody reads what a failed disk has to be given again"));
      }
    } catch (...) {
      const Error error = ErrorFromException(std::current_exception());
      Fail(group, error);
      RollBack();
      log_in_doubt_ = log_in_doubt_ || Is(error, codes::kDiskError);
    }
    for (const auto& job : group) job->done_.set_value();
    ShortenLog();
  }
}

// Copies the log into the database file. SQLite would do this by itself at the end of a commit, but
// it would hide a failure there. It includes a sync of the log, with commits in it that were not
// synced before.
void GroupWriter::ShortenLog() {
  if (WriteAheadLog(*session_).Pages() < kLongLog || log_in_doubt_) return;
  try {
    dialect::CopyLog(*session_);
  } catch (...) {
    log_in_doubt_ = Is(ErrorFromException(std::current_exception()), codes::kDiskError);
  }
}

void GroupWriter::Fail(const Group& group, const Error& error) {
  for (const auto& job : group) job->Fail(error);
}

// After an fsync has failed, the system believes that the unwritten pages are written, and the next
// fsync succeeds without them. So commits that were not synced may be missing in the middle of the
// log, and everything behind them is lost with them. The writer therefore adds nothing to the log
// before its content was written elsewhere. The failed transaction is then gone too, and does not
// come back after a crash.
bool GroupWriter::EmptyDoubtfulLog() {
  if (log_in_doubt_ && dialect::EmptyLog(*session_)) log_in_doubt_ = false;
  return !log_in_doubt_;
}

GroupWriter::Group GroupWriter::Take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  return std::exchange(queue_, {});
}

void GroupWriter::Commit(const Group& group) {
  // One job that needs a sync brings the whole group to disk.
  const bool sync = std::any_of(group.begin(), group.end(), [](const auto& job) { return job->needs_sync; });
  if (sync != synced_) {
    dialect::SetSynced(*session_, sync);
    synced_ = sync;
  }
  session_->Execute(dialect::kBeginWrite);
  for (const auto& job : group) RunInSavepoint(*job);
  DurablePoint("ledger.written");
  session_->Execute("COMMIT");
  DurablePoint("ledger.committed");
}

void GroupWriter::RunInSavepoint(Job& job) {
  session_->Execute("SAVEPOINT job");
  bool keep = false;
  try {
    keep = job.Run(*session_);
  } catch (...) {
    // On a full disk, for example, the database rolls back all of the transaction. Then the whole
    // group has failed.
    if (!session_->InTransaction()) throw;
    job.Fail(ErrorFromException(std::current_exception()));
  }
  if (!keep) session_->Execute("ROLLBACK TO SAVEPOINT job");
  session_->Execute("RELEASE SAVEPOINT job");
}

void GroupWriter::RollBack() {
  try {
    if (session_->InTransaction()) session_->Execute("ROLLBACK");
  } catch (...) {
    // The next BEGIN fails and reports this to its callers. The callers of this group have an Error
    // already.
  }
}

}  // namespace gateway::ledger
