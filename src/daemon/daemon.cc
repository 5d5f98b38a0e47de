#include "daemon/daemon.h"

#include <systemd/sd-daemon.h>

#include <memory>
#include <string>
#include <utility>

#include "daemon/configuration.h"
#include "daemon/generation.h"
#include "daemon/signals.h"
#include "daemon/state.h"
#include "dicom/toolkit.h"
#include "gateway/version.h"
#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

// The members are made in this order, and destroyed in the reverse order.
struct Daemon {
  std::unique_ptr<State> state;
  std::unique_ptr<Generation> generation;
};

Result<void> Start(Settings settings, Daemon& daemon) {
  GATEWAY_TRY(dicom::StartToolkit(settings.gateway.log.level == LogLevel::debug));
  GATEWAY_ASSIGN(const std::shared_ptr<const Configuration> configuration, Configuration::Build(std::move(settings)));
  for (const UnusableKey& key : configuration->keys.unusable) events::KeyUnusable(key.whose, key.why);
  GATEWAY_ASSIGN(daemon.state, State::Open(configuration->settings.gateway.state_dir));
  // Listen before anything works, because the port may not be free. A daemon that is about to end
  // must fetch no mail.
  GATEWAY_TRY(daemon.state->Listen(configuration->settings.dicom));
  GATEWAY_ASSIGN(daemon.generation, Generation::Start(configuration, *daemon.state));
  const DicomSettings& dicom = configuration->settings.dicom;
  events::GatewayReady(dicom.bind + ":" + std::to_string(daemon.generation->dicom_port()),
                       configuration->settings.partners.size(), configuration->settings.mailboxes.size());
  return {};
}

}  // namespace

Result<void> RunUntilStopped(Settings settings) {
  Result<void> started;
  {
    Daemon daemon;
    Signals signals;
    events::GatewayStarted(settings.gateway.name, kVersion);
    started = Start(std::move(settings), daemon);
    if (!started) {
      events::GatewayNotStarted(started.error());
    } else {
      ::sd_notify(0, "READY=1");
      const std::string signal = signals.Wait();
      ::sd_notify(0, "STOPPING=1");
      events::GatewayStopping(signal);
    }
  }
  if (started) events::GatewayStopped();
  return started;
}

}  // namespace gateway::daemon
