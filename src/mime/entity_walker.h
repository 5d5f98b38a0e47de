// Walks through the MIME structure of a mail or a decrypted entity in one pass, and returns its
// leaves in order. Nothing recurses or grows with the input: the state is one frame for each
// nesting level, which ReadLimits bounds.
//
// The line end before a boundary line belongs to that line (RFC 2046 section 5.1.1), and everything
// else to the part. In a mail with bare LF, a payload that ends in CR keeps its CR. CRLF is removed
// only if one of the part's two boundary lines ends in CRLF itself.
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

// Reads X-TELEMEDICINE-SETID, -SETPART and -SETTOTAL. Returns nullopt unless all three are there
// and valid.
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
  std::string content_id;      // a page may refer to it by this; empty: it has no Content-ID
  std::string parent;          // the type of what it stands in directly; empty: it is the whole
  std::uint64_t parent_number = 0;  // the same for all that stand in the same
  std::uint64_t alternative = 0;    // the number of the innermost multipart/alternative around it; 0: there is none
  // The study_id is in the header of a multipart/signed, or around one, so its signature does not
  // cover it.
  bool study_id_is_of_wrapper = false;
};

class EntityWalker {
 public:
  enum class Messages { open, keep };  // message/rfc822 is walked through, or is a leaf

  // Is called with each header, before its content. If it returns false, the walk ends. It is not
  // known yet where the body of `entity` ends, so that goes on to the end of the mail.
  using Watcher = std::function<bool(const HeaderBlock& header, const Leaf& entity)>;

  EntityWalker(int fd, std::uint64_t size, const ReadLimits& limits, Messages messages, Watcher watcher = {});
  // Returns nullopt at the end. Errors: corrupt "mime-too-deep", "too-many-parts", "mail-damaged".
  Result<std::optional<Leaf>> Next();
  // Returns the first valid set in a header so far. One that is signed takes precedence over one
  // that is not.
  [[nodiscard]] const std::optional<TelemedicineSet>& set() const { return set_; }
  // Returns whether set() is in the header of a multipart/signed, which its signature does not
  // cover.
  [[nodiscard]] bool set_is_of_wrapper() const { return set_is_of_wrapper_; }
  // Returns header and body of the outermost multipart's first part, once the walk is past it.
  [[nodiscard]] ByteRange first_part() const { return first_part_; }
  // Returns the text in multiparts that is in none of their parts, before the first and after the
  // last of them, as far as the walk has come.
  [[nodiscard]] const std::vector<ByteRange>& gaps() const { return gaps_; }
  // Returns at the end whether a further part stands behind the closing boundary line of its
  // multipart. Mail programs show no such part.
  [[nodiscard]] bool has_parts_behind() const { return has_parts_behind_; }
  // Returns at the end whether the closing boundary line of some multipart was missing.
  [[nodiscard]] bool cut_short() const { return cut_short_; }
  // Returns at the end whether a multipart lacks its closing boundary line, so that it may have
  // more parts than came. A multipart/encrypted has two parts anyway.
  [[nodiscard]] bool may_lack_parts() const { return may_lack_parts_; }

 private:
  struct Frame {           // an entity around the present position
    std::string boundary;  // empty: it is a message/rfc822
    std::string type;
    std::string study_id;
    bool unsigned_part = false;
    unsigned children = 0;
    std::uint64_t number = 0;       // the number of this entity, from 1
    std::uint64_t alternative = 0;  // as in Leaf, for its content
    bool study_id_is_of_wrapper = false;
  };
  struct Delimiter {
    DashLine line;
    std::size_t frame = 0;
    bool closing = false;
  };

  // Reads the header at position_ and enters the entity. A leaf is returned, and anything else
  // pushes a frame.
  Result<std::optional<Leaf>> Enter();
  Result<HeaderBlock> ReadHeader();
  // Returns what the header says about the entity, as a child of the innermost frame.
  Leaf Describe(const HeaderBlock& header);
  void TakeSet(const HeaderBlock& header, const Leaf& entity);
  Result<void> Push(const Leaf& entity);
  Result<std::optional<Delimiter>> FindDelimiter();
  void AddGap(std::uint64_t end);
  // Looks for parts behind the end of the outermost multipart.
  Result<void> LookBehind();
  void LookBehind(const DashLine& line);
  // Leaves everything that `delimiter` ends (nullopt means the end of the mail), and moves behind
  // it.
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
  // True if an entity's header starts at position_. Otherwise a delimiter must be found.
  bool at_entity_ = true;
  bool opened_by_lf_ = false;  // the boundary line before the present part ends in bare LF
  std::uint64_t entities_ = 0;
  std::uint64_t leaves_ = 0;
  std::optional<TelemedicineSet> set_;
  bool set_is_of_wrapper_ = false;
  ByteRange first_part_;
  std::vector<ByteRange> gaps_;
  std::string closed_;  // the boundary that was closed last
  bool has_parts_behind_ = false;
  bool cut_short_ = false;
  bool may_lack_parts_ = false;
};

}  // namespace gateway::mime
