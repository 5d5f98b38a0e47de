#include "mime/addressing_reader.h"

#include <utility>

#include "mime/header_values.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kMostAddresses = 50;
constexpr std::size_t kLongestAddress = 254;  // RFC 5321 section 4.5.3.1.3

std::vector<std::string> Recipients(const HeaderBlock& header) {
  std::vector<std::string> all = AllAddresses(header, "To", kMostAddresses);
  for (std::string& address : AllAddresses(header, "Cc", kMostAddresses)) all.push_back(std::move(address));
  std::erase_if(all, [](const std::string& address) { return address.size() > kLongestAddress; });
  return all;
}

}  // namespace

void AddressingReader::See(const HeaderBlock& header, const Leaf& entity) {
  if (done_ || entity.unsigned_part) return;
  if (header.Count("From") > 0) {
    std::string from = OnlyAddress(header, "From");
    if (from.size() > kLongestAddress || (addressing_.from && *addressing_.from != from)) from.clear();
    addressing_.from = std::move(from);
  }
  // Undisclosed recipients say nothing. If a list was cut, nobody knows who else is on it.
  if (auto all = Recipients(header); !all.empty() && all.size() < kMostAddresses) addressing_.to = std::move(all);
  done_ = entity.type.type != "multipart/signed";
}

}  // namespace gateway::mime
