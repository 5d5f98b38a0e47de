// Reasons for which the gateway does not take a mail, a receipt or a document.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kCompressed{"compressed",
                                       "The mail is compressed, which the partner's profile does not accept."};
inline constexpr ErrorCode kDirectoryUnusable{"directory-unusable", "The directory for documents cannot be used."};
inline constexpr ErrorCode kDocumentChanged{
    "document-changed", "The file of the document was changed or removed, most likely by document_scanner."};
inline constexpr ErrorCode kDocumentInfected{"document-infected",
                                             "The program document_scanner says that the document is infected."};
inline constexpr ErrorCode kDocumentKind{
    "document-kind", "The document is of a kind that document_kinds does not allow, a program, or an HTML page."};
inline constexpr ErrorCode kForeignReport{"foreign-report", "The receipt is about a message to another partner."};
inline constexpr ErrorCode kLineEndsChanged{
    "line-ends-changed", "The signature ignores changed line ends, so somebody may have changed bytes of an image."};
inline constexpr ErrorCode kNoDicomMail{"no-dicom-mail", "The mail is neither encrypted nor a fragment nor a receipt."};
inline constexpr ErrorCode kNoDicomPart{"no-dicom-part", "The mail has no part that could be taken."};
inline constexpr ErrorCode kNoIntegrityProtection{"no-integrity-protection",
                                                  "The encryption of the mail has no integrity protection."};
inline constexpr ErrorCode kNotEncrypted{"not-encrypted", "The mail is not encrypted."};
inline constexpr ErrorCode kNotForUs{"not-for-us",
                                     "The sender wrote this mail to somebody else, or somebody else passes it on."};
inline constexpr ErrorCode kNotUrgent{
    "not-urgent", "The mail says that it is urgent, but few mails of this sender had a good signature lately."};
inline constexpr ErrorCode kReferenceGone{
    "reference-gone", "The file of the instance that tells the document's study is no longer here."};
inline constexpr ErrorCode kReplayed{"replayed", "The same signed content came before in another mail."};
inline constexpr ErrorCode kReturned{"returned", "A mail server returned the message for a reason that may pass."};
inline constexpr ErrorCode kScannerFailed{
    "scanner-failed", "The program document_scanner could not be run, or did not say whether the document is clean."};
inline constexpr ErrorCode kScannerInterrupted{"scanner-interrupted",
                                               "The gateway stopped while document_scanner ran."};
inline constexpr ErrorCode kStranger{"stranger", "The sender's address belongs to no partner."};
inline constexpr ErrorCode kUnmatchedReport{"unmatched-report",
                                            "The receipt or bounce fits no message that the gateway sent."};
inline constexpr ErrorCode kUnprotectedReceipt{"unprotected-receipt",
                                               "The receipt is not signed or encrypted as the partner's profile asks."};
inline constexpr ErrorCode kUnsigned{"unsigned", "The mail is not signed."};
inline constexpr ErrorCode kWeakKey{
    "weak-key", "The signature was made by a key with fewer bits than the partner's profile allows."};
inline constexpr ErrorCode kWeakSignature{"weak-signature",
                                          "The signature uses SHA-1, which the partner's profile does not accept."};
inline constexpr ErrorCode kWrongSigner{"wrong-signer", "The signature was not made by the partner's key."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfInbound{kCompressed,
                                       kDirectoryUnusable,
                                       kDocumentChanged,
                                       kDocumentInfected,
                                       kDocumentKind,
                                       kForeignReport,
                                       kLineEndsChanged,
                                       kNoDicomMail,
                                       kNoDicomPart,
                                       kNoIntegrityProtection,
                                       kNotEncrypted,
                                       kNotForUs,
                                       kNotUrgent,
                                       kReferenceGone,
                                       kReplayed,
                                       kReturned,
                                       kScannerFailed,
                                       kScannerInterrupted,
                                       kStranger,
                                       kUnmatchedReport,
                                       kUnprotectedReceipt,
                                       kUnsigned,
                                       kWeakKey,
                                       kWeakSignature,
                                       kWrongSigner};

}  // namespace gateway::codes
