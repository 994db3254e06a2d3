#pragma once

#include <string_view>

namespace chanx {

/// A file whose content was linked into the program (see cmake/EmbedFiles.cmake).
struct EmbeddedFile {
    /// Relative to the embedded directory, with slashes: "css/chat.css".
    std::string_view name;
    std::string_view content;
};

}  // namespace chanx
