/* s3.h - Amazon's S3 and what speaks its protocol: signatures and credentials. Private to this
 * folder. */
#ifndef SL_DESTINATIONS_FILES_S3_H
#define SL_DESTINATIONS_FILES_S3_H

#include "bucket.h"

struct s3_credentials {                              /* all-zero is released */
  char *key_id, *secret, *token, *region, *endpoint; /* token, endpoint: NULL = none */
};
/* From options, else the environment (AWS_ACCESS_KEY_ID, …), else ~/.aws. SL_EUSAGE: none found. */
sl_status s3_credentials_find(struct s3_credentials *out, const char *scheme,
                              const struct files_settings *settings, struct sl_error *err);
void s3_credentials_release(struct s3_credentials *c);

struct s3_request {                 /* what is signed; borrowed */
  const char *method, *host, *path; /* path: encoded */
  const char *query;                /* encoded, sorted by name; "" = none */
  const char *payload_hash;         /* hexadecimal, or "UNSIGNED-PAYLOAD" */
  const char *copy_source;          /* encoded "/bucket/key"; NULL = none */
  int64_t now_micros;
};
/* Appends the header lines of Signature Version 4, service s3. */
void s3_sign(const struct s3_credentials *credentials, const struct s3_request *request,
             struct sl_buffer *headers);

#endif
