/* stored_settings.c - the settings and normalizers of a stored schema into memory. */
#include <stdlib.h>

#include "schema/detect.h"
#include "schema/stored_parts.h"

enum sl_contract_mode sl_stored_mode(const char *name) {
  static const char *const names[] = { "", "evolve", "freeze", "discard_row", "discard_value" };
  for (int i = SL_EVOLVE; name != NULL && i <= SL_DISCARD_VALUE; i++) {
    if (strcmp(name, names[i]) == 0) {
      return (enum sl_contract_mode)i;
    }
  }
  return SL_CONTRACT_UNSET;
}

uint32_t sl_stored_detections(yyjson_val *list) {
  uint32_t bits = 0;
  size_t i;
  size_t n;
  yyjson_val *name;
  yyjson_arr_foreach(list, i, n, name) {
    const char *text = yyjson_get_str(name);
    enum sl_detection d = text == NULL ? SL_DETECT_COUNT : sl_detection_from_name(text);
    bits |= d == SL_DETECT_COUNT ? 0 : UINT32_C(1) << d;
  }
  return bits;
}

static bool all_texts(yyjson_val *list) {
  size_t i;
  size_t n;
  yyjson_val *item;
  yyjson_arr_foreach(list, i, n, item) {
    if (!yyjson_is_str(item)) {
      return false;
    }
  }
  return yyjson_is_arr(list);
}

static sl_status read_default_hints(struct sl_schema *s, yyjson_val *hints, struct sl_error *err) {
  yyjson_val *key;
  yyjson_obj_iter members = yyjson_obj_iter_with(hints);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    const char *name = yyjson_get_str(key);
    sl_status rc =
        all_texts(value)
            ? sl_stored_carry(&s->default_hints, name, value, err)
            : sl_fail(err, SL_EDATA, "settings.default_hints.%s is not a list of texts", name);
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

static sl_status read_preferred_types(struct sl_schema *s, yyjson_val *types,
                                      struct sl_error *err) {
  yyjson_val *key;
  yyjson_obj_iter members = yyjson_obj_iter_with(types);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    const char *name = yyjson_get_str(key);
    const char *type = yyjson_get_str(value);
    sl_status rc =
        type != NULL && sl_type_from_name(sl_text_of(type)) != SL_TYPE_NONE
            ? sl_stored_carry(&s->preferred_types, name, value, err)
            : sl_fail(err, SL_EDATA, "settings.preferred_types: %s has none of dlt's types", name);
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

static sl_status read_setting(struct sl_schema *s, const char *name, yyjson_val *value,
                              struct sl_error *err) {
  if (strcmp(name, "detections") == 0 && !yyjson_is_null(value)) {
    s->detections = sl_stored_detections(value);
    return all_texts(value) ? sl_stored_carry(&s->settings_extra, name, value, err)
                            : sl_fail(err, SL_EDATA, "settings.detections is not a list of texts");
  }
  if (strcmp(name, "schema_contract") == 0) {
    return sl_stored_contract(&s->contract, &s->contract_stated, &s->settings_extra, value, err);
  }
  bool hints = strcmp(name, "default_hints") == 0;
  bool types = strcmp(name, "preferred_types") == 0;
  /* An empty object says that there was one; the writer leaves out what is not there. */
  if ((!hints && !types) || yyjson_is_null(value) || yyjson_obj_size(value) == 0) {
    return yyjson_is_obj(value) || yyjson_is_null(value) || (!hints && !types)
               ? sl_stored_carry(&s->settings_extra, name, value, err)
               : sl_fail(err, SL_EDATA, "settings.%s is not an object", name);
  }
  return hints ? read_default_hints(s, value, err) : read_preferred_types(s, value, err);
}

sl_status sl_stored_settings(struct sl_schema *s, yyjson_val *settings, struct sl_error *err) {
  yyjson_val *key;
  if (!yyjson_is_obj(settings) && !yyjson_is_null(settings)) {
    return sl_fail(err, SL_EDATA, "settings is not an object");
  }
  yyjson_obj_iter members = yyjson_obj_iter_with(settings);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    sl_status rc = read_setting(s, yyjson_get_str(key), value, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

static sl_status read_config(struct sl_schema *s, yyjson_val *config, struct sl_error *err) {
  yyjson_val *key;
  struct sl_buffer name = { 0 };
  sl_status rc = SL_OK;
  yyjson_obj_iter members = yyjson_obj_iter_with(config);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    if (rc != SL_OK) {
      break;
    }
    if (yyjson_equals_str(key, "propagation") && yyjson_is_obj(value)) {
      free(s->propagation_json);
      s->propagation_json = yyjson_val_write(value, 0, NULL);
      rc = s->propagation_json != NULL ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory");
    } else if (yyjson_equals_str(key, "max_nesting") && yyjson_is_int(value) &&
               yyjson_get_sint(value) >= 0 && yyjson_get_sint(value) <= INT32_MAX) {
      s->max_nesting = (int32_t)yyjson_get_sint(value);
    } else {
      sl_buffer_reset(&name);
      sl_buffer_printf(&name, "json.config.%s", yyjson_get_str(key));
      rc = sl_buffer_check(&name, err);
      if (rc == SL_OK) {
        rc = sl_stored_carry(&s->normalizers_extra, name.data, value, err);
      }
    }
  }
  sl_buffer_release(&name);
  return rc;
}

/* Members of normalizers.json are kept under "json.<name>", those of its config under
 * "json.config.<name>", and "json.config" itself says that there is one. */
static sl_status read_json_normalizer(struct sl_schema *s, yyjson_val *json, struct sl_error *err) {
  yyjson_val *key;
  struct sl_buffer name = { 0 };
  sl_status rc = SL_OK;
  yyjson_obj_iter members = yyjson_obj_iter_with(json);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    sl_buffer_reset(&name);
    sl_buffer_printf(&name, "json.%s", yyjson_get_str(key));
    rc = sl_buffer_check(&name, err);
    if (rc == SL_OK && yyjson_equals_str(key, "config") && yyjson_is_obj(value)) {
      rc = sl_properties_set(&s->normalizers_extra, name.data, "{}", err);
      if (rc == SL_OK) {
        rc = read_config(s, value, err);
      }
    } else if (rc == SL_OK) {
      rc = sl_stored_carry(&s->normalizers_extra, name.data, value, err);
    }
    if (rc != SL_OK) {
      break;
    }
  }
  sl_buffer_release(&name);
  return rc;
}

sl_status sl_stored_normalizers(struct sl_schema *s, yyjson_val *normalizers,
                                struct sl_error *err) {
  yyjson_val *key;
  if (!yyjson_is_obj(normalizers)) {
    return sl_fail(err, SL_EDATA, "normalizers is not an object");
  }
  yyjson_obj_iter members = yyjson_obj_iter_with(normalizers);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    sl_status rc;
    if (yyjson_equals_str(key, "names") && !yyjson_is_null(value)) {
      rc = sl_stored_text(&s->naming, "normalizers.names", value, err);
    } else if (yyjson_equals_str(key, "json") && yyjson_is_obj(value)) {
      rc = read_json_normalizer(s, value, err);
    } else if (yyjson_equals_str(key, "names") || yyjson_equals_str(key, "json")) {
      rc = yyjson_is_null(value) ? SL_OK
                                 : sl_fail(err, SL_EDATA, "normalizers.json is not an object");
    } else {
      rc = sl_stored_carry(&s->normalizers_extra, yyjson_get_str(key), value, err);
    }
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}
