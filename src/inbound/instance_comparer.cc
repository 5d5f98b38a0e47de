#include "inbound/instance_comparer.h"

#include <chrono>
#include <utility>

#include "ledger/error_codes.h"

namespace gateway::inbound {
namespace {

constexpr std::int64_t kLongestMs = 300'000;  // for all instances of one mail
constexpr int kMostTries = 5;                 // then the mail is opened again later

std::int64_t MonotonicMs() {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

InstanceComparer::InstanceComparer(const InboundContext& context)
    : spool_(context.around.spool),
      mails_(context.around.database),
      settings_(context.settings.reception),
      process_(context.open_worker, no_keys_, spool_) {}

// Instances that another thread records meanwhile are compared as well, because the ledger accepts
// only compared ones.
Result<ledger::RecordedMail> InstanceComparer::RecordOpened(ledger::OpenedMail& mail, Time now) {
  for (ledger::NewReceivedInstance& instance : mail.instances) instance.compared.emplace();
  Result<ledger::RecordedMail> recorded = mails_.Record(mail, now);
  for (int tries = 0; tries < kMostTries && !recorded && Is(recorded.error(), codes::kInstanceNotJudged); ++tries) {
    if (const Result<void> compared = CompareAll(mail); !compared) {
      // Nothing is recorded, and the caller must know that.
      return Transient(codes::kInstanceNotJudged, compared.error().code + " " + compared.error().detail);
    }
    recorded = mails_.Record(mail, now);
  }
  return recorded;
}

Result<void> InstanceComparer::CompareAll(ledger::OpenedMail& mail) {
  end_ms_ = MonotonicMs() + kLongestMs;
  std::map<std::string, std::vector<ledger::EarlierInstance>> of_this_mail;  // by SOP Instance UID
  for (ledger::NewReceivedInstance& instance : mail.instances) {
    GATEWAY_ASSIGN(std::vector<ledger::EarlierInstance> others, mails_.EarlierInstances(instance.header));
    std::vector<ledger::EarlierInstance>& before = of_this_mail[instance.header.sop_instance_uid];
    others.insert(others.end(), before.begin(), before.end());
    for (const ledger::EarlierInstance& other : others) GATEWAY_TRY(CompareBeside(instance, other, mail.facts.partner));
    before.push_back(
        {0, mail.facts.partner, instance.header.dataset_sha256, instance.header.digest, instance.spool_key});
  }
  return {};
}

Result<void> InstanceComparer::CompareBeside(ledger::NewReceivedInstance& instance,
                                             const ledger::EarlierInstance& earlier, const std::string& partner) {
  if (earlier.dataset_sha256 == instance.header.dataset_sha256) return {};
  if (instance.compared->contains(earlier.dataset_sha256)) return {};
  Comparison comparison{.why = "there was no time to compare them"};
  if (MonotonicMs() < end_ms_) {
    GATEWAY_ASSIGN(comparison, CompareWith(instance, earlier));
  }
  ledger::Compared compared{comparison.difference, IsTaken(comparison, earlier, partner), std::move(comparison.why)};
  instance.compared->emplace(earlier.dataset_sha256, std::move(compared));
  return {};
}

Result<InstanceComparer::Comparison> InstanceComparer::CompareWith(const ledger::NewReceivedInstance& instance,
                                                                   const ledger::EarlierInstance& earlier) {
  std::optional<InstanceDigest> before = InstanceDigestFrom(earlier.digest);
  if (!before) {
    GATEWAY_ASSIGN(before, DigestOf(earlier.spool_key, false));
  }
  if (!before) {
    std::error_code failure;
    const bool there = !earlier.spool_key.empty() &&
                       std::filesystem::exists(spool_.PathOf(spool::Kind::instance, earlier.spool_key), failure);
    if (there) return Comparison{.why = "the file of the earlier one is there and cannot be read"};
    return Comparison{.why = "nothing is left of the earlier one to compare with"};
  }
  const std::optional<InstanceDigest> now = InstanceDigestFrom(instance.header.digest);
  if (!now) return Comparison{.why = "the data set cannot be read to its end"};
  return CompareDecoded(*now, instance.spool_key, *before, earlier.spool_key);
}

// Decodes nothing if the digests decide.
Result<InstanceComparer::Comparison> InstanceComparer::CompareDecoded(InstanceDigest digest,
                                                                      const std::string& spool_key,
                                                                      InstanceDigest earlier,
                                                                      const std::string& earlier_key) {
  Difference difference = Compare(earlier, digest);
  if (difference == Difference::unknown) {
    for (const auto& [compressed, key] : {std::pair(&earlier, earlier_key), std::pair(&digest, spool_key)}) {
      if (compressed->form == kSamplesForm) continue;
      GATEWAY_ASSIGN(const std::optional<InstanceDigest> decoded, DigestOf(key, true));
      if (!decoded && compressed == &earlier && key.empty()) {
        return Comparison{.why = "the pixels cannot be compared, as the earlier file is gone and was compressed"};
      }
      if (!decoded && compressed->form == kNativeForm) {
        return Comparison{
            .why = "the pixels cannot be compared, as the gateway does not compare values stored in their way"};
      }
      if (!decoded) return Comparison{.why = "the pixels cannot be compared, as no decoder reads one of the two"};
      *compressed = *decoded;
    }
    difference = Compare(earlier, digest);
  }
  const std::string names = NamesOfChanged(earlier, digest);
  switch (difference) {
    case Difference::none:
      return Comparison{difference, {}};
    case Difference::attributes:
      return Comparison{difference, names.empty() ? "attributes differ" : "attributes differ (" + names + ")"};
    case Difference::content:
      return Comparison{difference, "the content differs: " + KindsOfChangedContent(earlier, digest)};
    case Difference::pixels:
      return Comparison{difference, "the pixels differ"};
    case Difference::unknown:
      break;
  }
  return Comparison{.why = "the pixels cannot be compared"};
}

Result<std::optional<InstanceDigest>> InstanceComparer::DigestOf(const std::string& spool_key, bool decoded) {
  if (spool_key.empty()) return std::optional<InstanceDigest>();
  const std::filesystem::path file = spool_.PathOf(spool::Kind::instance, spool_key);
  const Result<std::string> text = process_.Digest(file, decoded);
  process_.End();
  if (text) return InstanceDigestFrom(*text);
  std::error_code failure;
  const bool gone = !std::filesystem::exists(file, failure) && !failure;  // retention has deleted it since
  if (text.error().fault == Fault::transient && !gone && !opener::OpenProcess::SaysWorkerEnded(text.error()))
    return text.error();
  return std::optional<InstanceDigest>();
}

// Other content and an unknown difference count as changed pixels. The ledger has no usable digest
// of instances that it knew before it made digests, of those that were digested by other rules, and
// of those that we sent. Such an instance conflicts only with another one of its own sender.
bool InstanceComparer::IsTaken(const Comparison& comparison, const ledger::EarlierInstance& earlier,
                               const std::string& partner) const {
  const bool unknown = comparison.difference == Difference::unknown && !InstanceDigestFrom(earlier.digest);
  if (unknown && earlier.partner != partner) return true;
  const OnChange on_change =
      comparison.difference == Difference::attributes ? settings_.changed_attributes : settings_.changed_pixels;
  return on_change == OnChange::forward;
}

}  // namespace gateway::inbound
