// A small instance in Explicit VR Little Endian.
#pragma once

#include <string>

#include "dicom/part10_header.h"

namespace gateway::fuzz {

inline std::string Reference() {
  std::string dataset;
  const auto add = [&](unsigned group, unsigned element, const char* vr, std::string value) {
    if (value.size() % 2 != 0) value += vr[0] == 'U' ? '\0' : ' ';
    for (const unsigned number : {group, element}) {
      dataset += static_cast<char>(number & 0xFF);
      dataset += static_cast<char>(number >> 8);
    }
    dataset += vr;
    dataset += static_cast<char>(value.size());
    dataset += '\0';
    dataset += value;
  };
  add(0x0008, 0x0005, "CS", "ISO_IR 100");
  add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.2");
  add(0x0008, 0x0018, "UI", "1.2.3.4");
  add(0x0008, 0x0020, "DA", "20240131");
  add(0x0008, 0x0060, "CS", "CT");
  add(0x0010, 0x0010, "PN", "M\xFCller^Hans");
  add(0x0010, 0x0020, "LO", "PID-1");
  add(0x0020, 0x000D, "UI", "1.2.3");
  add(0x0020, 0x000E, "UI", "1.2.3.5");
  InstanceHeader header;
  header.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
  header.sop_instance_uid = "1.2.3.4";
  header.transfer_syntax_uid = "1.2.840.10008.1.2.1";
  return dicom::Part10Header(header) + dataset;
}

}  // namespace gateway::fuzz
