"""Addresses without the secrets that some services want in them."""
from urllib.parse import parse_qsl, urlencode, urlsplit

SENSITIVE_PARAMS = {"api_key", "apikey", "api-key", "key", "token", "access_token", "access-token", "secret", "client_secret", "password", "pwd"}


def sanitize_url(url, sensitive=None):
    """The address with *** in place of the values of secret parameters."""
    secret = {name.lower() for name in sensitive or SENSITIVE_PARAMS}
    parts = urlsplit(url)
    query = urlencode([(name, "***" if name.lower() in secret else value) for name, value in parse_qsl(parts.query, keep_blank_values=True)],
                      safe="*")
    return parts._replace(query=query).geturl()
