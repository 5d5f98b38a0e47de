// The mails that are to be fetched from a mailbox, in their order.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <tuple>

#include "gateway/priority.h"

namespace gateway::inbound {

struct ListedMail {
  std::uint32_t uid = 0;
  Priority priority = Priority::normal;
};

// Mails that the server could not hand out come last. Otherwise the priority decides, then the age:
// the oldest mail comes first. Not thread-safe.
class FetchQueue {
 public:
  void Add(const ListedMail& mail, bool unfetchable) { waiting_.emplace(unfetchable, mail.priority, mail.uid); }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

  // Returns nullopt if no mail is left.
  std::optional<ListedMail> Take() {
    if (waiting_.empty()) return std::nullopt;
    const auto node = waiting_.extract(waiting_.begin());
    return ListedMail{std::get<std::uint32_t>(node.value()), std::get<Priority>(node.value())};
  }

 private:
  std::set<std::tuple<bool, Priority, std::uint32_t>> waiting_;
};

}  // namespace gateway::inbound
