#include "layer/redis/redis_socket.hpp"

#include <chanx/error.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <deque>
#include <type_traits>
#include <utility>

namespace chanx::detail {

namespace asio = boost::asio;

class RedisTls {
  public:
    asio::ssl::context context{asio::ssl::context::tls_client};
};

namespace {

using boost::system::error_code;
using Plain = asio::generic::stream_protocol::socket;
using Encrypted = asio::ssl::stream<Plain>;

template <class Stream>
class Connection final : public RedisSocket, public std::enable_shared_from_this<Connection<Stream>> {
  public:
    static constexpr bool encrypted = std::is_same_v<Stream, Encrypted>;

    template <class... Arguments>
    Connection(asio::io_context& io, const RedisAddress& address, std::shared_ptr<RedisTls> tls, Owner& owner,
               Arguments&... arguments)
        : address_(address), tls_(std::move(tls)), resolver_(io), stream_(io, arguments...), owner_(&owner) {}

    void connect() override {
        if (address_.is_local()) {
            endpoints_.emplace_back(asio::local::stream_protocol::endpoint(address_.path));
            try_next({});
            return;
        }
        error_code not_numeric;
        const auto numeric = asio::ip::make_address(address_.host, not_numeric);
        if (!not_numeric) {
            endpoints_.emplace_back(asio::ip::tcp::endpoint(numeric, address_.port));
            try_next({});
            return;
        }
        resolver_.async_resolve(address_.host, std::to_string(address_.port),
                                [self = this->shared_from_this()](error_code error, const auto& found) {
                                    for (const auto& each : found)
                                        self->endpoints_.emplace_back(each.endpoint());
                                    self->try_next(error);
                                });
    }

    void write(std::string_view bytes) override {
        pending_.append(bytes);
        if (writing_.empty()) write_pending();
    }

    void close() noexcept override {
        owner_ = nullptr;
        error_code ignored;
        resolver_.cancel();
        stream_.lowest_layer().close(ignored);
    }

  private:
    void broken(const error_code& error) {
        if (owner_ == nullptr) return;
        Owner& owner = *owner_;
        close();
        owner.on_broken(error == asio::error::eof ? "closed by Redis" : error.message());
    }

    void try_next(error_code error) {
        if (owner_ == nullptr) return;
        if (endpoints_.empty()) {
            broken(error ? error : asio::error::make_error_code(asio::error::host_not_found));
            return;
        }
        const auto endpoint = endpoints_.front();
        endpoints_.pop_front();
        auto& socket = stream_.lowest_layer();
        error_code ignored;
        socket.close(ignored);
        socket.async_connect(endpoint, [self = this->shared_from_this()](error_code failed) {
            if (failed) {
                self->try_next(failed);
            } else {
                self->connected();
            }
        });
    }

    void connected() {
        if (owner_ == nullptr) return;
        if (!address_.is_local()) {
            error_code ignored;
            stream_.lowest_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
        }
        if constexpr (encrypted) {
            SSL_set_tlsext_host_name(stream_.native_handle(), address_.host.c_str());
            stream_.set_verify_mode(asio::ssl::verify_peer);
            stream_.set_verify_callback(asio::ssl::host_name_verification(address_.host));
            stream_.async_handshake(Encrypted::client, [self = this->shared_from_this()](error_code failed) {
                if (failed) {
                    self->broken(failed);
                } else {
                    self->open();
                }
            });
        } else {
            open();
        }
    }

    void open() {
        if (owner_ == nullptr) return;
        read();
        owner_->on_connected();
    }

    void read() {
        stream_.async_read_some(asio::buffer(buffer_),
                                [self = this->shared_from_this()](error_code error, std::size_t size) {
                                    if (error) {
                                        self->broken(error);
                                        return;
                                    }
                                    if (self->owner_ == nullptr) return;
                                    self->owner_->on_bytes(std::string_view(self->buffer_.data(), size));
                                    if (self->owner_ != nullptr) self->read();
                                });
    }

    void write_pending() {
        if (pending_.empty() || owner_ == nullptr) return;
        writing_.swap(pending_);
        asio::async_write(stream_, asio::buffer(writing_),
                          [self = this->shared_from_this()](error_code error, std::size_t) {
                              self->writing_.clear();
                              if (error) {
                                  self->broken(error);
                              } else {
                                  self->write_pending();
                              }
                          });
    }

    const RedisAddress address_;
    std::shared_ptr<RedisTls> tls_;
    asio::ip::tcp::resolver resolver_;
    Stream stream_;
    Owner* owner_;
    std::deque<asio::generic::stream_protocol::endpoint> endpoints_;
    std::array<char, 16'384> buffer_;
    std::string pending_;
    std::string writing_;
};

}  // namespace

std::shared_ptr<RedisTls> make_redis_tls(const RedisAddress& address, const std::string& ca_file) {
    if (!address.tls) {
        if (!ca_file.empty()) throw ConfigurationError("chanx: tls_ca_file needs a Redis URL with rediss://");
        return nullptr;
    }
    auto tls = std::make_shared<RedisTls>();
    error_code error;
    if (ca_file.empty()) {
        tls->context.set_default_verify_paths(error);
    } else {
        tls->context.load_verify_file(ca_file, error);
    }
    if (error) {
        throw ConfigurationError("chanx: no certificates to trust Redis by in " +
                                 (ca_file.empty() ? std::string("the system's folder") : ca_file) + ": " +
                                 error.message());
    }
    return tls;
}

std::shared_ptr<RedisSocket> make_redis_socket(asio::io_context& io, const RedisAddress& address,
                                               const std::shared_ptr<RedisTls>& tls,
                                               RedisSocket::Owner& owner) {
    if (tls) return std::make_shared<Connection<Encrypted>>(io, address, tls, owner, tls->context);
    return std::make_shared<Connection<Plain>>(io, address, tls, owner);
}

}  // namespace chanx::detail
