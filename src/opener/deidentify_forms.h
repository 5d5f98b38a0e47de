// The JSON form of what a recipe says about de-identification.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "gateway/settings/deidentify.h"

namespace gateway::opener {

nlohmann::json DeidentifyToJson(const DeidentifySettings& settings);
// Is the inverse. Throws an exception of the library for an object of the wrong form.
std::shared_ptr<const DeidentifySettings> DeidentifyFromJson(const nlohmann::json& object);

}  // namespace gateway::opener
