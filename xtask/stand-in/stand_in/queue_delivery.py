"""The bridge from SQS to Lambda: the delivery of an event source mapping.

moto lacks: a poller. It calls the function inside of SendMessage, once, with a simplified event, and knows no partial
failure. The bridge takes that away and polls the queue as AWS does. Whether a message comes again, and when it goes to
the dead-letter queue, is then the business of moto's SQS, which has visibility timeouts and redrive policies.

Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
"""

import json
import logging
import threading
import time
from typing import Any

from moto.awslambda.models import EventSourceMapping, lambda_backends
from moto.sqs.models import Message, Queue, sqs_backends

from stand_in.lambda_invoke import Functions, function_of

POLL_SECONDS = 0.1
DEFAULT_CONCURRENCY = 5

_logger = logging.getLogger(__name__)


class QueueDelivery:
    """Brings the messages of queues to the functions that are mapped to them."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._slots: dict[str, threading.Semaphore] = {}

    def install(self) -> None:
        """Takes moto's own delivery away and starts the poller."""
        Queue.lambda_event_source_mappings = property(lambda _: {}, lambda _, value: None)
        threading.Thread(target=self._poll, daemon=True).start()

    def _poll(self) -> None:
        while True:
            time.sleep(POLL_SECONDS)
            try:
                for account in list(lambda_backends.values()):
                    for backend in list(account.values()):
                        for mapping in backend.list_event_source_mappings("", ""):
                            self._receive(mapping)
            except Exception:
                _logger.exception("queues were not polled")

    def _receive(self, mapping: EventSourceMapping) -> None:
        queue = _queue(mapping)
        at_once = (mapping.scaling_config or {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY)
        slots = self._slots.setdefault(mapping.uuid, threading.Semaphore(int(at_once)))
        if queue is None or not mapping.enabled or not slots.acquire(blocking=False):
            return
        with queue._messages_lock:
            messages = sqs_backends[queue.account_id][queue.region].receive_message(
                queue.name, mapping.batch_size, 0, queue.visibility_timeout, ["All"]
            )
        if messages:
            threading.Thread(target=self._deliver, args=(mapping, queue, messages, slots), daemon=True).start()
        else:
            slots.release()

    def _deliver(
        self, mapping: EventSourceMapping, queue: Queue, messages: list[Message], slots: threading.Semaphore
    ) -> None:
        try:
            event = {"Records": [_record(queue, message) for message in messages]}
            outcome = self._functions.invoke(function_of(mapping.function_arn), json.dumps(event).encode())
            ids = {message.id for message in messages}
            failed = ids if outcome.failed else _failed(mapping, ids, outcome.payload)
            for message in messages:
                if message.id not in failed:
                    # moto rebuilds the list of messages here: without its lock, one that comes meanwhile would be lost.
                    with queue._messages_lock:
                        queue.delete_message(message.receipt_handle)
        except Exception:
            _logger.exception("messages of %s were not delivered", queue.name)
        finally:
            slots.release()


def _queue(mapping: EventSourceMapping) -> Queue | None:
    _, _, service, region, account, name, *_ = mapping.event_source_arn.split(":")
    return sqs_backends[account][region].queues.get(name) if service == "sqs" else None


def _failed(mapping: EventSourceMapping, ids: set[str], payload: bytes) -> set[str]:
    """The messages that a function says to have failed. All, if what it says makes no sense."""
    if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
        return set()
    try:
        failures = (json.loads(payload or b"null") or {}).get("batchItemFailures") or []
        failed = {item["itemIdentifier"] for item in failures}
    except (ValueError, AttributeError, KeyError, TypeError):
        return ids
    return failed if failed <= ids else ids


def _record(queue: Queue, message: Message) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "SenderId": message.sender_id,
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        },
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.message_attributes.items()
        },
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.queue_arn,
        "awsRegion": queue.region,
    }
