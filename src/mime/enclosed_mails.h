// Copies mails that another mail encloses into files of their own, because they have a transfer
// encoding (RFC 2046 forbids it, and Exchange servers use it). The copies can then be searched like
// the mail itself. Private to this folder.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "gateway/result.h"
#include "mime/encrypted_leaf.h"
#include "mime/entity_walker.h"
#include "mime/mail_format.h"

namespace gateway::mime {

// A mail to be searched: the one that came, or one that is in it.
struct MailToSearch {
  int fd = -1;
  std::uint64_t size = 0;
  unsigned depth = 0;  // mails around it
};

// Returns whether the type is that of a mail: message/rfc822 or message/global.
bool IsMailType(std::string_view type);

// Says whether the leaf is a mail that the walker did not walk through.
bool IsEnclosedMail(const Leaf& leaf, std::string_view beginning);

class EnclosedMails {
 public:
  // `size` is that of the mail that came. All copies together may have twice as many bytes.
  EnclosedMails(std::uint64_t size, const ReadLimits& limits, MakeFile make_file)
      : limits_(limits), left_(2 * size), make_file_(std::move(make_file)) {}

  // Errors: corrupt "too-many-parts", "mime-too-deep", "mail-too-large"; and those of the files.
  Result<MailToSearch> Copy(const MailToSearch& around, const Leaf& leaf);

 private:
  const ReadLimits limits_;
  std::uint64_t left_;
  const MakeFile make_file_;
  unsigned copies_ = 0;
};

}  // namespace gateway::mime
