// The fields X-TELEMEDICINE-SETID, -SETPART and -SETTOTAL say which part of which set a mail is
// (docs/formats.md).
#pragma once

#include <cstdint>
#include <string>

namespace gateway {

struct TelemedicineSet {
  std::string id;           // [A-Za-z0-9_.,-]; unique only among the sets of one sender
  std::uint32_t part = 0;   // from 1
  std::uint32_t total = 0;  // number of mails in the set

  bool operator==(const TelemedicineSet&) const = default;
};

}  // namespace gateway
