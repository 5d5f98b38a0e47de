// A sealed message: its file, the size of its mails, and the partner for which it was sealed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/settings/profile.h"
#include "gateway/stream.h"
#include "gateway/time.h"

namespace gateway::ledger {

struct Fragment {
  unsigned number = 1;  // from 1
  unsigned total = 1;
  ByteRange range;         // within the message's file
  std::string message_id;  // the Message-ID of the fragment's own mail
};

// The size is in bytes. The gateway does not cut messages into smaller pieces to find out what a
// mail server accepts.
inline constexpr std::uint64_t kSmallestPiece = 250'000;

struct SealedMessage {
  std::string spool_key;
  std::uint64_t size = 0;           // bytes
  std::string message_id;           // without angle brackets
  Time date;                        // of the Date field
  std::string partial_id;           // empty if it is one mail
  std::vector<Fragment> fragments;  // empty if it is one mail
  ReceiptMode receipt_asked = ReceiptMode::none;
  // The partner for whom, and the mailbox from which, it was sealed. A person may have redirected
  // the message meanwhile. Empty means those of the ledger.
  std::string partner;
  std::string mailbox;
  std::string nonce;            // the secret that the receipt is to repeat; empty if there is none
  std::string partner_address;  // the address for which it was sealed, lower case
  std::string partner_key;      // fingerprint
};

}  // namespace gateway::ledger
