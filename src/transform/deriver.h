// Asks the Transform for the changed copy of an instance, keeps the copy in the spool and records
// it in the ledger. Both pipelines use it.
//
//   Transform::Apply -> spool/work -> Spool::Keep (fsync) -> ledger: the item carries the copy
//
// After a crash between the last two, the copy is an orphan, which the next start removes. The next
// try then makes another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/surroundings.h"
#include "ledger/derived_files.h"
#include "spool/spool.h"
#include "transform/transform.h"

namespace gateway::transform {

// Any thread may call it. All references must outlive it.
class Deriver {
 public:
  // `transform` nullptr: nothing is ever changed.
  Deriver(const Transform* transform, const Surroundings& around)
      : transform_(transform), spool_(around.spool), ledger_(around.database), clock_(around.clock) {}

  // If it returns false, the caller asks nothing more, and the instance goes as it came.
  [[nodiscard]] bool Concerns(const Way& way) const { return transform_ != nullptr && transform_->Concerns(way); }

  // Makes the copy that the message or delivery `item` carries in place of the instance in `file`,
  // and records it. Returns nullopt if the instance goes as it came. Only for an item that carries
  // no copy yet: a copy that was made once is used again. Errors: those of the Transform, the spool
  // and the ledger.
  Result<std::optional<ledger::DerivedFile>> Derive(const Way& way, ItemId item, std::int64_t instance,
                                                    const std::filesystem::path& file);
  // Does the same for an item that carries `copy` already. The new copy takes its place.
  Result<std::optional<ledger::DerivedFile>> DeriveAgain(const Way& way, ItemId item, std::int64_t instance,
                                                         const ledger::DerivedFile& copy);

 private:
  Result<std::optional<ledger::DerivedFile>> Make(const Way& way, ItemId item, std::int64_t instance,
                                                  const Original& original, const std::string& in_place_of);

  const Transform* const transform_;
  const spool::Spool& spool_;
  ledger::DerivedFiles ledger_;
  const Clock& clock_;
};

}  // namespace gateway::transform
