#pragma once

#include "load/generator.hpp"
#include "load/options.hpp"
#include "load/process.hpp"
#include "load/report.hpp"

namespace load {

/// Requests and answers: each connection keeps `depth` requests under way.
Report run_echo(Generator& generator, const Options& options, const Process& server);
/// One sends, everybody in the room gets it: missing and misordered messages are counted.
Report run_fanout(Generator& generator, const Options& options, const Process& server);
/// Many groups of a few members each, spread over the connections, that are sent to one after another.
Report run_groups(Generator& generator, const Options& options, const Process& server);
/// Connections that do nothing: what they cost in memory, before and after one request of each.
Report run_idle(Generator& generator, const Options& options, const Process& server);
/// Connections opened and ended, one after another.
Report run_connect(Generator& generator, const Options& options, const Process& server);

}  // namespace load
