// Finds everything that is encrypted in a mail (docs/formats.md, "Several encrypted parts"): the
// second part of a multipart/encrypted, inline armor, also in HTML, and binary OpenPGP parts. It
// finds them also if a mail gateway wrapped them and added a footer. It also finds what is beside
// them and must not be lost.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"
#include "gateway/security_kind.h"
#include "gateway/stream.h"
#include "gateway/telemedicine_set.h"
#include "mime/gmime_values.h"
#include "mime/mail_format.h"

namespace gateway::mime {

// One leaf may hold several blocks of armor. Each of them is an EncryptedLeaf.
struct EncryptedLeaf {
  ByteRange body;
  TransferEncoding encoding = TransferEncoding::identity;
  bool html = false;                   // the armor is in the text of an HTML page
  std::uint64_t skip = 0;              // how many decoded bytes come before the armor
  std::string name;                    // the leaf's name without .asc, .gpg or .pgp
  std::string from;                    // From of the enclosed mail that it is in; empty: it is in none
  std::optional<TelemedicineSet> set;  // from the nearest header around it, which nobody signed
  std::string message_id = {};         // of the enclosed mail, as in Envelope; empty as `from`
  std::string receipt_to = {};         // the same
  int copy = -1;                       // the file of MakeFile that `body` is in; -1: the mail itself
  SecurityKind security = SecurityKind::openpgp;
  std::string charset = {};  // of the text that holds the armor, as in TextPlace
};

// Returns the descriptor of an empty file to write and read, which stays open as long as the mail
// is in use. Each mail that the mail encloses in base64, or in another transfer encoding, is copied
// into such a file. Without MakeFile nobody looks into them, and they are left over.
using MakeFile = std::function<Result<int>()>;

struct MailParts {
  std::vector<EncryptedLeaf> encrypted;
  // The first part that is neither encrypted nor harmless (beside.h). Or the mail may have had more
  // parts than came.
  std::optional<Error> leftover;
};

// Finds the parts in the first `size` bytes of `fd`. Errors: corrupt "mail-damaged",
// "mime-too-deep", "too-many-parts".
Result<MailParts> FindMailParts(int fd, std::uint64_t size, const ReadLimits& limits, const MakeFile& make_file = {});

// Returns the first encrypted part of a mail of kind `encrypted` (mail_reader.h). Error: corrupt
// "mail-damaged" if there is none.
Result<EncryptedLeaf> FindEncryptedLeaf(int fd, const ReadLimits& limits);

// Says whether there is an encrypted part. The search ends with the first one.
struct FirstLook {
  bool encrypted = false;
  bool tnef = false;  // a winmail.dat was seen, and nothing encrypted
};
Result<FirstLook> LookForEncrypted(int fd, std::uint64_t size, const ReadLimits& limits,
                                   const MakeFile& make_file = {});

// Says whether there are mails in the mail that have to be copied by MakeFile. This costs less than
// a search.
Result<bool> HasMailsToCopy(int fd, std::uint64_t size, const ReadLimits& limits);

// Returns the encrypted bytes, armor or binary. `fd` is the mail. If the armor says where it ends,
// the rest of the leaf may follow it.
Result<std::unique_ptr<Source>> OpenEncryptedLeaf(int fd, const EncryptedLeaf& leaf);

// The mail in a wrapper: a message/rfc822 with only harmless parts beside it. Returns nullopt if
// there is none, or more than one.
struct WrappedMail {
  ByteRange body;
  TransferEncoding encoding = TransferEncoding::identity;
};
Result<std::optional<WrappedMail>> FindWrappedMail(int fd, std::uint64_t size, const ReadLimits& limits);

// Returns whether `bytes` begin with a binary OpenPGP message that is encrypted (RFC 4880 sections
// 4.2, 5.1, 5.3).
bool IsBinaryOpenPgp(std::string_view bytes);

}  // namespace gateway::mime
