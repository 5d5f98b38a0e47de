// The received documents that wait for an instance of their study, or for a directory. Each call is
// one transaction, which is durable when the call returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/received_instance.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// An instance from which a document takes its patient and study.
struct DocumentReference {
  std::string spool_key;
};

struct DocumentToFile {
  std::int64_t id = 0;
  std::string partner;
  std::string content_type;
  std::string name;
  std::string set_id;
  std::string spool_key;
  std::string sha256;
  std::optional<DocumentReference> reference;  // nullopt if the deadline is over
  // Without a reference, this is an instance of the study that unsigned words name. A person may
  // decide.
  std::optional<std::int64_t> unsigned_reference;
  unsigned tries = 0;
  Time tried_since;       // when it was claimed first; a release sets it anew
  std::string failed_by;  // the error code of the last try; empty if there was none
};

// A worker claims the documents of one lane only. A document whose scan took too long must not hold
// up those of other partners.
enum class DocumentLane {
  any,
  quick,  // no waiting document of its partner took too long
  slow    // one did; the partners take turns, and of a partner's documents those with few tries are first
};

class Documents {
 public:
  explicit Documents(Database& database) : database_(database) {}

  // Claims waiting documents that are due and have a reference, or whose deadline is over, the
  // oldest first. A reference is an instance of the same partner that has its file and is not in
  // conflict. These count, the first one that exists: the instance that a person named; one whose
  // Study Instance UID is the document's study_id; one of the same mail (one that came before
  // included); one of the study of the same set. The last counts only at the deadline if there is a
  // study_id, because the study that it names may still come. Words that nobody signed link
  // nothing. In the slow lane the turn is that of the partner whose name follows `after`.
  Result<std::vector<DocumentToFile>> Claim(std::size_t limit, Time now, Milliseconds lease,
                                            DocumentLane lane = DocumentLane::any, const std::string& after = {});
  // Records the DICOM object that was made of the document, as a received instance with its
  // deliveries. The document's file may be removed afterwards. If it was recorded before, the
  // outcome is a duplicate.
  Result<ReceivedInstance> RecordConverted(std::int64_t document, const NewReceivedInstance& instance, Time now);
  // The document is filed. The caller may remove its file afterwards.
  Result<void> RecordFiled(std::int64_t document, Time now);
  // The document's file stays, with the reason, until a person takes it.
  Result<void> RecordKept(std::int64_t document, const Error& why, Time now);
  // The document is quarantined if `next_try` is nullopt.
  Result<void> RecordFailure(std::int64_t document, const Error& error, std::optional<Time> next_try, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
