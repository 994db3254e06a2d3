#pragma once

// For programs that serve HTTP with Boost.Beast themselves. The only public header that shows Beast.

#include <chanx/server/server.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <utility>

namespace chanx {
namespace detail {

/// The request as it could have been on the wire.
template <class Body, class Fields>
std::string wire_text(const boost::beast::http::request<Body, Fields>& request) {
    std::string text;
    boost::beast::http::serializer<true, Body, Fields> serializer(request);
    while (!serializer.is_done()) {
        boost::system::error_code error;
        serializer.next(error, [&](boost::system::error_code&, const auto& buffers) {
            std::size_t size = 0;
            for (const auto buffer : boost::beast::buffers_range_ref(buffers)) {
                text.append(static_cast<const char*>(buffer.data()), buffer.size());
                size += buffer.size();
            }
            serializer.consume(size);
        });
        if (error) throw boost::system::system_error(error);
    }
    return text;
}

}  // namespace detail

/// Hands a connection over to a server, with the request that was read from it: as Server::adopt(), which
/// says what becomes of it. On the thread that owns the socket.
///
/// @code
/// if (request.target().starts_with("/ws/")) {
///     chanx::handle_upgrade(server, stream.release_socket(), request, buffer);
///     return;  // the connection is the server's now
/// }
/// @endcode
/// @param socket  with no operation under way; it leaves its io_context
/// @param request  whole, with its body if it has one; a request for a WebSocket that has one is answered with 400
/// @param buffer  what it was read with: what came behind it is still in there
/// @throws boost::system::system_error where the socket can't be released or the request is not whole;
/// nothing has happened then
template <class Executor, class Body, class Fields, class DynamicBuffer>
void handle_upgrade(Server& server, boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>&& socket,
                    const boost::beast::http::request<Body, Fields>& request, const DynamicBuffer& buffer) {
    const std::string bytes = detail::wire_text(request) + boost::beast::buffers_to_string(buffer.data());
    server.adopt(socket.release(), bytes);
}

}  // namespace chanx
