// Does edits on a tree, one after the other: each sees what those before it made. Private to this
// folder.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "dicom/edit/edit_tree.h"
#include "gateway/edit.h"
#include "gateway/recipe.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Says what edits ask of elements that are not in the tree.
struct EditsOfAll {
  // Each list of keep_only, in its order: what one of them lacks goes.
  std::vector<std::vector<AttributePath>> kept;
  std::int64_t days = 0;           // by which all dates move
  const Edit* new_uids = nullptr;  // the edit that replaces all UIDs of instances
  [[nodiscard]] bool concern_all() const { return days != 0 || new_uids != nullptr; }
};

class EditActions {
 public:
  // `root` must outlive it.
  explicit EditActions(TreeItem& root) : root_(root) {}

  // Errors: permanent "transform-failed". Its detail names the attribute and the reason, but no
  // value.
  Result<void> Do(const Edit& edit);

  [[nodiscard]] const EditsOfAll& of_all() const { return of_all_; }
  // Returns the new value of a UID, or the UID itself if it stays. The pair is remembered.
  std::string NewUid(const Edit& edit, const std::string& uid);
  [[nodiscard]] const std::set<ReplacedIdentifier>& replaced() const { return replaced_; }

 private:
  enum class IfMissing { skip, make };
  struct Found {
    TreeItem* item = nullptr;
    std::uint32_t tag = 0;
    TreeElement* element = nullptr;
  };
  std::vector<Found> Find(const AttributePath& path, Vr vr, IfMissing missing);
  void FindIn(TreeItem& item, const AttributePath& path, std::size_t depth, Vr vr, IfMissing missing,
              std::vector<Found>& found);
  Result<void> Set(const Edit& edit, const std::vector<std::string>& values);
  Result<void> SetAge(const Edit& edit);
  Result<void> Copy(const Edit& edit);
  Result<void> ChangeValues(const Edit& edit);
  Result<void> MapValues(const Edit& edit);
  Result<void> Remove(const std::vector<AttributePath>& paths);
  Result<void> ShiftDates(const Edit& edit);
  Result<void> ReplaceUids(const Edit& edit);
  Result<void> KeepOnly(const Edit& edit);

  TreeItem& root_;
  EditsOfAll of_all_;
  std::set<ReplacedIdentifier> replaced_;
};

// Returns the date or date-time moved by so many days, or the value itself if it is none.
std::string ShiftedDate(const std::string& value, std::int64_t days);

// Returns whether the attribute names an instance, or something that belongs to instances, by a UID
// of its own, and not a class or a definition.
bool NamesInstance(std::uint32_t tag);

// Returns whether one of the paths keeps the whole element.
bool KeepsWhole(const std::vector<AttributePath>& kept, const Place& place, std::uint32_t tag,
                const std::string& creator);
// Returns whether one of them keeps something inside it.
bool KeepsInside(const std::vector<AttributePath>& kept, const Place& place, std::uint32_t tag,
                 const std::string& creator);

// Returns an age of VR AS, or nothing if the dates give none.
std::string AgeOn(const std::string& birth_date, const std::string& date);

}  // namespace gateway::dicom
