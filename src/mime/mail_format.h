// The bytes of a DICOM e-mail. Writer and reader share them, and so do splitter and joiner
// (docs/formats.md).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace gateway::mime {

inline constexpr std::string_view kSetIdField = "X-TELEMEDICINE-SETID";
inline constexpr std::string_view kSetPartField = "X-TELEMEDICINE-SETPART";
inline constexpr std::string_view kSetTotalField = "X-TELEMEDICINE-SETTOTAL";
inline constexpr std::string_view kStudyIdField = "X-TELEMEDICINE-STUDYID";

// Receipts inside the encryption: the request is in the header of the encrypted entity, and so is
// the answer.
inline constexpr std::string_view kPgpReceiptToField = "X-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO";
inline constexpr std::string_view kPgpReceiptKeyIdField = "X-TELEMEDICINE-DISPOSITION-NOTIFICATION-KEYID";
inline constexpr std::string_view kOriginalContentIdField = "X-TELEMEDICINE-ORIGINAL-CONTENT-ID";
inline constexpr std::string_view kReportField = "X-TELEMEDICINE-REPORT";

// A field of our own. The secret of a message is only inside the encryption, in the header of what
// is signed. Our receipts repeat it inside what is signed, so that nobody who was sent another mail
// can show such a receipt. kNoNonce means that the mail which a receipt answers had no secret.
inline constexpr std::string_view kNonceField = "X-DMGW-NONCE";
inline constexpr std::string_view kNoNonce = "none";
inline constexpr std::size_t kLongestNonce = 128;

// Goes before every disposition type (RFC 8098 section 3.2.6.1).
inline constexpr std::string_view kDispositionMode = "automatic-action/MDN-sent-automatically";

// Limits of what the gateway reads (docs/formats.md, "What is read").
struct ReadLimits {
  std::uint64_t message_size = 8ULL << 30;  // of one mail on disk, joined: 4 GB of DICOM in base64 and armor
  std::uint64_t opened_size = 8ULL << 30;   // bytes after decryption and decompression
  unsigned depth = 32;                      // nested multiparts
  unsigned parts = 10'000;                  // leaves
  std::uint64_t header_size = 1ULL << 20;   // of one entity's header

  // Returns how many bytes a mail of `mail` bytes may become when it is opened. Data that
  // compresses better holds no images, and would fill the disk.
  [[nodiscard]] std::uint64_t OpenedSizeOf(std::uint64_t mail) const {
    constexpr std::uint64_t kAlways = 256ULL << 20;
    constexpr std::uint64_t kMostExpansion = 200;
    return std::min(opened_size, std::max(kAlways, mail * kMostExpansion));
  }
};

}  // namespace gateway::mime
