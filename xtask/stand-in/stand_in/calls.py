"""Who called what: moto asks nobody for permission, so a test compares this with what roles allow."""

import threading
from collections import defaultdict

from stand_in.aws_call import AwsCall


class Calls:
    """The actions that were called so far, by the id of the caller's access key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_caller: defaultdict[str, set[str]] = defaultdict(set)

    def note(self, call: AwsCall) -> None:
        """Notes a call, whatever comes of it."""
        with self._lock:
            self._by_caller[call.caller].add(f"{call.service}:{call.action}")

    def report(self) -> dict[str, list[str]]:
        """The actions of each caller, in order."""
        with self._lock:
            return {caller: sorted(actions) for caller, actions in self._by_caller.items()}
