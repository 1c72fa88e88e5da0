from sluice import common as common
from sluice import current as current
from sluice import destinations as destinations
from sluice import exceptions as exceptions
from sluice import extract as extract
from sluice import mark as mark
from sluice import progress as progress
from sluice import sources as sources
from sluice._config import Accessor
from sluice.common.typing import TCredentials as TCredentials
from sluice.common.typing import TSecretStrValue as TSecretStrValue
from sluice.common.typing import TSecretValue as TSecretValue
from sluice.destinations.sink import destination as destination
from sluice.extract.decorators import defer as defer
from sluice.extract.decorators import resource as resource
from sluice.extract.decorators import source as source
from sluice.extract.decorators import transformer as transformer
from sluice.pipeline import attach as attach
from sluice.pipeline import pipeline as pipeline
from sluice.pipeline import run as run
from sluice.pipeline.core import Pipeline as Pipeline
from sluice.schema import Schema as Schema

config: Accessor
secrets: Accessor
__version__: str
