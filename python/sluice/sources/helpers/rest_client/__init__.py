"""A client for web services that answer with JSON: pages, authentication, retries."""
from sluice.sources.helpers.rest_client.client import PageData, RESTClient


def paginate(url, method="GET", headers=None, params=None, json=None, auth=None, paginator=None, data_selector=None, hooks=None, *,
             data=None, **options):
    """Pages of one address, without a client that is made before."""
    client = RESTClient(base_url=url, headers=headers, auth=auth)
    return client.paginate(path="", method=method, params=params, json=json, paginator=paginator, data_selector=data_selector, hooks=hooks,
                           data=data, **options)


__all__ = ["PageData", "RESTClient", "paginate"]
