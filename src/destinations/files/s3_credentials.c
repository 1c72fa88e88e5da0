/* s3_credentials.c - keys, region and endpoint: options, environment, ~/.aws; see s3.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "s3.h"

void s3_credentials_release(struct s3_credentials *c) {
  free(c->key_id);
  free(c->secret);
  free(c->token);
  free(c->region);
  free(c->endpoint);
  *c = (struct s3_credentials){ 0 };
}

static const char *from_environment(const char *const *names) {
  for (size_t i = 0; names[i] != NULL; i++) {
    const char *value = getenv(names[i]);
    if (value != NULL && value[0] != '\0') {
      return value;
    }
  }
  return NULL;
}

/* The first that is set; *out stays when none is. */
static sl_status take(char **out, const char *option, const char *const *names,
                      struct sl_error *err) {
  const char *value = option != NULL ? option : from_environment(names);
  if (value == NULL || *out != NULL) {
    return SL_OK;
  }
  *out = strdup(value);
  return *out != NULL ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for credentials");
}

static struct sl_text trimmed(const char *begin, const char *end) {
  while (begin < end && (*begin == ' ' || *begin == '\t')) {
    begin++;
  }
  while (end > begin && strchr(" \t\r", end[-1]) != NULL) {
    end--;
  }
  return (struct sl_text){ begin, (size_t)(end - begin) };
}

static sl_status take_pair(struct s3_credentials *c, struct sl_text name, struct sl_text value,
                           struct sl_error *err) {
  const struct {
    const char *name;
    char **out;
  } known[] = { { "aws_access_key_id", &c->key_id },
                { "aws_secret_access_key", &c->secret },
                { "aws_session_token", &c->token },
                { "region", &c->region },
                { "endpoint_url", &c->endpoint } };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (*known[i].out == NULL && sl_text_equal(name, sl_text_of(known[i].name))) {
      *known[i].out = strndup(value.data, value.length);
      return *known[i].out != NULL ? SL_OK
                                   : sl_fail(err, SL_ENOMEM, "out of memory for credentials");
    }
  }
  return SL_OK;
}

/* The section of the profile in a file of ~/.aws; a file that is not there is fine. */
static sl_status read_profile(struct s3_credentials *c, const char *path, const char *profile,
                              struct sl_error *err) {
  struct sl_buffer text = { 0 };
  char header[256];
  char header_long[256];
  bool inside = false;
  snprintf(header, sizeof header, "[%s]", profile);
  snprintf(header_long, sizeof header_long, "[profile %s]", profile);
  sl_status rc = sl_file_read(path, &text, err);
  if (rc == SL_ENOTFOUND) {
    return SL_OK;
  }
  for (const char *line = text.data; rc == SL_OK && line != NULL && *line != '\0';) {
    const char *end = line + strcspn(line, "\n");
    struct sl_text whole = trimmed(line, end);
    const char *equals = memchr(line, '=', (size_t)(end - line));
    if (whole.length > 0 && whole.data[0] == '[') {
      inside =
          sl_text_equal(whole, sl_text_of(header)) || sl_text_equal(whole, sl_text_of(header_long));
    } else if (inside && equals != NULL) {
      rc = take_pair(c, trimmed(line, equals), trimmed(equals + 1, end), err);
    }
    line = *end == '\0' ? end : end + 1;
  }
  sl_buffer_release(&text);
  return rc;
}

static sl_status read_profiles(struct s3_credentials *c, const char *profile,
                               struct sl_error *err) {
  static const struct {
    const char *variable, *path;
  } files[] = { { "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials" },
                { "AWS_CONFIG_FILE", "/.aws/config" } };
  const char *home = getenv("HOME");
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < 2; i++) {
    const char *named = getenv(files[i].variable);
    struct sl_buffer path = { 0 };
    if (named != NULL) {
      sl_buffer_text(&path, named);
    } else {
      sl_buffer_printf(&path, "%s%s", home == NULL ? "" : home, files[i].path);
    }
    rc = sl_buffer_check(&path, err);
    if (rc == SL_OK) {
      rc = read_profile(c, path.data, profile, err);
    }
    sl_buffer_release(&path);
  }
  return rc;
}

sl_status s3_credentials_find(struct s3_credentials *c, const char *scheme,
                              const struct files_settings *s, struct sl_error *err) {
  static const char *const ids[] = { "AWS_ACCESS_KEY_ID", NULL };
  static const char *const secrets[] = { "AWS_SECRET_ACCESS_KEY", NULL };
  static const char *const tokens[] = { "AWS_SESSION_TOKEN", NULL };
  static const char *const regions[] = { "AWS_REGION", "AWS_DEFAULT_REGION", NULL };
  static const char *const endpoints[] = { "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", NULL };
  static const char *const profiles[] = { "AWS_PROFILE", NULL };
  static const char *const nothing[] = { NULL };
  bool google = strcmp(scheme, "gs") == 0;
  const char *profile = s->profile != NULL ? s->profile : from_environment(profiles);
  bool whole = s->access_key_id != NULL || (s->profile == NULL && getenv(ids[0]) != NULL);
  sl_status rc = take(&c->endpoint, s->endpoint_url, google ? nothing : endpoints, err);
  rc = rc == SL_OK ? take(&c->region, s->region, google ? nothing : regions, err) : rc;
  if (rc == SL_OK && whole) { /* one source for all three, never a mixture */
    bool option = s->access_key_id != NULL;
    rc = take(&c->key_id, s->access_key_id, ids, err);
    rc = rc == SL_OK ? take(&c->secret, s->secret_access_key, secrets, err) : rc;
    rc = rc == SL_OK ? take(&c->token, s->session_token, option ? nothing : tokens, err) : rc;
  }
  if (rc == SL_OK && (!whole || c->region == NULL) && !google) {
    struct s3_credentials file = { .region = c->region, .endpoint = c->endpoint };
    rc = read_profiles(&file, profile == NULL ? "default" : profile, err);
    c->region = file.region;
    c->endpoint = file.endpoint;
    if (!whole) {
      c->key_id = file.key_id;
      c->secret = file.secret;
      c->token = file.token;
    } else {
      free(file.key_id);
      free(file.secret);
      free(file.token);
    }
  }
  rc = rc == SL_OK ? take(&c->region, google ? "auto" : "us-east-1", nothing, err) : rc;
  if (rc == SL_OK && google) {
    rc = take(&c->endpoint, "https://storage.googleapis.com", nothing, err);
  }
  if (rc == SL_OK && (c->key_id == NULL || c->secret == NULL)) {
    rc =
        sl_fail(err, SL_EUSAGE,
                "no credentials for %s: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY%s, or give "
                "--access-key-id and --secret-access-key",
                scheme,
                google ? " to an HMAC key of Google Cloud Storage"
                       : ", or a profile in ~/.aws/credentials");
  }
  return rc;
}
