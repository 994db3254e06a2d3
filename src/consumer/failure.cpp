#include "consumer/failure.hpp"

#include <chanx/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <stdexcept>

namespace chanx::detail {

std::string text_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& known) {
        return known.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

bool is_cancellation(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Cancelled&) {
        return true;
    } catch (const boost::system::system_error& failure) {
        return failure.code() == boost::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

PublicFailure public_view(const std::exception_ptr& error, std::string_view otherwise) {
    try {
        std::rethrow_exception(error);
    } catch (const ApiException& refusal) {
        return {refusal.status(), refusal.detail(), true};
    } catch (...) {
        return {500, std::string(otherwise), false};
    }
}

std::uint16_t close_code_of(int status) noexcept {
    return static_cast<std::uint16_t>(status >= 400 && status < 500 ? 4000 + status : 1011);
}

void require_valid(const ConnectResponse& response, const Scope& scope) {
    if (response.status != 101 && (response.status < 300 || response.status > 599)) {
        throw std::logic_error("connect() refuses with status " + std::to_string(response.status) + "; use 300 to 599");
    }
    if (response.status != 101 || response.subprotocol.empty()) return;
    const auto offered = scope.subprotocols();
    if (std::ranges::find(offered, response.subprotocol) == offered.end()) {
        throw std::logic_error("connect() chose the subprotocol '" + response.subprotocol + "', which the client did not offer");
    }
}

}  // namespace chanx::detail
