# Writes a C++ file that holds a study reading as text. Long literals are cut: compilers limit them.
file(READ ${INPUT} text)
set(pieces "")
string(LENGTH "${text}" length)
set(start 0)
while(start LESS length)
  string(SUBSTRING "${text}" ${start} 8000 piece)
  string(APPEND pieces "R\"dsys_text(${piece})dsys_text\"\n")
  math(EXPR start "${start} + 8000")
endwhile()
file(WRITE ${OUTPUT} "#include <string_view>\n\nnamespace dsys::${NAME} {\n"
  "extern const std::string_view reading;\nconst std::string_view reading =\n${pieces};\n}\n")
