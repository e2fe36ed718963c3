"""Faults on demand."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from conftest import Running

UPDATE = {
    "TableName": "faulty",
    "Key": {"id": {"S": "1"}},
    "UpdateExpression": "SET a = :a",
    "ExpressionAttributeValues": {":a": {"S": "a"}},
}


@pytest.fixture(scope="module")
def calls(aws: Running) -> dict[tuple[str, str], Callable[[], object]]:
    dynamodb, s3, sns, sqs = (aws.client(service) for service in ("dynamodb", "s3", "sns", "sqs"))
    dynamodb.create_table(
        TableName="faulty",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    s3.create_bucket(Bucket="faulty", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    topic = sns.create_topic(Name="faulty")["TopicArn"]
    queue = sqs.create_queue(QueueName="faulty")["QueueUrl"]
    return {
        ("dynamodb", "UpdateItem"): lambda: dynamodb.update_item(**UPDATE),
        ("s3", "PutObject"): lambda: s3.put_object(Bucket="faulty", Key="a/b", Body=b"x"),
        ("s3", "CreateMultipartUpload"): lambda: s3.create_multipart_upload(Bucket="faulty", Key="a/b"),
        ("sns", "Publish"): lambda: sns.publish(TopicArn=topic, Message="x"),
        ("sqs", "SendMessage"): lambda: sqs.send_message(QueueUrl=queue, MessageBody="x"),
        ("secretsmanager", "ListSecrets"): aws.client("secretsmanager").list_secrets,
    }


def test_each_protocol_has_its_errors(aws: Running, calls: dict[tuple[str, str], Callable[[], object]]) -> None:
    for (service, action), call in calls.items():
        fault = {"service": service, "action": action, "times": 1, "status": 400, "code": "Told", "message": "so"}
        assert aws.control("POST", "/faults", fault).status_code == 204
        with pytest.raises(ClientError) as raised:
            call()
        assert raised.value.response["Error"]["Code"] == "Told"
        assert raised.value.response["Error"]["Message"] == "so"
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        call()


def test_faults_last_until_cleared(aws: Running, calls: dict[tuple[str, str], Callable[[], object]]) -> None:
    call = calls["dynamodb", "UpdateItem"]
    aws.control("POST", "/faults", {"service": "dynamodb", "action": "UpdateItem", "times": -1, "code": "Told"})
    for _ in range(3):
        with pytest.raises(ClientError):
            call()
    aws.control("DELETE", "/faults")
    call()
    aws.control("POST", "/faults", {"service": "dynamodb", "action": "UpdateItem", "delay_ms": 300})
    start = time.monotonic()
    call()
    assert time.monotonic() - start >= 0.3
    assert aws.control("POST", "/faults", {"servise": "dynamodb"}).status_code == 400


def test_one_of_many_conditional_writes_succeeds(aws: Running, calls: object) -> None:
    client = aws.client("dynamodb")

    def claim(_: int) -> bool:
        try:
            client.put_item(TableName="faulty", Item={"id": {"S": "c"}}, ConditionExpression="attribute_not_exists(id)")
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(24))) == 1
