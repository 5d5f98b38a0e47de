// Reads the session key packets at the start of an OpenPGP message (RFC 4880 sections 5.1, 5.3),
// and does what RNP 0.16 cannot do. If such a packet hides its recipient (key id 0), it makes a
// copy of the packet for each key that might be meant.
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

// Returns a message whose hidden recipients are named. The message must be binary. Anything that
// this class cannot understand passes as it is.
class NamedRecipients : public Source {
 public:
  // `sealed` stays the caller's. If a recipient is hidden, `candidates` is asked for the keys that
  // can decrypt.
  NamedRecipients(Source& sealed, std::function<std::vector<CandidateKey>()> candidates);
  Result<std::size_t> Read(std::span<char> buffer) override;
  // Returns the key ids as they are in the message, after the first read. It is empty if no
  // recipient is hidden.
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
