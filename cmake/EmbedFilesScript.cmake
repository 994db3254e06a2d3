# Run at build time by chanx_embed_files: writes the table of the files named in LIST.
cmake_minimum_required(VERSION 3.25)
file(STRINGS ${LIST} names ENCODING UTF-8)

set(text "#include \"${HEADER}\"\n\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n")
string(APPEND text "namespace ${NAMESPACE} {\nnamespace {\n\nconstexpr chanx::EmbeddedFile files[] = {\n")
set(count 0)
foreach(name IN LISTS names)
    file(SIZE ${DIRECTORY}/${name} size)
    file(READ ${DIRECTORY}/${name} hex HEX)
    # Octal digits would be shorter, but CMake reads hexadecimal ones; 32 bytes to a literal and line, since
    # \x takes all the digits that follow it.
    string(REGEX REPLACE "(................................................................)" "\\1\"\n     \"" hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" hex "${hex}")
    string(REPLACE "\\" "\\\\" escaped "${name}")
    string(REPLACE "\"" "\\\"" escaped "${escaped}")
    string(APPEND text "    {\"${escaped}\",\n     {\"${hex}\", ${size}}},\n")
    math(EXPR count "${count} + 1")
endforeach()
if(count EQUAL 0)
    # An array needs an element; the span leaves it out.
    string(APPEND text "    {{}, {}},\n")
endif()
string(APPEND text "};\n\n}  // namespace\n\n")
string(APPEND text "constinit const std::span<const chanx::EmbeddedFile> ${NAME}(files, ${count});\n\n")
string(APPEND text "}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUTPUT} "${text}")
