// An entry of section `services`: a partner that answers what it is sent, such as an AI service.
#pragma once

#include <string>

#include "gateway/time.h"

namespace gateway {

// Says by what a result belongs to its request. UIDs that we replaced on the way out count as the
// UIDs that they stand for.
enum class ResultMatch {
  study,     // it has the Study Instance UID of the request
  set,       // its mail names the set (X-TELEMEDICINE-SETID) of the request
  reference  // it refers to an instance of the request by its SOP Instance UID
};

struct ServiceSettings {
  std::string name;
  std::string partner;  // who answers
  // The first result is expected this long after the shipment was closed. Later it is an alarm.
  Milliseconds result_within{3'600'000};
  ResultMatch match = ResultMatch::study;
};

}  // namespace gateway
