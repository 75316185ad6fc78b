"""The sandbox and a webhook receiver for the tests beside this file."""

from tests.support.sandbox import sandbox as sandbox
from tests.support.sandbox import sandbox_process as sandbox_process
from tests.support.webhook_receiver import webhook_receiver as webhook_receiver
