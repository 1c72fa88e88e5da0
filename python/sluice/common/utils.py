"""dlt.common.utils: what sources use of it."""
import base64
import contextlib
import itertools
import os


def uniq_id(len_=16):
    """A random text of twice so many hexadecimal digits."""
    import secrets

    return secrets.token_hex(len_)


def uniq_id_base64(len_=16):
    import secrets

    return base64.b64encode(secrets.token_bytes(len_)).decode("ascii").rstrip("=")


def digest128(v, len_=15):
    """The hash that dlt makes row ids of."""
    import hashlib

    return base64.b64encode(hashlib.shake_128(v.encode("utf-8")).digest(len_)).decode("ascii").rstrip("=")


def digest256(v):
    import hashlib

    return base64.b64encode(hashlib.sha3_256(v.encode("utf-8")).digest()).decode("ascii")


def chunks(iterable, n=1):
    """Lists of n items; the last has what is left."""
    iterator = iter(iterable)
    while part := list(itertools.islice(iterator, n)):
        yield part


def flatten_list_of_str_or_dicts(seq):
    """One dict of a list of names and dicts."""
    merged = {}
    for one in seq:
        merged.update(one if isinstance(one, dict) else {one: None})
    return merged


def flatten_list_or_items(items):
    for one in items:
        if isinstance(one, list):
            yield from one
        else:
            yield one


def map_nested_keys_in_place(func, nested):
    for key in list(nested):
        value = nested.pop(key)
        if isinstance(value, dict):
            map_nested_keys_in_place(func, value)
        nested[func(key)] = value
    return nested


def update_dict_nested(dst, src, copy_src_dicts=True):
    """Puts src into dst, and its dicts into those of dst."""
    for key, value in src.items():
        if isinstance(value, dict):
            dst[key] = update_dict_nested(dst[key] if isinstance(dst.get(key), dict) else {}, value)
        else:
            dst[key] = value
    return dst


def without_none(d):
    return {key: value for key, value in d.items() if value is not None}


def exclude_keys(mapping, keys):
    return {key: value for key, value in mapping.items() if key not in keys}


def str2bool(v):
    from sluice import _config

    return v if isinstance(v, bool) else _config.coerce("value", v, bool)


@contextlib.contextmanager
def custom_environ(env):
    """Environment variables for the time of the block."""
    saved = {name: os.environ.get(name) for name in env}
    os.environ.update(env)
    try:
        yield
    finally:
        for name, value in saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
