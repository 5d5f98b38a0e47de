#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "mail/imap_client.h"
#include "mail_servers.h"

namespace gateway::mail::test {
namespace {

constexpr Milliseconds kLong{120'000};

class ImapIdleTest : public ::testing::Test {
 protected:
  // What Wait() returned, or the code of its error.
  static std::string Wait(ImapIdle& idle, Milliseconds timeout = kLong) {
    const auto wake = idle.Wait(timeout);
    if (!wake) return wake.error().code;
    switch (*wake) {
      case ImapIdle::Wake::changed:
        return "changed";
      case ImapIdle::Wake::timeout:
        return "timeout";
      case ImapIdle::Wake::unsupported:
        return "unsupported";
    }
    return "?";
  }

  TemporaryDirectory directory_;
};

TEST_F(ImapIdleTest, TheFirstWaitReturnsAtOnce) {
  ImapIdle idle(Imap(directory_));
  EXPECT_EQ(Wait(idle), "changed");
}

TEST_F(ImapIdleTest, WakesWhenAMailComes) {
  ImapIdle idle(Imap(directory_));
  ASSERT_EQ(Wait(idle), "changed");
  std::chrono::steady_clock::time_point delivered;
  std::jthread sender([&] {
    Deliver(Mail("wake up\r\n"));
    delivered = std::chrono::steady_clock::now();
  });
  EXPECT_EQ(Wait(idle), "changed");
  const auto woken = std::chrono::steady_clock::now();
  sender.join();
  const std::chrono::duration<double, std::milli> latency = woken - delivered;
  RecordProperty("milliseconds_after_the_mail_was_stored", std::to_string(latency.count()));
  EXPECT_EQ(Wait(idle, Milliseconds(1)), "timeout");
}

TEST_F(ImapIdleTest, AMailBetweenTwoWaitsIsNotMissed) {
  ImapIdle idle(Imap(directory_));
  ASSERT_EQ(Wait(idle), "changed");
  Deliver(Mail("one\r\n"));
  EXPECT_EQ(Wait(idle), "changed");
  Deliver(Mail("two\r\n"));
  EXPECT_EQ(Wait(idle), "changed");
}

TEST_F(ImapIdleTest, AMailIsNoticedWhenIdleIsRenewed) {
  ImapIdle idle(Imap(directory_));
  ASSERT_EQ(Wait(idle), "changed");
  ASSERT_EQ(Wait(idle, Milliseconds(0)), "timeout");
  std::jthread sender([] { Deliver(Mail("one\r\n")); });
  // Each of these waits ends with a renewal of IDLE: whichever the mail falls into has to say so.
  EXPECT_TRUE(Eventually([&] { return Wait(idle, Milliseconds(2)) == "changed"; }));
}

TEST_F(ImapIdleTest, SleepsOnWhenMailsGo) {
  Deliver(Mail("one\r\n"));
  ImapIdle idle(Imap(directory_));
  ASSERT_EQ(Wait(idle), "changed");
  ImapClient client(Imap(directory_));
  ASSERT_TRUE(client.Remove(client.List()->uids));
  EXPECT_EQ(Wait(idle, Milliseconds(300)), "timeout");
}

TEST_F(ImapIdleTest, InterruptEndsTheWait) {
  ImapIdle idle(Imap(directory_));
  ASSERT_EQ(Wait(idle), "changed");
  std::jthread other([&] { idle.Interrupt(); });
  EXPECT_EQ(Wait(idle), "timeout");
  Deliver(Mail("one\r\n"));
  EXPECT_EQ(Wait(idle), "changed");
}

TEST_F(ImapIdleTest, AnInterruptBeforeTheWaitIsNotLost) {
  ImapIdle idle(Imap(directory_));
  idle.Interrupt();
  EXPECT_EQ(Wait(idle), "timeout");
  EXPECT_EQ(Wait(idle), "changed");
}

TEST_F(ImapIdleTest, InterruptEndsAConnectToASilentServer) {
  const SilentServer server("imap");
  ImapSettings settings = Imap(directory_);
  settings.url = server.url();
  settings.timeout = Seconds(3600);
  ImapIdle idle(settings);
  std::jthread other([&] { idle.Interrupt(); });
  EXPECT_EQ(Wait(idle), "timeout");
}

TEST_F(ImapIdleTest, AServerWithoutIdleIsUnsupported) {
  ImapIdle idle(BareImap(directory_));
  EXPECT_EQ(Wait(idle), "unsupported");
}

TEST_F(ImapIdleTest, ADeadConnectionIsAnErrorAndThenMadeAnew) {
  ImapIdle idle(Imap(directory_));
  ASSERT_EQ(Wait(idle), "changed");
  ASSERT_TRUE(Kick());
  EXPECT_EQ(Wait(idle), "imap-connection-lost");
  EXPECT_EQ(Wait(idle), "changed");
}

TEST_F(ImapIdleTest, AFailureToConnectIsAnError) {
  ImapSettings settings = Imap(directory_);
  settings.url = DeadUrl("imaps");
  ImapIdle idle(settings);
  EXPECT_EQ(Wait(idle), "imap-unreachable");
}

}  // namespace
}  // namespace gateway::mail::test
