// Writes facts of a mail's header to its row. They come from outside, so they are cut to the length
// that a header field may have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/mail_facts.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

inline constexpr std::size_t kMaxFact = 998;  // RFC 5322 2.1.1

inline std::string_view Cut(std::string_view fact) {
  return fact.substr(0, kMaxFact);
}

// Gives a set as three columns, which are NULL if there is no set. The facts must outlive it.
struct SetColumns {
  explicit SetColumns(const MailFacts& facts);
  std::optional<std::string_view> id;
  std::optional<std::uint32_t> part;
  std::optional<std::uint32_t> total;
};

void WriteFacts(Session& session, std::int64_t mail, const MailFacts& facts);

// Returns the keys of a mail's file, and of the fragments from which it was joined.
std::vector<std::string> MailFiles(Session& session, std::int64_t mail);
// Forgets these files and returns their keys.
std::vector<std::string> ForgetMailFiles(Session& session, std::int64_t mail);

}  // namespace gateway::ledger
