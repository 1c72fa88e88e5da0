"""Addresses."""


def join_url(base_url, path):
    """One address of two parts, with one slash between them."""
    if base_url is None:
        raise ValueError("there is no base_url: give one, or an empty text when paths are whole addresses")
    if base_url == "" or path == "":
        return base_url or path
    return f"{base_url.rstrip('/')}/{path.lstrip('/')}"
