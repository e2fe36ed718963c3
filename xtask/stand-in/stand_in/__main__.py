"""Starts the stand-in: `python -m stand_in --port 0 --state-dir DIR`.

It prints `{"endpoint": "http://localhost:PORT"}` when it is ready, and ends on SIGTERM, SIGINT, or the end of the pipe
that is its standard input.
"""

import argparse
import json
import logging
import os
import signal
import stat
import sys
import threading
from pathlib import Path
from queue import SimpleQueue

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from stand_in import cloud_formation, state_machines
from stand_in.lambda_invoke import Functions
from stand_in.queue_delivery import QueueDelivery
from stand_in.server import Server


def main() -> None:
    """Serves until it is told to end."""
    parser = argparse.ArgumentParser(prog="stand_in")
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    parser.add_argument("--state-dir", type=Path, required=True, help="where the functions' code is unpacked")
    parser.add_argument("--retry-scale", type=float, default=1.0, help="multiplies the waits of Retry")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    # moto prints now and then.
    stdout, sys.stdout = sys.stdout, sys.stderr
    _isolate()

    # The functions use another name of the same address: with an IP address for its endpoint, S3's client puts the
    # bucket into the path. `BUCKET.localhost` is not everywhere a name.
    server = make_server("127.0.0.1", arguments.port, _not_ready, threaded=True, request_handler=MotoRequestHandler)
    functions = Functions(f"http://127.0.0.1:{server.port}", arguments.state_dir.resolve())
    os.environ["MOTO_PORT"] = str(server.port)
    functions.install()
    state_machines.install(arguments.retry_scale)
    cloud_formation.install()
    QueueDelivery(functions).install()
    server.app = Server(functions)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    # A queue, as a signal may come at any point: an event's lock could be held right then by what it interrupts.
    end: SimpleQueue[None] = SimpleQueue()
    ends = (signal.SIGTERM, signal.SIGINT)
    for number in ends:
        signal.signal(number, lambda *_: end.put(None))
    # A process inherits which signals are blocked: whoever starts this one may have blocked these.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)
    mode = os.fstat(sys.stdin.fileno()).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=lambda: (sys.stdin.read(), end.put(None)), daemon=True).start()
    print(json.dumps({"endpoint": f"http://localhost:{server.port}"}), file=stdout, flush=True)
    end.get()
    functions.stop()
    logging.shutdown()
    # Without waiting for the threads of executions, which may sleep for an hour. Processes at work die with this one.
    os._exit(0)


def _isolate() -> None:
    """Keeps the user's own AWS profile and proxies out: the interpreter of state machines is a client, too."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    os.environ.update(NO_PROXY="localhost,127.0.0.1", no_proxy="localhost,127.0.0.1")


def _not_ready(*_: object) -> list[bytes]:
    raise RuntimeError("The stand-in is not ready yet.")


if __name__ == "__main__":
    main()
