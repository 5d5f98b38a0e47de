#include "daemon/generation.h"

#include <map>
#include <string>
#include <utility>

#include "dicom/toolkit.h"
#include "operations/known_destinations.h"
#include "telemetry/log.h"
#include "transform/coding_transform.h"
#include "transform/rule_transform.h"

namespace gateway::daemon {
namespace {

opener::WorkerProgram ThisProgram(const Settings& settings) {
  return {"/proc/self/exe", settings.dicom.default_character_set};
}

}  // namespace

Generation::Generation(std::shared_ptr<const Configuration> configuration, State& state)
    : configuration_(std::move(configuration)),
      state_(state),
      retention_(configuration_->settings.retention, *state.spool, *state.database, state.clock,
                 configuration_->settings.reception),
      deadlines_(configuration_->settings.receipts, configuration_->settings.reception, configuration_->settings.retry,
                 *state.database, state.clock),
      operator_watch_(*state.database, operations::DestinationsOf(configuration_->settings),
                      [this](const ledger::DestinationName& wanted) { TryNow(wanted); }),
      row_sweeper_(configuration_->settings.retention, *state.database, state.clock),
      junk_sweeper_(configuration_->settings.reception, *state.database, *state.spool, state.clock),
      key_watch_(configuration_->keys.expiries, state.clock) {}

Result<std::unique_ptr<Generation>> Generation::Start(std::shared_ptr<const Configuration> configuration,
                                                      State& state) {
  std::unique_ptr<Generation> generation(new Generation(std::move(configuration), state));
  GATEWAY_TRY(generation->TakeOver());
  GATEWAY_TRY(generation->StartPipelines());
  generation->StartUpkeep();
  return generation;
}

// The attributes are changed first. Pixel data are coded in the changed copy.
void Generation::MakeTransform() {
  const Surroundings around = state_.surroundings();
  // Even if no rule asks for changes any more, items may wait of one that did.
  auto edits = std::make_unique<const transform::RuleTransform>(
      configuration_->recipes, ThisProgram(configuration_->settings), around.spool, around.clock, &around.database);
  std::map<std::string, Coding> codings;
  for (const OutboundRuleSettings& rule : configuration_->settings.routes.outbound) {
    if (rule.transcode != Coding::as_it_came) codings.emplace(rule.name, rule.transcode);
  }
  transform_ = std::make_unique<transform::CodingTransform>(std::move(codings), std::move(edits),
                                                            ThisProgram(configuration_->settings), around.spool);
}

// These stay when a generation ends, and work by the settings of the one that runs.
Result<void> Generation::TakeOver() {
  const GatewaySettings& settings = configuration_->settings.gateway;
  GATEWAY_TRY(log::Use(settings.log));
  dicom::LogToolkit(settings.log.level == LogLevel::debug);
  state_.space.Use(settings);
  return {};
}

Result<void> Generation::StartPipelines() {
  const Surroundings around = state_.surroundings();
  MakeTransform();
  GATEWAY_ASSIGN(outbound_,
                 outbound::OutboundPipeline::Start(
                     {.settings = configuration_->ForOutbound(transform_.get()), .around = around}, state_.listeners));
  GATEWAY_ASSIGN(inbound_, inbound::InboundPipeline::Start({.settings = configuration_->ForInbound(transform_.get()),
                                                            .around = around,
                                                            .open_worker = ThisProgram(configuration_->settings)}));
  return {};
}

template <typename Upkeep>
void Generation::StartUpkeepWorker(const char* name, Upkeep& upkeep) {
  threads_.push_back(
      StartWorker(name, signals_.emplace_back(), [&upkeep](const std::stop_token& stop) { return upkeep.Step(stop); }));
}

void Generation::StartUpkeep() {
  StartUpkeepWorker("retention", retention_);
  StartUpkeepWorker("deadlines", deadlines_);
  StartUpkeepWorker("operator", operator_watch_);
  StartUpkeepWorker("rows", row_sweeper_);
  StartUpkeepWorker("junk", junk_sweeper_);
  StartUpkeepWorker("keys", key_watch_);
}

void Generation::TryNow(const ledger::DestinationName& wanted) {
  if (wanted.kind == ledger::DestinationKind::pacs) return inbound_->TryPacsNow(wanted.name);
  outbound_->TryNow(wanted.name);
  inbound_->TryMailboxNow(wanted.name);
}

// The upkeep stops first, because it wakes the pipelines.
Generation::~Generation() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
  outbound_.reset();
  inbound_.reset();
}

}  // namespace gateway::daemon
