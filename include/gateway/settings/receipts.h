// Section `receipts`.
#pragma once

#include "gateway/time.h"

namespace gateway {

enum class ReceiptWhen { accepted, stored };

struct ReceiptSettings {
  ReceiptWhen send_when = ReceiptWhen::stored;
  Milliseconds overdue_after{1'800'000};
  unsigned resend_limit = 3;  // how often a message is sent again if its receipt says that this may help
};

}  // namespace gateway
