/* socket.h - connections whose other end goes away without a word. May include the C library only.
 */
#ifndef SL_BASE_SOCKET_H
#define SL_BASE_SOCKET_H

/* A peer that does not answer for about two minutes makes the connection fail; without this a
 * reader waits for ever. Does nothing to a descriptor that is no TCP connection. */
void sl_socket_keep(int fd);
/* Whoever waits for this connection gets an error at once. Any thread; -1 is fine. */
void sl_socket_break(int fd);

#endif
