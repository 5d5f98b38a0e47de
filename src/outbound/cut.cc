#include "outbound/cut.h"

#include <algorithm>
#include <string>

#include "base/files.h"
#include "base/random_text.h"
#include "mime/splitter.h"

namespace gateway::outbound {
namespace {

constexpr std::uint64_t kAddedByServers = 4096;  // at least; for large mails a thirty-second of their size

std::string HostOf(const std::string& message_id) {
  return message_id.substr(message_id.rfind('@') + 1);
}

}  // namespace

std::uint64_t UsableSize(std::uint64_t announced) {
  if (announced == 0) return 0;
  const std::uint64_t added = std::max(kAddedByServers, announced / 32);
  return announced > 2 * added ? announced - added : announced;
}

std::uint64_t SmallestLimit(std::initializer_list<std::uint64_t> limits) {
  std::uint64_t smallest = 0;
  for (const std::uint64_t limit : limits) {
    if (limit != 0 && (smallest == 0 || limit < smallest)) smallest = limit;
  }
  return smallest;
}

Result<void> Cut(const std::filesystem::path& file, std::uint64_t limit, ledger::SealedMessage& sealed) {
  GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(file));
  GATEWAY_ASSIGN(sealed.size, FileSize(fd.get()));
  GATEWAY_ASSIGN(const std::vector<ByteRange> ranges, mime::SplitMessage(fd.get(), limit));
  sealed.fragments.clear();
  sealed.partial_id.clear();
  if (ranges.size() <= 1) return {};
  const std::string host = HostOf(sealed.message_id);
  sealed.partial_id = RandomHex(16) + "@" + host;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    sealed.fragments.push_back(
        {static_cast<unsigned>(i + 1), static_cast<unsigned>(ranges.size()), ranges[i], mime::NewMessageId(host)});
  }
  return {};
}

}  // namespace gateway::outbound
