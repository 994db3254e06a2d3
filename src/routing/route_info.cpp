#include <chanx/routing/route_info.hpp>

#include <algorithm>
#include <array>

namespace chanx {
namespace {

using Row = std::array<std::string, 5>;

std::string actions(std::span<const MessageInfo> messages) {
    std::string text;
    for (const MessageInfo& message : messages) {
        if (!text.empty()) text += ',';
        text += message.action;
    }
    return text;
}

/// "in: ping,chat  group: user_joined"
std::string messages_of(const ConsumerInfo& info) {
    std::string text;
    const auto add = [&](std::string_view label, std::span<const MessageInfo> messages) {
        if (messages.empty()) return;
        if (!text.empty()) text += "  ";
        text.append(label).append(actions(messages));
    };
    add("in: ", info.incoming);
    add("out: ", info.outgoing);
    add("group: ", info.group);
    return text;
}

Row row_of(const RouteInfo& route) {
    Row row{
        route.kind == RouteInfo::Kind::websocket ? "WS" : route.method, route.pattern, route.name, {}, {}};
    if (route.info) {
        row[3] = route.info->name;
        row[4] = messages_of(*route.info);
    }
    for (const RouteInfo::Param& param : route.params) {
        row[1] += &param == route.params.data() ? "  (" : ", ";
        row[1].append(param.name).append(": ").append(param.type);
    }
    if (!route.params.empty()) row[1] += ')';
    return row;
}

}  // namespace

std::string format_routes(std::span<const RouteInfo> routes) {
    std::vector<Row> rows{{"method", "path", "name", "consumer", "messages"}};
    for (const RouteInfo& route : routes) rows.push_back(row_of(route));
    std::array<std::size_t, 5> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string table;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            line.append(widths[i] + 2 - row[i].size(), ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        table += line + '\n';
    }
    return table;
}

}  // namespace chanx
