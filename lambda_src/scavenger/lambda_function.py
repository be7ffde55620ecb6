"""The module that Lambda loads. Reads the settings and makes the client, once for each execution environment."""

import os

from scavenger.clients import make_dynamodb_client
from scavenger.handler import make_handler
from scavenger.settings import read_settings

_settings = read_settings(os.environ)
lambda_handler = make_handler(_settings, make_dynamodb_client(_settings.max_requests_in_flight))
