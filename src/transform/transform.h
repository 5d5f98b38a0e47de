// Changes instances on their way: between "shipment closed" and "seal" on the way out, and between
// "opened" and "deliver" on the way in. The rules of the routes ask for it (rule_transform.h).
// Without a Transform the pipelines do nothing here, and it costs nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/recipe.h"
#include "gateway/result.h"

namespace gateway::transform {

// The way of an instance, as far as a rule may ask for changes on it.
struct Way {
  std::string rule;      // of its shipment, or of its delivery; empty if no rule asked for it
  std::string partner;   // the partner to whom it goes, or from whom it came
  std::string pacs;      // the PACS that it goes to; empty on the way out
  bool decoded = false;  // that PACS takes no compressed images, or refused this one
  bool asked = false;    // the rule asked for changes when it named the partner or the PACS
};

// An instance as it lies in the spool.
struct Original {
  InstanceHeader header;  // identifiers, sizes and hash; the other attributes are empty
  std::filesystem::path file;
  std::string item;      // the instance's name in the log
  bool is_copy = false;  // a changed copy, which is to be changed once more
};

// A changed instance.
struct Changed {
  InstanceHeader header;
  std::vector<ReplacedIdentifier> replaced;  // the identifiers that it has new ones for
};

// Any thread may call it, several at the same time.
class Transform {
 public:
  virtual ~Transform() = default;

  // Returns whether a rule may ask for changes on this way. It must be cheap, since the pipelines
  // ask for each message and each delivery. If it returns false, nothing more is asked and read.
  [[nodiscard]] virtual bool Concerns(const Way& way) const = 0;

  // Writes the changed instance to `to`, a Part 10 file that does not exist yet, and returns its
  // header. Returns nullopt if the instance goes as it came. The error decides what becomes of the
  // message or delivery (policy/failure_policy.h). On the way in the original holds hostile bytes,
  // so an implementation has it read by the sandboxed open worker (src/opener).
  [[nodiscard]] virtual Result<std::optional<Changed>> Apply(const Way& way, const Original& original,
                                                             const std::filesystem::path& to) const = 0;
};

}  // namespace gateway::transform
