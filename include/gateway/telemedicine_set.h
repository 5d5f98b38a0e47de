// X-TELEMEDICINE-SETID, -SETPART, -SETTOTAL: which part of which set a mail is (docs/formats.md).
#pragma once

#include <cstdint>
#include <string>

namespace gateway {

struct TelemedicineSet {
  std::string id;           // [A-Za-z0-9_.,-]; unique for its sender only
  std::uint32_t part = 0;   // from 1
  std::uint32_t total = 0;  // mails of the set

  bool operator==(const TelemedicineSet&) const = default;
};

}  // namespace gateway
