#pragma once

#include <cstdint>
#include <string>

namespace chanx {

/// One end of a connection.
struct Endpoint {
    /// In numbers, without brackets or zone: "127.0.0.1", "::1". Empty where there is no network (tests).
    std::string address;
    std::uint16_t port = 0;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace chanx
