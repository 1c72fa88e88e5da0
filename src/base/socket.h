/* socket.h - connections whose other end goes away without a word. May include the C library only.
 */
#ifndef SL_BASE_SOCKET_H
#define SL_BASE_SOCKET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A peer that does not answer for about two minutes makes the connection fail; without this a
 * reader waits for ever. Does nothing to a descriptor that is no TCP connection. */
void sl_socket_keep(int fd);
/* Whoever waits for this connection gets an error at once. Any thread; -1 is fine. */
void sl_socket_break(int fd);

/* For a `cancel` that asks the other side to stop, and is called again every few seconds while that
 * has not happened: true when it was asked some seconds ago in vain, so that only breaking the
 * connection helps. *asked: 0 at first, of one connection. Any thread. */
bool sl_socket_asked_in_vain(_Atomic int64_t *asked);

#endif
