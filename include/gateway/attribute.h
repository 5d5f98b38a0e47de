// Attributes of DICOM data sets: how the configuration names one, and what an instance has for it.
// src/attributes reads and writes the names, and knows the data dictionary.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gateway {

// The value representations of PS3.5 section 6.2. `none` stands for a VR that is not known, as in
// private attributes of implicit VR.
enum class Vr : std::uint8_t {
  none,
  AE,
  AS,
  AT,
  CS,
  DA,
  DS,
  DT,
  FD,
  FL,
  IS,
  LO,
  LT,
  OB,
  OD,
  OF,
  OL,
  OV,
  OW,
  PN,
  SH,
  SL,
  SQ,
  SS,
  ST,
  SV,
  TM,
  UC,
  UI,
  UL,
  UN,
  UR,
  US,
  UT,
  UV
};

// One step of a path: an element, and the item of it if it is a sequence.
struct PathStep {
  static constexpr std::int32_t kNoItem = -1;   // the element itself
  static constexpr std::int32_t kAnyItem = -2;  // each item of the sequence

  std::uint32_t tag = 0;  // group and element; with a creator, the second byte of the element is 0
  std::string creator;    // the private creator; empty: the tag is meant as it stands
  std::int32_t item = kNoItem;

  auto operator<=>(const PathStep&) const = default;
};

// The way from the data set to one attribute. Every step except the last one has an item.
struct AttributePath {
  std::vector<PathStep> steps;

  auto operator<=>(const AttributePath&) const = default;
};

// Says what an instance has for a path.
struct AttributeValue {
  enum class State {
    absent,      // the data set has no such attribute
    empty,       // the attribute has no value
    values,      // it has at least one value that is not empty
    unreadable,  // it is too long, or no text of its VR
  };
  State state = State::absent;
  Vr vr = Vr::none;
  // One text for each value, in UTF-8 without padding. Numbers in binary form are written in
  // decimal. They may hold patient data.
  std::vector<std::string> values;

  bool operator==(const AttributeValue&) const = default;
};

// The key is the path as attributes::Text() writes it. A path that nobody asked for is missing.
using AskedAttributes = std::map<std::string, AttributeValue, std::less<>>;

}  // namespace gateway
