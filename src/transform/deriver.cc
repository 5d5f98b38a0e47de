#include "transform/deriver.h"

#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "ledger/error_codes.h"
#include "ledger/store/database.h"
#include "spool/work_file.h"

namespace gateway::transform {
namespace {

// The copy's size and hash are taken from the file itself, and never from what the Transform says.
Result<ledger::DerivedFile> Describe(const std::filesystem::path& file, InstanceHeader header) {
  ledger::DerivedFile derived;
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(file));
  derived.size = source.size();
  GATEWAY_ASSIGN(derived.sha256, Sha256Hex(source));
  derived.sop_class_uid = std::move(header.sop_class_uid);
  derived.sop_instance_uid = std::move(header.sop_instance_uid);
  derived.transfer_syntax_uid = std::move(header.transfer_syntax_uid);
  derived.study_instance_uid = std::move(header.study_instance_uid);
  derived.dataset_offset = header.dataset_offset;
  return derived;
}

}  // namespace

Result<std::optional<ledger::DerivedFile>> Deriver::Derive(const Way& way, ItemId item, std::int64_t instance,
                                                           const std::filesystem::path& file) {
  GATEWAY_ASSIGN(InstanceHeader header, ledger_.HeaderOf(instance));
  const spool::WorkFile work(spool_);
  GATEWAY_ASSIGN(std::optional<InstanceHeader> changed, transform_->Apply(way, {std::move(header), file}, work.path()));
  if (!changed) return std::optional<ledger::DerivedFile>();
  GATEWAY_ASSIGN(ledger::DerivedFile derived, Describe(work.path(), *std::move(changed)));
  GATEWAY_ASSIGN(derived.spool_key, spool_.Keep(spool::Kind::derived, work.path()));
  Result<ledger::DerivedFile> carried = ledger_.Record(item, instance, derived, clock_.Now());
  // In case of doubt the file stays. If the commit did not happen, it is an orphan.
  const bool unused = carried ? carried->spool_key != derived.spool_key
                              : ledger::NothingRecorded(carried.error()) || Is(carried.error(), codes::kFilesGone);
  if (unused) (void)spool_.Remove(spool::Kind::derived, derived.spool_key);
  if (!carried) return carried.error();
  return std::optional(*std::move(carried));
}

}  // namespace gateway::transform
