#include "cli/verify_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <variant>

namespace gateway::cli {
namespace {

// The sentence for each code. Where a code names several rules, the kind of the row decides, and
// the first line that fits counts.
struct Sentence {
  std::string_view code;
  std::string_view text;
  std::optional<ItemKind> kind = {};
};

constexpr std::array<Sentence, 19> kSentences{{
    {"file-forgotten", "is still needed, but the ledger names no file for it"},
    {"message-empty", "carries nothing"},
    {"message-file-left", "waits to be sealed, but has a sealed file"},
    {"finish-wrong", "is finished, or not, in spite of its messages", ItemKind::instance},
    {"finish-wrong", "is finished, or not, in spite of its message", ItemKind::document},
    {"finish-wrong", "is sent, but nobody knows when"},
    {"hold-wrong", "is held without a reason, or goes on in spite of a hold"},
    {"shipment-counts", "counts other messages than it has"},
    {"shipment-state", "is in another state than its messages say"},
    {"delivery-missing", "is to be stored, but no delivery of it is open"},
    {"delivery-wrong", "waits, but its instance is not to be stored"},
    {"receipt-empty", "is to be sent, but says nothing"},
    {"set-wrong", "counts other parts than it has"},
    {"claim-expired", "was claimed, and nobody goes on with it"},
    {"file-missing", " is not there"},
    {"file-hash", " is not what was received: another SHA-256"},
    {"file-owner", "belongs to another user than the state directory"},
    {"file-foreign", "is no file of the spool"},
    {"work-left", "from a crash; the next start removes it"},
}};

std::string SentenceOf(std::string_view code, std::optional<ItemKind> kind = {}) {
  const auto found = std::ranges::find_if(kSentences, [&](const Sentence& sentence) {
    return sentence.code == code && (!sentence.kind || sentence.kind == kind);
  });
  return found == kSentences.end() ? std::string() : std::string(found->text);
}

struct InWords {
  const operations::Disagreement& found;

  std::string operator()(const ledger::Disagreement& in_ledger) const { return std::visit(*this, in_ledger.fact); }
  std::string operator()(const ledger::Disagreement::Row& row) const { return SentenceOf(found.code, row.kind); }
  std::string operator()(const ledger::Disagreement::Pages& pages) const { return pages.text; }
  std::string operator()(const ledger::Disagreement::Reference& reference) const {
    return "names a row of " + reference.parent + " that is not there";
  }
  std::string operator()(const ledger::Disagreement::Count& count) const {
    return "counted " + std::to_string(count.counted.value_or(-1)) + ", there are " + std::to_string(count.rows);
  }
  std::string operator()(const ledger::Disagreement::State& state) const { return "is in state " + state.state; }

  std::string operator()(const operations::WrongFile& file) const {
    const std::string path = file.path.string();
    if (!file.error.empty()) return path + ": " + file.error;
    if (file.size == file.recorded) return path + SentenceOf(found.code);
    return path + " has " + std::to_string(file.size) + " bytes, the ledger says " + std::to_string(file.recorded);
  }
  std::string operator()(const operations::Orphan& orphan) const {
    return std::string("the ledger does not know it; the next start ") + (orphan.goes ? "removes it" : "puts it aside");
  }
  std::string operator()(const ledger::Stranded& stranded) const {
    return std::to_string(stranded.items) + " wait for it, and the configuration does not have it";
  }
  std::string operator()(const spool::Oddity& oddity) const {
    if (oddity.mode != 0) return "has mode " + Octal(oddity.mode) + ": others than its owner may use it";
    if (oddity.error.empty()) return SentenceOf(oddity.code);
    return oddity.error;
  }

 private:
  static std::string Octal(unsigned mode) {
    std::string text;
    for (int shift = 6; shift >= 0; shift -= 3) text += static_cast<char>('0' + ((mode >> shift) & 7U));
    return text;
  }
};

}  // namespace

std::string DetailOf(const operations::Disagreement& found) {
  return std::visit(InWords{found}, found.fact);
}

}  // namespace gateway::cli
