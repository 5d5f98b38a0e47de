// Says what a rule changes in the attributes of an instance. src/config reads it, and
// src/dicom/edit carries it out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/attribute.h"

namespace gateway {

enum class EditKind {
  set,          // `attribute` gets the values of `text`
  age,          // `attribute` gets the patient's age on the date in `source`
  copy,         // `attribute` gets the values of `source`; nothing happens if that has none
  prefix,       // `text` goes before each value of `attribute`
  suffix,       // likewise behind it
  replace,      // what `pattern` finds in each value becomes `text`
  map,          // each value becomes what `table` has for it, or what `otherwise` says
  remove,       // `attributes` go
  keep_only,    // everything else goes
  shift_dates,  // the dates of `attributes` move by `days`; none named: all dates
  // The UIDs of `attributes` are replaced; none named: all that name an instance or a group of
  // them. With `table` only UIDs that it has are replaced, by what it has for them.
  new_uids,
};

// Says what becomes of a value that the table lacks.
enum class Otherwise { keep, empty, remove, hold, text };

// A column of a CSV file, and what stands for its values. It is shared because it may be large.
using ValueTable = std::shared_ptr<const std::map<std::string, std::string, std::less<>>>;

struct Edit {
  EditKind kind = EditKind::set;
  AttributePath attribute;
  std::vector<AttributePath> attributes;
  AttributePath source;
  Vr vr = Vr::none;     // of a private attribute that may have to be made
  std::string text;     // UTF-8; the values of `set` are separated by backslashes
  std::string pattern;  // a regular expression
  ValueTable table;
  Otherwise otherwise = Otherwise::keep;
  std::string otherwise_text;
  std::int64_t days = 0;
  // The key of the new UIDs: whoever has it knows which new UID belongs to which old one. Empty:
  // the new UIDs follow from the old ones alone.
  std::string secret;
};

}  // namespace gateway
