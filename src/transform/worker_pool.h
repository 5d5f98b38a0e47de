// The open workers that change instances. They have no keys, and sit in the sandbox as all open
// workers do (src/opener).
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "gateway/attribute.h"
#include "opener/open_process.h"
#include "security/keys.h"
#include "spool/spool.h"

namespace gateway::transform {

// Any thread may call it. There are as many workers as threads have used at the same time. Each is
// started when it is first needed.
class WorkerPool {
 public:
  // References must outlive the object. The headers that the workers read name these attributes
  // besides.
  WorkerPool(opener::WorkerProgram program, const spool::Spool& spool, std::vector<AttributePath> asked = {})
      : program_(std::move(program)), spool_(spool), asked_(std::move(asked)) {}

  // A worker that one thread has for itself. At the end, its work files are removed.
  class Lease {
   public:
    Lease(WorkerPool& pool, std::unique_ptr<opener::OpenProcess> worker) : pool_(pool), worker_(std::move(worker)) {}
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    opener::OpenProcess* operator->() { return worker_.get(); }
    opener::OpenProcess& operator*() { return *worker_; }

   private:
    WorkerPool& pool_;
    std::unique_ptr<opener::OpenProcess> worker_;
  };
  Lease Take();

 private:
  const opener::WorkerProgram program_;
  const spool::Spool& spool_;
  const std::vector<AttributePath> asked_;
  const security::Keys no_keys_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<opener::OpenProcess>> idle_;
};

}  // namespace gateway::transform
