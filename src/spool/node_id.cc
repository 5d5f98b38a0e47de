#include "spool/node_id.h"

#include <algorithm>

#include "base/files.h"
#include "base/random_text.h"
#include "spool/error_codes.h"

namespace gateway::spool {
namespace {

constexpr std::size_t kBytes = 16;
constexpr std::uint64_t kMostRead = 1024;

bool IsNodeId(std::string_view text) {
  return text.size() == 2 * kBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<std::string> ReadNodeId(const std::filesystem::path& state_dir) {
  const std::filesystem::path file = state_dir / "node";
  std::error_code error;
  const bool there = std::filesystem::exists(std::filesystem::symlink_status(file, error));
  if (error && error != std::errc::no_such_file_or_directory) return ErrorFromErrno(error.value(), "stat", file);
  if (!there) return std::string();
  GATEWAY_ASSIGN(std::string id, ReadSmallFile(file, kMostRead));
  while (!id.empty() && id.back() == '\n') id.pop_back();
  if (IsNodeId(id)) return id;
  return ConfigError(codes::kStateDirUnusable,
                     file.string() + " does not hold the id of a node: remove it, and the start makes a new one");
}

Result<std::string> MakeNodeId(const std::filesystem::path& state_dir) {
  GATEWAY_ASSIGN(std::string known, ReadNodeId(state_dir));
  if (!known.empty()) return known;
  std::string made = RandomHex(kBytes);
  GATEWAY_TRY(WriteFileDurably(state_dir / "node", made + "\n"));
  return made;
}

}  // namespace gateway::spool
