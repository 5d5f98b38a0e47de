// Everything that works by one configuration: both pipelines, and the upkeep beside them. A changed
// configuration makes a new generation on the same State, once the previous one has ended.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "daemon/configuration.h"
#include "daemon/deadlines.h"
#include "daemon/junk_sweeper.h"
#include "daemon/key_watch.h"
#include "daemon/operator_watch.h"
#include "daemon/row_sweeper.h"
#include "daemon/state.h"
#include "daemon/upkeep.h"
#include "inbound/inbound_pipeline.h"
#include "outbound/outbound_pipeline.h"
#include "policy/worker.h"
#include "transform/transform.h"

namespace gateway::daemon {

class Generation {
 public:
  // Starts all threads, and lets the log, the guard of the free space and the DICOM toolkit work by
  // this configuration. Errors: those of OpenLog() and of both pipelines' Start(), after which
  // nothing runs. `state` must listen, and must outlive the generation. Only one generation may be
  // there at a time.
  static Result<std::unique_ptr<Generation>> Start(std::shared_ptr<const Configuration> configuration, State& state);
  // Each worker finishes what it holds, or gives it back. A caller that connects meanwhile waits
  // for the next generation.
  ~Generation();

  [[nodiscard]] std::uint16_t dicom_port() const { return outbound_->dicom_port(); }

 private:
  Generation(std::shared_ptr<const Configuration> configuration, State& state);
  void MakeTransform();
  Result<void> TakeOver();
  Result<void> StartPipelines();
  void StartUpkeep();
  template <typename Upkeep>
  void StartUpkeepWorker(const char* name, Upkeep& upkeep);
  void TryNow(const ledger::DestinationName& wanted);

  const std::shared_ptr<const Configuration> configuration_;
  State& state_;
  std::unique_ptr<const transform::Transform> transform_;
  std::unique_ptr<inbound::InboundPipeline> inbound_;
  std::unique_ptr<outbound::OutboundPipeline> outbound_;
  Retention retention_;
  Deadlines deadlines_;
  OperatorWatch operator_watch_;
  RowSweeper row_sweeper_;
  JunkSweeper junk_sweeper_;
  KeyWatch key_watch_;
  std::list<Signal> signals_;  // for the threads below
  std::vector<std::jthread> threads_;
};

}  // namespace gateway::daemon
