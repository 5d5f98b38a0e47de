// Keeps passphrases, passwords and secret keys in memory. The pages are locked (not swapped, as far
// as RLIMIT_MEMLOCK allows), left out of core dumps, and wiped when the secret goes. It cannot
// protect the copies that a library makes of a secret.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway {

// Move-only. The bytes stay in one place for their whole life. Throws std::bad_alloc.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text);  // the caller wipes its own copy
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] std::string_view view() const { return {c_str(), size_}; }
  [[nodiscard]] const char* c_str() const { return bytes_ == nullptr ? "" : bytes_; }  // a NUL follows the bytes
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

// Overwrites a copy of a secret that a type of another library made necessary.
void WipeText(std::string& text);

// Does the same at the end of a scope, however the scope ends.
class WipedAtEnd {
 public:
  explicit WipedAtEnd(std::string& text) : text_(text) {}
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;
  ~WipedAtEnd() { WipeText(text_); }

 private:
  std::string& text_;
};

// Checks that the secret file `path` (a password, a passphrase, a secret key) is kept from others.
// Others may have no access, and the owner must be root or this process's user. A process of root
// does not check the owner. Errors: config "secret-readable-by-others", "secret-of-another-user".
// Succeeds if the file is missing, because its reader reports that.
Result<void> CheckSecretFile(const std::filesystem::path& path);
// Checks the open file `fd` in the same way. Readers use this one, because another file may stand
// at `path` by now.
Result<void> CheckSecretFile(int fd, const std::filesystem::path& path);

// Reads a file of at most `limit` bytes. Errors: permanent "file-too-large", and those of
// CheckSecretFile() and OpenForReading().
Result<Secret> ReadSecretFile(const std::filesystem::path& path, std::size_t limit = 1 << 20);
// Reads a file of at most 4096 bytes that people write with an editor, without the line end behind
// the password.
Result<Secret> ReadPasswordFile(const std::filesystem::path& path);

// From here on the process makes no core dump, and other processes of its user cannot look into its
// memory (ptrace, /proc).
void ForbidCoreDumps();

}  // namespace gateway
