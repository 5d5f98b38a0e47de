#include "policy/worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/sha256.h"
#include "base/time_text.h"
#include "gateway/item_id.h"
#include "policy/error_codes.h"
#include "support/errors.h"

namespace gateway {
namespace {

TEST(Worker, GoesOnAfterAnException) {
  Signal signal;
  std::atomic<int> calls = 0;
  std::binary_semaphore twice{0};
  const std::jthread thread = StartWorker("test", signal, [&](const std::stop_token&) -> Milliseconds {
    if (++calls == 1) throw std::runtime_error("a bug");
    twice.release();
    return Milliseconds(3'600'000);
  });
  signal.Notify();
  twice.acquire();
  EXPECT_GE(calls, 2);
}

TEST(Worker, WakesBySignal) {
  Signal signal;
  std::counting_semaphore<> stepped{0};
  const std::jthread thread = StartWorker("test", signal, [&](const std::stop_token&) {
    stepped.release();
    return Milliseconds(3'600'000);
  });
  stepped.acquire();
  signal.Notify();
  stepped.acquire();
}

TEST(Worker, StopsWhileItWaits) {
  Signal signal;
  std::binary_semaphore stepped{0};
  std::jthread thread = StartWorker("test", signal, [&](const std::stop_token&) {
    stepped.release();
    return Milliseconds(3'600'000);
  });
  stepped.acquire();
  thread.request_stop();
  thread.join();
}

// What `outcomes` of a recording, one after the other, come to in a worker; how many were asked
// for.
std::pair<Result<void>, int> RecordInWorker(std::vector<Result<void>> outcomes) {
  Signal signal;
  std::binary_semaphore done{0};
  std::pair<Result<void>, int> result{{}, 0};
  const std::jthread thread = StartWorker("test", signal, [&](const std::stop_token&) {
    if (result.second == 0) {
      result.first = RecordPatiently("test", [&] { return outcomes.at(static_cast<std::size_t>(result.second++)); });
      done.release();
    }
    return Milliseconds(3'600'000);
  });
  done.acquire();
  return result;
}

TEST(RecordPatiently, GoesOnUntilTheLedgerWorks) {
  const auto [outcome, tries] = RecordInWorker({Transient("disk-full"), Transient("disk-error"), {}});
  EXPECT_TRUE(outcome);
  EXPECT_EQ(tries, 3);
}

TEST(RecordPatiently, GivesUpWhatWillNotPass) {
  const auto [outcome, tries] = RecordInWorker({Permanent("ledger-error"), {}});
  EXPECT_FALSE(outcome);
  EXPECT_EQ(tries, 1);
}

TEST(RecordPatiently, EndsWithItsWorker) {
  Signal signal;
  std::counting_semaphore<> tried{0};
  Result<void> outcome;
  std::jthread thread = StartWorker("test", signal, [&](const std::stop_token&) {
    outcome = RecordPatiently("test", [&]() -> Result<void> {
      tried.release();
      return Transient("disk-full");
    });
    return Milliseconds(3'600'000);
  });
  tried.acquire();
  thread.request_stop();
  thread.join();
  EXPECT_FALSE(outcome);
}

TEST(RecordPatiently, TriesOnceOutsideOfAWorker) {
  EXPECT_FALSE(RecordPatiently("test", []() -> Result<void> { return Transient("disk-full"); }));
}

TEST(ItemId, ReadsWhatItWrites) {
  EXPECT_EQ(Format(ItemKind::message, 7), "M7");
  EXPECT_EQ(ParseItemId("m7"), (ItemId{ItemKind::message, 7}));
  for (const char* wrong : {"", "M", "X7", "M-7", "M7x", "7", "M99999999999999999999"}) {
    EXPECT_FALSE(ParseItemId(wrong)) << wrong;
  }
}

TEST(ClaimAndWork, WorksOnWhatWasClaimedAndOtherwiseWaits) {
  using Claimed = Result<std::vector<int>>;
  constexpr Milliseconds kIdle{1000};
  std::vector<int> worked;
  const auto work = [&](const std::vector<int>& claimed) {
    worked = claimed;
    return Milliseconds(7);
  };
  EXPECT_EQ(ClaimAndWork(
                "claim", kIdle, [] { return Claimed(Transient(codes::kLedgerBusy)); }, work),
            kIdle);
  EXPECT_EQ(ClaimAndWork(
                "claim", kIdle, [] { return Claimed(std::vector<int>()); }, work),
            kIdle);
  EXPECT_TRUE(worked.empty());
  EXPECT_EQ(ClaimAndWork(
                "claim", kIdle,
                [] {
                  return Claimed(std::vector<int>{1, 2});
                },
                work),
            Milliseconds(7));
  EXPECT_EQ(worked, std::vector<int>({1, 2}));
}

TEST(TimeText, IsRfc3339) {
  EXPECT_EQ(FormatTime(FromUnixMilliseconds(1'796'310'191'045)), "2026-12-03T15:03:11.045Z");
  EXPECT_EQ(FormatTime(FromUnixMilliseconds(0)), "1970-01-01T00:00:00.000Z");
}

TEST(TimeText, DurationsAreShort) {
  EXPECT_EQ(FormatDuration(Milliseconds(350)), "350ms");
  EXPECT_EQ(FormatDuration(Milliseconds(250'000)), "4m 10s");
  EXPECT_EQ(FormatDuration(Milliseconds(187'200'000)), "2d 4h");
}

TEST(Sha256, IsTheStandardsOwn) {  // FIPS 180-4, example "abc"
  StringSource source("abc");
  EXPECT_EQ(*Sha256Hex(source), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace gateway
