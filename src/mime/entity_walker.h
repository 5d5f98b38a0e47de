// Walks the MIME structure of a mail or a decrypted entity in one pass and hands out its leaves in order. Nothing
// recurses and nothing grows with the input: the state is one frame a nesting level, bounded by ReadLimits.
//
// The line end before a boundary line belongs to it (RFC 2046 section 5.1.1), everything else to the part. In a mail of
// bare LF a payload that ends in CR keeps its CR: CRLF is taken away only where one of the part's two boundary lines
// ends in CRLF itself.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "gateway/telemedicine_set.h"
#include "mime/dash_line_scanner.h"
#include "mime/gmime_values.h"
#include "mime/header_block.h"
#include "mime/mail_format.h"

namespace gateway::mime {

// X-TELEMEDICINE-SETID, -SETPART, -SETTOTAL; nullopt unless all three are there and valid.
std::optional<TelemedicineSet> ParseSet(const HeaderBlock& header);

struct Leaf {
  ContentType type;
  TransferEncoding encoding = TransferEncoding::identity;
  ByteRange body;
  std::string name;            // as declared: LeafPart::name is the safe form
  bool attachment = false;     // it is declared as one, with a name or without
  std::string study_id;        // of the leaf, else of what encloses it
  unsigned depth = 0;          // entities around it
  bool in_encrypted = false;   // somewhere in a multipart/encrypted
  bool unsigned_part = false;  // in a multipart/signed, but not in its first part: the signature, or foreign matter
  bool is_content_id = false;  // something else may refer to it: it has a Content-ID
  std::string parent;          // the type of what it stands in directly; empty: it is the whole
  std::uint64_t parent_number = 0;  // the same for all that stand in the same
  std::uint64_t alternative = 0;    // the number of the innermost multipart/alternative around it; 0: there is none
  // The study_id stands in the header of a multipart/signed, or around one: its signature does not cover that.
  bool study_id_is_of_wrapper = false;
};

class EntityWalker {
 public:
  enum class Messages { open, keep };  // whether message/rfc822 is walked through or is a leaf

  // Is shown each header, before what it heads: false ends the walk. Where the body of `entity` ends is not known yet:
  // it goes on to the end of the mail.
  using Watcher = std::function<bool(const HeaderBlock& header, const Leaf& entity)>;

  EntityWalker(int fd, std::uint64_t size, const ReadLimits& limits, Messages messages, Watcher watcher = {});
  // nullopt at the end. corrupt "mime-too-deep", "too-many-parts", "mail-damaged".
  Result<std::optional<Leaf>> Next();
  // The first valid set in a header passed so far; one that is signed before one that is not.
  [[nodiscard]] const std::optional<TelemedicineSet>& set() const { return set_; }
  // Whether set() stands in the header of a multipart/signed, which its signature does not cover.
  [[nodiscard]] bool set_is_of_wrapper() const { return set_is_of_wrapper_; }
  // Header and body of the outermost multipart's first part, once the walk is past it.
  [[nodiscard]] ByteRange first_part() const { return first_part_; }
  // Where text stands in a multipart that is in none of its parts, before the first and behind the last of them, as far
  // as the walk came.
  [[nodiscard]] const std::vector<ByteRange>& gaps() const { return gaps_; }
  // At the end: some multipart's closing boundary line was missing.
  [[nodiscard]] bool cut_short() const { return cut_short_; }
  // At the end: that of a multipart that may have more parts than those that came. A multipart/encrypted has two.
  [[nodiscard]] bool may_lack_parts() const { return may_lack_parts_; }

 private:
  struct Frame {           // an entity around the present position
    std::string boundary;  // empty: a message/rfc822
    std::string type;
    std::string study_id;
    bool unsigned_part = false;
    unsigned children = 0;
    std::uint64_t number = 0;       // of this entity, from 1
    std::uint64_t alternative = 0;  // as Leaf, of what stands in it
    bool study_id_is_of_wrapper = false;
  };
  struct Delimiter {
    DashLine line;
    std::size_t frame = 0;
    bool closing = false;
  };

  // Reads the header at position_ and enters the entity; a leaf is returned, anything else pushes a frame.
  Result<std::optional<Leaf>> Enter();
  Result<HeaderBlock> ReadHeader();
  // What the header says of the entity, as a child of the innermost frame.
  Leaf Describe(const HeaderBlock& header);
  void TakeSet(const HeaderBlock& header, const Leaf& entity);
  Result<void> Push(const Leaf& entity);
  Result<std::optional<Delimiter>> FindDelimiter();
  void AddGap(std::uint64_t end);
  // Leaves what `delimiter` (nullopt: the end) ends and moves behind it.
  void Pass(const std::optional<Delimiter>& delimiter);
  [[nodiscard]] std::optional<Delimiter> Match(const DashLine& line) const;
  [[nodiscard]] std::uint64_t EndBefore(const Delimiter& delimiter) const;

  int fd_;
  std::uint64_t size_;
  ReadLimits limits_;
  Messages messages_;
  Watcher watcher_;
  DashLineScanner scanner_;
  std::vector<Frame> frames_;
  std::uint64_t position_ = 0;
  bool at_entity_ = true;      // an entity's header starts at position_; else a delimiter is to be found
  bool opened_by_lf_ = false;  // the boundary line before the present part ends in bare LF
  std::uint64_t entities_ = 0;
  std::uint64_t leaves_ = 0;
  std::optional<TelemedicineSet> set_;
  bool set_is_of_wrapper_ = false;
  ByteRange first_part_;
  std::vector<ByteRange> gaps_;
  bool cut_short_ = false;
  bool may_lack_parts_ = false;
};

}  // namespace gateway::mime
