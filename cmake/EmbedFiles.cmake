# chanx_embed_files(TARGET target DIRECTORY dir SYMBOL ns::name)
#
# Links every file below dir (names that begin with a dot left out) into target, as
#     namespace ns { extern const std::span<const chanx::EmbeddedFile> name; }
# declared in a generated header <name>.hpp that target's sources can include. The table is made at build
# time and again whenever a file is added, changed or removed.
set(CHANX_EMBED_FILES_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/EmbedFilesScript.cmake)

function(chanx_embed_files)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;DIRECTORY;SYMBOL" "")
    foreach(needed TARGET DIRECTORY SYMBOL)
        if(NOT arg_${needed})
            message(FATAL_ERROR "chanx_embed_files: ${needed} is missing")
        endif()
    endforeach()
    if(NOT arg_SYMBOL MATCHES "^([A-Za-z_][A-Za-z0-9_]*(::[A-Za-z_][A-Za-z0-9_]*)*)::([A-Za-z_][A-Za-z0-9_]*)$")
        message(FATAL_ERROR "chanx_embed_files: SYMBOL must be ns::name, not \"${arg_SYMBOL}\"")
    endif()
    set(namespace ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_3})
    get_filename_component(directory ${arg_DIRECTORY} ABSOLUTE)
    if(NOT IS_DIRECTORY ${directory})
        message(FATAL_ERROR "chanx_embed_files: ${directory} is no directory")
    endif()

    set(output ${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}_embedded)
    file(CONFIGURE OUTPUT ${output}/${name}.hpp @ONLY CONTENT [[
#pragma once

#include <chanx/http/embedded_file.hpp>

#include <span>

namespace @namespace@ {

extern const std::span<const chanx::EmbeddedFile> @name@;

}  // namespace @namespace@
]])
    file(GLOB_RECURSE files CONFIGURE_DEPENDS LIST_DIRECTORIES false RELATIVE ${directory} ${directory}/*)
    list(FILTER files EXCLUDE REGEX "(^|/)\\.")
    list(SORT files)
    # As a file, so that a list of any length and any name reaches the script; rewritten only if it differs,
    # and so also what notices that a file is gone.
    list(JOIN files "\n" lines)
    file(CONFIGURE OUTPUT ${output}/${name}.list @ONLY CONTENT "@lines@\n")
    list(TRANSFORM files PREPEND ${directory}/ OUTPUT_VARIABLE depends)

    add_custom_command(
        OUTPUT ${output}/${name}.cpp
        COMMAND ${CMAKE_COMMAND} -D DIRECTORY=${directory} -D LIST=${output}/${name}.list
            -D OUTPUT=${output}/${name}.cpp -D HEADER=${name}.hpp -D NAMESPACE=${namespace} -D NAME=${name}
            -P ${CHANX_EMBED_FILES_SCRIPT}
        DEPENDS ${depends} ${output}/${name}.list ${CHANX_EMBED_FILES_SCRIPT}
        COMMENT "Embedding ${arg_DIRECTORY}"
        VERBATIM)
    target_sources(${arg_TARGET} PRIVATE ${output}/${name}.cpp)
    target_include_directories(${arg_TARGET} PRIVATE ${output})
endfunction()
