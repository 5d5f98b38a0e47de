// Section `dicom`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/settings/tls.h"
#include "gateway/time.h"

namespace gateway {

struct CallerSettings {
  std::string ae_title;  // empty with any_ae_title
  // An address, a network (192.0.2.0/24, 2001:db8::/32), or a name, which is looked up repeatedly.
  std::string host;
  bool any_ae_title = false;    // "*" in the configuration: the caller may use any title except a blank one
  bool blank_ae_title = false;  // the caller may also leave its title blank
};

// Says how the SCP treats abstract syntaxes that DCMTK does not know as storage classes.
enum class UnknownSopClasses { accept, refuse };

struct DicomSettings {
  std::string ae_title = "DMGW";  // our own, as calling AE title of the SCU and for C-ECHO
  std::string bind = "0.0.0.0";
  std::uint16_t port = 11112;
  std::optional<TlsSettings> tls;
  // The port that takes TLS only. 0: there is none, and `port` takes only TLS if `tls` is set.
  std::uint16_t tls_port = 0;
  unsigned max_associations = 32;
  // 0 means three quarters of max_associations, or all of them if `callers` are one host.
  unsigned max_associations_per_host = 0;
  std::vector<CallerSettings> callers;
  Milliseconds quiet_period{30'000};
  // A study that never becomes quiet is closed this long after it was opened.
  Milliseconds longest_wait{3'600'000};
  // Returns how long a study must be quiet where something surer than silence ends it, if its rule
  // does not say.
  [[nodiscard]] Milliseconds ShortGrace() const { return std::min(quiet_period, Milliseconds(10'000)); }
  UnknownSopClasses unknown_sop_classes = UnknownSopClasses::accept;
  std::vector<std::string> sop_classes;  // UIDs that are accepted besides those that DCMTK knows, also with `refuse`
  // A defined term (PS3.3 C.12.1.1.2). The routes read text without a usable Specific Character Set
  // as this one says.
  std::string default_character_set = "ISO_IR 100";
  Seconds association_timeout{30};  // how long to wait for the peer's next PDU
  std::uint32_t max_pdu = 131072;   // bytes, 4096 to 131072
};

}  // namespace gateway
