# dsys_embed(OUTPUT NAMESPACE BASE files...): a C++ file that holds these texts, by their paths
# below BASE, as `extern const std::span<const dsys::EmbeddedFile> embedded_files` of that namespace.
function(dsys_embed output namespace base)
  set(inputs ${ARGN})
  list(TRANSFORM inputs PREPEND ${base}/)
  list(JOIN ARGN "|" names)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAMESPACE=${namespace} -DBASE=${base} "-DNAMES=${names}"
            -DOUTPUT=${output} -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_files.cmake
    DEPENDS ${inputs} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_files.cmake
    VERBATIM)
endfunction()
