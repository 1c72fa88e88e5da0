/* library.h - shared libraries that are opened at first use.
 *
 * So the program starts fast, and only who reads a database needs its client library. Each library
 * is one static struct sl_library and one table of function pointers, which `resolve` fills. */
#ifndef SL_BASE_LIBRARY_H
#define SL_BASE_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>

#include <sluice/error.h>

struct sl_library {
  const char *name;     /* as messages call it: "libpq" */
  const char *variable; /* of the environment: a path that is tried instead of `files` */
  const char *const
      *files;           /* tried in this order, NULL behind the last; "@/x": x beside the program */
  const char *missing;  /* message: what it is for, how it is installed */
  const char *outdated; /* message: which version has what is not found in this one */
  sl_status (*resolve)(struct sl_error *err); /* finds the functions, readies the library */
  pthread_mutex_t lock;                       /* PTHREAD_MUTEX_INITIALIZER */
  void *handle;
};

/* Opens the library unless it is open. Any thread, any number of times. SL_ENOTFOUND: it is not
 * there; SL_EUNSUPPORTED: it lacks a function. */
sl_status sl_library_load(struct sl_library *library, struct sl_error *err);
/* For resolve: stores the address of a function at `target`, which is a pointer to a function
 * pointer. */
sl_status sl_library_function(const struct sl_library *library, const char *name, void *target,
                              struct sl_error *err);
/* The same for one that older versions lack: NULL then. */
void sl_library_function_if_any(const struct sl_library *library, const char *name, void *target);

#endif
