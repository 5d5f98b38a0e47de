#include "transform/deriver.h"

#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "ledger/error_codes.h"
#include "ledger/store/database.h"
#include "spool/work_file.h"
#include "telemetry/durable_point.h"

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
  return Make(way, item, instance, {std::move(header), file, Format(ItemKind::instance, instance)}, {});
}

Result<std::optional<ledger::DerivedFile>> Deriver::DeriveAgain(const Way& way, ItemId item, std::int64_t instance,
                                                                const ledger::DerivedFile& copy) {
  InstanceHeader header;
  header.sop_class_uid = copy.sop_class_uid;
  header.sop_instance_uid = copy.sop_instance_uid;
  header.transfer_syntax_uid = copy.transfer_syntax_uid;
  header.study_instance_uid = copy.study_instance_uid;
  header.dataset_offset = copy.dataset_offset;
  header.file_size = copy.size;
  const std::filesystem::path file = spool_.PathOf(spool::Kind::derived, copy.spool_key);
  return Make(way, item, instance, {std::move(header), file, Format(ItemKind::instance, instance), true},
              copy.spool_key);
}

Result<std::optional<ledger::DerivedFile>> Deriver::Make(const Way& way, ItemId item, std::int64_t instance,
                                                         const Original& original, const std::string& in_place_of) {
  const spool::WorkFile work(spool_);
  GATEWAY_ASSIGN(std::optional<Changed> changed, transform_->Apply(way, original, work.path()));
  if (!changed) return std::optional<ledger::DerivedFile>();
  GATEWAY_ASSIGN(ledger::DerivedFile derived, Describe(work.path(), std::move(changed->header)));
  GATEWAY_ASSIGN(derived.spool_key, spool_.Keep(spool::Kind::derived, work.path()));
  DurablePoint("deriver.kept");
  Result<ledger::DerivedFile> carried =
      ledger_.Record(item, instance, derived, clock_.Now(), {way.partner, std::move(changed->replaced)}, in_place_of);
  // In case of doubt the file stays. If the commit did not happen, it is an orphan.
  const bool unused = carried ? carried->spool_key != derived.spool_key
                              : ledger::NothingRecorded(carried.error()) || Is(carried.error(), codes::kFilesGone);
  if (unused) (void)spool_.Remove(spool::Kind::derived, derived.spool_key);
  if (!carried) return carried.error();
  DurablePoint("deriver.recorded");
  return std::optional(*std::move(carried));
}

}  // namespace gateway::transform
