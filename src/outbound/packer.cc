#include "outbound/packer.h"

namespace gateway::outbound {
namespace {

constexpr std::uint64_t kOverhead = 4096;  // headers, boundaries, keys

// Returns how many bytes a file takes in the mail. The armor makes 4 bytes of 3, and adds line
// ends. An inner base64 does so once more.
std::uint64_t MailedSize(std::uint64_t size, InnerEncoding encoding) {
  const std::uint64_t inner = encoding == InnerEncoding::base64 ? size * 78 / 57 : size;
  return inner * 66 / 48;
}

}  // namespace

std::uint64_t EstimatedMailSize(std::uint64_t file_size, const PartnerProfile& profile) {
  return kOverhead + MailedSize(file_size, profile.inner_encoding);
}

std::vector<std::vector<std::int64_t>> PackMessages(const std::vector<ledger::OpenShipment::Item>& items,
                                                    const PartnerProfile& profile) {
  std::vector<std::vector<std::int64_t>> messages;
  std::uint64_t filled = 0;
  for (const ledger::OpenShipment::Item& item : items) {
    const std::uint64_t size = MailedSize(item.size, profile.inner_encoding);
    const bool fits = !messages.empty() && messages.back().size() < profile.instances_per_message &&
                      filled + size <= profile.max_message_size;
    if (!fits) {
      messages.emplace_back();
      filled = kOverhead;
    }
    messages.back().push_back(item.instance);
    filled += size;
  }
  return messages;
}

}  // namespace gateway::outbound
