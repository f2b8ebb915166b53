# ragqueue_room(NAME SOURCES... [SEES rooms...] [LIBRARIES packages' targets...] [APART]): one room of lib, a folder by its path from there,
# as the target ragqueue_NAME, and part of the library ragqueue unless it stands APART. A file includes headers of its own room, of those that the room sees and of those that these see; no others are on
# its include path. The statements of the room's sql/, if it has one, are its sql.hpp.
function(ragqueue_room name)
  cmake_parse_arguments(arg "APART" "" "SOURCES;SEES;LIBRARIES" ${ARGN})
  string(REPLACE "/" "_" id "${name}")
  set(room ragqueue_${id})
  set(view "${PROJECT_BINARY_DIR}/rooms/${id}")
  cmake_path(GET name PARENT_PATH above)
  file(MAKE_DIRECTORY "${view}/${above}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${view}/${name}" SYMBOLIC)

  add_library(${room} OBJECT ${arg_SOURCES})
  ragqueue_target(${room})
  target_include_directories(${room} PUBLIC "${view}" "${PROJECT_SOURCE_DIR}/include")
  list(TRANSFORM arg_SEES REPLACE "/" "_")
  list(TRANSFORM arg_SEES PREPEND ragqueue_)
  target_link_libraries(${room} PUBLIC ${arg_SEES} PRIVATE ${arg_LIBRARIES})
  if(IS_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/sql")
    ragqueue_room_sql(${room} ${name})
  endif()

  if(arg_APART)
    return()
  endif()
  target_sources(ragqueue PRIVATE $<TARGET_OBJECTS:${room}>)
  # Headers alone are in the objects already.
  list(REMOVE_ITEM arg_LIBRARIES fmt::fmt-header-only)
  target_link_libraries(ragqueue PRIVATE ${arg_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY RAGQUEUE_ROOMS ${room})
endfunction()

function(ragqueue_room_sql room name)
  set(folder "${PROJECT_BINARY_DIR}/generated/${room}")
  set(source "${folder}/${name}/sql.cpp")
  file(GLOB_RECURSE statements CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/sql/*.sql")
  add_custom_command(
    OUTPUT "${source}"
    BYPRODUCTS "${folder}/${name}/sql.hpp"
    COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/sql -DOUTPUT=${source} -DROOM=${name}
            -P "${PROJECT_SOURCE_DIR}/cmake/EmbedSql.cmake"
    DEPENDS ${statements} "${PROJECT_SOURCE_DIR}/cmake/EmbedSql.cmake"
    COMMENT "Embedding the statements of ${name}")
  add_custom_target(${room}_sql DEPENDS "${source}")
  target_sources(${room} PRIVATE "${source}")
  target_include_directories(${room} PUBLIC "${folder}")
  add_dependencies(ragqueue_sql ${room}_sql)
endfunction()
