#include <chanx/layer/redis_layer.hpp>

#include <chanx/error.hpp>

// Makes a layer and ends it: nobody listens on that port, which is no mistake.
int main() {
    const auto layer = chanx::make_redis_layer({.url = "redis://127.0.0.1:1"});
    try {
        chanx::make_redis_layer({.url = "nonsense"});
    } catch (const chanx::ConfigurationError&) {
        return layer->health().degraded ? 0 : 1;
    }
    return 1;
}
