/* socket.c - see socket.h. */
#include "base/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/time.h"

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

bool sl_socket_asked_in_vain(_Atomic int64_t *asked) {
  static const int64_t shortest =
      2000000000; /* another statement may be stopped sooner than that */
  static const int64_t longest = 10000000000; /* before that it was about something else */
  int64_t now = sl_monotonic_nanos();
  int64_t before = atomic_exchange(asked, now);
  return before != 0 && now - before >= shortest && now - before < longest;
}
