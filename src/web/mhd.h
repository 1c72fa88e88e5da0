/* mhd.h - the one door to libmicrohttpd, opened at first use. */
#ifndef WEB_MHD_H
#define WEB_MHD_H

#include <sys/socket.h>

#include <microhttpd.h>

#include <sluice/error.h>

#define WEB_MHD_FUNCTIONS(F)       \
  F(start_daemon)                  \
  F(stop_daemon)                   \
  F(quiesce_daemon)                \
  F(get_daemon_info)               \
  F(create_response_from_buffer)   \
  F(create_response_from_callback) \
  F(add_response_header)           \
  F(queue_response)                \
  F(destroy_response)              \
  F(lookup_connection_value)

#define WEB_MHD_MEMBER(name) __typeof__(&MHD_##name) name;
struct web_mhd_api {
  WEB_MHD_FUNCTIONS(WEB_MHD_MEMBER)
};
extern struct web_mhd_api web_mhd_api;
#define MHD(name) (web_mhd_api.name)

/* SL_ENOTFOUND says how the library is installed. */
sl_status web_mhd_load(struct sl_error *err);

#endif
