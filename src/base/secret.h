// Passphrases, passwords and secret keys in memory: locked (not swapped, as far as RLIMIT_MEMLOCK allows), left out of
// core dumps, wiped when they go. What a library copies of one is beyond it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway {

// Move-only; the bytes stay in one place for its whole life. Throws std::bad_alloc.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text);  // the caller wipes its own copy
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] std::string_view view() const { return {c_str(), size_}; }
  [[nodiscard]] const char* c_str() const { return bytes_ == nullptr ? "" : bytes_; }  // NUL stands behind the bytes
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  void Truncate(std::size_t size);  // to fewer bytes

 private:
  friend Result<Secret> ReadSecretFile(const std::filesystem::path& path, std::size_t limit);
  void Allocate(std::size_t capacity);
  void Free();

  char* bytes_ = nullptr;  // whole pages; the rest is zero
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// Overwrites a copy that somebody else's type made necessary.
void WipeText(std::string& text);

// The same at the end of a scope, whatever ends it.
class WipedAtEnd {
 public:
  explicit WipedAtEnd(std::string& text) : text_(text) {}
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;
  ~WipedAtEnd() { WipeText(text_); }

 private:
  std::string& text_;
};

// Whether `path`, a file that holds a secret (a password, a passphrase, a secret key), is kept from others: no access
// for others, owner root or this process' user. Root itself may read any owner's. config "secret-readable-by-others",
// "secret-of-another-user". A file that is not there is the reader's to report.
Result<void> CheckSecretFile(const std::filesystem::path& path);
// The same of the open file `fd`: for whoever reads it, as another may stand at `path` by now.
Result<void> CheckSecretFile(int fd, const std::filesystem::path& path);

// Whether `path`, a file that decides whom we trust (the configuration, a partner's key), is kept from others' pens:
// not writable by everybody, nor by a group that is neither root's nor one of this process; nor a directory above it,
// unless it is a sticky one. Root, which cannot know the gateway's group, takes every group. `deed`: what who writes it
// does by that. config "writable-by-others", which does not name the file.
Result<void> CheckTrustedFile(const std::filesystem::path& path,
                              const std::string& deed = "name partners and keys of their own in it");

// The bytes of a file of at most `limit` bytes; permanent "file-too-large", and those of CheckSecretFile and of
// OpenForReading.
Result<Secret> ReadSecretFile(const std::filesystem::path& path, std::size_t limit = 1 << 20);
// One that people write with an editor: without the line end behind it, at most 4096 bytes.
Result<Secret> ReadPasswordFile(const std::filesystem::path& path);

// No core dump of this process from here on, and nobody else of its user may look into its memory (ptrace, /proc).
void ForbidCoreDumps();

}  // namespace gateway
