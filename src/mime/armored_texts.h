// Remembers the texts of a mail that hold armor. It finds out which armor is a repetition, and
// which armor nobody opens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  bool between_parts = false;  // it is no part: before the first one, or behind the last
  bool raw_html = false;       // a page as it is, without its pictures (raw_html.h)
  std::string charset = {};    // in which armor stands there (charset_source.h); empty: its bytes are ASCII
};

Result<ArmorScan> ScanText(int fd, const TextPlace& place, Fingerprints fingerprints = Fingerprints::none);

class ArmoredTexts {
 public:
  explicit ArmoredTexts(int fd) : fd_(fd) {}

  // Looks at a harmless leaf (beside.h), which nobody opens, and remembers it if it holds something
  // that looks like armor. A text, a key or a signature may hold armor, but a picture cannot. It is
  // left over if no page of the mail shows it.
  Result<void> LookAt(const Leaf& leaf);
  // Does the same for text that is in no part.
  Result<void> LookBetween(const std::vector<ByteRange>& gaps);
  // Notes a text whose armor was taken, as `scan` shows it. `count` of the blocks that open became
  // leaves, beginning with number `first`.
  void Took(const TextPlace& place, const ArmorScan& scan, std::uint64_t alternative, std::size_t first,
            std::size_t count);

  // Call this at the end. It removes from `leaves` those that also stand in another alternative of
  // the same text, byte for byte. It returns why something is left over, if it is: armor that is a
  // copy of no other, or a file in a text. That Error is corrupt "part-not-opened".
  Result<std::optional<Error>> Compare(std::vector<EncryptedLeaf>& leaves) const;
  // Does the same if nothing was taken.
  [[nodiscard]] Result<std::optional<Error>> Leftover() const;

 private:
  // Says what long base64 without a line of armor means, and what a NUL means. `is_lost`: a message
  // that lost its first line, or a file. `is_usual`: visiting cards and signatures have such text
  // as well.
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

  static std::optional<Error> NotOpened(const ArmorScan& scan, const TextPlace& place, BareBase64 bare);
  Result<void> Look(const TextPlace& place, BareBase64 bare);
  // The raw text may hold something that a browser or a decoder does not show.
  Result<void> LookAtRaw(const TextPlace& place, std::size_t shown);

  const int fd_;
  // Returns whether a page of the mail shows each picture that came with it.
  Result<bool> ShowsAllPictures() const;

  std::vector<Suspect> suspects_;
  std::vector<TextPlace> pages_;
  std::vector<std::string> pictures_;  // the Content-ID of each
  std::vector<Taken> taken_;
};

}  // namespace gateway::mime
