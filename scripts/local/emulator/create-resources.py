"""Makes the buckets and queues of the program, in the container of the emulator, whenever it starts.

Whatever is there stays. The emulator writes queues to its volume when it is stopped, not when it is killed.
"""

import json
import os
import pathlib

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

wanted = json.loads(pathlib.Path("/stack/resources.json").read_text())
session = botocore.session.get_session()


def client(service):
    return session.create_client(
        service,
        region_name=wanted["region"],
        endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(s3={"addressing_style": "path"}),
    )


def make_bucket(s3, name, versioning=None):
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html: us-east-1 is no location constraint.
    place = {} if wanted["region"] == "us-east-1" else {"LocationConstraint": wanted["region"]}
    try:
        s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": place} if place else {}))
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    if versioning is not None:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": versioning})


def make_queue(sqs, name, attributes):
    """Without what names another queue, which may not be there yet. @returns its address"""
    try:
        return sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        kind = {key: value for key, value in attributes.items() if key == "FifoQueue"}
        return sqs.create_queue(QueueName=name, Attributes=kind)["QueueUrl"]


if wanted["buckets"]:
    s3 = client("s3")
    for bucket in wanted["buckets"]:
        make_bucket(s3, **bucket)
if wanted["queues"]:
    sqs = client("sqs")
    urls = [make_queue(sqs, **queue) for queue in wanted["queues"]]
    for url, queue in zip(urls, wanted["queues"]):
        changeable = {key: value for key, value in queue["attributes"].items() if key != "FifoQueue"}
        sqs.set_queue_attributes(QueueUrl=url, Attributes=changeable)

# The health check waits for it.
pathlib.Path("/dev/shm/resources-made").touch()
