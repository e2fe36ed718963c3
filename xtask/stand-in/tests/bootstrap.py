"""A Lambda function for the tests: speaks the Runtime API, and does what its event says."""

import json
import os
import time
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"


def handle(event):
    if "Records" in event:
        failed = [record["messageId"] for record in event["Records"] if record["body"] == "poison"]
        print("bodies", [record["body"] for record in event["Records"]], flush=True)
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
    if "requestContext" in event:
        if event["body"] == "crash":
            os._exit(3)
        headers = {"content-type": "application/json", "x-path": event["rawPath"]}
        return {"statusCode": 201, "headers": headers, "body": json.dumps(event), "isBase64Encoded": False}
    match event.get("do"):
        case "crash":
            os._exit(3)
        case "sleep":
            time.sleep(event["seconds"])
        case "fail":
            raise RuntimeError(event["error"])
    return {"event": event, "process": os.getpid(), "environment": dict(os.environ)}


def main():
    if os.environ.get("BROKEN"):
        raise SystemExit(1)
    while True:
        with urllib.request.urlopen(f"{API}/invocation/next") as response:
            request_id = response.headers["lambda-runtime-aws-request-id"]
            event = json.load(response)
        try:
            kind, result = "response", handle(event)
        except RuntimeError as error:
            kind, result = "error", {"errorType": str(error), "errorMessage": "as told – so"}
        data = json.dumps(result, ensure_ascii=False).encode()
        urllib.request.urlopen(urllib.request.Request(f"{API}/invocation/{request_id}/{kind}", data=data)).close()


main()
