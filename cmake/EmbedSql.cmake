# Run as a script: writes OUTPUT, a .cpp with one string_view for each .sql file of INPUT, and beside it the header that declares them, which
# changes only with their names. ROOM is the room's path from lib.
# `claim.sql` becomes ragqueue::sql::claim, by the name /* ragqueue:claim */; the files of a folder in INPUT, such as `functions/`, become
# ragqueue::sql::functions::rag_claim and so on, and together, in the order of their names, the arrays ragqueue::sql::functions::all and, for the names, …::names.
function(as_literal text result)
  set(${result} "R\"__sql__(${text})__sql__\"" PARENT_SCOPE)
endfunction()

# What goes over the wire at each call has its name, by which logs, pg_stat_activity and the tests know it, and none of the comments.
function(read_statement file name result)
  file(READ "${file}" text)
  string(REGEX REPLACE "(^|\n)[ ]*--[^\n]*" "\\1" text "${text}")
  string(REGEX REPLACE "\n\n+" "\n" text "${text}")
  string(STRIP "${text}" text)
  set(${result} "/* ragqueue:${name} */ ${text}" PARENT_SCOPE)
endfunction()

# Appends to `declarations` and `definitions` what the .sql files of one folder become.
macro(embed_folder folder)
  set(names "")
  file(GLOB files "${folder}/*.sql")
  list(SORT files)
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    list(APPEND names ${name})
    if(ROOM STREQUAL "schema")  # what a database keeps, and what an owner reads, keeps its comments
      file(READ "${file}" text)
    else()
      read_statement("${file}" ${name} text)
    endif()
    as_literal("${text}" literal)
    string(APPEND declarations "extern const std::string_view ${name};\n")
    string(APPEND definitions "constinit const std::string_view ${name} = ${literal};\n\n")
  endforeach()
endmacro()

set(declarations "#pragma once\n\n#include <array>\n#include <string_view>\n\nnamespace ragqueue::sql {\n\n")
set(definitions "#include \"${ROOM}/sql.hpp\"\n\nnamespace ragqueue::sql {\n\n")
embed_folder("${INPUT}")
file(GLOB folders LIST_DIRECTORIES true "${INPUT}/*")
foreach(folder IN LISTS folders)
  if(IS_DIRECTORY "${folder}")
    get_filename_component(space "${folder}" NAME)
    string(APPEND declarations "\nnamespace ${space} {\n")
    string(APPEND definitions "namespace ${space} {\n")
    embed_folder("${folder}")
    list(LENGTH names count)
    list(JOIN names ", " listed)
    list(JOIN names "\", \"" quoted)
    string(APPEND declarations "extern const std::array<std::string_view, ${count}> all;\n"
           "extern const std::array<std::string_view, ${count}> names;\n}  // namespace ${space}\n")
    string(APPEND definitions
           "const std::array<std::string_view, ${count}> all = {${listed}};\n"
           "const std::array<std::string_view, ${count}> names = {\"${quoted}\"};\n\n}  // namespace ${space}\n\n")
  endif()
endforeach()
string(APPEND declarations "\n}  // namespace ragqueue::sql\n")
string(APPEND definitions "}  // namespace ragqueue::sql\n")
file(WRITE "${OUTPUT}" "${definitions}")
string(REGEX REPLACE "cpp$" "hpp" header "${OUTPUT}")
set(present "")
if(EXISTS "${header}")
  file(READ "${header}" present)
endif()
if(NOT present STREQUAL declarations)
  file(WRITE "${header}" "${declarations}")
endif()
