// What a text holds of OpenPGP armor: blocks that can be opened, and what looks like one that cannot, because a mail
// program quoted, indented, split or mutilated it. Nothing of either may be lost without a word.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::mime {

struct ArmorBlock {
  std::uint64_t start = 0;  // bytes of the text before it; of one that opens
  bool opens = false;       // its first line is armor's, at the start of a line; else it only looks like armor
  // Of its base64, however its lines are broken, quoted or indented; empty unless asked for.
  std::string fingerprint;
};

struct ArmorScan {
  std::vector<ArmorBlock> blocks;  // in order; at most kMostArmor and one more of them
  bool is_beheaded = false;        // base64 of a message stands there without any line that says what it is
  bool holds_file = false;         // in uuencode or the like: coded_file.h
  bool has_nul = false;            // a NUL, which no text has

  // Something that nobody opens.
  [[nodiscard]] bool HasUnopened() const;
};

constexpr std::size_t kMostArmor = 1000;

// "-----BEGIN PGP MESSAGE-----"
extern const std::string_view kArmorStart;

enum class Fingerprints { none, make };

// One pass, in bounded memory. Errors of the source.
Result<ArmorScan> ScanForArmor(Source& text, Fingerprints fingerprints = Fingerprints::none);

}  // namespace gateway::mime
