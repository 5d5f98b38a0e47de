#include "security/openers.h"

#include <optional>

#include "security/securities.h"

namespace gateway::security {
namespace {

// Asks each kind of security, until one can read the file.
template <typename T, typename Read>
Result<T> FirstThatReads(const Read& read) {
  std::optional<Error> first;
  for (const MailSecurity& security : Securities()) {
    Result<T> result = read(security);
    if (result) return result;
    if (!first) first = result.error();
  }
  return *first;
}

}  // namespace

Result<std::unique_ptr<MailOpeners>> MailOpeners::Make(const Keys& keys, const Tolerance& tolerance) {
  auto made = std::make_unique<MailOpeners>();
  for (const MailSecurity& security : Securities()) {
    GATEWAY_ASSIGN(made->openers_[security.kind], security.make_opener(tolerance));
  }
  for (const OwnKey& key : keys.own) {
    const auto added = made->Of(key.kind).AddOwnKeys(key.secret.view(), nullptr);
    if (!added) return added.error();
  }
  return made;
}

Result<std::vector<KeyFacts>> MailOpeners::AddOwnKeys(std::string_view content, const Secret* passphrase) {
  return FirstThatReads<std::vector<KeyFacts>>(
      [&](const MailSecurity& security) { return Of(security.kind).AddOwnKeys(content, passphrase); });
}

Result<void> MailOpeners::UsePartner(const PartnerKey* partner) {
  for (const auto& [kind, opener] : openers_) {
    GATEWAY_TRY(opener->UsePartner(partner != nullptr && partner->kind == kind ? partner : nullptr));
  }
  return {};
}

Result<void> MailOpeners::StartThreads() {
  for (const auto& [kind, opener] : openers_) GATEWAY_TRY(opener->StartThreads());
  return {};
}

Result<std::vector<ExaminedPartner>> ReadPartnerKeys(std::string_view content, const Tolerance& tolerance) {
  return FirstThatReads<std::vector<ExaminedPartner>>(
      [&](const MailSecurity& security) { return security.read_partner_keys(content, tolerance); });
}

}  // namespace gateway::security
