// Remembers the texts of a mail that hold armor. It finds out which armor is a repetition, and
// which armor nobody opens.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/result.h"
#include "mime/armor_scan.h"
#include "mime/encrypted_leaf.h"
#include "mime/entity_walker.h"
#include "mime/gmime_values.h"

namespace gateway::mime {

struct TextPlace {
  ByteRange body;
  TransferEncoding encoding = TransferEncoding::identity;
  bool html = false;
};

Result<ArmorScan> ScanText(int fd, const TextPlace& place, Fingerprints fingerprints = Fingerprints::none);

// Returns the reason for leaving over something that holds such armor: corrupt "part-not-opened".
Error ArmorNotOpened();

class ArmoredTexts {
 public:
  explicit ArmoredTexts(int fd) : fd_(fd) {}

  // Looks at a harmless leaf (beside.h), which nobody opens, and remembers it if it holds something
  // that looks like armor. A text, a key or a signature may hold armor, but a picture cannot.
  Result<void> LookAt(const Leaf& leaf);
  // Does the same for text that is in no part.
  Result<void> LookBetween(const std::vector<ByteRange>& gaps);
  // Notes a text whose armor was taken, as `scan` shows it. `count` of the blocks that open became
  // leaves, beginning with number `first`.
  void Took(const TextPlace& place, const ArmorScan& scan, std::uint64_t alternative, std::size_t first,
            std::size_t count);

  // Must be called at the end. Removes from `leaves` those that are also in another alternative of
  // the same text, byte for byte. Returns true if armor is left that equals none of the others.
  Result<bool> Compare(std::vector<EncryptedLeaf>& leaves) const;
  // Does the same if nothing was taken.
  [[nodiscard]] Result<bool> HoldArmor() const;

 private:
  // Says what a long piece of base64 means if no line says that it is armor. It may be a message
  // whose first line was lost, or something that also a visiting card may have.
  enum class BareBase64 { is_lost, is_usual };

  struct Suspect {
    TextPlace place;
    BareBase64 bare = BareBase64::is_lost;
  };
  struct Taken {
    TextPlace place;
    std::uint64_t alternative = 0;  // as in Leaf
    std::size_t first = 0;
    std::size_t count = 0;
  };

  Result<void> Look(const TextPlace& place, BareBase64 bare);
  // The raw text may hold something that a browser or a decoder does not show.
  Result<void> LookAtRaw(const TextPlace& place, std::size_t shown);

  const int fd_;
  std::vector<Suspect> suspects_;
  std::vector<Taken> taken_;
};

}  // namespace gateway::mime
