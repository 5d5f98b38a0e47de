// Errors of DICOM files, DICOM associations and their TLS.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kBindFailed{"bind-failed", "The gateway cannot listen on the configured address."};
inline constexpr ErrorCode kCodingDiffers{"coding-differs",
                                          "The compressed pixel data do not decode to the original ones."};
inline constexpr ErrorCode kDeidentifyBurnedIn{
    "deidentify-burned-in", "Text may be burned into the pixels, and the gateway must not or cannot blank it."};
inline constexpr ErrorCode kDeidentifyContent{
    "deidentify-content", "The instance holds content that the gateway cannot de-identify with these options."};
inline constexpr ErrorCode kDeidentifyPatientUnknown{"deidentify-patient-unknown",
                                                     "The table of pseudonyms does not name the patient."};
inline constexpr ErrorCode kDeidentifyPixels{"deidentify-pixels",
                                             "The gateway cannot blank regions in pixel data of this form."};
inline constexpr ErrorCode kDeidentifySecretShort{
    "deidentify-secret-short", "The secret for the pseudonyms has fewer than 16 characters, so it can be guessed."};
inline constexpr ErrorCode kDeidentifyUnknown{
    "deidentify-unknown", "The instance is not clear enough to tell what would have to be removed."};
inline constexpr ErrorCode kReidentifyUnknown{
    "reidentify-unknown", "The instance names something that the gateway cannot put back to what it was."};
inline constexpr ErrorCode kDicomDamaged{"dicom-damaged", "The DICOM file is damaged or was cut."};
inline constexpr ErrorCode kDicomDictionaryMissing{"dicom-dictionary-missing",
                                                   "The data dictionary of DCMTK cannot be loaded. Check DCMDICTPATH."};
inline constexpr ErrorCode kDicomIncomplete{"dicom-incomplete",
                                            "The DICOM file lacks an attribute that the gateway needs."};
inline constexpr ErrorCode kDocumentDamaged{"document-damaged", "The document is damaged and cannot be read."};
inline constexpr ErrorCode kDocumentNotConvertible{"document-not-convertible",
                                                   "No DICOM object can be made of this document."};
inline constexpr ErrorCode kDocumentTooLarge{"document-too-large", "The document is larger than the gateway converts."};
inline constexpr ErrorCode kEditTooLarge{"edit-too-large",
                                         "The changes of the instance are larger than any that make sense."};
inline constexpr ErrorCode kHostUnknown{"host-unknown", "The name server does not know this host, or does not answer."};
inline constexpr ErrorCode kIdentityMismatch{"identity-mismatch",
                                             "The data set names another SOP instance than the C-STORE command."};
inline constexpr ErrorCode kNotCoded{"not-coded", "The pixel data cannot be coded without loss in this way."};
inline constexpr ErrorCode kNotDecoded{"not-decoded", "The pixel data cannot be decoded."};
inline constexpr ErrorCode kNotDicom{"not-dicom", "The file is not a DICOM file."};
inline constexpr ErrorCode kPacsAssociationLost{"pacs-association-lost", "The connection to the PACS broke."};
inline constexpr ErrorCode kPacsAssociationRejected{"pacs-association-rejected", "The PACS rejected the association."};
inline constexpr ErrorCode kPacsBusy{"pacs-busy",
                                     "The PACS answered that it has no resources to store the instance now."};
inline constexpr ErrorCode kPacsCountMissing{"pacs-count-missing",
                                             "The PACS does not say how many instances the study has."};
inline constexpr ErrorCode kPacsNotNow{"pacs-not-now",
                                       "The PACS could not store the instance, and a later try may succeed."};
inline constexpr ErrorCode kPacsRefused{"pacs-refused", "The PACS refuses to store the instance."};
inline constexpr ErrorCode kPacsTimeout{"pacs-timeout", "The PACS did not answer in time."};
inline constexpr ErrorCode kPacsTlsFailed{"pacs-tls-failed", "TLS with the PACS failed."};
inline constexpr ErrorCode kPacsUnreachable{"pacs-unreachable", "The PACS cannot be reached."};
inline constexpr ErrorCode kPortInUse{"port-in-use", "Another program already listens on the configured port."};
inline constexpr ErrorCode kReferenceUnusable{"reference-unusable",
                                              "The instance that should tell the document's study cannot be read."};
inline constexpr ErrorCode kSopClassMismatch{"sop-class-mismatch",
                                             "The data set has another SOP class than the presentation context."};
inline constexpr ErrorCode kSopClassRefused{"sop-class-refused", "The PACS does not take this SOP class."};
inline constexpr ErrorCode kTlsCaExpired{"tls-ca-expired", "No CA certificate in the file is valid today."};
inline constexpr ErrorCode kTlsCertificateExpired{"tls-certificate-expired", "The TLS certificate has expired."};
inline constexpr ErrorCode kTlsCertificateUnusable{"tls-certificate-unusable",
                                                   "The file with the TLS certificate cannot be read."};
inline constexpr ErrorCode kTlsFailed{"tls-failed", "TLS cannot be set up."};
inline constexpr ErrorCode kTlsKeyEncrypted{
    "tls-key-encrypted", "The TLS key has a passphrase. Store it without one, readable by the gateway only."};
inline constexpr ErrorCode kTlsKeyMismatch{"tls-key-mismatch", "The TLS key does not belong to the certificate."};
inline constexpr ErrorCode kTlsKeyUnusable{"tls-key-unusable", "The file with the TLS key cannot be read."};
inline constexpr ErrorCode kTransferSyntaxRefused{"transfer-syntax-refused",
                                                  "The PACS does not take the transfer syntax of the instance."};
inline constexpr ErrorCode kTransformFailed{"transform-failed",
                                            "A change that the rule asks for cannot be made, so nothing leaves."};
inline constexpr ErrorCode kUidTooLong{"uid-too-long", "A UID is longer than the 64 characters that DICOM allows."};
inline constexpr ErrorCode kValueTooLong{"value-too-long", "The changed value is longer than the attribute may be."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfDicom{kBindFailed,
                                     kCodingDiffers,
                                     kDeidentifyBurnedIn,
                                     kDeidentifyContent,
                                     kDeidentifyPatientUnknown,
                                     kDeidentifyPixels,
                                     kDeidentifySecretShort,
                                     kDeidentifyUnknown,
                                     kDicomDamaged,
                                     kDicomDictionaryMissing,
                                     kDicomIncomplete,
                                     kDocumentDamaged,
                                     kDocumentNotConvertible,
                                     kDocumentTooLarge,
                                     kEditTooLarge,
                                     kHostUnknown,
                                     kIdentityMismatch,
                                     kNotCoded,
                                     kNotDecoded,
                                     kNotDicom,
                                     kPacsAssociationLost,
                                     kPacsAssociationRejected,
                                     kPacsBusy,
                                     kPacsCountMissing,
                                     kPacsNotNow,
                                     kPacsRefused,
                                     kPacsTimeout,
                                     kPacsTlsFailed,
                                     kPacsUnreachable,
                                     kPortInUse,
                                     kReferenceUnusable,
                                     kReidentifyUnknown,
                                     kSopClassMismatch,
                                     kSopClassRefused,
                                     kTlsCaExpired,
                                     kTlsCertificateExpired,
                                     kTlsCertificateUnusable,
                                     kTlsFailed,
                                     kTlsKeyEncrypted,
                                     kTlsKeyMismatch,
                                     kTlsKeyUnusable,
                                     kTransferSyntaxRefused,
                                     kTransformFailed,
                                     kUidTooLong,
                                     kValueTooLong};

}  // namespace gateway::codes
