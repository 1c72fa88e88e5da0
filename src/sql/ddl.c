/* ddl.c - datasets, tables and columns. */
#include <stdlib.h>
#include <strings.h>
#include <stdlib.h>
