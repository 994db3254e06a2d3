#pragma once

#include <cstdint>
#include <string>

namespace threaded {

/// The socket of a server that knows nothing of Asio.
class PlainListener {
  public:
    enum class Family : std::uint8_t { v4, both };

    /// On a free port. With both families, clients of version 4 have mapped addresses. @throws
    /// std::runtime_error
    explicit PlainListener(Family family = Family::v4);
    ~PlainListener();
    PlainListener(const PlainListener&) = delete;
    PlainListener& operator=(const PlainListener&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    /// Waits for a connection. @return its socket, or -1 after stop()
    int accept();
    /// Ends accept(), from any thread.
    void stop() noexcept;

    /// Reads what has come, at least one byte unless the peer has gone.
    static std::string read_some(int socket, std::size_t most);

  private:
    int descriptor_;
    std::uint16_t port_ = 0;
};

}  // namespace threaded
