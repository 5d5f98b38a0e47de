#include "ledger/rules/derived_files.h"

#include <string>
#include <utility>

#include "ledger/error_codes.h"
#include "ledger/rules/replaced_identifiers.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// The row that says which copy of the instance the item carries.
struct Carrier {
  // Returns `derived`. It changes nothing, but it locks the row: of two workers in two
  // transactions, the second sees what the first recorded.
  std::string lock;
  std::string update;
};

const Carrier& CarrierOf(ItemKind kind) {
  static const Carrier kMessage{
      "UPDATE shipment_instance SET derived = derived WHERE message = :item AND instance = :instance RETURNING derived",
      "UPDATE shipment_instance SET derived = :derived WHERE message = :item AND instance = :instance"};
  static const Carrier kDelivery{
      "UPDATE delivery SET derived = derived WHERE id = :item AND instance = :instance "
      "RETURNING derived",
      "UPDATE delivery SET derived = :derived WHERE id = :item AND instance = :instance"};
  return kind == ItemKind::delivery ? kDelivery : kMessage;
}

// Whoever forgets the file of the instance locks its row too, and then looks for copies. So either
// the file is forgotten already, or the other transaction sees the copy.
bool IsKept(Session& session, std::int64_t instance) {
  static const std::string kKept = Sql("SELECT id FROM instance WHERE id = :id AND spool_key IS NOT NULL", kLocked);
  return session.First<std::int64_t>(kKept, instance).has_value();
}

std::int64_t Insert(Session& session, std::int64_t instance, const DerivedFile& file, Time now) {
  return *session.First<std::int64_t>(
      "INSERT INTO derived (instance, spool_key, size, sha256, sop_class_uid, sop_instance_uid, transfer_syntax_uid, "
      "study_instance_uid, dataset_offset, created) VALUES (:instance, :key, :size, :sha256, :sop_class, "
      ":sop_instance, "
      ":transfer_syntax, :study, :offset, :created) RETURNING id",
      instance, file.spool_key, file.size, file.sha256, file.sop_class_uid, file.sop_instance_uid,
      file.transfer_syntax_uid, file.study_instance_uid, file.dataset_offset, now);
}

}  // namespace

std::optional<DerivedFile> LoadDerived(Session& session, const std::optional<std::int64_t>& derived) {
  if (!derived) return std::nullopt;
  auto row = session.Row<std::string, std::uint64_t, std::string, std::string, std::string, std::string, std::string,
                         std::uint64_t>(
      "SELECT spool_key, size, sha256, sop_class_uid, sop_instance_uid, transfer_syntax_uid, study_instance_uid, "
      "dataset_offset FROM "
      "derived WHERE id = :id AND forgotten = 0",
      *derived);
  if (!row) return std::nullopt;
  DerivedFile file;
  std::tie(file.spool_key, file.size, file.sha256, file.sop_class_uid, file.sop_instance_uid, file.transfer_syntax_uid,
           file.study_instance_uid, file.dataset_offset) = *std::move(row);
  return file;
}

void ForgetDerivedOf(Session& session, const std::vector<std::int64_t>& instances) {
  // Most gateways change nothing, so one look serves for all instances.
  if (instances.empty() || !session.First<std::int64_t>("SELECT id FROM derived LIMIT 1")) return;
  for (const std::int64_t instance : instances) {
    session.Execute("UPDATE derived SET forgotten = 1 WHERE instance = :instance", instance);
  }
}

Result<InstanceHeader> DerivedFiles::HeaderOf(std::int64_t instance) {
  return database_.impl().Read([&](Session& session) -> Result<InstanceHeader> {
    auto row = session.Row<std::string, std::string, std::string, std::string, std::string, bool, std::uint64_t,
                           std::uint64_t, std::string>(
        "SELECT sop_class_uid, sop_instance_uid, transfer_syntax_uid, study_instance_uid, series_instance_uid, "
        "has_meta_header, dataset_offset, file_size, dataset_sha256 FROM instance WHERE id = :id",
        instance);
    if (!row) return NoSuchItem(ItemKind::instance, instance);
    InstanceHeader header;
    std::tie(header.sop_class_uid, header.sop_instance_uid, header.transfer_syntax_uid, header.study_instance_uid,
             header.series_instance_uid, header.has_meta_header, header.dataset_offset, header.file_size,
             header.dataset_sha256) = *std::move(row);
    return header;
  });
}

Result<DerivedFile> DerivedFiles::Record(ItemId item, std::int64_t instance, const DerivedFile& file, Time now,
                                         const Replacements& replaced, const std::string& in_place_of) {
  const Carrier& carrier = CarrierOf(item.kind);
  return database_.impl().Write([&](Session& session) -> Result<DerivedFile> {
    const auto carried = session.Row<std::optional<std::int64_t>>(carrier.lock, item.number, instance);
    if (!carried || !IsKept(session, instance)) {
      return Permanent(codes::kFilesGone, Format(item) + " does not carry " + Format(ItemKind::instance, instance) +
                                              ", or its file is not kept any more");
    }
    const std::optional<std::int64_t>& earlier = std::get<0>(*carried);
    if (auto copy = LoadDerived(session, earlier); copy && copy->spool_key != in_place_of) return *std::move(copy);
    if (earlier) session.Execute("UPDATE derived SET forgotten = 1 WHERE id = :id", *earlier);
    RecordReplacements(session, replaced, now);
    session.Execute(carrier.update, Insert(session, instance, file, now), item.number, instance);
    return file;
  });
}

}  // namespace gateway::ledger
