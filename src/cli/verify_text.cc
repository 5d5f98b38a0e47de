#include "cli/verify_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <variant>

namespace gateway::cli {
namespace {

// The sentence for each kind. Where a kind stands for several rules, the kind of the row decides,
// and the first line that fits counts.
struct Sentence {
  DisagreementKind disagreement{};
  std::string_view text;
  std::optional<ItemKind> kind = {};
};

constexpr std::array<Sentence, 19> kSentences{{
    {DisagreementKind::file_forgotten, "is still needed, but the ledger names no file for it"},
    {DisagreementKind::message_empty, "carries nothing"},
    {DisagreementKind::message_file_left, "waits to be sealed, but has a sealed file"},
    {DisagreementKind::finish_wrong, "is finished, or not, in spite of its messages", ItemKind::instance},
    {DisagreementKind::finish_wrong, "is finished, or not, in spite of its message", ItemKind::document},
    {DisagreementKind::finish_wrong, "is sent, but nobody knows when"},
    {DisagreementKind::hold_wrong, "is held without a reason, or goes on in spite of a hold"},
    {DisagreementKind::shipment_counts, "counts other messages than it has"},
    {DisagreementKind::shipment_state, "is in another state than its messages say"},
    {DisagreementKind::delivery_missing, "is to be stored, but no delivery of it is open"},
    {DisagreementKind::delivery_wrong, "waits, but its instance is not to be stored"},
    {DisagreementKind::receipt_empty, "is to be sent, but says nothing"},
    {DisagreementKind::set_wrong, "counts other parts than it has"},
    {DisagreementKind::claim_expired, "was claimed, and nobody goes on with it"},
    {DisagreementKind::file_missing, " is not there"},
    {DisagreementKind::file_hash, " is not what was received: another SHA-256"},
    {DisagreementKind::file_owner, "belongs to another user than the state directory"},
    {DisagreementKind::file_foreign, "is no file of the spool"},
    {DisagreementKind::work_left, "from a crash; the next start removes it"},
}};

std::string SentenceOf(DisagreementKind disagreement, std::optional<ItemKind> kind = {}) {
  const auto found = std::ranges::find_if(kSentences, [&](const Sentence& sentence) {
    return sentence.disagreement == disagreement && (!sentence.kind || sentence.kind == kind);
  });
  return found == kSentences.end() ? std::string() : std::string(found->text);
}

struct InWords {
  const operations::Disagreement& found;

  std::string operator()(const ledger::Disagreement& in_ledger) const { return std::visit(*this, in_ledger.fact); }
  std::string operator()(const ledger::Disagreement::Row& row) const { return SentenceOf(found.kind, row.kind); }
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
    if (file.size == file.recorded) return path + SentenceOf(found.kind);
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
    if (oddity.error.empty()) return SentenceOf(oddity.kind);
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
