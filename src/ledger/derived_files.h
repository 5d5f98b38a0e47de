// The changed copies of instances. A route asks for such a change on the way out or on the way in.
// There is a row only where something was changed, and only as long as its file is kept.
//
// A message or a delivery keeps its changed copy through every later try. A resend, a redelivery
// and a redirection therefore use the same copy, whatever the configuration says by then. Each call
// is one transaction, which is durable when the call returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/instance.h"
#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/replaced_identifiers.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct DerivedFile {
  std::string spool_key;
  std::uint64_t size = 0;  // bytes
  std::string sha256;      // hash of the whole file
  // These fields describe the changed instance. They may differ from those of the original.
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;
  std::string study_instance_uid;
  std::uint64_t dataset_offset = 0;
};

class DerivedFiles {
 public:
  explicit DerivedFiles(Database& database) : database_(database) {}

  // Returns what the ledger keeps of an instance's header: its identifiers, its sizes and its hash.
  // It does not keep the other attributes.
  Result<InstanceHeader> HeaderOf(std::int64_t instance);
  // From now on the message or delivery `item` carries `file` in place of the instance, or in place
  // of the copy `in_place_of`, a spool key, which is forgotten. Returns the file that it carries.
  // This is another one if another worker was faster, and then the caller removes its own.
  // `replaced` is what the file has new identifiers for; it is recorded with it. Error: permanent
  // "files-gone" if the original is not kept any more, or if the
  // item does not carry the instance.
  Result<DerivedFile> Record(ItemId item, std::int64_t instance, const DerivedFile& file, Time now,
                             const Replacements& replaced = {}, const std::string& in_place_of = {});

 private:
  Database& database_;
};

}  // namespace gateway::ledger
