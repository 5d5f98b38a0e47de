// Finds everything that is encrypted in a mail (docs/formats.md, "Several encrypted parts"): the
// second part of a multipart/encrypted, inline armor, also in HTML, and binary OpenPGP parts. It
// finds them also if a mail gateway wrapped them and added a footer. It also finds what is beside
// them and must not be lost.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "gateway/telemedicine_set.h"
#include "mime/gmime_values.h"
#include "mime/mail_format.h"

namespace gateway::mime {

// One leaf may hold several: blocks of armor one behind the other, each of them an EncryptedLeaf.
struct EncryptedLeaf {
  ByteRange body;
  TransferEncoding encoding = TransferEncoding::identity;
  bool html = false;                   // the armor stands in the text of an HTML page
  std::uint64_t skip = 0;              // bytes of it, decoded, before the armor
  std::string name;                    // of the leaf, without .asc, .gpg or .pgp
  std::string from;                    // of the enclosed mail in which it stands; empty: it stands in none
  std::optional<TelemedicineSet> set;  // of the nearest header around it, which nobody signed
  std::string message_id = {};         // of the enclosed mail, as Envelope; empty as `from`
  std::string receipt_to = {};         // likewise
};

struct MailParts {
  std::vector<EncryptedLeaf> encrypted;
  // Neither encrypted nor harmless (beside.h), the first of its kind; or the mail may have had more
  // than came.
  std::optional<Error> leftover;
};

// All of the first `size` bytes of `fd`. corrupt "mail-damaged", "mime-too-deep", "too-many-parts".
Result<MailParts> FindMailParts(int fd, std::uint64_t size, const ReadLimits& limits);

// Whether there is any; as soon as one is found.
struct FirstLook {
  bool encrypted = false;
  bool tnef = false;  // a winmail.dat was seen, and nothing that is encrypted
};
Result<FirstLook> LookForEncrypted(int fd, std::uint64_t size, const ReadLimits& limits);

// The encrypted bytes, armor or binary. Behind armor that says where it ends the rest of the leaf
// may follow.
Result<std::unique_ptr<Source>> OpenEncryptedLeaf(int fd, const EncryptedLeaf& leaf);

// The mail in a wrapper: a message/rfc822 beside which nothing but harmless matter stands. nullopt:
// there is none, or more than one.
struct WrappedMail {
  ByteRange body;
  TransferEncoding encoding = TransferEncoding::identity;
};
Result<std::optional<WrappedMail>> FindWrappedMail(int fd, std::uint64_t size, const ReadLimits& limits);

// Whether `bytes` begin with a binary OpenPGP message that is encrypted (RFC 4880 sections 4.2,
// 5.1, 5.3).
bool IsBinaryOpenPgp(std::string_view bytes);

}  // namespace gateway::mime
