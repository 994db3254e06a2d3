#pragma once

#include <chanx/http/embedded_file.hpp>
#include <chanx/http/response.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace chanx {

class Request;

/// Files served from memory. A name is looked up in a table made at start, never in the file system, so no
/// name leads out of it. Cheap to copy; safe to use from several threads.
///
///     auto files = chanx::StaticFiles::from_directory("static");
///     chanx::path("static/<path:name>", chanx::get([files](chanx::Request request) -> chanx::awaitable<chanx::Response> {
///         co_return files.respond(request, request.param<std::string>("name"));
///     }));
class StaticFiles {
  public:
    /// Most bytes that from_directory loads, in all.
    static constexpr std::size_t max_total_size = std::size_t{64} * 1024 * 1024;

    /// Reads every regular file below `directory`; names that begin with a dot are left out.
    /// Throws ConfigurationError if the directory can't be read, is larger than max_total_size, or holds a
    /// symbolic link that leads out of it, to a directory or nowhere.
    static StaticFiles from_directory(const std::string& directory);

    /// The table and what it points to must outlive the object and its responses: it usually is a constant.
    /// Throws ConfigurationError if a name is there twice.
    static StaticFiles from_embedded(std::span<const EmbeddedFile> files);

    /// The answer to a request for the file `name` (decoded, without a leading slash): 200 with content type
    /// and strong ETag, 304 if If-None-Match has that ETag (RFC 9110 section 13.1.2), 404 for an unknown
    /// name, 405 for any method but GET and HEAD. Browsers revalidate every time (Cache-Control: no-cache).
    Response respond(const Request& request, std::string_view name) const;

    bool contains(std::string_view name) const noexcept;
    std::size_t size() const noexcept;

  private:
    class Table;
    explicit StaticFiles(std::shared_ptr<const Table> table);

    std::shared_ptr<const Table> table_;
};

}  // namespace chanx
