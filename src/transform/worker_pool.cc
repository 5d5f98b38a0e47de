#include "transform/worker_pool.h"

namespace gateway::transform {

WorkerPool::Lease::~Lease() {
  worker_->End();
  const std::lock_guard lock(pool_.mutex_);
  pool_.idle_.push_back(std::move(worker_));
}

WorkerPool::Lease WorkerPool::Take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) {
    auto started = std::make_unique<opener::OpenProcess>(program_, no_keys_, spool_);
    started->AskFor(asked_);
    return {*this, std::move(started)};
  }
  std::unique_ptr<opener::OpenProcess> worker = std::move(idle_.back());
  idle_.pop_back();
  return {*this, std::move(worker)};
}

}  // namespace gateway::transform
