/* socket.c - see socket.h. */
#include "base/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { IDLE_SECONDS = 60, BETWEEN_SECONDS = 15, PROBES = 4, UNANSWERED_MILLIS = 120000 };

static void set(int fd, int level, int option, int value) {
  (void)setsockopt(fd, level, option, &value, sizeof value);
}

void sl_socket_keep(int fd) {
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, IDLE_SECONDS);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, BETWEEN_SECONDS);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MILLIS); /* what was sent and not answered */
}

void sl_socket_break(int fd) {
  (void)shutdown(fd, SHUT_RDWR);
}
