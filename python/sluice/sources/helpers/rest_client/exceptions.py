"""What a client of a web service may meet."""
from sluice.exceptions import IgnoreResponseException, PaginatorNotFound, PaginatorSetupError, RESTClientException

__all__ = ["IgnoreResponseException", "PaginatorNotFound", "PaginatorSetupError", "RESTClientException"]
