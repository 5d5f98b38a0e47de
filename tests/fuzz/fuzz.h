// What the fuzz targets share. A target is one file NAME.cc with LLVMFuzzerTestOneInput; a broken
// promise aborts.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/handles.h"
#include "gateway/stream.h"

namespace gateway::fuzz {

inline void Check(bool holds, const char* promise, int line) {
  if (holds) return;
  std::fprintf(stderr, "broken promise, line %d: %s\n", line, promise);
  std::abort();
}
#define PROMISE(...) ::gateway::fuzz::Check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __LINE__)

inline std::string_view Text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A file in memory with this content.
UniqueFd FileWith(std::string_view content);
// By its name as well.
std::string PathOf(const UniqueFd& fd);
std::string ContentOf(const UniqueFd& fd);
// Reads in pieces of odd sizes; up to where it fails, which `failed` tells.
std::string Drain(Source& source, bool* failed = nullptr);
// Returns whether `text` is printable ASCII of at most `longest` bytes, and so may come into a log.
bool IsLoggable(std::string_view text, std::size_t longest);
// tests/data and below.
std::string TestData(const std::string& name);

}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
