"""The module that Lambda loads. Reads the settings once for each execution environment."""

import os

from reconciler.handler import make_handler
from reconciler.worker_settings import read_worker_settings

lambda_handler = make_handler(read_worker_settings(os.environ))
