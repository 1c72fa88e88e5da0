/* api.h - the one door to libcurl, opened on first use. Private to src/http/.
 *
 * Nothing links against libcurl: sl_curl_load opens it with dlopen, so that a program that talks to
 * no web service neither needs nor loads it. Calls are written CURL_CALL(easy_init)(). */
#ifndef SL_HTTP_API_H
#define SL_HTTP_API_H

#define CURL_DISABLE_TYPECHECK /* its macros would stand in the way of the table */
#include <curl/curl.h>

#include <sluice/error.h>

/* Every function that is called; each is in libcurl since 7.62. */
/* clang-format off */
#define CURL_FUNCTIONS(X) \
  X(global_init) X(version_info) X(easy_init) X(easy_cleanup) X(easy_reset) X(easy_setopt) \
  X(easy_perform) X(easy_getinfo) X(easy_strerror) X(slist_append) X(slist_free_all)
/* clang-format on */

#undef curl_easy_setopt
#undef curl_easy_getinfo
#define CURL_MEMBER(name) __typeof__(&curl_##name) name;
struct curl_api {
  CURL_FUNCTIONS(CURL_MEMBER)
};
extern struct curl_api curl_api;
#define CURL_CALL(name) curl_api.name

/* Any thread, any number of times. SL_ENOTFOUND: no libcurl, with the package that has it. */
sl_status sl_curl_load(struct sl_error *err);

#endif
