// Errors in reading and writing mails.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kFragmentsDamaged{"fragments-damaged",
                                             "The fragments do not make a readable mail when they are joined."};
inline constexpr ErrorCode kHeaderNotWritable{"header-not-writable", "A value cannot stand in the header of a mail."};
inline constexpr ErrorCode kLineTooLong{"line-too-long", "A line is too long to be divided among fragments."};
inline constexpr ErrorCode kMailDamaged{"mail-damaged", "The mail is damaged and cannot be read."};
inline constexpr ErrorCode kMailTooLarge{"mail-too-large",
                                         "The mail, or its header, is larger than the gateway reads."};
inline constexpr ErrorCode kMimeTooDeep{"mime-too-deep", "The parts of the mail are nested too deeply."};
inline constexpr ErrorCode kPartNotOpened{"part-not-opened",
                                          "Something stands beside the encrypted part that the gateway did not open."};
inline constexpr ErrorCode kPartNotSigned{"part-not-signed",
                                          "Something stands beside the signed part, and the gateway did not take it."};
inline constexpr ErrorCode kTooManyParts{"too-many-parts", "The mail has more parts than the gateway reads."};
inline constexpr ErrorCode kWinmailDat{
    "winmail-dat",
    "The sender's Exchange server put the mail into a winmail.dat file, which the gateway does not read."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfMime{kFragmentsDamaged, kHeaderNotWritable, kLineTooLong,   kMailDamaged,  kMailTooLarge,
                                    kMimeTooDeep,      kPartNotOpened,     kPartNotSigned, kTooManyParts, kWinmailDat};

}  // namespace gateway::codes
