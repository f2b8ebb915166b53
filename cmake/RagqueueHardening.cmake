# ragqueue_harden(TARGET): what makes a mistake in memory end the program instead of opening it. Debug builds, which go nowhere, get only
# what the linker does. For our own builds (RAGQUEUE_HARDENING): inside another project the flags are that project's.
function(ragqueue_harden target)
  set(optimized "$<NOT:$<CONFIG:Debug>>")
  target_compile_options(${target} PRIVATE "$<${optimized}:-fstack-protector-strong>")
  # Sanitizers see more, and see it only where the C library's functions are called by their own names.
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_compile_options(${target} PRIVATE "$<${optimized}:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
  endif()
  target_compile_definitions(${target} PRIVATE "$<${optimized}:_GLIBCXX_ASSERTIONS>")
  # The table of functions is filled in at the start and closed for writing.
  target_link_options(${target} PRIVATE "LINKER:-z,relro,-z,now,-z,noexecstack")
endfunction()
