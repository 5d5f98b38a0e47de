#include "routes.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>

#include "attributes/attribute_path.h"
#include "base/clock.h"
#include "config/loader.h"
#include "routing/router.h"

namespace gateway::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

double Seconds(const std::function<void()>& call) {
  const auto from = SteadyClock::now();
  call();
  return std::chrono::duration<double>(SteadyClock::now() - from).count();
}

double Median(int times, const std::function<void()>& call) {
  std::vector<double> seconds(static_cast<std::size_t>(times));
  for (double& one : seconds) one = Seconds(call);
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

routing::Router RouterOf(const RouteSettings& settings) {
  auto router = routing::Router::Create(settings);
  if (!router) throw std::runtime_error(router.error().code + " " + router.error().detail);
  return std::move(router).value();
}

// Gives the attributes that the rules ask for what a CT image has.
void Fill(InstanceHeader& header, const std::vector<AttributePath>& asked) {
  for (const AttributePath& path : asked) {
    const Vr vr = attributes::VrOf(path);
    const char* const text = vr == Vr::DA ? "20261101" : vr == Vr::IS ? "1" : vr == Vr::CS ? "CT" : "Thorax 5.0";
    header.asked[attributes::Text(path)] = {AttributeValue::State::values, vr, {text}};
  }
}

}  // namespace

int Routes(const std::vector<std::string>& arguments) {
  std::vector<routing::Router> made;
  config::Loaded loaded;
  const double load = Seconds([&] {
    loaded = config::Load(arguments.at(0), config::NamedFiles::may_be_missing);
    made.push_back(RouterOf(loaded.settings.routes));
  });
  for (const config::Diagnostic& mistake : loaded.mistakes) std::fprintf(stderr, "%s\n", Format(mistake).c_str());
  if (!loaded.mistakes.empty()) return 1;
  std::vector<routing::Router> alone;
  for (const OutboundRuleSettings& rule : loaded.settings.routes.outbound) {
    RouteSettings of_one;
    of_one.outbound = {rule};
    alone.push_back(RouterOf(of_one));
  }
  InstanceHeader header;
  header.modality = "CT";
  Fill(header, made.front().AskedByOutboundRules());
  const routing::OutboundFacts facts{.header = header, .called_ae = arguments.at(1), .now = SystemClock().Now()};
  std::size_t found = 0;
  const double decide = Median(10'001, [&] { found = made.front().Outbound(facts).size(); });
  std::size_t found_alone = 0;
  const double one_by_one = Median(101, [&] {
    found_alone = 0;
    for (const routing::Router& rule : alone) found_alone += rule.Outbound(facts).size();
  });
  // No rule of the benchmark's table is final, and none names a partner twice.
  if (found == 0 || found != found_alone) return 1;
  std::printf("{\"load\": %.6f, \"decide\": %.9f, \"one_by_one\": %.9f}\n", load, decide, one_by_one);
  return 0;
}

}  // namespace gateway::bench
