// Says what an inbound rule does with an instance whose SOP Instance UID came before.
#pragma once

namespace gateway {

// The same instance from the same partner.
enum class OnDuplicate {
  ignore,     // it goes to the PACS again only if its sender has sent it anew
  forward,    // it goes to the PACS again whenever another mail brings it
  quarantine  // it waits for a person if its sender has sent it anew
};

}  // namespace gateway
