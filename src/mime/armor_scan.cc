#include "mime/armor_scan.h"

#include <algorithm>
#include <span>

#include "base/base64.h"
#include "base/files.h"
#include "base/sha256.h"
#include "mime/armor_marks.h"
#include "mime/coded_file.h"
#include "mime/coded_letters.h"
#include "mime/encrypted_leaf.h"
#include "mime/key_block.h"
#include "mime/prose_watch.h"
#include "mime/tag_splitter.h"

namespace gateway::mime {

const std::string_view kArmorStart = "-----BEGIN PGP MESSAGE-----";

namespace {

constexpr std::string_view kArmorEnd = "-----END ";
constexpr std::size_t kChunk = 65'536;
// Pieces of a long line overlap by this: a mark, and what shows whether it is alone.
constexpr std::size_t kOverlap = 1024;
// Letters; people write no such words, and the lines of armor are longer.
constexpr std::size_t kLongWord = 40;
// Letters of the first word of base64, behind the header of armor.
constexpr std::size_t kFirstWord = 20;
// Letters; "br" of a tag or the checksum tells neither that base64 ends nor that it goes on.
constexpr std::size_t kShortWord = 5;
constexpr std::size_t kSessionKey = 24;  // letters that show whether a message begins with them
// Letters; a checksum behind so many does not come by chance.
constexpr std::size_t kSomeBody = 60;
constexpr std::size_t kLeastBody = 100;  // bytes; no encrypted message has fewer
constexpr std::size_t kLongBody = 1000;  // letters; the session key alone takes some 350
constexpr std::size_t kMostBeforeFirst = 4096;
constexpr std::string_view kSeparators = " \t\r<>|*\"'()[]{}\\%";

bool IsAlphanumeric(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool IsBase64(std::string_view word) {
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '+' || c == '/' || c == '='; });
}

// Returns whether these are letters of base64 (also that for URLs) and no word, because a letter
// other than the first is a capital letter or a digit.
bool IsCoded(std::string_view word) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return word.size() >= kFirstWord &&
         std::all_of(word.begin(), word.end(),
                     [](char c) {
                       return IsBase64({&c, 1}) || c == '-' || c == '_';
                     }) &&
         std::any_of(word.begin(), word.end(), is_lower) &&
         std::any_of(word.begin() + 1, word.end(), [&](char c) { return IsAlphanumeric(c) && !is_lower(c); });
}

// Hashes and numbers are no base64, although they have no other letters.
bool IsHexadecimal(std::string_view word) {
  return word.find_first_not_of("0123456789abcdef") == std::string_view::npos ||
         word.find_first_not_of("0123456789ABCDEF") == std::string_view::npos;
}

// Returns whether an encrypted message begins with the word, which means that its first packet has
// a session key.
bool BeginsMessage(std::string_view word) {
  std::string raw;
  return word.size() >= kSessionKey && AppendBase64Decoded(word.substr(0, kSessionKey), raw) && IsBinaryOpenPgp(raw);
}

std::string_view NextWord(std::string_view& text) {
  const std::size_t start = std::min(text.find_first_not_of(kSeparators), text.size());
  text.remove_prefix(start);
  const std::string_view word = text.substr(0, text.find_first_of(kSeparators));
  text.remove_prefix(word.size());
  return word;
}

// Returns whether only one word stands in a line, apart from short ones.
bool HasOneWord(std::string_view text) {
  unsigned words = 0;
  for (std::string_view word = NextWord(text); !word.empty(); word = NextWord(text)) words += word.size() > kShortWord;
  return words == 1;
}

// Returns whether the line is one word of base64, as those of armor are.
bool IsLineOfArmor(std::string_view line) {
  if (!HasOneWord(line)) return false;
  for (std::string_view word = NextWord(line); !word.empty(); word = NextWord(line)) {
    if (word.size() > kShortWord) return IsBase64(word);
  }
  return false;
}

// Returns the end of a piece of a long line. It lies between two words if possible, and so far
// before the end of what was read that a mark which starts in the piece can be seen whole.
std::size_t EndOfPiece(std::string_view line) {
  const std::size_t most = line.size() - kOverlap;
  const std::size_t separator = line.substr(0, most).find_last_of(kSeparators);
  return separator == std::string_view::npos || separator < kOverlap ? most : separator;
}

class Scanner {
 public:
  explicit Scanner(bool fingerprints) : fingerprints_(fingerprints) {}

  Result<ArmorScan> Scan(Source& text) {
    bool at_end = false;
    while (!at_end && found_.blocks.size() <= kMostArmor) {
      const std::size_t kept = window_.size();
      window_.resize(kept + kChunk);
      GATEWAY_ASSIGN(const std::size_t count, ReadFully(text, std::span(window_).subspan(kept)));
      window_.resize(kept + count);
      at_end = count == 0;
      found_.has_nul = found_.has_nul || window_.find('\0', kept) != std::string::npos;
      TakeLines(at_end);
    }
    Close(false);
    found_.has_file = files_.found();
    found_.has_code = found_.has_code || prose_.found();
    return std::move(found_);
  }

 private:
  enum class Where {
    text,
    block,      // in armor that can be opened
    lookalike,  // behind what looks like the first line of armor
    other,      // in a key, a signature, a certificate
  };

  void TakeLines(bool at_end) {
    std::size_t at = 0;
    while (at < window_.size()) {
      if (where_ == Where::block && has_long_ && !fingerprints_ && starts_line_) at = SkipBase64(at);
      const std::string_view rest = std::string_view(window_).substr(at);
      if (rest.empty()) break;
      const std::size_t newline = rest.find('\n');
      const std::string_view line = rest.substr(0, newline);
      if (newline != std::string_view::npos || at_end) {
        TakeLine(line, line.size(), before_ + at);
        letters_.EndLine();
        starts_line_ = true;
        at += line.size() + (newline != std::string_view::npos ? 1 : 0);
        continue;
      }
      // A line that is longer than any mail program makes it is taken in pieces.
      if (line.size() < kChunk) break;
      at += TakeLine(line, EndOfPiece(line), before_ + at);
      starts_line_ = false;
      last_ = window_[at - 1];
    }
    before_ += at;
    window_.erase(0, at);
  }

  // Returns the place behind those lines from `at` on that have no dash. Base64 has none, so this
  // skips nearly all of a large message.
  [[nodiscard]] std::size_t SkipBase64(std::size_t at) const {
    const std::size_t dash = window_.find('-', at);
    const std::size_t newline = window_.rfind('\n', dash);
    return newline == std::string::npos || newline < at ? at : newline + 1;
  }

  // Takes the words of `line` before `limit`, and the marks that start before it. Returns the place
  // behind what it took.
  std::size_t TakeLine(std::string_view line, std::size_t limit, std::uint64_t position) {
    if (starts_line_) {
      last_ = '\n';
      is_bare_ = true;
    }
    std::size_t at = 0;
    Watch(line, limit);
    if (starts_line_ && line.starts_with(kArmorStart)) {
      Open(Where::block, true);
      block_.start = position;
      at = kArmorStart.size();
      is_bare_ = false;
    } else if (where_ == Where::block && starts_line_ && line.starts_with(kArmorEnd)) {
      Close(true);
      at = kArmorEnd.size();
      is_bare_ = false;
    }
    while (const auto mark = FindMark(line, at, limit, last_)) {
      const std::string_view before = line.substr(at, mark->start - at);
      AddWords(before);
      const std::string_view after = line.substr(mark->end);
      const bool last = mark->kind == MarkKind::other ? NamesNoMessage(after) : IsLast(after);
      Apply(*mark, is_bare_ && IsBare(before) && last);
      is_bare_ = false;
      at = mark->end;
      // The rest of the line is the name of what begins.
      if (where_ == Where::other)
        at = std::min({limit, line.size(), mark->end + std::min(after.find('<'), after.size())});
    }
    if (at >= limit) return at;
    const std::string_view behind = line.substr(at, limit - at);
    AddWords(behind);
    is_bare_ = is_bare_ && IsBare(behind);
    return limit;
  }

  // Looks for files. Behind the first line of armor too, unless base64 follows: prose may name that
  // line, and armor that is only talked about is passed over.
  void Watch(std::string_view line, std::size_t limit) {
    if (where_ == Where::block && has_long_) return;
    if (starts_line_) files_.Take(line);
    line = line.substr(0, limit);
    if (where_ == Where::text || (where_ != Where::other && !IsLineOfArmor(line))) return prose_.Take(line);
    found_.has_code = found_.has_code || (where_ != Where::other && !has_long_ && HoldsFileInBase64(line));
  }

  void Apply(const Mark& mark, bool is_alone) {
    switch (mark.kind) {
      case MarkKind::message:
        // Inside armor the mark makes the armor unreadable, and whoever opens the armor reports
        // that.
        if (where_ != Where::block) Open(Where::lookalike, is_alone);
        return;
      case MarkKind::other:
        // Prose may begin such a line as well: "begin publication".
        if (where_ == Where::block || !is_alone) return;
        Close(false);
        where_ = Where::other;
        key_ = KeyBlock();
        tags_ = TagSplitter();
        return;
      case MarkKind::end:
        EndMessage(is_alone);
        return;
      case MarkKind::other_end:
        Close(false);
    }
  }

  void EndMessage(bool alone) {
    // What ends here has another beginning, or none.
    const bool is_text = where_ == Where::text || where_ == Where::other;
    found_.is_beheaded = found_.is_beheaded || (is_text && alone);
    Close(true);
  }

  // Returns whether prose only names the lines of armor, each in a line of its own.
  [[nodiscard]] bool OnlyTalks(bool has_end) const {
    if (has_long_) return false;
    if (!has_end) return letters_.IsProse();
    return where_ == Where::lookalike && bytes_ < kLeastBody;
  }

  void Open(Where where, bool counts) {
    Close(false);
    where_ = where;
    block_ = {0, where == Where::block, {}};
    counts_ = counts;
    begun_ = false;
    bytes_ = 0;
    has_long_ = false;
    before_first_.clear();
    hash_ = Sha256();
  }

  // `has_end` says whether the last line of armor was there.
  void Close(bool has_end) {
    run_ = 0;
    // A key that is damaged or cut may be something else.
    const bool is_foreign = where_ == Where::other && !key_.IsWhole();
    if (is_foreign && found_.blocks.size() <= kMostArmor) found_.blocks.push_back({0, false, "foreign"});
    const bool block = (where_ == Where::block || (where_ == Where::lookalike && counts_)) && !OnlyTalks(has_end);
    where_ = Where::text;
    letters_ = CodedLetters();
    if (!block || found_.blocks.size() > kMostArmor) return;
    if (fingerprints_) {
      if (!begun_) (void)hash_.Write(before_first_);
      block_.fingerprint = hash_.Hex();
    }
    found_.blocks.push_back(block_);
  }

  void AddWords(std::string_view text) {
    if (where_ == Where::block && has_long_ && !fingerprints_) return;
    if (where_ == Where::other) return AddToOther(text);
    letters_.Take(text);
    found_.is_beheaded = found_.is_beheaded || (where_ == Where::text && letters_.has_many());
    counts_ = counts_ || letters_.has_some();
    const bool alone = HasOneWord(text);
    for (std::string_view word = NextWord(text); !word.empty(); word = NextWord(text)) AddWord(word, alone);
  }

  // `alone` says whether the word is alone in its line.
  void AddWord(std::string_view word, bool alone) {
    const bool base64 = IsBase64(word);
    const bool is_long = IsLong(word, alone);
    if (where_ == Where::text) return AddToRun(word, is_long, alone);
    bytes_ += word.size();
    has_long_ = has_long_ || is_long;
    counts_ = counts_ || is_long;
    if (!fingerprints_ || !base64 || word.starts_with('=')) return;  // the word is the checksum
    word = word.substr(0, word.find_last_not_of('=') + 1);
    begun_ = begun_ || word.size() >= kFirstWord;
    if (begun_) {
      (void)hash_.Write(word);
    } else if (before_first_.size() < kMostBeforeFirst) {
      before_first_.append(word.substr(0, kMostBeforeFirst));
    }
  }

  // The mark says that a key follows, but only its lines say that it is one. Everything else there
  // is text: tags, fields, and what follows the key. A tag divides lines.
  void AddToOther(std::string_view text) {
    while (!text.empty()) {
      const TagSplitter::Piece piece = tags_.Next(text);
      if (piece.is_tag || where_ != Where::other) {
        AddText(piece.text);
        continue;
      }
      const KeyBlock::Line kind = key_.Take(piece.text);
      if (kind == KeyBlock::Line::checksum || kind == KeyBlock::Line::foreign) Close(false);
      if (kind == KeyBlock::Line::header || kind == KeyBlock::Line::foreign) AddText(piece.text);
    }
  }

  void AddText(std::string_view text) {
    prose_.Take(text);
    letters_.Take(text);
    found_.is_beheaded = found_.is_beheaded || letters_.has_many();
    const bool alone = HasOneWord(text);
    for (std::string_view word = NextWord(text); !word.empty(); word = NextWord(text))
      AddToRun(word, IsLong(word, alone), alone);
  }

  // Returns whether the word is too long for one that people write, as those of base64 are. `alone`
  // says whether it is alone in its line.
  static bool IsLong(std::string_view word, bool alone) {
    return ((IsBase64(word) && word.size() >= kLongWord) || (alone && IsCoded(word))) && !IsHexadecimal(word);
  }

  // The word belongs to base64 that no mark announced.
  void AddToRun(std::string_view word, bool is_long, bool alone) {
    const bool checksum = word.size() == kShortWord && word.starts_with('=');
    const bool message = is_long && alone && BeginsMessage(word);
    found_.is_beheaded = found_.is_beheaded || message || (checksum && run_ >= kSomeBody);
    if (is_long) {
      run_ += word.size();
    } else if (word.size() > kShortWord) {
      run_ = 0;
    }
    found_.is_beheaded = found_.is_beheaded || run_ >= kLongBody;
  }

  const bool fingerprints_;
  ArmorScan found_;
  CodedFileWatch files_;
  ProseWatch prose_;
  std::string window_;
  std::uint64_t before_ = 0;  // bytes that came before the window
  bool starts_line_ = true;   // the next byte stands at the start of a line
  char last_ = '\n';          // the byte before the piece of a line
  bool is_bare_ = true;       // no letter or digit of the line was taken so far
  Where where_ = Where::text;
  CodedLetters letters_;   // since the last mark
  KeyBlock key_;           // the key, the signature or the certificate that it is in
  TagSplitter tags_;       // of the page that it is in
  std::size_t run_ = 0;    // letters of consecutive long words of base64
  ArmorBlock block_;       // the block that where_ is in
  bool counts_ = false;    // the block counts; prose may name the first line of armor as well
  bool begun_ = false;     // the base64 of the block has begun
  bool has_long_ = false;  // the block has long words, as base64 has
  std::size_t bytes_ = 0;  // bytes of the block's words
  std::string before_first_;
  Sha256 hash_;
};

}  // namespace

bool ArmorScan::HasUnopened() const {
  return is_beheaded || has_file || has_code || has_nul ||
         std::any_of(blocks.begin(), blocks.end(), [](const ArmorBlock& block) { return !block.opens; });
}

Result<ArmorScan> ScanForArmor(Source& text, Fingerprints fingerprints) {
  return Scanner(fingerprints == Fingerprints::make).Scan(text);
}

}  // namespace gateway::mime
