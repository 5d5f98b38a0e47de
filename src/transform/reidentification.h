// Makes the edits that put the identifiers of an instance back to what they were before a rule
// replaced them on the way out.
#pragma once

#include <string>
#include <vector>

#include "gateway/edit.h"
#include "gateway/instance.h"
#include "gateway/result.h"
#include "ledger/replaced_identifiers.h"

namespace gateway::transform {

// Returns the attributes that ReidentifyingEdits() must know: the reader's query.
std::vector<AttributePath> AskedForReidentification();

// `header` has these attributes. `uids` are all UIDs that the instance names. `partner` sent it.
//
// Patient ID, Patient's Name, Accession Number, the Study, Series and Frame of Reference UIDs and
// all references to instances become the original ones. Patient's Birth Date and Study Date are
// filled in. Acquisition dates move back if the rule had moved them. What says that the patient's
// identity was removed goes.
//
// Error: permanent "reidentify-unknown" if the Patient ID, the study, or a name or Accession Number
// that the instance has, is none that this partner was sent, or if the instance is one that it was
// sent: it would take the place of its original. The detail holds no value. Errors of the ledger.
Result<std::vector<Edit>> ReidentifyingEdits(const InstanceHeader& header, const std::vector<std::string>& uids,
                                             const std::string& partner, ledger::ReplacedIdentifiers& replaced);

}  // namespace gateway::transform
