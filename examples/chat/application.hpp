#pragma once

#include "chat/services.hpp"

#include <chanx/app/application.hpp>
#include <chanx/compression.hpp>

#include <memory>
#include <string>
#include <vector>

namespace chat {

struct ApplicationOptions {
    ServiceOptions services{};
    /// Origins whose pages may use the chat, besides its own.
    std::vector<std::string> allowed_origins{};
    /// Names under which it is reached; empty: any.
    std::vector<std::string> allowed_hosts{};
    /// Proxies that say who a client is.
    std::vector<std::string> trusted_proxies{};
    chanx::CompressionOptions compression{};
    /// Makes what joins this process with others that have the same database; by default it is alone.
    LayerFactory layer{};
};

/// The chat, ready to be given to a Server or a TestApplication.
/// @throws StoreError where the database can't be used, ConfigurationError for an origin or a proxy that is
/// none
std::unique_ptr<chanx::Application> make_application(ApplicationOptions options);

}  // namespace chat
