#include "mime/armored_texts.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "mime/beside.h"
#include "mime/charset_source.h"
#include "mime/error_codes.h"
#include "mime/html_text.h"
#include "mime/page_pictures.h"
#include "mime/raw_html.h"

namespace gateway::mime {

Result<ArmorScan> ScanText(int fd, const TextPlace& place, Fingerprints fingerprints) {
  std::unique_ptr<Source> source = OpenText(fd, place.body, place.encoding, place.charset);
  if (place.html) source = std::make_unique<HtmlTextSource>(std::move(source));
  if (place.raw_html) source = std::make_unique<RawHtmlSource>(std::move(source));
  return ScanForArmor(*source, fingerprints);
}

namespace {

Error ArmorNotOpened() {
  return Corrupt(codes::kPartNotOpened, "a text holds what looks like an OpenPGP message and is none");
}

}  // namespace

Result<void> ArmoredTexts::LookAt(const Leaf& leaf) {
  if (leaf.type.type.starts_with("image/")) {
    pictures_.push_back(leaf.content_id);
    return {};
  }
  if (leaf.type.type == "text/html") pages_.push_back({leaf.body, leaf.encoding});
  return Look({leaf.body, leaf.encoding, leaf.type.type == "text/html"},
              IsMailText(leaf) ? BareBase64::is_lost : BareBase64::is_usual);
}

Result<void> ArmoredTexts::LookBetween(const std::vector<ByteRange>& gaps) {
  for (const ByteRange& gap : gaps) {
    GATEWAY_TRY(Look({gap, TransferEncoding::identity, false, true}, BareBase64::is_lost));
  }
  return {};
}

Result<std::optional<Error>> ArmoredTexts::Leftover() const {
  std::vector<EncryptedLeaf> none;
  return Compare(none);
}

// Returns what `scan` found besides blocks of armor.
std::optional<Error> ArmoredTexts::NotOpened(const ArmorScan& scan, const TextPlace& place, BareBase64 bare) {
  if (scan.has_file) {
    return Corrupt(codes::kPartNotOpened,
                   "a text holds a file: uuencode, yEnc, BinHex, PDF, HL7 or the like, without MIME");
  }
  if (bare == BareBase64::is_usual) return std::nullopt;
  if (scan.has_code) return Corrupt(codes::kPartNotOpened, "a text holds letters that nobody reads, as a file has");
  if (scan.is_beheaded) return ArmorNotOpened();
  // Servers that pad what they store leave NULs behind the last part.
  if (scan.has_nul && !place.between_parts) return Corrupt(codes::kPartNotOpened, "a text has bytes that no text has");
  return std::nullopt;
}

Result<void> ArmoredTexts::LookAtRaw(const TextPlace& place, std::size_t shown) {
  const bool coded =
      place.encoding != TransferEncoding::identity && place.encoding != TransferEncoding::quoted_printable;
  if (coded) {
    const TextPlace raw{place.body, TransferEncoding::identity, false, false};
    GATEWAY_ASSIGN(const ArmorScan scan, ScanText(fd_, raw));
    if (scan.blocks.size() > shown || scan.has_file) suspects_.push_back({raw, BareBase64::is_usual});
  }
  if (!place.html) return {};
  // What a tag or a comment holds is no text that a person reads.
  const TextPlace raw{place.body, place.encoding, false, false, true};
  GATEWAY_ASSIGN(const ArmorScan scan, ScanText(fd_, raw));
  if (scan.blocks.size() > shown || NotOpened(scan, raw, BareBase64::is_lost)) {
    suspects_.push_back({raw, BareBase64::is_lost});
  }
  return {};
}

Result<void> ArmoredTexts::Look(const TextPlace& place, BareBase64 bare) {
  GATEWAY_ASSIGN(const ArmorScan scan, ScanText(fd_, place));
  if (!scan.blocks.empty() || NotOpened(scan, place, bare)) {
    suspects_.push_back({place, bare});
    return {};
  }
  return LookAtRaw(place, 0);
}

void ArmoredTexts::Took(const TextPlace& place, const ArmorScan& scan, std::uint64_t alternative, std::size_t first,
                        std::size_t count) {
  if (scan.HasUnopened()) suspects_.push_back({place, BareBase64::is_lost});
  taken_.push_back({place, alternative, first, count});
  if (place.html) pages_.push_back({place.body, place.encoding});
}

Result<bool> ArmoredTexts::ShowsAllPictures() const {
  if (pictures_.empty()) return true;
  std::set<std::string> shown;
  for (const TextPlace& page : pages_) {
    const std::unique_ptr<Source> html = OpenDecoded(fd_, page.body, page.encoding);
    GATEWAY_TRY(AddShownPictures(*html, shown));
  }
  return std::all_of(pictures_.begin(), pictures_.end(), [&](std::string_view id) {
    id.remove_prefix(id.starts_with('<') ? 1 : 0);
    id.remove_suffix(id.ends_with('>') ? 1 : 0);
    return shown.contains(std::string(id));
  });
}

Result<std::optional<Error>> ArmoredTexts::Compare(std::vector<EncryptedLeaf>& leaves) const {
  std::set<std::uint64_t> alternatives;
  // Two texts of one multipart/alternative may hold the same armor.
  const bool twins = std::any_of(taken_.begin(), taken_.end(), [&](const Taken& taken) {
    return taken.alternative != 0 && !alternatives.insert(taken.alternative).second;
  });
  // For nearly every mail nothing needs to be read again.
  if (suspects_.empty() && !twins && pictures_.empty()) return std::optional<Error>();
  std::set<std::string> opened;
  std::set<std::pair<std::uint64_t, std::string>> seen;
  std::vector<bool> dropped(leaves.size());
  for (const Taken& taken : taken_) {
    GATEWAY_ASSIGN(ArmorScan scan, ScanText(fd_, taken.place, Fingerprints::make));
    std::erase_if(scan.blocks, [](const ArmorBlock& block) { return !block.opens; });
    for (std::size_t i = 0; i < std::min(taken.count, scan.blocks.size()); ++i) {
      const std::string& fingerprint = scan.blocks[i].fingerprint;
      opened.insert(fingerprint);
      if (taken.alternative == 0 || seen.emplace(taken.alternative, fingerprint).second) continue;
      dropped[taken.first + i] = true;
    }
  }
  std::size_t index = 0;
  std::erase_if(leaves, [&](const EncryptedLeaf&) { return dropped[index++]; });
  for (const Suspect& suspect : suspects_) {
    GATEWAY_ASSIGN(const ArmorScan scan, ScanText(fd_, suspect.place, Fingerprints::make));
    if (auto why = NotOpened(scan, suspect.place, suspect.bare)) return why;
    // A person who answers quotes what the mail holds as a whole elsewhere.
    if (!std::all_of(scan.blocks.begin(), scan.blocks.end(),
                     [&](const ArmorBlock& block) { return opened.contains(block.fingerprint); })) {
      return std::optional(ArmorNotOpened());
    }
  }
  GATEWAY_ASSIGN(const bool all_shown, ShowsAllPictures());
  if (!all_shown) return std::optional(Corrupt(codes::kPartNotOpened, "a picture that no page of the mail shows"));
  return std::optional<Error>();
}

}  // namespace gateway::mime
