// The mails that are to be fetched from a mailbox, in their order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "gateway/priority.h"

namespace gateway::inbound {

struct ListedMail {
  std::string identity;  // mail/mail_source.h
  Priority priority = Priority::normal;
};

// Mails that the server could not hand out come last. Otherwise the priority decides, then the age.
// Add the oldest mail first. Not thread-safe.
class FetchQueue {
 public:
  void Add(ListedMail mail, bool unfetchable) {
    waiting_.emplace(std::tuple(unfetchable, mail.priority, ++added_), std::move(mail.identity));
  }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

  // Returns nullopt if no mail is left.
  std::optional<ListedMail> Take() {
    if (waiting_.empty()) return std::nullopt;
    auto node = waiting_.extract(waiting_.begin());
    return ListedMail{std::move(node.mapped()), std::get<Priority>(node.key())};
  }

 private:
  std::uint64_t added_ = 0;
  std::map<std::tuple<bool, Priority, std::uint64_t>, std::string> waiting_;
};

}  // namespace gateway::inbound
