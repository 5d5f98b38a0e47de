#include "dicom/callers.h"

#include <map>

#include "fixture.h"
#include "support/errors.h"

namespace gateway::dicom {
namespace {

// Names as a name server has them just now; what is not there cannot be looked up.
class Names {
 public:
  LookUp look_up() {
    return [this](const std::vector<std::string>& hosts, const Found& found, const std::stop_token& /*stop*/) {
      for (const std::string& host : hosts) found(host, Find(host));
    };
  }
  void Set(const std::string& host, const Addresses& addresses) {
    const std::lock_guard lock(mutex_);
    names_[host] = addresses;
  }
  void Lose(const std::string& host) {
    const std::lock_guard lock(mutex_);
    names_.erase(host);
  }
  void AwaitLookup() {
    std::unique_lock lock(mutex_);
    const int before = lookups_;
    changed_.wait(lock, [&] { return lookups_ > before + 1; });  // one may have begun before
  }

 private:
  Result<Addresses> Find(const std::string& host) {
    const std::lock_guard lock(mutex_);
    ++lookups_;
    changed_.notify_all();
    const auto found = names_.find(host);
    if (found == names_.end()) return Transient("host-unknown", host + ": Temporary failure in name resolution");
    return found->second;
  }

  std::mutex mutex_;  // guards the two below
  std::map<std::string, Addresses> names_;
  int lookups_ = 0;
  std::condition_variable changed_;
};

constexpr LookupTimes kQuick{.again = Milliseconds(5), .after_failure = Milliseconds(5)};
constexpr LookupTimes kHourly{.after_failure = Milliseconds(3'600'000), .most_after_failure = Milliseconds(3'600'000)};

TEST(Callers, MayComeFromANetwork) {
  const Callers callers({{"CT", "192.0.2.0/24"}, {"MR", "2001:db8::/32"}});
  EXPECT_TRUE(callers.Knows("CT", "192.0.2.77"));
  EXPECT_TRUE(callers.Knows("MR", "2001:db8::77"));
  EXPECT_FALSE(callers.Knows("MR", "192.0.2.77"));
  EXPECT_FALSE(callers.Knows("CT", "192.0.3.77"));
  EXPECT_TRUE(callers.KnowsAddress("192.0.2.77"));
  EXPECT_FALSE(callers.KnowsAddress("192.0.3.77"));
}

TEST(Callers, AnyTitleIsNoBlankOne) {
  const Callers callers(
      {{"", "192.0.2.1", true, false}, {"", "192.0.2.2", true, true}, {"CT", "192.0.2.3", false, true}});
  EXPECT_TRUE(callers.Knows("WHATEVER", "192.0.2.1"));
  EXPECT_FALSE(callers.Knows("", "192.0.2.1"));
  EXPECT_TRUE(callers.Knows("", "192.0.2.2"));
  EXPECT_TRUE(callers.Knows("", "192.0.2.3"));
  EXPECT_TRUE(callers.Knows("CT", "192.0.2.3"));
  EXPECT_FALSE(callers.Knows("WHATEVER", "192.0.2.3"));
}

TEST(Callers, HaveSeveralAddressesByTheSystemsResolver) {
  const Callers callers(std::vector<CallerSettings>{{.ae_title = "CT", .host = "localhost"}});
  EXPECT_TRUE(callers.Knows("CT", "127.0.0.1"));
  EXPECT_FALSE(callers.Knows("CT", "192.0.2.1"));
}

TEST(Callers, AnUnknownNameKeepsNobodyElseOut) {
  const Callers callers({{"CT", "no-such-host.invalid"}, {"MR", "127.0.0.1"}});
  EXPECT_FALSE(callers.Knows("CT", "127.0.0.1"));
  EXPECT_TRUE(callers.Knows("MR", "127.0.0.1"));
}

TEST(Callers, ANameThatComesLaterIsTakenThen) {
  Names names;
  const Callers callers({{"CT", "ct.example"}}, names.look_up(), kQuick);
  EXPECT_FALSE(callers.Knows("CT", "192.0.2.1"));
  names.Set("ct.example", {"192.0.2.1", "2001:db8::1"});
  names.AwaitLookup();
  EXPECT_TRUE(callers.Knows("CT", "192.0.2.1"));
  EXPECT_TRUE(callers.Knows("CT", "2001:db8::1"));
}

TEST(Callers, AnAddressThatChangedIsNoticedAndTheOldOneForgotten) {
  Names names;
  names.Set("ct.example", {"192.0.2.1", "192.0.2.9"});
  const Callers callers({{"CT", "ct.example"}}, names.look_up(), kQuick);
  EXPECT_TRUE(callers.Knows("CT", "192.0.2.1"));
  names.Set("ct.example", {"192.0.2.2", "192.0.2.9"});
  names.AwaitLookup();
  EXPECT_TRUE(callers.Knows("CT", "192.0.2.2"));
  EXPECT_TRUE(callers.Knows("CT", "192.0.2.9"));
  EXPECT_FALSE(callers.Knows("CT", "192.0.2.1"));
}

TEST(Callers, ANameServerThatIsAwayTakesNoAddressAway) {
  Names names;
  names.Set("ct.example", {"192.0.2.1"});
  const Callers callers({{"CT", "ct.example"}}, names.look_up(), kQuick);
  names.Lose("ct.example");
  names.AwaitLookup();
  EXPECT_TRUE(callers.Knows("CT", "192.0.2.1"));
}

TEST(Callers, ACallMakesItsNameLookedUpAgain) {
  Names names;
  Callers callers({{"CT", "ct.example"}, {"MR", "mr.example"}}, names.look_up(), kHourly);
  names.Set("ct.example", {"192.0.2.1"});
  callers.LookAgainFor("STRANGER");
  callers.LookAgainFor("CT");
  while (!callers.Knows("CT", "192.0.2.1")) std::this_thread::yield();
  names.Set("mr.example", {"192.0.2.2"});
  callers.LookAgainFor("MR");  // within the minute: a stranger could have us ask without end
  EXPECT_FALSE(callers.Knows("MR", "192.0.2.2"));
}

TEST(Callers, AreOnOneHost) {
  EXPECT_TRUE(Callers({{"A", "192.0.2.1"}, {"B", "192.0.2.1"}}).AreOnOneHost());
  EXPECT_TRUE(Callers({{"A", "localhost"}, {"B", "LOCALHOST"}}).AreOnOneHost());
  EXPECT_FALSE(Callers({{"A", "192.0.2.1"}, {"B", "192.0.2.2"}}).AreOnOneHost());
  EXPECT_FALSE(Callers(std::vector<CallerSettings>{{.ae_title = "A", .host = "192.0.2.0/24"}}).AreOnOneHost());
}

}  // namespace
}  // namespace gateway::dicom
