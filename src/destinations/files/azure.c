/* azure.c - Azure Blob Storage: containers as the place of files; see bucket.h.
 *
 * The parts of a file are uncommitted blocks until Put Block List makes the blob of them; Azure
 * itself drops blocks after a week that nobody has committed. Requests are signed with the account
 * key (SharedKey), or carry a shared access signature (SAS) in their query. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "base/sha256.h"
#include "bucket.h"

static const char api_version[] = "2021-08-06";

struct azure_bucket {
  struct bucket base;
  char *account, *sas; /* sas: "sv=…" without '?', NULL = none */
  uint8_t key[128];
  size_t key_length;
  char path[256]; /* of the container, as it is signed: "/container" or "/account/container" */
};

struct azure_call {
  struct azure_bucket *bucket;
  const char *method;
  struct sl_buffer path; /* encoded */
  const char *query;     /* names and values as they are, sorted: "comp=block\nblockid=…" */
  size_t length;
  bool blob; /* PUT of a whole blob */
};

static struct azure_bucket *azure_of(struct bucket *b) {
  return (struct azure_bucket *)b;
}

static void date_text(char out[40]) {
  static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
  static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  struct tm tm = { 0 };
  time_t now = time(NULL);
  gmtime_r(&now, &tm);
  snprintf(out, 40, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
           months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static sl_status sign(void *arg, struct sl_buffer *headers, struct sl_error *err) {
  const struct azure_call *c = arg;
  const struct azure_bucket *a = c->bucket;
  struct sl_buffer text = { 0 };
  uint8_t digest[SL_SHA256_BYTES];
  char signature[64];
  char date[40];
  char length[24] = "";
  date_text(date);
  if (c->length > 0) {
    snprintf(length, sizeof length, "%zu", c->length);
  }
  sl_buffer_printf(headers, "x-ms-date: %s\nx-ms-version: %s\n%s", date, api_version,
                   c->blob ? "x-ms-blob-type: BlockBlob\n" : "");
  if (a->key_length > 0) {
    sl_buffer_printf(&text, "%s\n\n\n%s\n\n\n\n\n\n\n\n\n%sx-ms-date:%s\nx-ms-version:%s\n/%s%s",
                     c->method, length, c->blob ? "x-ms-blob-type:BlockBlob\n" : "", date,
                     api_version, a->account, c->path.data);
    for (const char *at = c->query; *at != '\0';) {
      size_t n = strcspn(at, "\n");
      size_t name = strcspn(at, "=");
      sl_buffer_printf(&text, "\n%.*s:%.*s", (int)name, at, (int)(n - name - 1), at + name + 1);
      at += n + (at[n] == '\n');
    }
    sl_status rc = sl_buffer_check(&text, err);
    if (rc == SL_OK) {
      sl_hmac_sha256(a->key, a->key_length, text.data, text.length, digest);
      sl_base64_encode(signature, digest, sizeof digest, 1);
      sl_buffer_printf(headers, "Authorization: SharedKey %s:%s\n", a->account, signature);
    }
    sl_buffer_release(&text);
  }
  return sl_buffer_check(headers, err);
}

static sl_status azure_send(struct bucket *b, const char *method, const char *key,
                            const char *query, const void *data, size_t length,
                            struct sl_http_answer *answer, struct sl_error *err) {
  struct azure_bucket *a = azure_of(b);
  struct azure_call c = { .bucket = a, .method = method, .query = query, .length = length };
  struct sl_buffer url = { 0 };
  c.blob = strcmp(method, "PUT") == 0 && query[0] == '\0';
  sl_buffer_text(&c.path, a->path);
  if (key[0] != '\0') {
    sl_buffer_char(&c.path, '/');
    sl_http_encode(&c.path, key, true);
  }
  sl_buffer_text(&url, b->root.data);
  if (key[0] != '\0') {
    sl_buffer_char(&url, '/');
    sl_http_encode(&url, key, true);
  }
  if (query[0] != '\0') {
    sl_buffer_char(&url, '?');
    bucket_query(query, &url);
  }
  if (a->sas != NULL) {
    sl_buffer_printf(&url, "%c%s", query[0] == '\0' ? '?' : '&', a->sas);
  }
  sl_status rc = sl_buffer_check(&c.path, err);
  rc = rc == SL_OK ? sl_buffer_check(&url, err) : rc;
  if (rc == SL_OK) {
    struct sl_http_request request = {
      .method = method, .url = url.data, .body = data, .length = length, .sign = sign, .arg = &c
    };
    rc = sl_http_send(b->http, &request, answer, err);
  }
  sl_buffer_release(&url);
  sl_buffer_release(&c.path);
  return rc;
}

static void azure_list_query(struct sl_buffer *out, const char *prefix, const char *token) {
  sl_buffer_text(out, "comp=list\n");
  if (token[0] != '\0') {
    sl_buffer_printf(out, "marker=%s\n", token);
  }
  sl_buffer_printf(out, "prefix=%s\nrestype=container", prefix);
}

/* Blocks need no beginning. */
static sl_status azure_upload(struct bucket *b, const char *key, struct sl_buffer *id,
                              struct sl_error *err) {
  (void)b;
  (void)key;
  sl_buffer_text(id, "-");
  return sl_buffer_check(id, err);
}

static sl_status azure_part(struct bucket *b, const char *key, const char *id, int number,
                            const char *data, size_t length, struct sl_buffer *tag,
                            struct sl_error *err) {
  char text[16];
  char block[32];
  struct sl_buffer query = { 0 };
  (void)id;
  snprintf(text, sizeof text, "part-%06d", number);
  sl_base64_encode(block, (const uint8_t *)text, strlen(text), 1);
  sl_buffer_printf(&query, "blockid=%s\ncomp=block", block);
  sl_buffer_text(tag, block);
  sl_status rc = sl_buffer_check(&query, err);
  if (rc == SL_OK) {
    rc = bucket_call(b, "PUT", key, query.data, data, length, "writing", err);
  }
  sl_buffer_release(&query);
  return rc == SL_OK ? sl_buffer_check(tag, err) : rc;
}

/* "Latest": uncommitted blocks, or those that an earlier try has committed. */
static sl_status azure_finish(struct bucket *b, const char *key, const char *id, const char *tags,
                              struct sl_error *err) {
  struct sl_buffer xml = { 0 };
  (void)id;
  sl_buffer_text(&xml, "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
  while (*tags != '\0') {
    size_t n = strcspn(tags, ",");
    sl_buffer_printf(&xml, "<Latest>%.*s</Latest>", (int)n, tags);
    tags += n + (tags[n] == ',');
  }
  sl_buffer_text(&xml, "</BlockList>");
  sl_status rc = sl_buffer_check(&xml, err);
  if (rc == SL_OK) {
    rc = bucket_call(b, "PUT", key, "comp=blocklist", xml.data, xml.length, "ending", err);
  }
  sl_buffer_release(&xml);
  return rc;
}

static sl_status azure_abandon(struct bucket *b, const char *key, const char *id,
                               struct sl_error *err) {
  (void)b, (void)key, (void)id, (void)err;
  return SL_OK; /* Azure drops the blocks itself */
}

static sl_status azure_sweep(struct bucket *b, const char *prefix, const char *mark,
                             struct sl_error *err) {
  (void)b, (void)prefix, (void)mark, (void)err;
  return SL_OK;
}

static void azure_describe(const struct bucket *b, struct sl_copy_store *out) {
  (void)b;
  *out = (struct sl_copy_store){ .scheme = "az" };
}

static void azure_close(struct bucket *b) {
  struct azure_bucket *a = azure_of(b);
  free(a->account);
  free(a->sas);
  free(a);
}

static const struct bucket_ops azure_ops = {
  .call = azure_send,
  .no_such_key = "BlobNotFound",
  .list_query = azure_list_query,
  .list_name = "Name",
  .list_token = "NextMarker",
  .upload = azure_upload,
  .part = azure_part,
  .finish = azure_finish,
  .abandon = azure_abandon,
  .sweep = azure_sweep,
  .describe = azure_describe,
  .close = azure_close,
};

static const char *setting(const char *option, const char *variable) {
  const char *value = option != NULL ? option : getenv(variable);
  return value != NULL && value[0] != '\0' ? value : NULL;
}

static sl_status find_credentials(struct azure_bucket *a, const struct files_settings *s,
                                  struct sl_error *err) {
  const char *account = setting(s->account_name, "AZURE_STORAGE_ACCOUNT_NAME");
  const char *key = setting(s->account_key, "AZURE_STORAGE_ACCOUNT_KEY");
  const char *sas = setting(s->sas_token, "AZURE_STORAGE_SAS_TOKEN");
  account = account != NULL ? account : setting(NULL, "AZURE_STORAGE_ACCOUNT");
  if (account == NULL || (key == NULL && sas == NULL)) {
    return sl_fail(err, SL_EUSAGE,
                   "no credentials for az: set AZURE_STORAGE_ACCOUNT_NAME and "
                   "AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or give --account-name "
                   "and --account-key or --sas-token");
  }
  a->account = strdup(account);
  if (sas != NULL) {
    a->sas = strdup(sas + (sas[0] == '?'));
  } else {
    long n = strlen(key) <= 160 ? sl_base64_decode(a->key, key, strlen(key)) : -1;
    if (n <= 0) {
      return sl_fail(err, SL_EUSAGE, "the account key is no base64 text: was it cut off?");
    }
    a->key_length = (size_t)n;
  }
  return a->account != NULL && (sas == NULL || a->sas != NULL)
             ? SL_OK
             : sl_fail(err, SL_ENOMEM, "out of memory for credentials");
}

/* "https://account.blob.core.windows.net/container", or below an endpoint of one's own. */
static sl_status locate(struct azure_bucket *a, const char *container,
                        const struct files_settings *s, struct sl_error *err) {
  const char *endpoint = s->endpoint_url;
  if (endpoint == NULL) {
    sl_buffer_printf(&a->base.root, "https://%s.blob.core.windows.net/%s", a->account, container);
    snprintf(a->path, sizeof a->path, "/%s", container);
  } else {
    size_t end = strlen(endpoint);
    while (end > 0 && endpoint[end - 1] == '/') {
      end--;
    }
    const char *host = strstr(endpoint, "://");
    const char *path = host == NULL ? NULL : strchr(host + 3, '/');
    if (host == NULL) {
      return sl_fail(err, SL_EUSAGE, "the endpoint must be an http or https URL");
    }
    size_t path_length =
        path == NULL || path >= endpoint + end ? 0 : (size_t)(endpoint + end - path);
    sl_buffer_printf(&a->base.root, "%.*s/%s", (int)end, endpoint, container);
    snprintf(a->path, sizeof a->path, "%.*s/%s", (int)path_length, path == NULL ? "" : path,
             container);
  }
  sl_buffer_printf(&a->base.shown, "az://%s", container);
  sl_status rc = sl_buffer_check(&a->base.root, err);
  return rc == SL_OK ? sl_buffer_check(&a->base.shown, err) : rc;
}

sl_status files_azure_open(struct files_place **out, const char *location,
                           const struct files_settings *settings, struct sl_error *err) {
  struct sl_buffer prefix = { 0 };
  char container[128];
  sl_status rc = bucket_split("az", location, container, &prefix, err);
  struct azure_bucket *a = rc == SL_OK ? calloc(1, sizeof *a) : NULL;
  if (rc == SL_OK && a == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %s", container);
  }
  if (a == NULL) {
    sl_buffer_release(&prefix);
    return rc;
  }
  a->base.ops = &azure_ops;
  rc = find_credentials(a, settings, err);
  rc = rc == SL_OK ? locate(a, container, settings, err) : rc;
  rc = rc == SL_OK ? bucket_http_new(&a->base, settings, err) : rc;
  if (rc == SL_OK) {
    rc = files_bucket_open(out, &a->base, prefix.data == NULL ? "" : prefix.data, settings, err);
  } else {
    sl_buffer_release(&a->base.root);
    sl_buffer_release(&a->base.shown);
    azure_close(&a->base);
  }
  sl_buffer_release(&prefix);
  return rc;
}
