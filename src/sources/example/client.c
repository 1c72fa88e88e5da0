/* client.c - see client.h. */
#include "client.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct client {
  struct client_config config;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool interrupted;
};

struct client *client_connect(const struct client_config *config, bool *refused) {
  *refused = config->token != NULL && strcmp(config->token, "wrong") == 0;
  struct client *c = *refused ? NULL : calloc(1, sizeof *c);
  if (c == NULL) {
    return NULL;
  }
  c->config = *config;
  c->config.token = NULL; /* not needed any more: what is not kept cannot leak */
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  return c;
}

void client_close(struct client *c) {
  if (c != NULL) {
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
  }
}

void client_interrupt(struct client *c) {
  pthread_mutex_lock(&c->lock);
  c->interrupted = true;
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&c->lock);
}

bool client_is_interrupted(struct client *c) {
  pthread_mutex_lock(&c->lock);
  bool interrupted = c->interrupted;
  pthread_mutex_unlock(&c->lock);
  return interrupted;
}

/* The time that an answer takes. */
static enum client_result wait_for_answer(struct client *c) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += c->config.wait_ms / 1000;
  until.tv_nsec += c->config.wait_ms % 1000 * 1000000;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000L;
  }
  pthread_mutex_lock(&c->lock);
  int waited = 0;
  while (!c->interrupted && c->config.wait_ms > 0 && waited != ETIMEDOUT) {
    waited = pthread_cond_timedwait(&c->changed, &c->lock, &until);
  }
  enum client_result result = c->interrupted ? CLIENT_INTERRUPTED : CLIENT_OK;
  pthread_mutex_unlock(&c->lock);
  return result;
}

static enum client_result ask(struct client *c, int64_t first, size_t count) {
  enum client_result result = wait_for_answer(c);
  int64_t at = c->config.fail_at;
  return result == CLIENT_OK && at >= first && at < first + (int64_t)count ? CLIENT_BROKEN : result;
}

/* splitmix64: a number that looks random and is the same for the same row and column. */
static uint64_t noise(int64_t row, uint64_t column) {
  uint64_t x = (uint64_t)row * UINT64_C(0x9E3779B97F4A7C15) + column * UINT64_C(0xD1B54A32D192ED03);
  x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
  return x ^ x >> 31;
}

static int64_t below(int64_t row, uint64_t column, uint64_t limit) {
  return (int64_t)(noise(row, column) % limit);
}

enum { SECONDS_A_DAY = 86400, FIRST_DAY = -719162 /* 0001-01-01 */, LAST_DAY = 2932896 };
static const int64_t MICROS_A_DAY = INT64_C(86400000000);

/* 10^38 - 1: a number that 64 bits and a double cannot hold. */
static client_int128 all_nines(void) {
  client_int128 n = 0;
  for (int i = 0; i < 38; i++) {
    n = n * 10 + 9;
  }
  return n;
}

static void smallest_order(struct client_order *o) {
  o->points = INT64_MIN;
  o->lines = INT32_MIN;
  o->weight = -DBL_MAX;
  o->amount = -INT64_C(999999999999999999);
  o->tokens = -all_nines();
  o->ordered_on = FIRST_DAY;
  o->local_at = o->placed_at = FIRST_DAY * MICROS_A_DAY;
  snprintf(o->attributes, sizeof o->attributes, "null");
}

static void largest_order(struct client_order *o) {
  o->paid = true;
  o->points = INT64_MAX;
  o->lines = INT32_MAX;
  o->weight = DBL_MAX;
  o->amount = INT64_C(999999999999999999);
  o->tokens = all_nines();
  o->ordered_on = LAST_DAY;
  o->ordered_time = MICROS_A_DAY - 1;
  o->local_at = o->placed_at = (LAST_DAY + INT64_C(1)) * MICROS_A_DAY - 1;
  snprintf(o->customer, sizeof o->customer, "%s", "\xF0\x9F\x9B\x92 \xE2\x82\xAC \"quoted\", \\ ");
  snprintf(o->note, sizeof o->note, "%s", "two\nlines\tand a tab");
  snprintf(o->attributes, sizeof o->attributes, "{\"deep\":[1,{\"er\":\"\\u00e9\"}]}");
  memcpy(o->receipt, "\0\xFF\x80 bytes", o->receipt_bytes = 9);
}

static void usual_order(struct client_order *o) {
  int64_t id = o->id;
  snprintf(o->customer, sizeof o->customer, "customer %" PRId64, id / 10 + 1);
  o->paid = below(id, CLIENT_PAID, 3) > 0;
  o->lines = (int32_t)below(id, CLIENT_LINES, 20) + 1;
  o->points = below(id, CLIENT_POINTS, 2000) - 1000;
  o->weight = (double)below(id, CLIENT_WEIGHT, 1000000) / 1024;
  o->amount = below(id, CLIENT_AMOUNT, 100000000);
  o->tokens = (client_int128)below(id, CLIENT_TOKENS, INT64_MAX) * 1000000007;
  snprintf(o->note, sizeof o->note, "leave at door %" PRId64, below(id, CLIENT_NOTE, 100));
  uint64_t bytes = noise(id, CLIENT_RECEIPT);
  memcpy(o->receipt, &bytes, o->receipt_bytes = sizeof bytes);
  o->ordered_on = 19000 + (int32_t)(id / 500 % 3000);
  o->ordered_time = below(id, CLIENT_ORDERED_TIME, SECONDS_A_DAY) * 1000000;
  o->local_at = o->ordered_on * MICROS_A_DAY + o->ordered_time;
  o->placed_at = o->local_at - INT64_C(7200000000) + id % 1000000;
  snprintf(o->attributes, sizeof o->attributes, "{\"gift\":%s,\"boxes\":[%d]}",
           id % 5 == 0 ? "true" : "false", (int)(id % 3));
  /* About one optional value in eight is missing. */
  o->nulls = (uint32_t)noise(id, 100) & (uint32_t)noise(id, 101) & (uint32_t)noise(id, 102);
}

static void make_order(int64_t id, struct client_order *o) {
  memset(o, 0, sizeof *o);
  o->id = id;
  switch (id) {
    case 1: smallest_order(o); break;
    case 2: largest_order(o); break;
    case 3: o->nulls = ~UINT32_C(0); break;
    default: usual_order(o); break;
  }
  o->nulls &= ~(UINT32_C(1) << CLIENT_ID);
}

enum client_result client_orders(struct client *c, int64_t first, size_t count,
                                 struct client_order *out) {
  enum client_result result = ask(c, first, count);
  for (size_t i = 0; result == CLIENT_OK && i < count; i++) {
    make_order(first + (int64_t)i, &out[i]);
  }
  return result;
}

/* Customers have what columns cannot hold: an object, a list of texts, a list of objects. */
enum client_result client_customers(struct client *c, int64_t first, size_t count, char *out,
                                    size_t *length) {
  enum client_result result = ask(c, first, count);
  *length = 0;
  for (size_t i = 0; result == CLIENT_OK && i < count; i++) {
    int64_t id = first + (int64_t)i;
    char *at = out + *length;
    int n = snprintf(
        at, CLIENT_CUSTOMER_BYTES,
        "{\"id\":%" PRId64 ",\"name\":\"customer %" PRId64
        "\",\"vip\":%s,"
        "\"address\":{\"city\":\"City %" PRId64 "\",\"zip\":\"%05" PRId64
        "\"},"
        "\"emails\":[\"c%" PRId64
        "@example.org\"%s],"
        "\"visits\":[{\"at\":\"2024-01-%02" PRId64 "T10:00:00Z\",\"pages\":%" PRId64 "}]}\n",
        id, id, id % 7 == 0 ? "true" : "false", below(id, 1, 50), below(id, 2, 99999), id,
        id % 3 == 0 ? ",\"second@example.org\"" : "", below(id, 3, 28) + 1, below(id, 4, 40));
    *length += (size_t)n;
  }
  return result;
}
