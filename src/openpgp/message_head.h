// The session key packets at the start of an OpenPGP message (RFC 4880 sections 5.1, 5.3), and what RNP 0.16 cannot do:
// where such a packet hides its recipient (key id 0), a copy of it for each key that might be meant.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/stream.h"

namespace gateway::openpgp {

struct CandidateKey {
  std::string key_id;      // 16 hex digits
  unsigned algorithm = 0;  // RFC 4880 section 9.1
};

// A message with its hidden recipients named. Binary; what it cannot make out it passes on as it is.
class NamedRecipients : public Source {
 public:
  // `sealed` stays the caller's. `candidates` is asked for the keys that can decrypt where a recipient is hidden.
  NamedRecipients(Source& sealed, std::function<std::vector<CandidateKey>()> candidates);
  Result<std::size_t> Read(std::span<char> buffer) override;
  // The key ids as they stand in the message, once it was read from; empty where no recipient is hidden.
  [[nodiscard]] const std::vector<std::string>& hidden_among() const { return recipients_; }

 private:
  Result<void> ReadHead();
  Source& sealed_;
  std::function<std::vector<CandidateKey>()> candidates_;
  bool head_read_ = false;
  std::string ready_;
  std::size_t taken_ = 0;  // of ready_
  std::vector<std::string> recipients_;
};

}  // namespace gateway::openpgp
