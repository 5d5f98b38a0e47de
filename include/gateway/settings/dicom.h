// Section `dicom`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/settings/tls.h"
#include "gateway/time.h"

namespace gateway {

struct CallerSettings {
  std::string ae_title;         // empty with any_ae_title
  std::string host;             // address, network (192.0.2.0/24, 2001:db8::/32), or a name, looked up again
  bool any_ae_title = false;    // "*" in the configuration: whatever the caller calls itself, a blank title excepted
  bool blank_ae_title = false;  // a caller that leaves its title blank is taken too
};

// What the SCP does with abstract syntaxes that DCMTK does not know as storage classes.
enum class UnknownSopClasses { accept, refuse };

struct DicomSettings {
  std::string ae_title = "DMGW";  // our own, as calling AE title of the SCU and for C-ECHO
  std::string bind = "0.0.0.0";
  std::uint16_t port = 11112;
  std::optional<TlsSettings> tls;
  std::uint16_t tls_port = 0;  // 0: with TLS there is no other port than `port`, and it takes TLS only
  unsigned max_associations = 32;
  unsigned max_associations_per_host = 0;  // 0: three quarters of them, all where there is one host
  std::vector<CallerSettings> callers;
  Milliseconds quiet_period{30'000};
  Milliseconds longest_wait{3'600'000};  // a study that never becomes quiet is closed this long after it was opened
  UnknownSopClasses unknown_sop_classes = UnknownSopClasses::accept;
  std::vector<std::string> sop_classes;  // UIDs that are taken besides those that DCMTK knows; with `refuse`
  // What text without a usable Specific Character Set is read as: a defined term (PS3.3 C.12.1.1.2).
  std::string default_character_set = "ISO_IR 100";
  Seconds association_timeout{30};  // waiting for the peer's next PDU
  std::uint32_t max_pdu = 131072;   // bytes, 4096 to 131072
};

}  // namespace gateway
