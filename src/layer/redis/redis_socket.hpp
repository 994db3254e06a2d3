#pragma once

#include "layer/redis/redis_address.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace chanx::detail {

/// One connection to Redis, plain or with TLS: bytes in, bytes out. On one thread.
class RedisSocket {
  public:
    class Owner {
      public:
        virtual void on_connected() = 0;
        virtual void on_bytes(std::string_view bytes) = 0;
        /// It is closed; the reason is for people.
        virtual void on_broken(std::string reason) = 0;

      protected:
        ~Owner() = default;
    };

    virtual ~RedisSocket() = default;
    virtual void connect() = 0;
    virtual void write(std::string_view bytes) = 0;
    /// The owner is not called any more.
    virtual void close() noexcept = 0;
};

/// What a program trusts when it speaks TLS. Null for an address without.
class RedisTls;
std::shared_ptr<RedisTls> make_redis_tls(const RedisAddress& address, const std::string& ca_file);

/// @param owner  is called until close()
std::shared_ptr<RedisSocket> make_redis_socket(boost::asio::io_context& io, const RedisAddress& address,
                                               const std::shared_ptr<RedisTls>& tls,
                                               RedisSocket::Owner& owner);

}  // namespace chanx::detail
