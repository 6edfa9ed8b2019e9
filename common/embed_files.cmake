# Writes the file of dsys_embed. Long literals are cut: compilers limit them.
string(REPLACE "|" ";" names "${NAMES}")
file(WRITE ${OUTPUT} "#include \"common/core/embedded.hpp\"\n\nnamespace ${NAMESPACE} {\n"
  "namespace {\nconst dsys::EmbeddedFile files[] = {\n")
foreach(name IN LISTS names)
  file(READ ${BASE}/${name} text)
  string(LENGTH "${text}" length)
  file(APPEND ${OUTPUT} "{\"${name}\",\n")
  set(start 0)
  while(start LESS length)
    string(SUBSTRING "${text}" ${start} 8000 piece)
    file(APPEND ${OUTPUT} "R\"dsys_text(${piece})dsys_text\"\n")
    math(EXPR start "${start} + 8000")
  endwhile()
  file(APPEND ${OUTPUT} "},\n")
endforeach()
file(APPEND ${OUTPUT} "};\n}  // namespace\nextern const std::span<const dsys::EmbeddedFile> "
  "embedded_files{files};\n}\n")
