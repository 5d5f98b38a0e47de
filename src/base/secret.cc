#include "base/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "base/error_codes.h"
#include "base/files.h"

namespace gateway {
namespace {

constexpr std::size_t kLongestPassword = 4096;

std::size_t WholePages(std::size_t size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

Result<void> Check(const struct stat& status, const std::filesystem::path& path) {
  if ((status.st_mode & S_IRWXO) != 0) {
    return ConfigError(codes::kSecretReadableByOthers,
                       path.string() + " may be read or written by others; take away their access (chmod o=)");
  }
  const uid_t us = ::geteuid();
  if (us != 0 && status.st_uid != 0 && status.st_uid != us) {
    return ConfigError(codes::kSecretOfAnotherUser,
                       path.string() + " is another user's; it must be root's or the gateway's own (chown)");
  }
  return {};
}

}  // namespace

Secret::Secret(std::string_view text) {
  if (text.empty()) return;
  Allocate(text.size() + 1);
  std::memcpy(bytes_, text.data(), text.size());
  size_ = text.size();
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  Free();
  bytes_ = std::exchange(other.bytes_, nullptr);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

Secret::~Secret() {
  Free();
}

void Secret::Truncate(std::size_t size) {
  if (size >= size_) return;
  OPENSSL_cleanse(bytes_ + size, size_ - size);
  size_ = size;
}

// A secret has pages of its own. So nothing else is locked with it, and the kernel takes them back
// as a whole.
void Secret::Allocate(std::size_t capacity) {
  capacity_ = WholePages(capacity);
  void* const pages = ::mmap(nullptr, capacity_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  // The gateway works even if these calls fail: the limit may be used up, or the kernel may be old.
  (void)::mlock(pages, capacity_);
  (void)::madvise(pages, capacity_, MADV_DONTDUMP);
  bytes_ = static_cast<char*>(pages);
}

void Secret::Free() {
  if (bytes_ == nullptr) return;
  OPENSSL_cleanse(bytes_, capacity_);
  (void)::munmap(bytes_, capacity_);
  bytes_ = nullptr;
}

void WipeText(std::string& text) {
  text.resize(text.capacity());  // it may have been longer before; this allocates nothing
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

Result<void> CheckSecretFile(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return Check(status, path);
}

Result<void> CheckSecretFile(int fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return ErrorFromErrno(errno, "stat", path);
  return Check(status, path);
}

Result<Secret> ReadSecretFile(const std::filesystem::path& path, std::size_t limit) {
  GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(path));
  GATEWAY_TRY(CheckSecretFile(fd.get(), path));
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd.get()));
  if (size > limit) return Permanent(codes::kFileTooLarge, path.string());
  Secret secret;
  if (size == 0) return secret;
  secret.Allocate(static_cast<std::size_t>(size) + 1);
  // The file is read straight into the locked pages, so that no copy of it stays elsewhere.
  while (secret.size_ < size) {
    const ssize_t count = ::read(fd.get(), secret.bytes_ + secret.size_, static_cast<std::size_t>(size) - secret.size_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrorFromErrno(errno, "read", path);
    if (count == 0) break;
    secret.size_ += static_cast<std::size_t>(count);
  }
  return secret;
}

Result<Secret> ReadPasswordFile(const std::filesystem::path& path) {
  GATEWAY_ASSIGN(Secret password, ReadSecretFile(path, kLongestPassword));
  std::string_view text = password.view();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  password.Truncate(text.size());
  return password;
}

void ForbidCoreDumps() {
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace gateway
