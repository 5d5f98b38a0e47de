#include "openpgp/key_content.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/secret.h"
#include "openpgp/armor.h"
#include "openpgp/error_codes.h"

namespace gateway::openpgp {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

Error Unreadable(std::string detail) {
  return ConfigError(codes::kKeyUnreadable, std::move(detail));
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

// Returns the line without the blanks around it, and without the no-break spaces that web pages
// write.
std::string_view Trimmed(std::string_view line) {
  constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
  while (true) {
    if (line.starts_with(kNoBreakSpace)) {
      line.remove_prefix(kNoBreakSpace.size());
    } else if (line.ends_with(kNoBreakSpace)) {
      line.remove_suffix(kNoBreakSpace.size());
    } else if (!line.empty() && IsBlank(line.front())) {
      line.remove_prefix(1);
    } else if (!line.empty() && IsBlank(line.back())) {
      line.remove_suffix(1);
    } else {
      return line;
    }
  }
}

// Line ends are LF, CR LF or CR.
std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    lines.push_back(Trimmed(text.substr(0, end)));
    text.remove_prefix(end);
    text.remove_prefix(text.starts_with("\r\n") ? 2 : text.empty() ? 0 : 1);
  }
  return lines;
}

// Recognises text of four bytes for each character: by its mark, or because three of four bytes at
// its start are zero. The mark of UTF-32 in little-endian order begins with that of UTF-16.
bool IsUtf32(std::string_view content) {
  using namespace std::string_view_literals;
  if (content.starts_with("\xFF\xFE\0\0"sv) || content.starts_with("\0\0\xFE\xFF"sv)) return true;
  constexpr std::size_t kLooked = 32;
  if (content.size() < kLooked) return false;
  std::size_t zeros[4] = {0, 0, 0, 0};
  for (std::size_t i = 0; i < kLooked; ++i) zeros[i % 4] += content[i] == '\0' ? 1 : 0;
  const auto all = [&](std::size_t at) { return zeros[at] == kLooked / 4; };
  return all(1) && all(2) && all(0) != all(3);
}

// Recognises text of two bytes for each character: by its mark, or because every second one of the
// first bytes is zero.
bool IsUtf16(std::string_view content) {
  if (content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF")) return true;
  constexpr std::size_t kLooked = 32;
  if (content.size() < kLooked) return false;
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < kLooked; ++i) zeros[i % 2] += content[i] == '\0' ? 1 : 0;
  return (zeros[0] == kLooked / 2 && zeros[1] == 0) || (zeros[1] == kLooked / 2 && zeros[0] == 0);
}

// Says what the content is if it is no key, as far as that helps.
std::optional<Error> OtherThanAKey(std::string_view content) {
  if (content.empty()) return Unreadable("the file is empty");
  if (IsUtf32(content)) return Unreadable("it is text in UTF-32; save it as UTF-8 or ASCII");
  if (IsUtf16(content)) return Unreadable("it is text in UTF-16; save it as UTF-8 or ASCII");
  if (content.size() > 12 && content.substr(8, 4) == "KBXf") {
    return Unreadable("it is GnuPG's own keybox; export the key: gpg --armor --export FINGERPRINT");
  }
  return std::nullopt;
}

// Returns "PGP PUBLIC KEY BLOCK" of "-----BEGIN PGP PUBLIC KEY BLOCK-----". Returns an empty text
// if this is no such line.
std::string_view KindOf(std::string_view line) {
  if (!line.starts_with(kBegin) || !line.ends_with("-----") || line.size() < kBegin.size() + 5) return {};
  return line.substr(kBegin.size(), line.size() - kBegin.size() - 5);
}

bool IsKeyBlock(std::string_view kind) {
  return kind == "PGP PUBLIC KEY BLOCK" || kind == "PGP PRIVATE KEY BLOCK" || kind == "PGP SECRET KEY BLOCK";
}

// This file may handle a secret key. It leaves no copy of it in memory, neither at the end nor when
// a string grows.
class ViewSource : public Source {
 public:
  explicit ViewSource(std::string_view text) : left_(text) {}
  Result<std::size_t> Read(std::span<char> buffer) override {
    const std::size_t count = left_.copy(buffer.data(), buffer.size());
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
};

Result<void> Decode(std::string_view head, std::string_view block, std::string& packets) {
  ViewSource text(block);
  ArmorReader reader(text, head);
  std::string buffer(4096, '\0');
  const WipedAtEnd wiped(buffer);
  while (true) {
    const Result<std::size_t> count = reader.Read(buffer);
    if (!count) return Unreadable("its armor is damaged: " + count.error().detail);
    if (*count == 0) return {};
    packets.append(buffer, 0, *count);
  }
}

// Appends the packets of all blocks. `other` becomes the kind of the last block that holds no key.
Result<void> ReadBlocks(const std::vector<std::string_view>& lines, std::string& packets, std::string_view& other) {
  std::string block;
  const WipedAtEnd wiped(block);
  block.reserve(packets.capacity());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view kind = KindOf(lines[i]);
    if (kind.empty()) continue;
    if (!IsKeyBlock(kind)) {
      other = kind;
      continue;
    }
    const std::string_view head = lines[i];
    block.clear();
    bool ended = false;
    for (; i < lines.size() && !ended; ++i) {
      ended = lines[i].starts_with("-----END ");
      block.append(lines[i]).append("\n");
    }
    --i;
    if (!ended) return Unreadable("its armor has no line that begins with -----END");
    GATEWAY_TRY(Decode(head, block, packets));
  }
  return {};
}

}  // namespace

Result<std::string> ReadKeyContent(std::string_view content) {
  if (content.starts_with(kUtf8Mark)) content.remove_prefix(kUtf8Mark.size());
  if (const std::optional<Error> other = OtherThanAKey(content)) return *other;
  // Every packet begins with this bit, and no ASCII character does.
  if ((static_cast<unsigned char>(content.front()) & 0x80) != 0 && content.find(kBegin) == std::string_view::npos) {
    return std::string(content);
  }
  std::string_view other;
  std::string packets;
  packets.reserve(content.size() + 1);  // the line end at the end may be missing
  if (const Result<void> read = ReadBlocks(LinesOf(content), packets, other); !read) {
    WipeText(packets);
    return read.error();
  }
  if (!packets.empty()) return packets;
  if (other.empty()) return Unreadable("not an OpenPGP key: neither armored text nor a binary export");
  const bool known = std::all_of(other.begin(), other.end(), [](char c) { return c == ' ' || (c >= 'A' && c <= 'Z'); });
  return Unreadable("not an OpenPGP key: it holds a " + (known ? std::string(other) : "block of another kind"));
}

}  // namespace gateway::openpgp
