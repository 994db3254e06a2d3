#include "consumer/failure.hpp"

#include <chanx/error.hpp>

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

PublicFailure public_view(const std::exception_ptr& error, std::string_view otherwise) {
    try {
        std::rethrow_exception(error);
    } catch (const ApiException& refusal) {
        return {refusal.status(), refusal.detail(), true};
    } catch (...) {
        return {500, std::string(otherwise), false};
    }
}

}  // namespace chanx::detail
