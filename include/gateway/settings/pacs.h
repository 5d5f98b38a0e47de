// An entry of section `pacs`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/settings/tls.h"
#include "gateway/time.h"

namespace gateway {

// Says in which transfer syntax the PACS gets compressed images.
enum class PacsSyntax {
  as_is,        // as they came; uncompressed only where it refuses that
  uncompressed  // never compressed
};

struct PacsSettings {
  std::string name;
  std::string ae_title;          // called AE title
  std::string calling_ae_title;  // default: dicom.ae_title
  std::string host;
  std::uint16_t port = 104;
  unsigned associations = 2;
  Seconds timeout{30};  // for the connection, and for each DIMSE answer
  std::optional<TlsSettings> tls;
  PacsSyntax transfer_syntax = PacsSyntax::as_is;
};

}  // namespace gateway
