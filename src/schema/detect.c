/* detect.c - the detectors (dlt.md 2.5). */
#include "schema/detect.h"

#include "base/time.h"

static const char *const names[SL_DETECT_COUNT] = {
  [SL_DETECT_TIMESTAMP] = "timestamp",
  [SL_DETECT_ISO_TIMESTAMP] = "iso_timestamp",
  [SL_DETECT_ISO_DATE] = "iso_date",
  [SL_DETECT_LARGE_INTEGER] = "large_integer",
  [SL_DETECT_HEXBYTES_TO_TEXT] = "hexbytes_to_text",
  [SL_DETECT_WEI_TO_DOUBLE] = "wei_to_double",
};

const char *sl_detection_name(enum sl_detection d) {
  return names[d];
}

enum sl_detection sl_detection_from_name(const char *name) {
  for (int i = 0; i < SL_DETECT_COUNT; i++) {
    if (strcmp(names[i], name) == 0) {
      return (enum sl_detection)i;
    }
  }
  return SL_DETECT_COUNT;
}

static bool has(uint32_t detections, enum sl_detection d) {
  return (detections >> d & 1) != 0;
}

/* Within five years (of 365 days) of now. */
static bool near_now(double seconds) {
  double now = (double)sl_now_micros() / 1e6;
  return seconds >= now - 5 * 31536000.0 && seconds <= now + 5 * 31536000.0;
}

static enum sl_type detect_text(uint32_t detections, struct sl_text text) {
  struct sl_iso iso;
  if ((detections & (1U << SL_DETECT_ISO_TIMESTAMP | 1U << SL_DETECT_ISO_DATE)) == 0 ||
      !sl_iso_parse(text, &iso)) {
    return SL_TYPE_TEXT;
  }
  if (iso.kind == SL_ISO_TIMESTAMP && has(detections, SL_DETECT_ISO_TIMESTAMP)) {
    return SL_TYPE_TIMESTAMP;
  }
  return iso.kind == SL_ISO_DATE && has(detections, SL_DETECT_ISO_DATE) ? SL_TYPE_DATE
                                                                        : SL_TYPE_TEXT;
}

enum sl_type sl_detect(uint32_t detections, const struct sl_value *value) {
  switch (value->type) {
    case SL_TYPE_TEXT: return detect_text(detections, value->as.text);
    case SL_TYPE_BIGINT:
      return has(detections, SL_DETECT_TIMESTAMP) && near_now((double)value->as.integer)
                 ? SL_TYPE_TIMESTAMP
                 : SL_TYPE_BIGINT;
    case SL_TYPE_DOUBLE:
      return has(detections, SL_DETECT_TIMESTAMP) && near_now(value->as.real) ? SL_TYPE_TIMESTAMP
                                                                              : SL_TYPE_DOUBLE;
    case SL_TYPE_WEI:
      return has(detections, SL_DETECT_WEI_TO_DOUBLE) ? SL_TYPE_DOUBLE : SL_TYPE_WEI;
    case SL_TYPE_BINARY:
      return value->hex && has(detections, SL_DETECT_HEXBYTES_TO_TEXT) ? SL_TYPE_TEXT
                                                                       : SL_TYPE_BINARY;
    default: return value->type;
  }
}
