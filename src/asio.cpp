#include <chanx/asio.hpp>

#include "runtime/loop.hpp"

namespace chanx::detail {

boost::asio::io_context& io_context_of(Loop& loop) noexcept { return loop.io(); }
LoopExecutor<boost::asio::io_context::executor_type> executor_of(Loop& loop) noexcept { return loop.executor(); }

}  // namespace chanx::detail
