#pragma once

#include "app/application_core.hpp"

#include <optional>
#include <string_view>

namespace chanx::detail {

/// What is decided on a TCP connection before it has said anything: its place, or why it gets none.
struct Entrance {
    ConnectionPlace place{};
    std::optional<Refusal> refusal{};

    static Entrance of(ApplicationCore& core, std::string_view address) {
        if (core.draining()) return {.refusal = Refusal::draining};
        auto [answer, place] = core.enter(address);
        switch (answer) {
            case ConnectionTable::Answer::entered:
                return {.place = std::move(place)};
            case ConnectionTable::Answer::full:
                return {.refusal = Refusal::connections};
            case ConnectionTable::Answer::address_full:
                return {.refusal = Refusal::address};
        }
        return {.refusal = Refusal::connections};
    }
};

}  // namespace chanx::detail
