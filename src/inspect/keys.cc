#include "inspect/keys.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/ascii.h"
#include "policy/error_codes.h"

namespace gateway::inspect {
namespace {

// SHA-1 is accepted here, because the findings report it.
constexpr security::Tolerance kTolerance{.sha1 = true};

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

Result<Keys> Keys::Make() {
  GATEWAY_ASSIGN(std::unique_ptr<security::MailOpeners> openers, security::MailOpeners::Make({}, kTolerance));
  return Keys{std::move(openers), {}, {}};
}

Result<void> Keys::AddOwn(std::string_view content, const Secret& passphrase) {
  GATEWAY_ASSIGN(std::vector<security::KeyFacts> added, openers->AddOwnKeys(content, &passphrase));
  std::erase_if(added, [](const security::KeyFacts& key) { return !key.secret; });
  if (added.empty()) return ConfigError(codes::kNoSecretKey, "holds public keys only");
  std::ranges::move(added, std::back_inserter(own));
  return {};
}

Result<void> Keys::AddPartners(std::string_view content) {
  GATEWAY_ASSIGN(std::vector<security::ExaminedPartner> read, security::ReadPartnerKeys(content, kTolerance));
  std::ranges::move(read, std::back_inserter(partners));
  return {};
}

const security::KeyFacts* FindKey(const std::vector<security::KeyFacts>& keys, const std::string& name) {
  const auto found = std::ranges::find_if(keys, [&](const security::KeyFacts& key) { return Has(key.names, name); });
  return found == keys.end() ? nullptr : &*found;
}

const security::ExaminedPartner* FindKey(const std::vector<security::ExaminedPartner>& partners,
                                         const std::string& name) {
  const auto found = std::ranges::find_if(
      partners, [&](const security::ExaminedPartner& partner) { return Has(partner.key.names, name); });
  return found == partners.end() ? nullptr : &*found;
}

bool NamesAddress(const security::KeyFacts& key, const std::string& address) {
  return std::any_of(key.user_ids.begin(), key.user_ids.end(), [&](const std::string& user_id) {
    const std::string lower = LowerCase(user_id);
    return lower == address || lower.find("<" + address + ">") != std::string::npos;
  });
}

}  // namespace gateway::inspect
