// A real state directory, and what the tests of both pipelines need of it. A daemon::State is
// opened as a start of the daemon does it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "daemon/state.h"
#include "dicom/header_reader.h"
#include "dicom/toolkit.h"
#include "ledger/claims.h"
#include "ledger/operator_ledger.h"
#include "marking_transform.h"
#include "spool/work_file.h"
#include "support/ledger_subjects.h"
#include "support/state_counts.h"

namespace gateway::transform {

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    // In memory where there is such a place: nothing here is about durability.
    const bool fast = std::filesystem::is_directory("/dev/shm");
    std::string name = std::string(fast ? "/dev/shm" : "/tmp") + "/transform-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    directory = name;
    gateway.state_dir = directory / "state";
    EXPECT_TRUE(dicom::StartToolkit(false));
    Open();
  }
  ~PipelineTest() override {
    Close();
    std::filesystem::remove_all(directory);
  }

  void Open() {
    state = *daemon::State::Open(gateway.state_dir);
    subjects.emplace(*state->database);
    ASSERT_TRUE(subjects->claims.UnclaimOutbound());
    ASSERT_TRUE(subjects->claims.UnclaimInbound());
  }
  void Close() {
    subjects.reset();
    state.reset();
  }

  // An instance in the spool, and its header.
  struct Kept {
    InstanceHeader header;
    std::string key;
  };
  Kept Keep(const std::string& uid) {
    const spool::WorkFile work(*state->spool);
    WriteInstance(work.path(), uid);
    InstanceHeader header = *dicom::ReadHeader(work.path());
    return {std::move(header), *state->spool->Keep(spool::Kind::instance, work.path())};
  }
  [[nodiscard]] std::vector<std::filesystem::path> Copies() const {
    std::vector<std::filesystem::path> files;
    EXPECT_TRUE(state->spool->ForEach([&](const spool::Entry& entry) {
      if (entry.kind == spool::Kind::derived) files.push_back(state->spool->PathOf(entry.kind, entry.key));
    }));
    return files;
  }
  std::int64_t Count(const std::string& kind, const std::string& status) {
    return ledger::CountIn(*ledger::OperatorLedger(*state->database).GetStatus(), kind, status);
  }

  std::filesystem::path directory;
  GatewaySettings gateway;
  std::unique_ptr<daemon::State> state;
  std::optional<ledger::Subjects> subjects;
  MarkingTransform transform;
};

inline std::string ContentOf(const std::filesystem::path& file) {
  return *ReadSmallFile(file);
}

}  // namespace gateway::transform
