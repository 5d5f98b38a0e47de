// Transactions for the ledgers of this folder.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

#include "base/handles.h"
#include "ledger/store/database.h"
#include "ledger/store/group_writer.h"
#include "ledger/store/session.h"
#include "policy/error_codes.h"

namespace gateway::ledger {

class Database::Impl {
 public:
  Impl(std::filesystem::path file, UniqueFd fd, std::unique_ptr<Session> writer, OpenMode mode, std::string node)
      : file_(std::move(file)), fd_(std::move(fd)), mode_(mode), node_(std::move(node)), writer_(std::move(writer)) {}

  // Returns the owner of the claims that are made.
  [[nodiscard]] const std::string& node() const { return node_; }

  // Runs work(Session&) -> Result<T> in the writing thread. When the call returns, the changes are
  // on disk. With an Error there are no changes.
  template <typename Work>
  auto Write(Work work) -> std::invoke_result_t<Work&, Session&> {
    return Run(std::move(work), true);
  }

  // Does the same for claims. They are committed, but a power failure may undo them, and a restart
  // does that anyway.
  template <typename Work>
  auto WriteUnsynced(Work work) -> std::invoke_result_t<Work&, Session&> {
    return Run(std::move(work), false);
  }

  // Runs work(Session&) -> Result<T> in this thread, on one snapshot of the ledger, and perhaps
  // runs it twice. As at the start, the gateway believes no damage that it does not see again in
  // files that can be read.
  template <typename Work>
  auto Read(Work work) -> std::invoke_result_t<Work&, Session&> {
    auto result = ReadOnce(work);
    if (result || !Is(result.error(), codes::kLedgerDamaged)) return result;
    if (const Result<void> readable = CheckReadable(); !readable) return readable.error();
    return ReadOnce(work);
  }

  // Keeps the -wal when the sessions close.
  void KeepWal();

 private:
  template <typename Work>
  auto ReadOnce(Work& work) -> std::invoke_result_t<Work&, Session&> {
    try {
      std::unique_ptr<Session> session = BorrowReader();
      session->Execute("BEGIN");
      auto result = work(*session);
      session->Execute("COMMIT");
      ReturnReader(std::move(session));
      return result;
    } catch (...) {  // the session ends together with its transaction
      return ErrorFromException(std::current_exception());
    }
  }

  template <typename Work>
  struct WorkJob : GroupWriter::Job {
    using R = std::invoke_result_t<Work&, Session&>;
    explicit WorkJob(Work w) : work(std::move(w)) {}
    bool Run(Session& session) override {
      result = work(session);
      return result.ok();
    }
    void Fail(const Error& error) override { result = R(error); }
    Work work;
    R result{Error{}};
  };

  // Runs the work perhaps twice, as Read() does.
  template <typename Work>
  auto Run(Work work, bool needs_sync) -> std::invoke_result_t<Work&, Session&> {
    auto result = RunOnce(work, needs_sync);
    if (result || !Is(result.error(), codes::kLedgerDamaged)) return result;
    if (const Result<void> readable = CheckReadable(); !readable) return readable.error();
    return RunOnce(work, needs_sync);
  }

  template <typename Work>
  auto RunOnce(Work& work, bool needs_sync) -> std::invoke_result_t<Work&, Session&> {
    auto job = std::make_shared<WorkJob<std::reference_wrapper<Work>>>(std::ref(work));
    job->needs_sync = needs_sync;
    writer_.Run(job);
    return std::move(job->result);
  }

  [[nodiscard]] Result<void> CheckReadable() const;
  std::unique_ptr<Session> BorrowReader();
  void ReturnReader(std::unique_ptr<Session> session);

  const std::filesystem::path file_;
  // The file's own descriptor, for CheckReadable(). It must be closed after the last session.
  // Closing any descriptor of a file drops all POSIX locks of the process on it, also SQLite's, and
  // with them the protection that keeps another process from emptying the log.
  const UniqueFd fd_;
  const OpenMode mode_;
  const std::string node_;
  std::mutex mutex_;  // guards readers_
  std::vector<std::unique_ptr<Session>> readers_;
  GroupWriter writer_;
};

}  // namespace gateway::ledger
