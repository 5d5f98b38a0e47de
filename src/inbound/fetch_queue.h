// The mails that are to be fetched from a mailbox, in their order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "mail/mail_source.h"

namespace gateway::inbound {

// Mails that the server could not hand out come last. Otherwise the priority decides, then the age.
// Add the oldest mail first. Not thread-safe.
class FetchQueue {
 public:
  void Add(mail::MarkedMail mail, bool unfetchable) {
    waiting_.emplace(std::tuple(unfetchable, mail.priority, ++added_), std::move(mail.identity));
  }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

  // Returns nullopt if no mail is left.
  std::optional<mail::MarkedMail> Take() {
    if (waiting_.empty()) return std::nullopt;
    auto node = waiting_.extract(waiting_.begin());
    return mail::MarkedMail{std::move(node.mapped()), std::get<Priority>(node.key())};
  }

 private:
  std::uint64_t added_ = 0;
  std::map<std::tuple<bool, Priority, std::uint64_t>, std::string> waiting_;
};

}  // namespace gateway::inbound
