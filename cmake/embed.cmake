# Makes a C file with the bytes of a file: cmake -DOUT=FILE -DIN=FILE -DNAME=sl_x -DHEADER=room/x.h -P embed.cmake
file(READ "${IN}" hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE "${OUT}" "#include \"${HEADER}\"\nconst char ${NAME}[] = {${bytes}0};\n")
