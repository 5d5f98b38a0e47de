// The parts of the gateway that the steps of the inbound pipeline share.
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "inbound/inbound_settings.h"
#include "ledger/store/database.h"
#include "openpgp/key_material.h"
#include "routing/router.h"
#include "spool/space_guard.h"
#include "spool/spool.h"

namespace gateway::inbound {

struct InboundParts {
  const InboundSettings settings;
  const routing::Router& router;
  const openpgp::KeyMaterial& keys;
  const spool::Spool& spool;
  spool::SpaceGuard& space;
  ledger::Database& database;
  const Clock& clock;
  std::filesystem::path program;
};

}  // namespace gateway::inbound
