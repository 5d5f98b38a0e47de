// What every copy promises that edits make, for the fuzzer and for the unit tests: it can be read,
// and the attributes that no edit names are byte for byte those of the original, in their order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "attributes/attribute_path.h"
#include "dicom/edit/attribute_edits.h"
#include "dicom/edit/rewriter.h"
#include "dicom/header_reader.h"

namespace gateway {

using Elements = std::vector<std::pair<std::uint32_t, std::string>>;

// All elements of the data set itself with their bytes.
class ElementCollector : public dicom::ElementEditor {
 public:
  Result<dicom::Decision> Decide(const dicom::Place& place, const dicom::ElementView& element) override {
    if (!place.is_root()) return dicom::Decision::Keep();
    Result<std::optional<std::string>> bytes = element.Bytes(std::size_t{1} << 24);
    if (!bytes) return bytes.error();
    elements.emplace_back(element.tag, bytes->value_or(std::string()));
    return dicom::Decision::Keep();
  }
  Elements elements;
};

// A recipe of edits that meet what most files have, and the tags that they touch.
inline Recipe SomeRecipe(unsigned number, std::set<std::uint32_t>& touched) {
  const auto at = [&touched](const char* name) {
    AttributePath path = *attributes::ParsePath(name);
    touched.insert(path.steps.front().tag);
    return path;
  };
  const auto edit = [](EditKind kind, AttributePath path, std::string text) {
    Edit made;
    made.kind = kind;
    made.attribute = std::move(path);
    made.text = std::move(text);
    return made;
  };
  Recipe recipe{.edits = {}, .original_attributes = (number & 1) != 0, .system = "test"};
  touched.insert(0x04000561);
  if ((number & 2) != 0) recipe.edits.push_back(edit(EditKind::set, at("InstitutionName"), "A"));
  if ((number & 4) != 0) recipe.edits.push_back(edit(EditKind::prefix, at("PatientID"), "KB-"));
  if ((number & 8) != 0) {
    Edit remove;
    remove.kind = EditKind::remove;
    remove.attributes = {at("StudyDescription"), at("RequestAttributesSequence.ScheduledProcedureStepID")};
    recipe.edits.push_back(std::move(remove));
  }
  if ((number & 16) != 0) {
    recipe.edits.push_back(edit(EditKind::set, at("ProcedureCodeSequence[0].CodeMeaning"), "B"));
  }
  if ((number & 32) != 0) {
    Edit copy = edit(EditKind::copy, at("StudyID"), {});
    copy.source = *attributes::ParsePath("Rows");
    recipe.edits.push_back(std::move(copy));
  }
  return recipe;
}

// Returns whether the copy had to become UTF-8 for the sake of a new text. Then texts differ that
// no edit names.
inline bool IsConverted(const Elements& before, const Elements& behind) {
  constexpr std::uint32_t kSpecificCharacterSet = 0x00080005;
  const auto is_utf8 = [](const Elements& elements) {
    return std::ranges::any_of(elements, [](const auto& element) {
      return element.first == kSpecificCharacterSet && element.second.find("ISO_IR 192") != std::string::npos;
    });
  };
  return is_utf8(behind) && !is_utf8(before);
}

// Returns what differs between the elements that no edit names, or nothing.
inline std::string Difference(Elements before, Elements behind) {
  const bool converted = IsConverted(before, behind);
  if (converted) {
    const auto is_set = [](const auto& element) { return element.first == 0x00080005; };
    std::erase_if(before, is_set);
    std::erase_if(behind, is_set);
  }
  const auto is_same = [converted](const auto& one, const auto& other) {
    const bool foreign = std::ranges::any_of(one.second, [](unsigned char c) { return c >= 0x80 || c == 0x1B; });
    return one.first == other.first && (one.second == other.second || (converted && foreign));
  };
  const auto [one, other] = std::ranges::mismatch(before, behind, is_same);
  if (one == before.end() && other == behind.end()) return {};
  const auto name = [](const Elements& elements, auto element) {
    return element == elements.end() ? "the end" : attributes::TagText(element->first);
  };
  return name(before, one) + " became " + name(behind, other) + ", and no edit names it";
}

// Returns the promise that is broken, or nothing. `in` is a file whose header can be read.
inline std::string BrokenPromise(int in, const InstanceHeader& header, unsigned number,
                                 const dicom::NewFile& new_file) {
  std::set<std::uint32_t> touched;
  const Recipe recipe = SomeRecipe(number, touched);
  const auto file = dicom::EditedFile::Open(in, header, new_file);
  if (!file) return {};
  const auto out = new_file();
  const auto done = dicom::EditAttributes(*file, recipe, {"20261130", "test", ""}, out->get());
  if (!done) return done.error().fault == Fault::config ? "an error of the configuration" : "";
  if (!done->changed) return {};
  const auto after = dicom::ReadHeader(out->get());
  if (!after) return "the copy cannot be read: " + after.error().detail;
  if (after->sop_instance_uid != header.sop_instance_uid) return "another instance";
  const auto copy = dicom::EditedFile::Open(out->get(), *after, new_file);
  if (!copy) return "the copy cannot be opened";
  ElementCollector before;
  ElementCollector behind;
  if (const auto read = file->Visit(before); !read) return "the original cannot be read: " + read.error().detail;
  if (const auto read = copy->Visit(behind); !read) return "the copy cannot be read: " + read.error().detail;
  const auto untouched = [&touched](auto& elements) {
    std::erase_if(elements, [&touched](const auto& element) {
      // Lengths of groups change with what is in the groups.
      return touched.contains(element.first) || (element.first & 0xFFFF) == 0;
    });
  };
  untouched(before.elements);
  untouched(behind.elements);
  return Difference(before.elements, behind.elements);
}

}  // namespace gateway
