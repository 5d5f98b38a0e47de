// Lists the rules from which a mail can depart. A code is stable, because programs and
// docs/inspect.md know it.
#pragma once

#include <string_view>

#include "security/signature_codes.h"

namespace gateway::inspect {

enum class Severity {
  error,    // some receivers, ours among them, will refuse the mail or lose something
  warning,  // it is wrong, and usually accepted
  note,     // good to know; no departure
};

struct Rule {
  std::string_view code;
  Severity severity;
  std::string_view section;  // the section of the standard or page from which it departs
  std::string_view text;     // what is wrong
};

namespace rules {

using security::NameOf;

// The header of the mail.
inline constexpr Rule kFromMissing{"from-not-one-address", Severity::error, "RFC 5322 section 3.6.2",
                                   "From does not contain exactly one address"};
inline constexpr Rule kDateMissing{"date-missing", Severity::error, "RFC 5322 section 3.6.1",
                                   "there is no Date that can be read"};
inline constexpr Rule kMessageIdMissing{"message-id-missing", Severity::error, "RFC 5322 section 3.6.4",
                                        "there is no Message-ID that can be read: no receipt can name this mail"};
inline constexpr Rule kToMissing{"to-missing", Severity::warning, "RFC 5322 section 3.6.3", "there is no To"};
inline constexpr Rule kFieldRepeated{"field-repeated", Severity::error, "RFC 5322 section 3.6",
                                     "a field that may occur only once occurs more often"};
inline constexpr Rule kMimeVersionMissing{"mime-version-missing", Severity::warning, "RFC 2045 section 4",
                                          "there is no MIME-Version"};
inline constexpr Rule kHeader8Bit{"header-8bit", Severity::warning, "RFC 5322 section 2.2",
                                  "a header contains bytes that are not ASCII"};
inline constexpr Rule kSubject{
    "subject-unusual", Severity::note, "docs/formats.md, A message",
    "the subject is not DICOM-eMail: the subject is not encrypted and must not name patients"};
inline constexpr Rule kNoReceipt{"no-receipt-asked", Severity::note, "docs/formats.md, A message",
                                 "no receipt is asked for"};
inline constexpr Rule kReceiptAddress{"receipt-address", Severity::warning, "RFC 8098 section 2.1",
                                      "Disposition-Notification-To does not contain exactly one address"};
inline constexpr Rule kReceiptElsewhere{"receipt-elsewhere", Severity::warning, "RFC 8098 section 2.1",
                                        "the receipt is asked for at another address than that of From"};
inline constexpr Rule kPatientData{"patient-data-outside", Severity::error, "our rule: docs/formats.md, A message",
                                   "data that identifies the study is outside the encryption"};

// Lines.
inline constexpr Rule kLineTooLong{"line-too-long", Severity::error, "RFC 5322 section 2.1.1",
                                   "a line is longer than 998 characters"};
inline constexpr Rule kMixedLineEnds{"mixed-line-ends", Severity::warning, "RFC 5322 section 2.3",
                                     "some lines end in CRLF, others in a bare LF or CR"};
inline constexpr Rule kBareLf{"bare-lf", Severity::note, "RFC 5322 section 2.3",
                              "all lines end in a bare LF, as in files that a mail program saved"};
inline constexpr Rule kNul{"nul-byte", Severity::error, "RFC 5322 section 2.2", "the mail contains a NUL"};
inline constexpr Rule k8Bit{"mail-8bit", Severity::warning, "RFC 5322 section 2.1",
                            "the mail contains bytes that are not ASCII"};

// X-TELEMEDICINE.
inline constexpr Rule kTag{"tag-malformed", Severity::error, "docs/formats.md, A message",
                           "a value is not [A-Za-z0-9_.,-], or not a number"};
inline constexpr Rule kSetMissing{"set-missing", Severity::warning, "docs/formats.md, A message",
                                  "X-TELEMEDICINE-SETID, -SETPART and -SETTOTAL are not all there"};
inline constexpr Rule kInnerSetMissing{"inner-set-missing", Severity::warning, "docs/formats.md, Inside the encryption",
                                       "X-TELEMEDICINE-SETID, -SETPART and -SETTOTAL are not repeated inside"};
inline constexpr Rule kSetDiffers{"set-differs", Severity::error, "docs/formats.md, Inside the encryption",
                                  "the set outside differs from the set inside"};
inline constexpr Rule kSetPart{"set-part-beyond-total", Severity::error, "docs/formats.md, A message",
                               "SETPART is larger than SETTOTAL"};
inline constexpr Rule kStudyIdMissing{"study-id-missing", Severity::warning, "docs/formats.md, Non-DICOM parts",
                                      "a part that is not DICOM has no X-TELEMEDICINE-STUDYID"};
inline constexpr Rule kStudyIdDiffers{"study-id-differs", Severity::warning, "docs/formats.md, Non-DICOM parts",
                                      "X-TELEMEDICINE-STUDYID is not the study of the DICOM part beside it"};

// Fragments.
inline constexpr Rule kPartialParameters{"partial-parameters", Severity::error, "RFC 2046 section 5.2.2",
                                         "id, number or total of message/partial is missing or impossible"};
inline constexpr Rule kPartialTotal{"partial-total-missing", Severity::error, "RFC 2046 section 5.2.2",
                                    "the last fragment does not say the total"};
inline constexpr Rule kPartialEncoding{"partial-not-7bit", Severity::error, "RFC 2046 section 5.2.2",
                                       "a fragment has a transfer encoding, or bytes that are not ASCII"};
inline constexpr Rule kPartialOthers{"partial-of-others", Severity::error, "RFC 2046 section 5.2.2",
                                     "the files are not fragments of one mail"};
inline constexpr Rule kPartialMissing{"partial-incomplete", Severity::error, "RFC 2046 section 5.2.2",
                                      "fragments are missing"};
inline constexpr Rule kPartialTwice{"partial-twice", Severity::note, "RFC 2046 section 5.2.2",
                                    "a fragment was given twice"};
inline constexpr Rule kPartialOne{"partial-alone", Severity::note, "RFC 2046 section 5.2.2",
                                  "this is one fragment of several: give all files to examine the inside"};
inline constexpr Rule kPartialNested{"partial-nested", Severity::warning, "RFC 2046 section 5.2.2",
                                     "the joined fragments are a fragment again, which is not examined"};
inline constexpr Rule kPartialSet{"partial-with-set", Severity::note, "docs/formats.md, Fragments",
                                  "a fragment has X-TELEMEDICINE fields of its own"};

// Around the encryption.
inline constexpr Rule kNotEncrypted{"not-encrypted", Severity::error, "our rule: docs/formats.md, A message",
                                    "nothing in the mail is encrypted"};
inline constexpr Rule kSeveralEncrypted{
    "several-encrypted-parts", Severity::note, "RFC 3156 section 4",
    "several parts are encrypted, each by itself; the gateway opens all of them, this report describes the first"};
inline constexpr Rule kNotOpenedPart{"part-not-opened", Severity::error, "docs/formats.md, Beside what is encrypted",
                                     "there is something beside the encrypted part that nobody will open"};
inline constexpr Rule kNotPgpMime{"not-pgp-mime", Severity::warning, "RFC 3156 section 4",
                                  "the mail is not multipart/encrypted: OpenPGP is inside another type"};
inline constexpr Rule kProtocol{"protocol-missing", Severity::error, "RFC 3156 section 4",
                                "multipart/encrypted has no protocol=\"application/pgp-encrypted\""};
inline constexpr Rule kTwoParts{"not-two-parts", Severity::error, "RFC 3156 section 4",
                                "multipart/encrypted does not have exactly two parts"};
inline constexpr Rule kFirstPart{"first-part-type", Severity::error, "RFC 3156 section 4",
                                 "the first part is not application/pgp-encrypted"};
inline constexpr Rule kVersion{"version-missing", Severity::error, "RFC 3156 section 4",
                               "the first part does not say Version: 1"};
inline constexpr Rule kSecondPart{"second-part-type", Severity::error, "RFC 3156 section 4",
                                  "the second part is not application/octet-stream"};
inline constexpr Rule kSealedEncoding{"encrypted-not-7bit", Severity::warning, "RFC 3156 section 3",
                                      "the encrypted part has a transfer encoding of its own"};
inline constexpr Rule kNotArmored{"not-armored", Severity::warning, "RFC 3156 section 2",
                                  "the OpenPGP data is binary, without ASCII armor"};

inline constexpr Rule kSmime{"smime", Severity::error, "docs/formats.md, A message",
                             "this is S/MIME, which the gateway does not read: DICOM e-mail is OpenPGP"};

// OpenPGP.
inline constexpr Rule kNotOpened{"not-opened", Severity::note, "", "no --key was given, so the inside is not examined"};
inline constexpr Rule kNotDecryptable{"not-decryptable", Severity::error, "RFC 4880 section 5.1",
                                      "it is not encrypted to any given key"};
inline constexpr Rule kDamaged{"openpgp-damaged", Severity::error, "RFC 4880", "the OpenPGP data cannot be read"};
inline constexpr Rule kTooLarge{"opened-too-large", Severity::error, "our rule: docs/formats.md, What is read",
                                "the decrypted content is larger than the gateway accepts"};
inline constexpr Rule kNoIntegrity{"no-integrity-protection", Severity::error, "our rule: docs/openpgp.md, Messages",
                                   "it has neither MDC nor AEAD"};
inline constexpr Rule kCompressed{"compressed", Severity::note, "our rule: docs/openpgp.md, Messages",
                                  "it contains a compressed packet"};
inline constexpr Rule kHidden{"hidden-recipient", Severity::note, "RFC 4880 section 5.1",
                              "a recipient's key id is hidden"};
inline constexpr Rule kUnsigned{"unsigned", Severity::error, "our rule: docs/openpgp.md, Messages", "it is not signed"};
inline constexpr Rule kBadSignature{NameOf(SignatureStatus::bad), Severity::error, "RFC 4880 section 5.2",
                                    "a signature does not match the signed data"};
inline constexpr Rule kUnknownSigner{NameOf(SignatureStatus::unknown_key), Severity::error,
                                     "our rule: docs/openpgp.md, Messages",
                                     "it is signed by a key that is not among the given ones"};
inline constexpr Rule kUncheckedSigner{"signer-not-checked", Severity::note, "",
                                       "no --partner-key was given, so the signature is not checked"};
inline constexpr Rule kSignatureExpired{NameOf(SignatureStatus::expired_signature), Severity::error,
                                        "RFC 4880 section 5.2.3.10", "a signature is expired"};
inline constexpr Rule kSignatureInFuture{NameOf(SignatureStatus::in_future), Severity::error,
                                         "our rule: docs/openpgp.md, Messages",
                                         "a signature is dated more than a day from now"};
inline constexpr Rule kSignerExpired{NameOf(SignatureStatus::expired_key), Severity::error, "RFC 4880 section 5.2.3.6",
                                     "the signer's key is expired"};
inline constexpr Rule kSignerRevoked{NameOf(SignatureStatus::revoked_key), Severity::error, "RFC 4880 section 5.2.3.15",
                                     "the signer's key is revoked"};
inline constexpr Rule kSignatureUnusable{
    NameOf(SignatureStatus::other_error), Severity::error, "our rule: docs/openpgp.md, Messages",
    "a signature is by a key that must not sign, or of a kind that is not supported"};
inline constexpr Rule kSha1Signature{"weak-signature", Severity::error, "our rule: docs/openpgp.md, Messages",
                                     "it is signed with SHA-1 or MD5"};
inline constexpr Rule kWeakKey{"weak-key", Severity::error, "our rule: docs/openpgp.md, Keys",
                               "an RSA, DSA or ElGamal key has fewer than 2048 bits"};
inline constexpr Rule kSha1Key{"key-with-sha1", Severity::error, "our rule: docs/openpgp.md, Keys",
                               "a key rests on self-signatures with SHA-1"};
inline constexpr Rule kKeyExpired{"key-expired", Severity::warning, "RFC 4880 section 5.2.3.6",
                                  "a given key is expired or revoked"};
inline constexpr Rule kSignerNotSender{"signer-not-sender", Severity::warning, "docs/formats.md, What is read",
                                       "no user id of the signer's key has the address of From"};
inline constexpr Rule kMicalg{"micalg-wrong", Severity::warning, "RFC 3156 section 5",
                              "micalg does not name the signature's hash"};
inline constexpr Rule kSignedParts{"signed-not-two-parts", Severity::error, "RFC 3156 section 5",
                                   "multipart/signed does not have exactly two parts, the second of them "
                                   "application/pgp-signature"};

// Inside the encryption.
inline constexpr Rule kInnerNoType{"inner-type-missing", Severity::error, "RFC 3156 section 4",
                                   "the decrypted content is not a MIME entity: it has no Content-Type"};
inline constexpr Rule kMimeDamaged{"mime-damaged", Severity::error, "RFC 2046 section 5.1",
                                   "the MIME structure cannot be read to its end"};
inline constexpr Rule kInnerLineEnds{"inner-line-ends", Severity::warning, "RFC 3156 section 3",
                                     "header lines inside do not end in CRLF"};
inline constexpr Rule kInnerLineTooLong{"inner-line-too-long", Severity::warning, "RFC 2045 section 2.8",
                                        "a line of a part that is not declared binary is longer than 998 characters"};
inline constexpr Rule kUndeclared8Bit{"8bit-undeclared", Severity::warning, "RFC 2045 section 6.1",
                                      "there is 8-bit data without a Content-Transfer-Encoding that says so"};
inline constexpr Rule kEncodingUnknown{"encoding-unknown", Severity::warning, "RFC 2045 section 6.1",
                                       "a Content-Transfer-Encoding does not exist"};
inline constexpr Rule kBinary{"inner-binary", Severity::note, "RFC 3156 section 3",
                              "signed data is not 7bit: this is fine between partners who agreed on it"};
inline constexpr Rule kPartEmpty{"part-empty", Severity::error, "docs/formats.md, Inside the encryption",
                                 "a part is empty"};
inline constexpr Rule kNoParts{"no-parts", Severity::error, "docs/formats.md, Inside the encryption",
                               "there is no part inside the encryption"};
inline constexpr Rule kPartType{"part-type-missing", Severity::warning, "RFC 2045 section 5",
                                "a part has no Content-Type"};
inline constexpr Rule kNameMissing{"name-missing", Severity::note, "docs/formats.md, Inside the encryption",
                                   "a part has no name"};
inline constexpr Rule kNamePath{"name-with-path", Severity::warning, "RFC 2183 section 2.3",
                                "a file name contains path or control characters"};
inline constexpr Rule kNameSuffix{"name-without-dcm", Severity::note, "docs/formats.md, Inside the encryption",
                                  "the name of a DICOM part does not end in .dcm"};
inline constexpr Rule kEncodedWord{"encoded-word-in-parameter", Severity::warning, "RFC 2047 section 5",
                                   "a parameter contains an encoded word, where RFC 2231 is to be used"};
inline constexpr Rule kRfc2231{"parameter-malformed", Severity::warning, "RFC 2231 section 4",
                               "an extended parameter lacks character set and language"};

// DICOM.
inline constexpr Rule kDicomDamaged{"dicom-damaged", Severity::error, "PS3.10 section 7",
                                    "a DICOM part cannot be read"};
inline constexpr Rule kDicomIncomplete{"dicom-incomplete", Severity::error, "PS3.3 section C.12.1",
                                       "a DICOM part lacks a UID, or has an invalid one"};
inline constexpr Rule kTextMisdeclared{"text-misdeclared", Severity::warning, "PS3.3 section C.12.1.1.2",
                                       "text of a DICOM part is not in the character set that the part declares"};
inline constexpr Rule kNotDicom{"not-dicom", Severity::error, "RFC 3240 section 3",
                                "a part declared application/dicom is not DICOM"};
inline constexpr Rule kDicomType{"dicom-of-other-type", Severity::warning, "RFC 3240 section 3",
                                 "a DICOM part is not declared application/dicom"};
inline constexpr Rule kPreamble{"preamble-missing", Severity::warning, "PS3.10 section 7.1",
                                "a DICOM part has no preamble and meta header"};
inline constexpr Rule kMixedMail{"mixed-mail", Severity::note, "docs/formats.md, Non-DICOM parts",
                                 "DICOM and other files are in one mail: the recommendation demands a mail for each"};
inline constexpr Rule kDocumentUnknown{"document-unknown", Severity::note, "docs/formats.md, Non-DICOM parts",
                                       "no DICOM object can be made of this part"};

// Receipts.
inline constexpr Rule kReceiptUnread{"receipt-not-understood", Severity::warning, "RFC 8098 section 3.2.6",
                                     "its disposition or status says nothing"};
inline constexpr Rule kReceiptOriginal{"receipt-names-no-mail", Severity::warning, "RFC 8098 section 3.2.5",
                                       "it does not say which mail it answers"};

}  // namespace rules
}  // namespace gateway::inspect
