#include "daemon/daemon.h"

#include <systemd/sd-daemon.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "daemon/deadlines.h"
#include "daemon/junk_sweeper.h"
#include "daemon/key_watch.h"
#include "daemon/operator_watch.h"
#include "daemon/row_sweeper.h"
#include "daemon/signals.h"
#include "daemon/upkeep.h"
#include "dicom/character_set.h"
#include "dicom/toolkit.h"
#include "gateway/version.h"
#include "inbound/inbound_pipeline.h"
#include "ledger/operator_ledger.h"
#include "ledger/store/database.h"
#include "openpgp/key_material.h"
#include "operations/known_destinations.h"
#include "outbound/outbound_pipeline.h"
#include "policy/worker.h"
#include "routing/router.h"
#include "spool/file_system.h"
#include "spool/space_guard.h"
#include "spool/spool.h"
#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

// Everything that lives as long as the daemon, in the order in which it is made; it goes in the reverse order.
struct Daemon {
  Settings settings;
  SystemClock clock;
  openpgp::KeyMaterial keys;
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<ledger::Database> database;
  std::optional<routing::Router> router;
  std::optional<spool::SpaceGuard> space;
  std::optional<ledger::OutboundLedger> outbound_ledger;
  std::optional<ledger::InboundLedger> inbound_ledger;
  std::optional<Retention> retention;
  std::optional<Deadlines> deadlines;
  std::optional<OperatorWatch> operator_watch;
  std::optional<RowSweeper> row_sweeper;
  std::optional<KeyWatch> key_watch;
  std::optional<JunkSweeper> junk_sweeper;
  Signal retention_signal;
  Signal deadlines_signal;
  Signal operator_signal;
  Signal rows_signal;
  Signal keys_signal;
  Signal junk_signal;
  std::unique_ptr<inbound::InboundPipeline> inbound;
  std::unique_ptr<outbound::OutboundPipeline> outbound;
  std::jthread retention_thread;
  std::jthread deadlines_thread;
  std::jthread operator_thread;
  std::jthread rows_thread;
  std::jthread keys_thread;
  std::jthread junk_thread;
};

Result<void> OpenState(Daemon& daemon) {
  dicom::SetDefaultCharacterSet(daemon.settings.dicom.default_character_set);
  GATEWAY_TRY(dicom::StartToolkit(daemon.settings.gateway.log.level == LogLevel::debug));
  GATEWAY_ASSIGN(daemon.keys, openpgp::ReadKeyMaterial(daemon.settings.mailboxes, daemon.settings.partners));
  for (const openpgp::UnusableKey& key : daemon.keys.unusable) events::KeyUnusable(key.whose, key.why);
  GATEWAY_ASSIGN(daemon.router, routing::Router::Create(daemon.settings.routes));
  GATEWAY_ASSIGN(daemon.spool, spool::Spool::Open(daemon.settings.gateway));
  const std::filesystem::path& state_dir = daemon.settings.gateway.state_dir;
  if (const std::string warning = spool::WarningOf(spool::FileSystemOf(state_dir)); !warning.empty()) {
    events::StateDirectoryUnsafe(state_dir.string(), warning);
  }
  GATEWAY_ASSIGN(daemon.database, ledger::Database::Open(daemon.spool->LedgerFile(), ledger::OpenMode::create));
  GATEWAY_TRY(ledger::Destinations(*daemon.database).ForgetAway());
  daemon.space.emplace(*daemon.spool, daemon.clock);
  daemon.outbound_ledger.emplace(*daemon.database);
  daemon.inbound_ledger.emplace(*daemon.database);
  ledger::OperatorLedger operator_ledger(*daemon.database);
  GATEWAY_TRY(RemoveOrphans(*daemon.spool, operator_ledger));
  daemon.spool->Started();
  return {};
}

void TryNow(Daemon& daemon, const ledger::DestinationName& wanted) {
  if (wanted.kind == ledger::DestinationKind::pacs) return daemon.inbound->TryPacsNow(wanted.name);
  daemon.outbound->TryNow(wanted.name);
  daemon.inbound->TryMailboxNow(wanted.name);
}

// What keeps the state directory well, beside the pipelines.
void StartUpkeep(Daemon& daemon) {
  daemon.retention.emplace(daemon.settings.retention, *daemon.spool, *daemon.outbound_ledger, *daemon.inbound_ledger,
                           daemon.clock, daemon.settings.reception);
  daemon.retention_thread = StartWorker("retention", daemon.retention_signal, [&daemon](const std::stop_token& stop) {
    return daemon.retention->Step(stop);
  });
  daemon.deadlines.emplace(daemon.settings, *daemon.outbound_ledger, *daemon.inbound_ledger, daemon.clock);
  daemon.deadlines_thread = StartWorker("deadlines", daemon.deadlines_signal, [&daemon](const std::stop_token& stop) {
    return daemon.deadlines->Step(stop);
  });
  daemon.operator_watch.emplace(*daemon.database, operations::DestinationsOf(daemon.settings),
                                [&daemon](const ledger::DestinationName& wanted) { TryNow(daemon, wanted); });
  daemon.operator_thread = StartWorker("operator", daemon.operator_signal, [&daemon](const std::stop_token& stop) {
    return daemon.operator_watch->Step(stop);
  });
  daemon.row_sweeper.emplace(daemon.settings.retention, *daemon.database, daemon.clock);
  daemon.rows_thread = StartWorker("rows", daemon.rows_signal,
                                   [&daemon](const std::stop_token& stop) { return daemon.row_sweeper->Step(stop); });
  daemon.junk_sweeper.emplace(daemon.settings.reception, *daemon.database, *daemon.spool, daemon.clock);
  daemon.junk_thread = StartWorker("junk", daemon.junk_signal,
                                   [&daemon](const std::stop_token& stop) { return daemon.junk_sweeper->Step(stop); });
  daemon.key_watch.emplace(daemon.keys.expiries, daemon.clock);
  daemon.keys_thread = StartWorker("keys", daemon.keys_signal,
                                   [&daemon](const std::stop_token& stop) { return daemon.key_watch->Step(stop); });
}

Result<void> StartPipelines(Daemon& daemon) {
  // First, as its port is what may be missing: no mail is fetched by a daemon that is going down.
  GATEWAY_ASSIGN(daemon.outbound,
                 outbound::OutboundPipeline::Start({daemon.settings, *daemon.router, daemon.keys, *daemon.spool,
                                                    *daemon.space, *daemon.outbound_ledger, daemon.clock}));
  GATEWAY_ASSIGN(daemon.inbound,
                 inbound::InboundPipeline::Start({daemon.settings, *daemon.router, daemon.keys, *daemon.spool,
                                                  *daemon.space, *daemon.inbound_ledger, *daemon.outbound_ledger,
                                                  daemon.clock, "/proc/self/exe"}));
  StartUpkeep(daemon);
  return {};
}

void WaitForTheEnd(const Daemon& daemon, Signals& signals) {
  events::GatewayReady(daemon.settings.dicom.bind + ":" + std::to_string(daemon.outbound->dicom_port()),
                       daemon.settings.partners.size(), daemon.settings.mailboxes.size());
  ::sd_notify(0, "READY=1");
  const std::string signal = signals.Wait();
  ::sd_notify(0, "STOPPING=1");
  events::GatewayStopping(signal);
}

}  // namespace

Result<void> RunUntilStopped(Settings settings) {
  Result<void> started;
  {
    Daemon daemon;
    daemon.settings = std::move(settings);
    Signals signals;
    events::GatewayStarted(daemon.settings.gateway.name, kVersion);
    started = OpenState(daemon);
    if (started) started = StartPipelines(daemon);
    if (started) {
      WaitForTheEnd(daemon, signals);
    } else {
      events::GatewayNotStarted(started.error());
    }
  }
  if (started) events::GatewayStopped();
  return started;
}

}  // namespace gateway::daemon
