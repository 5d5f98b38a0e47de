// Finds OpenPGP armor in a text: blocks that can be opened, and blocks that cannot because a mail
// program quoted, indented, split or mutilated them. Nothing of either kind may be lost without
// notice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::mime {

struct ArmorBlock {
  std::uint64_t start = 0;  // bytes of the text before it; set if it opens
  // The first line of armor stands at the start of a line; otherwise it only looks like armor.
  bool opens = false;
  // The fingerprint of its base64, however its lines are broken, quoted or indented. It is empty
  // unless the caller asked for it.
  std::string fingerprint;
};

struct ArmorScan {
  std::vector<ArmorBlock> blocks;  // in order; at most kMostArmor and one more
  bool is_beheaded = false;        // base64 of a message stands there, and no line says what it is
  bool has_file = false;           // a file in uuencode or the like: coded_file.h
  bool has_code = false;           // letters that nobody reads: prose_watch.h
  bool has_nul = false;            // a NUL, which no text has

  // Returns whether the text has something that nobody opens.
  [[nodiscard]] bool HasUnopened() const;
};

constexpr std::size_t kMostArmor = 1000;

// "-----BEGIN PGP MESSAGE-----"
extern const std::string_view kArmorStart;

enum class Fingerprints { none, make };

// Reads the text once, in bounded memory. Errors: those of the source.
Result<ArmorScan> ScanForArmor(Source& text, Fingerprints fingerprints = Fingerprints::none);

}  // namespace gateway::mime
