#include "http/text.hpp"

#include <chanx/error.hpp>
#include <chanx/http/request.hpp>
#include <chanx/http/static_files.hpp>

#include <sodium/crypto_generichash.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>

namespace chanx {
namespace {

namespace fs = std::filesystem;

std::string_view content_type(std::string_view name) noexcept {
    struct Type {
        std::string_view extension;
        std::string_view type;
    };
    static constexpr Type types[] = {
        {"html", "text/html; charset=utf-8"},
        {"htm", "text/html; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"js", "text/javascript; charset=utf-8"},
        {"mjs", "text/javascript; charset=utf-8"},
        {"txt", "text/plain; charset=utf-8"},
        {"md", "text/markdown; charset=utf-8"},
        {"csv", "text/csv; charset=utf-8"},
        {"xml", "text/xml; charset=utf-8"},
        {"json", "application/json"},
        {"map", "application/json"},
        {"webmanifest", "application/manifest+json"},
        {"svg", "image/svg+xml"},
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"gif", "image/gif"},
        {"webp", "image/webp"},
        {"avif", "image/avif"},
        {"ico", "image/x-icon"},
        {"woff", "font/woff"},
        {"woff2", "font/woff2"},
        {"ttf", "font/ttf"},
        {"otf", "font/otf"},
        {"wasm", "application/wasm"},
        {"pdf", "application/pdf"},
        {"mp3", "audio/mpeg"},
        {"ogg", "audio/ogg"},
        {"mp4", "video/mp4"},
        {"webm", "video/webm"},
    };
    const std::size_t dot = name.rfind('.');
    if (dot != std::string_view::npos) {
        for (const Type& type : types) {
            if (detail::text::equals_ignoring_case(type.extension, name.substr(dot + 1))) return type.type;
        }
    }
    return "application/octet-stream";
}

/// Quoted, of the content alone: the same file has the same tag in every process.
std::string strong_etag(std::string_view content) {
    std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(content.data()),
                       content.size(), nullptr, 0);
    std::string tag = "\"";
    for (unsigned char byte : hash) {
        tag += "0123456789abcdef"[byte >> 4];
        tag += "0123456789abcdef"[byte & 15];
    }
    return tag + '"';
}

/// Whether an If-None-Match list has the tag; the comparison is the weak one (RFC 9110 section 13.1.2).
bool lists_tag(std::string_view list, std::string_view tag) {
    bool found = false;
    detail::text::for_each_item(list, [&](std::string_view item) {
        if (item.starts_with("W/")) item.remove_prefix(2);
        if (item == tag || item == "*") found = true;
    });
    return found;
}

[[noreturn]] void refuse(const fs::path& path, std::string_view why) {
    throw ConfigurationError("chanx: static files: " + path.string() + " " + std::string(why));
}

std::string read_file(const fs::path& path, std::size_t limit) {
    std::ifstream stream(path, std::ios::binary);
    std::string content;
    std::array<char, 16384> chunk;
    while (stream) {
        stream.read(chunk.data(), chunk.size());
        content.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
        // Counted while reading: a file may grow, and some report no size at all.
        if (content.size() > limit) refuse(path, "takes the directory over 64 MiB");
    }
    if (!stream.eof()) refuse(path, "cannot be read");
    return content;
}

bool is_inside(const fs::path& path, const fs::path& root) {
    return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

}  // namespace

class StaticFiles::Table {
  public:
    struct File {
        std::string_view content;
        std::string_view type;
        std::string etag;
    };

    void add(std::string name, std::string_view content) {
        const std::string_view type = content_type(name);
        const auto [at, added] =
            files_.try_emplace(std::move(name), File{content, type, strong_etag(content)});
        if (!added) throw ConfigurationError("chanx: static files: " + at->first + " is there twice");
    }

    /// The map's nodes don't move, so the text that the table owns doesn't either.
    void add_owned(std::string name, std::string content) {
        const auto [at, added] = contents_.try_emplace(name, std::move(content));
        add(std::move(name), at->second);
    }

    const File* find(std::string_view name) const noexcept {
        const auto found = files_.find(name);
        return found == files_.end() ? nullptr : &found->second;
    }
    std::size_t size() const noexcept { return files_.size(); }

  private:
    std::map<std::string, std::string, std::less<>> contents_;
    std::map<std::string, File, std::less<>> files_;
};

StaticFiles::StaticFiles(std::shared_ptr<const Table> table) : table_(std::move(table)) {}

StaticFiles StaticFiles::from_directory(const std::string& directory) {
    auto table = std::make_shared<Table>();
    std::size_t total = 0;
    try {
        const fs::path root = fs::canonical(directory);
        if (!fs::is_directory(root)) refuse(directory, "is no directory");
        for (auto at = fs::recursive_directory_iterator(root); at != fs::recursive_directory_iterator();
             ++at) {
            const fs::path& path = at->path();
            if (path.filename().native().starts_with('.')) {
                at.disable_recursion_pending();
                continue;
            }
            if (at->is_symlink()) {
                const fs::path real = fs::weakly_canonical(path);
                if (!is_inside(real, root))
                    refuse(path, "is a symbolic link that leads out of the directory");
                if (!at->is_regular_file()) refuse(path, "is a symbolic link to something other than a file");
            }
            if (!at->is_regular_file()) continue;
            std::string content = read_file(path, max_total_size - total);
            total += content.size();
            table->add_owned(path.lexically_relative(root).generic_string(), std::move(content));
        }
    } catch (const fs::filesystem_error& error) {
        refuse(directory, "cannot be read: " + error.code().message());
    }
    return StaticFiles(std::move(table));
}

StaticFiles StaticFiles::from_embedded(std::span<const EmbeddedFile> files) {
    auto table = std::make_shared<Table>();
    for (const EmbeddedFile& file : files) table->add(std::string(file.name), file.content);
    return StaticFiles(std::move(table));
}

Response StaticFiles::respond(const Request& request, std::string_view name) const {
    const Table::File* file = table_->find(name);
    if (!file) return Response::error(404, "Not found");
    if (request.method() != "GET" && request.method() != "HEAD") {
        Response refused = Response::error(405, "Method not allowed");
        refused.set_header("Allow", "GET, HEAD");
        return refused;
    }
    const auto tags = request.scope().header_all("if-none-match");
    const bool unchanged = tags && lists_tag(*tags, file->etag);
    Response response(unchanged ? 304 : 200);
    response.set_header("ETag", file->etag);
    response.set_header("Cache-Control", "no-cache");
    response.set_header("X-Content-Type-Options", "nosniff");
    if (!unchanged) {
        response.set_header("Content-Type", file->type);
        response.set_shared_body(table_, file->content);
    }
    return response;
}

bool StaticFiles::contains(std::string_view name) const noexcept {
    return table_->find(name) != nullptr;
}

std::size_t StaticFiles::size() const noexcept {
    return table_->size();
}

}  // namespace chanx
