// The errors of the ledger's calls, and the reasons that its rows give for a state.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kAutomaticAnswer{"automatic-answer",
                                            "The mail is an automatic answer, an invitation or a newsletter."};
inline constexpr ErrorCode kClaimLost{"claim-lost",
                                      "The work on the item took so long that another node has taken it over."};
inline constexpr ErrorCode kDestinationNotConfigured{
    "destination-not-configured", "The item goes to a destination that the configuration does not have."};
inline constexpr ErrorCode kDocumentKept{"document-kept",
                                         "The document waits for a person, and no more is known of the reason."};
inline constexpr ErrorCode kFellBack{"fell-back", "The PACS did not take it, so it went to the fallback PACS."};
inline constexpr ErrorCode kFilesGone{"files-gone",
                                      "The files are no longer here, because their retention time is over."};
inline constexpr ErrorCode kFragmentConflict{"fragment-conflict",
                                             "Another fragment with this number, and with other content, came before."};
inline constexpr ErrorCode kFragmentNested{"fragment-nested",
                                           "Fragments were joined to one more fragment of the same message."};
inline constexpr ErrorCode kFragmentOutOfRange{"fragment-out-of-range",
                                               "The number of a fragment is outside the bounds."};
inline constexpr ErrorCode kFragmentsDisplaced{
    "fragments-displaced",
    "More fragments waited in this partner's name than reception.fragments allows, and these were the oldest."};
inline constexpr ErrorCode kFragmentsExpired{
    "fragments-expired", "The other fragments did not come within reception.fragments_expire_after."};
inline constexpr ErrorCode kInstanceConflict{"instance-conflict",
                                             "The same SOP Instance UID came before with other content."};
inline constexpr ErrorCode kInstanceNotJudged{
    "instance-not-judged", "The instance has not yet been compared with an earlier one of the same UID."};
inline constexpr ErrorCode kMessageBounced{"message-bounced",
                                           "A mail server could not deliver the message, and will not try again."};
inline constexpr ErrorCode kMessageRefused{"message-refused", "The partner answered that it cannot take the message."};
inline constexpr ErrorCode kMessageResent{
    "message-resent", "The message was returned, or the partner asked for it again, so it waits to be sent again."};
inline constexpr ErrorCode kNoInboundRoute{"no-inbound-route", "No inbound rule matches the instance."};
inline constexpr ErrorCode kNoRoute{"no-route", "No outbound rule matches."};
inline constexpr ErrorCode kNoStudyForDocument{
    "no-study-for-document", "No instance of the document's study came within reception.document_timeout."};
inline constexpr ErrorCode kNoSuchItem{"no-such-item", "There is no such item."};
inline constexpr ErrorCode kNoSuchStudy{"no-such-study",
                                        "The named item is no instance of the same partner whose file is still here."};
inline constexpr ErrorCode kNotClosed{"not-closed",
                                      "The shipment still takes instances, so it cannot be sent again yet."};
inline constexpr ErrorCode kOvertaken{"overtaken",
                                      "The PACS was given another content of the same SOP Instance UID since."};
inline constexpr ErrorCode kReceiptOfAnotherMail{
    "receipt-of-another-mail", "The receipt does not repeat the secret of the message that it names."};
inline constexpr ErrorCode kReceiptOverdue{"receipt-overdue", "No receipt came within receipts.overdue_after."};
inline constexpr ErrorCode kReceiptWithoutSecret{
    "receipt-without-secret", "The receipt repeats no secret, although the partner's software is known to do so."};
inline constexpr ErrorCode kSetOverdue{
    "set-overdue", "Parts of the set are missing, and nothing more came within reception.set_overdue_after."};
inline constexpr ErrorCode kStudyNotSigned{"study-not-signed",
                                           "Only words that nobody signed say to which study the document belongs."};
inline constexpr ErrorCode kWrongState{"wrong-state", "The item is not in a state in which this can be done."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfLedger{kAutomaticAnswer,
                                      kClaimLost,
                                      kDestinationNotConfigured,
                                      kDocumentKept,
                                      kFellBack,
                                      kFilesGone,
                                      kFragmentConflict,
                                      kFragmentNested,
                                      kFragmentOutOfRange,
                                      kFragmentsDisplaced,
                                      kFragmentsExpired,
                                      kInstanceConflict,
                                      kInstanceNotJudged,
                                      kMessageBounced,
                                      kMessageRefused,
                                      kMessageResent,
                                      kNoInboundRoute,
                                      kNoRoute,
                                      kNoStudyForDocument,
                                      kNoSuchItem,
                                      kNoSuchStudy,
                                      kNotClosed,
                                      kOvertaken,
                                      kReceiptOfAnotherMail,
                                      kReceiptOverdue,
                                      kReceiptWithoutSecret,
                                      kSetOverdue,
                                      kStudyNotSigned,
                                      kWrongState};

}  // namespace gateway::codes
