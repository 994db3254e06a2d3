// The load generator for every server of the benchmark. Loopback only, bounded in count and in time.

#include "load/modes.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>

namespace {

load::Report run(const load::Options& options) {
    const load::Process server(options.pids);
    load::Generator generator(options.port, load::Dialect(options.protocol, options.path));
    if (options.sender_port != 0) generator.send_first_to(options.senders, options.sender_port);
    switch (options.mode) {
        case load::Options::Mode::echo:
            return run_echo(generator, options, server);
        case load::Options::Mode::fanout:
            return run_fanout(generator, options, server);
        case load::Options::Mode::groups:
            return run_groups(generator, options, server);
        case load::Options::Mode::idle:
            return run_idle(generator, options, server);
        case load::Options::Mode::connect:
            return run_connect(generator, options, server);
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    using Mode = load::Options::Mode;
    load::Options options;
    CLI::App cli("Loads a WebSocket server on 127.0.0.1 and prints what it took.", "bench_load");
    const std::map<std::string, Mode> modes{{"echo", Mode::echo},
                                            {"fanout", Mode::fanout},
                                            {"groups", Mode::groups},
                                            {"idle", Mode::idle},
                                            {"connect", Mode::connect}};
    const std::map<std::string, load::Protocol> protocols{{"websocket", load::Protocol::websocket},
                                                          {"socketio", load::Protocol::socketio}};
    cli.add_option("mode", options.mode, "echo, fanout, groups, idle or connect")
        ->required()
        ->transform(CLI::CheckedTransformer(modes));
    cli.add_option("--port", options.port, "The server's port")->required();
    cli.add_option("--sender-port", options.sender_port,
                   "fanout: the port of the server that the senders are at");
    cli.add_option("--pid", options.pids,
                   "The server's process, for its CPU time and memory; repeatable: the sum");
    cli.add_option("--protocol", options.protocol, "websocket or socketio")
        ->transform(CLI::CheckedTransformer(protocols));
    cli.add_option("--path", options.path, "Default: /ping/, for fanout /room/, for groups /groups/");
    cli.add_option("--connections", options.connections, "Clients")
        ->capture_default_str()
        ->check(CLI::Range(1, 200'000));
    cli.add_option("--depth", options.depth, "echo: requests of each under way")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    cli.add_option("--senders", options.senders, "fanout: clients that send")
        ->capture_default_str()
        ->check(CLI::Range(1, 65'536));
    cli.add_option("--window", options.window, "fanout: messages of each sender under way; groups: of all")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    cli.add_option("--groups", options.groups, "fanout: rooms; groups: groups")
        ->capture_default_str()
        ->check(CLI::Range(1, 200'000));
    cli.add_option("--members", options.members, "groups: members of each")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    cli.add_option("--size", options.size, "Bytes of an echoed text or a chat's payload")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{14}, std::size_t{8} << 20));
    cli.add_option("--concurrent", options.concurrent, "Clients that are being opened at a time")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    cli.add_option("--seconds", options.seconds, "How long is measured")
        ->capture_default_str()
        ->check(CLI::Range(0.01, 600.0));
    cli.add_option("--warm-up", options.warm_up, "Seconds before that")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 60.0));
    cli.add_option("--operations", options.operations, "So many requests or messages instead of a time")
        ->check(CLI::Range(1, 100'000'000));
    cli.add_flag("--row", options.row, "A line for people instead of JSON");
    CLI11_PARSE(cli, argc, argv);

    if (options.path.empty()) {
        options.path = options.mode == Mode::fanout   ? "/room/"
                       : options.mode == Mode::groups ? "/groups/"
                                                      : "/ping/";
    }
    if (options.senders > options.connections ||
        (options.mode == Mode::fanout && options.groups > options.connections)) {
        std::fprintf(stderr, "bench_load: more senders or rooms than connections\n");
        return 2;
    }
    if (options.mode == Mode::groups && options.members > options.connections) {
        std::fprintf(stderr, "bench_load: more members than connections\n");
        return 2;
    }
    try {
        const load::Report report = run(options);
        std::printf("%s\n", (options.row ? report.row() : report.json()).c_str());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_load: %s\n", error.what());
        return 1;
    }
    return 0;
}
