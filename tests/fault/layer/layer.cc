#include "layer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "real.h"

namespace fault {
namespace {

std::atomic<Layer*> the_layer{nullptr};

Control* Map(const char* file) {
  const int fd = Real().open(file, O_RDWR | O_CLOEXEC);
  void* memory = fd < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) {
    std::perror("fault layer: control file");
    std::abort();
  }
  Real().close(fd);
  return static_cast<Control*>(memory);
}

// Takes one from `counter` unless it is zero.
bool TakeOne(std::atomic<std::uint32_t>& counter) {
  std::uint32_t value = counter.load();
  while (value != 0) {
    if (counter.compare_exchange_weak(value, value - 1)) return true;
  }
  return false;
}

bool ByChance(std::uint32_t one_in) {
  if (one_in <= 1) return true;
  // No std::random_device: there is no such file in a sandbox.
  thread_local std::minstd_rand random{
      static_cast<std::uint32_t>(std::chrono::steady_clock::now().time_since_epoch().count() ^ ::getpid())};
  return random() % one_in == 0;
}

}  // namespace

Layer* Layer::Get() {
  return the_layer.load(std::memory_order_acquire);
}

void Layer::SetUp() {
  const char* file = std::getenv("FAULT_CONTROL");
  if (file == nullptr) return;
  the_layer.store(new Layer(Map(file)), std::memory_order_release);
}

Layer::Layer(Control* control)
    : control_(control),
      state_dir_(std::string(control->state_dir.data()) + "/"),
      in_worker_(std::getenv(kInWorker) != nullptr) {
  if (!in_worker_) journal_.Open(control->journal.data());
}

std::optional<std::string> Layer::Below(const char* path) const {
  if (std::strncmp(path, state_dir_.c_str(), state_dir_.size()) == 0) return std::string(path + state_dir_.size());
  if (std::string_view(path) == std::string_view(state_dir_).substr(0, state_dir_.size() - 1)) return std::string();
  return std::nullopt;
}

std::optional<std::string> Layer::PathOf(int fd) {
  if (in_worker_) {
    struct stat status {};
    // Its keys come in memory, which has no name.
    const bool file = ::syscall(SYS_fstat, fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink > 0;
    return file ? std::optional<std::string>(kGiven) : std::nullopt;
  }
  const std::lock_guard lock(mutex_);
  const auto found = paths_.find(fd);
  return found == paths_.end() ? std::nullopt : std::optional(found->second);
}

void Layer::Opened(int fd, const std::string& path) {
  const std::lock_guard lock(mutex_);
  paths_[fd] = path;
}

void Layer::Closed(int fd) {
  const std::lock_guard lock(mutex_);
  paths_.erase(fd);
}

bool Layer::Fails(Call call, std::string_view path) {
  for (Rule& rule : control_->rules) {
    if ((rule.calls.load() & call) == 0) continue;
    if (path.find(rule.path.data()) == std::string_view::npos) continue;
    if (TakeOne(rule.skip) || !ByChance(rule.one_in) || !TakeOne(rule.times)) continue;
    ++rule.hits;
    errno = rule.error;
    return true;
  }
  return false;
}

bool Layer::WritesHalf() {
  return errno == ENOSPC && writes_++ % 2 == 0;
}

bool Layer::Lies(std::string_view path) const {
  const char* const lying = control_->lying_disk.data();
  return *lying != '\0' && path.find(lying) != std::string_view::npos;
}

void Layer::Pass(const char* point) {
  const std::uint32_t known = control_->point_count.load();
  for (std::uint32_t i = 0; i < known; ++i) {
    if (std::strcmp(control_->points[i].name.data(), point) == 0) ++control_->points[i].passed;
  }
  if (std::strcmp(control_->kill_at.data(), point) != 0) return;
  if (control_->kill_pass.load() == 0 || control_->kill_pass.fetch_sub(1) != 1) return;
  control_->killed = 1;
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();
}

void Layer::RecordWrite(int fd, std::string_view path, std::uint64_t offset, std::string_view data) {
  const bool of_ledger = path.rfind("ledger.db", 0) == 0 && path.find("-shm") == std::string_view::npos;
  struct stat status {};
  if (!journal_.on() || !of_ledger || ::fstat(fd, &status) != 0) return;
  journal_.Append({.op = Op::write, .inode = status.st_ino, .offset = offset, .path = path, .other = {}, .data = data});
}

std::string Layer::Shadow(const char* path) {
  if (!journal_.on()) return {};
  const std::string name = std::to_string(::getpid()) + "-" + std::to_string(shadow_number_++);
  const std::string shadow = std::string(control_->shadows.data()) + "/" + name;
  return ::link(path, shadow.c_str()) == 0 ? name : std::string();
}

}  // namespace fault
