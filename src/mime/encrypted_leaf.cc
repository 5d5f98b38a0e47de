#include "mime/encrypted_leaf.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <span>
#include <string>

#include "base/ascii.h"
#include "base/files.h"
#include "mime/armor_scan.h"
#include "mime/armored_texts.h"
#include "mime/beside.h"
#include "mime/charset_source.h"
#include "mime/enclosed_mails.h"
#include "mime/entity_walker.h"
#include "mime/error_codes.h"
#include "mime/header_values.h"
#include "mime/html_text.h"

namespace gateway::mime {
namespace {

// If the leaf is no text, armor must begin in so many decoded bytes.
constexpr std::size_t kSniffed = 8192;
constexpr std::size_t kChunk = 65'536;
constexpr std::size_t kMostEncrypted = kMostArmor;  // in one mail

Result<std::string> Sniff(int fd, ByteRange body, TransferEncoding encoding) {
  const auto source = OpenDecoded(fd, body, encoding);
  std::string text(kSniffed, '\0');
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*source, text));
  text.resize(filled);
  return text;
}

bool HasArmor(const ArmorScan& scan) {
  return std::any_of(scan.blocks.begin(), scan.blocks.end(), [](const ArmorBlock& block) { return block.opens; });
}

Result<bool> BeginsWithArmor(int fd, ByteRange body, TransferEncoding encoding, const std::string& charset = {}) {
  GATEWAY_ASSIGN(std::string beginning, Sniff(fd, body, encoding));
  std::unique_ptr<Source> source = std::make_unique<StringSource>(std::move(beginning));
  if (!charset.empty()) source = OpenAsUtf8(std::move(source), charset);
  if (source == nullptr) return false;
  GATEWAY_ASSIGN(const ArmorScan scan, ScanForArmor(*source));
  return HasArmor(scan);
}

bool IsText(const std::string& type) {
  return type.empty() || type.starts_with("text/");
}

// Returns whether the leaf holds armor although its header declares an encoding. No armor can begin
// in base64. In quoted-printable the armor's checksum could not stand as it is.
Result<bool> IsPlainArmor(int fd, const Leaf& leaf) {
  GATEWAY_ASSIGN(const bool armor, BeginsWithArmor(fd, leaf.body, TransferEncoding::identity));
  if (!armor) return false;
  if (leaf.encoding != TransferEncoding::quoted_printable) return true;
  const std::uint64_t length = std::min<std::uint64_t>(leaf.body.length, kSniffed);
  const ByteRange end{leaf.body.offset + leaf.body.length - length, length};
  GATEWAY_ASSIGN(const std::string last, Sniff(fd, end, TransferEncoding::identity));
  return HasBareEquals(last);
}

// Recognises the part that most mails have: an armored message, and no text. IsHarmless() refuses
// it wherever it ends, so nobody has to read all of the mail in order to find its end.
bool IsArmoredMessage(int fd, const Leaf& entity) {
  constexpr std::string_view kHead = "-----BEGIN PGP MESSAGE-----";
  if (entity.type.type != "application/octet-stream" || entity.encoding != TransferEncoding::identity) return false;
  std::array<char, kHead.size()> beginning{};
  FdSource source(fd, {entity.body.offset, std::min<std::uint64_t>(entity.body.length, kHead.size())});
  const Result<std::size_t> count = ReadFully(source, beginning);
  return count && std::string_view(beginning.data(), *count) == kHead;
}

// Turns "IM1.dcm.gpg" into "IM1.dcm".
std::string NameInside(std::string name) {
  const std::string lower = LowerCase(name);
  for (const std::string_view ending : {".asc", ".gpg", ".pgp"}) {
    if (lower.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  return name;
}

// Goes through a mail and sorts its leaves.
class Sorter {
 public:
  // `copies`: enclosed mails can be copied, so that they are not left over.
  Sorter(const MailToSearch& mail, const ReadLimits& limits, bool copies)
      : fd_(mail.fd),
        is_copy_(mail.depth > 0),
        copies_(copies),
        texts_(mail.fd),
        walker_(mail.fd, mail.size, limits, EntityWalker::Messages::open,
                [this](const auto& header, const auto& entity) {
                  See(header, entity);
                  return true;
                }) {}

  // Takes one leaf. Returns false if there was none.
  Result<bool> Step() {
    GATEWAY_ASSIGN(const auto leaf, walker_.Next());
    if (!leaf) return false;
    ++leaves_;
    GATEWAY_TRY(Sort(*leaf));
    return true;
  }

  // Must be called when there are no more leaves. Looks at the text beside the parts, and for armor
  // that is there twice.
  Result<void> Finish() {
    GATEWAY_TRY(texts_.LookBetween(walker_.gaps()));
    GATEWAY_ASSIGN(std::optional<Error> lost, texts_.Compare(parts_.encrypted));
    if (parts_.leftover) return {};
    parts_.leftover = std::move(lost);
    if (!parts_.leftover && walker_.has_parts_behind()) parts_.leftover = PartBehindTheLast();
    if (walker_.may_lack_parts()) parts_.leftover = Corrupt(codes::kMailDamaged, "a closing boundary line is missing");
    return {};
  }

  [[nodiscard]] MailParts& parts() { return parts_; }
  [[nodiscard]] bool tnef() const { return tnef_; }
  [[nodiscard]] unsigned leaves() const { return leaves_; }
  // Returns the mails in this one that nobody has looked into.
  [[nodiscard]] const std::vector<Leaf>& enclosed() const { return enclosed_; }

 private:
  struct Surroundings {  // around an entity, for each depth
    std::string from;
    std::optional<TelemedicineSet> set;
    bool enclosed = false;  // a mail in a message/rfc822
    std::string message_id = {};
    std::string receipt_to = {};
  };

  void See(const HeaderBlock& header, const Leaf& entity) {
    around_.resize(entity.depth);
    Surroundings here;
    if (!around_.empty()) here = around_.back();
    // An enclosed mail has a sender, a Message-ID and a receipt request of its own.
    if (entity.depth == 0 ? is_copy_ : entity.parent == "message/rfc822") {
      here = {OnlyAddress(header, "From"), std::nullopt, true, MessageIdOf(header),
              OnlyAddress(header, "Disposition-Notification-To")};
    }
    if (auto set = ParseSet(header)) here.set = std::move(set);
    around_.push_back(std::move(here));
  }

  Result<void> Sort(const Leaf& leaf) {
    GATEWAY_ASSIGN(const std::string beginning, Sniff(fd_, leaf.body, leaf.encoding));
    if (copies_ && IsEnclosedMail(leaf, beginning)) {
      enclosed_.push_back(leaf);
      return {};
    }
    GATEWAY_ASSIGN(const bool encrypted, TakeEncrypted(leaf, beginning));
    if (encrypted) return {};
    GATEWAY_ASSIGN(const bool harmless, IsHarmless(fd_, leaf, beginning));
    if (harmless) return texts_.LookAt(leaf);
    tnef_ = tnef_ || IsTnef(leaf, beginning);
    if (!parts_.leftover) parts_.leftover = WhyNotOpened(leaf, beginning);
    return {};
  }

  // Describes the leaf with the transfer encoding that it really has.
  Result<EncryptedLeaf> Describe(const Leaf& leaf) {
    const Surroundings& around = around_.back();
    EncryptedLeaf found{leaf.body, leaf.encoding, false, 0, NameInside(leaf.name), {}, around.set};
    if (is_copy_) found.copy = fd_;
    found.message_id = around.message_id;
    found.receipt_to = around.receipt_to;
    if (around.enclosed) found.from = around.from;
    if (leaf.encoding == TransferEncoding::identity) return found;
    GATEWAY_ASSIGN(const bool plain, IsPlainArmor(fd_, leaf));
    if (plain) found.encoding = TransferEncoding::identity;
    return found;
  }

  Result<bool> TakeEncrypted(const Leaf& leaf, const std::string& declared_beginning) {
    const std::string& type = leaf.type.type;
    if (leaf.body.length == 0 || type.starts_with("message/")) return false;
    GATEWAY_ASSIGN(EncryptedLeaf found, Describe(leaf));
    std::vector<std::string> charsets = WideCharsets(declared_beginning, leaf.type.Parameter("charset"));
    charsets.insert(charsets.begin(), std::string());
    for (const std::string& charset : charsets) {
      found.charset = charset;
      GATEWAY_ASSIGN(const bool armored, TakeArmor(leaf, found));
      if (armored) return true;
    }
    found.charset.clear();
    const bool binary = (type.empty() || type.starts_with("application/")) && IsBinaryOpenPgp(declared_beginning);
    // The second part of a multipart/encrypted can be nothing else, whatever it looks like.
    const bool second_part = leaf.parent == "multipart/encrypted" && type != "application/pgp-encrypted" &&
                             !declared_beginning.empty() && opened_encrypted_.insert(leaf.parent_number).second;
    if (binary || second_part) Add(std::move(found));
    return binary || second_part;
  }

  Result<bool> TakeArmor(const Leaf& leaf, EncryptedLeaf& found) {
    if (!IsText(leaf.type.type)) {
      GATEWAY_ASSIGN(const bool armor, BeginsWithArmor(fd_, found.body, found.encoding, found.charset));
      if (!armor) return false;
    }
    TextPlace place{found.body, found.encoding, leaf.type.type == "text/html"};
    place.charset = found.charset;
    GATEWAY_ASSIGN(const ArmorScan scan, ScanText(fd_, place));
    const std::size_t first = parts_.encrypted.size();
    EncryptedLeaf block = found;
    block.html = place.html;
    bool any = false;
    for (const ArmorBlock& armor : scan.blocks) {
      if (!armor.opens) continue;
      any = true;
      block.skip = armor.start;
      Add(block);
    }
    if (!any) return false;
    texts_.Took(place, scan, leaf.alternative, first, parts_.encrypted.size() - first);
    if (leaf.parent == "multipart/encrypted") opened_encrypted_.insert(leaf.parent_number);
    return true;
  }

  void Add(EncryptedLeaf leaf) {
    if (parts_.encrypted.size() < kMostEncrypted) {
      parts_.encrypted.push_back(std::move(leaf));
    } else if (!parts_.leftover) {
      parts_.leftover = Corrupt(codes::kTooManyParts, "more than 1000 of them are encrypted");
    }
  }

  const int fd_;
  const bool is_copy_;
  const bool copies_;
  unsigned leaves_ = 0;
  std::vector<Leaf> enclosed_;
  ArmoredTexts texts_;
  EntityWalker walker_;
  MailParts parts_;
  bool tnef_ = false;
  std::vector<Surroundings> around_;  // the last one is that of the leaf itself
  // Each multipart/encrypted of which something was taken.
  std::set<std::uint64_t> opened_encrypted_;
};

// Searches a mail, and the mails in it that have to be copied before.
class Search {
 public:
  Search(int fd, std::uint64_t size, const ReadLimits& limits, const MakeFile& make_file)
      : limits_(limits), copies_(make_file != nullptr), enclosed_(size, limits, make_file), waiting_{{fd, size}} {}

  // Searches one mail. Returns false if there was none.
  Result<bool> Step(bool until_first) {
    if (waiting_.empty()) return false;
    const MailToSearch mail = waiting_.front();
    waiting_.pop_front();
    const Result<void> searched = SearchOne(mail, until_first);
    if (searched) return true;
    // A mail that encloses a damaged one is whole itself.
    if (mail.depth == 0 || searched.error().fault != Fault::corrupt) return searched.error();
    LeaveOver(searched.error());
    return true;
  }

  [[nodiscard]] MailParts& parts() { return parts_; }
  [[nodiscard]] bool tnef() const { return tnef_; }

 private:
  Result<void> SearchOne(const MailToSearch& mail, bool until_first) {
    ReadLimits limits = limits_;
    limits.parts -= std::min(leaves_, limits.parts);
    Sorter sorter(mail, limits, copies_);
    while (!until_first || sorter.parts().encrypted.empty()) {
      GATEWAY_ASSIGN(const bool more, sorter.Step());
      if (!more) break;
    }
    leaves_ += sorter.leaves();
    tnef_ = tnef_ || sorter.tnef();
    if (!until_first) GATEWAY_TRY(sorter.Finish());
    Add(std::move(sorter.parts()));
    for (const Leaf& leaf : sorter.enclosed()) GATEWAY_TRY(AddEnclosed(mail, leaf));
    return {};
  }

  Result<void> AddEnclosed(const MailToSearch& around, const Leaf& leaf) {
    Result<MailToSearch> copy = enclosed_.Copy(around, leaf);
    if (copy) {
      waiting_.push_back(*copy);
      return {};
    }
    if (copy.error().fault != Fault::corrupt) return copy.error();
    LeaveOver(copy.error());
    return {};
  }

  void Add(MailParts parts) {
    for (EncryptedLeaf& leaf : parts.encrypted) {
      if (parts_.encrypted.size() >= kMostEncrypted) {
        LeaveOver(Corrupt(codes::kTooManyParts, "more than 1000 of them are encrypted"));
        break;
      }
      parts_.encrypted.push_back(std::move(leaf));
    }
    if (parts.leftover) LeaveOver(*parts.leftover);
  }

  void LeaveOver(const Error& error) {
    if (!parts_.leftover) parts_.leftover = error;
  }

  const ReadLimits limits_;
  const bool copies_;
  EnclosedMails enclosed_;
  std::deque<MailToSearch> waiting_;
  MailParts parts_;
  bool tnef_ = false;
  unsigned leaves_ = 0;  // of all mails
};

}  // namespace

bool IsBinaryOpenPgp(std::string_view bytes) {
  if (bytes.size() < 8) return false;
  const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if ((byte(0) & 0x80) == 0) return false;
  const bool new_format = (byte(0) & 0x40) != 0;
  const unsigned tag = new_format ? byte(0) & 0x3f : (byte(0) & 0x3c) >> 2;
  std::size_t length_size = 1;
  if (new_format) {
    length_size = byte(1) < 192 || (byte(1) >= 224 && byte(1) < 255) ? 1 : byte(1) == 255 ? 5 : 2;
  } else {
    constexpr std::size_t kSizes[] = {1, 2, 4, 0};
    length_size = kSizes[byte(0) & 3];
  }
  const unsigned version = byte(1 + length_size);
  switch (tag) {
    case 1:  // public-key encrypted session key
      return version == 2 || version == 3 || version == 6;
    case 3:  // symmetric-key encrypted session key
      return version >= 4 && version <= 6;
    case 10:  // marker
      return bytes.substr(1 + length_size).starts_with("PGP");
    default:
      return false;
  }
}

Result<std::unique_ptr<Source>> OpenEncryptedLeaf(int fd, const EncryptedLeaf& leaf) {
  std::unique_ptr<Source> source = OpenText(leaf.copy < 0 ? fd : leaf.copy, leaf.body, leaf.encoding, leaf.charset);
  if (leaf.html) source = std::make_unique<HtmlTextSource>(std::move(source));
  std::string skipped(kChunk, '\0');
  for (std::uint64_t left = leaf.skip; left > 0;) {
    const std::size_t wanted = std::min<std::uint64_t>(left, kChunk);
    GATEWAY_ASSIGN(const std::size_t count, ReadFully(*source, std::span(skipped).first(wanted)));
    if (count == 0) break;
    left -= count;
  }
  return source;
}

Result<MailParts> FindMailParts(int fd, std::uint64_t size, const ReadLimits& limits, const MakeFile& make_file) {
  Search search(fd, size, limits, make_file);
  while (true) {
    GATEWAY_ASSIGN(const bool more, search.Step(false));
    if (!more) return std::move(search.parts());
  }
}

Result<FirstLook> LookForEncrypted(int fd, std::uint64_t size, const ReadLimits& limits, const MakeFile& make_file) {
  Search search(fd, size, limits, make_file);
  while (search.parts().encrypted.empty()) {
    GATEWAY_ASSIGN(const bool more, search.Step(true));
    if (!more) return FirstLook{false, search.tnef()};
  }
  return FirstLook{true, false};
}

Result<bool> HasMailsToCopy(int fd, std::uint64_t size, const ReadLimits& limits) {
  EntityWalker walker(fd, size, limits, EntityWalker::Messages::open);
  while (true) {
    GATEWAY_ASSIGN(const auto leaf, walker.Next());
    if (!leaf) return false;
    if (IsMailType(leaf->type.type)) return true;
  }
}

Result<std::optional<WrappedMail>> FindWrappedMail(int fd, std::uint64_t size, const ReadLimits& limits) {
  bool holds_message = false;
  EntityWalker walker(fd, size, limits, EntityWalker::Messages::keep, [&](const auto&, const Leaf& entity) {
    holds_message = IsArmoredMessage(fd, entity);
    return !holds_message;
  });
  std::optional<WrappedMail> found;
  std::vector<Leaf> beside;
  while (true) {
    GATEWAY_ASSIGN(const auto leaf, walker.Next());
    if (!leaf) break;
    const bool mail = IsMailType(leaf->type.type);
    if (mail && !found) {
      found = WrappedMail{leaf->body, leaf->encoding};
      continue;
    }
    GATEWAY_ASSIGN(const std::string beginning, Sniff(fd, leaf->body, leaf->encoding));
    GATEWAY_ASSIGN(const bool harmless, IsHarmless(fd, *leaf, beginning));
    if (mail || !harmless) return std::optional<WrappedMail>();
    beside.push_back(*leaf);
  }
  if (!found || holds_message || walker.may_lack_parts() || walker.has_parts_behind()) {
    return std::optional<WrappedMail>();
  }
  ArmoredTexts texts(fd);
  for (const Leaf& leaf : beside) GATEWAY_TRY(texts.LookAt(leaf));
  GATEWAY_TRY(texts.LookBetween(walker.gaps()));
  GATEWAY_ASSIGN(const auto leftover, texts.Leftover());
  return leftover ? std::nullopt : found;
}

}  // namespace gateway::mime
