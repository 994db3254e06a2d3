#pragma once

#include <chanx/message/message_set.hpp>

#include <vector>

#include "consumer/token_bucket.hpp"

namespace chanx::detail {

/// What one connection has used up of its limits: made with the first message that one holds for.
struct SessionRates {
    struct OfType {
        const void* type;
        TokenBucket bucket;
    };
    /// Of those types only that have come.
    TokenBucket& of(const MessageLimit& limit) {
        for (OfType& each : by_type) {
            if (each.type == limit.type) return each.bucket;
        }
        return by_type.emplace_back(OfType{limit.type, {}}).bucket;
    }

    TokenBucket all{};
    TokenBucket refusals{};
    std::vector<OfType> by_type{};
};

}  // namespace chanx::detail
