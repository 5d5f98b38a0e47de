// Holds what every step of both pipelines works with, whatever the configuration says. It stays
// while the configuration changes.
#pragma once

namespace gateway {

class Clock;
namespace spool {
class Spool;
class SpaceGuard;
}  // namespace spool
namespace ledger {
class Database;
}  // namespace ledger

// Whoever makes it owns the objects, which must outlive all steps. A step keeps the references that
// it needs, and not this struct.
struct Surroundings {
  const spool::Spool& spool;
  spool::SpaceGuard& space;
  ledger::Database& database;
  const Clock& clock;
};

}  // namespace gateway
