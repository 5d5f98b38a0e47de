#include "fuzz.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/files.h"

namespace gateway::fuzz {

UniqueFd FileWith(std::string_view content) {
  UniqueFd fd(::memfd_create("fuzz", MFD_CLOEXEC));
  PROMISE(fd.get() >= 0);
  PROMISE(::fchmod(fd.get(), 0600) == 0);  // everybody might write it: as a configuration it would be refused
  PROMISE(WriteAll(fd.get(), content));
  return fd;
}

std::string PathOf(const UniqueFd& fd) {
  return "/proc/self/fd/" + std::to_string(fd.get());
}

std::string ContentOf(const UniqueFd& fd) {
  FdSource source(fd.get(), {0, FileSize(fd.get()).value()});
  return Drain(source);
}

std::string Drain(Source& source, bool* failed) {
  std::string all;
  for (std::size_t size = 1;; size = size * 7 % 1021) {
    std::string piece(size, '\0');
    const Result<std::size_t> count = source.Read(piece);
    if (failed != nullptr) *failed = !count;
    if (!count || *count == 0) return all;
    PROMISE(*count <= size);
    all.append(piece, 0, *count);
  }
}

bool IsLoggable(std::string_view text, std::size_t longest) {
  return text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string TestData(const std::string& name) {
  return ReadSmallFile(std::string(TEST_DATA_DIR) + "/" + name).value();
}

}  // namespace gateway::fuzz
