"""The bridge from a template to the resources that moto's CloudFormation skips without an error.

moto lacks: `AWS::SNS::Subscription`, `AWS::SecretsManager::Secret` and all of `AWS::ApiGatewayV2`, though it has the
APIs of those services. The bridge calls them. Policies and alarms, which moto skips as well, have no effect in it
anyway. An update replaces the resource.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from moto.cloudformation.parsing import get_model_map
from moto.core.common_models import CloudFormationModel
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for

Properties = dict[str, Any]


class Bridged(CloudFormationModel):
    """A resource that was created by the API of its service."""

    create: Callable[[Properties, str], "Bridged"]
    """Creates it from properties, in a region."""

    def __init__(self, physical_id: str, delete: Callable[[], object], **attributes: str) -> None:
        self._physical_id = physical_id
        self._delete = delete
        self._attributes = attributes

    @property
    def physical_resource_id(self) -> str:
        """What `Ref` gives."""
        return self._physical_id

    def get_cfn_attribute(self, name: str) -> str:
        """What `Fn::GetAtt` gives."""
        return self._attributes[name]

    def delete(self, _account: str, _region: str) -> None:
        """Deletes it with its stack."""
        self._delete()

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, resource: Properties, _account: str, region: str, **_: str
    ) -> "Bridged":
        """Creates it. Its name is in the properties, or the service makes one."""
        return cls.create(resource["Properties"], region)

    @classmethod
    def update_from_cloudformation_json(cls, **given: Any) -> "Bridged":
        """Replaces it."""
        given["original_resource"].delete(given["account_id"], given["region_name"])
        return cls.create(given["cloudformation_json"]["Properties"], given["region_name"])

    def is_created(self) -> bool:
        """It is, from the start."""
        return True


def install() -> None:
    """Makes CloudFormation know the resources."""
    creators = {
        "AWS::SNS::Subscription": _subscription,
        "AWS::SecretsManager::Secret": _secret,
        "AWS::ApiGatewayV2::Api": _api,
        "AWS::ApiGatewayV2::Stage": _part_of_api("stage", "StageName"),
        "AWS::ApiGatewayV2::Integration": _part_of_api("integration", "IntegrationId"),
        "AWS::ApiGatewayV2::Route": _part_of_api("route", "RouteId"),
    }
    for name, creator in creators.items():
        get_model_map()[name] = type(name, (Bridged,), {"create": staticmethod(creator)})


# Templates and APIs have the same names for nearly everything.


def _subscription(properties: Properties, region: str) -> Bridged:
    sns = boto_client_for(region, "sns")
    given = {name: properties[name] for name in ("TopicArn", "Protocol", "Endpoint")}
    # moto takes any text for true: what is false must not be said.
    attributes = {name: json.dumps(value) for name, value in properties.items() if name not in given and value}
    arn = sns.subscribe(**given, Attributes=attributes)["SubscriptionArn"]
    return Bridged(arn, lambda: sns.unsubscribe(SubscriptionArn=arn))


def _secret(properties: Properties, region: str) -> Bridged:
    secrets = boto_client_for(region, "secretsmanager")
    arn = secrets.create_secret(**properties)["ARN"]
    return Bridged(arn, lambda: secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True), Id=arn)


def _api(properties: Properties, region: str) -> Bridged:
    apis = boto_client_for(region, "apigatewayv2")
    api = apis.create_api(**properties)
    given = {name: api[name] for name in ("ApiId", "ApiEndpoint")}
    return Bridged(api["ApiId"], lambda: apis.delete_api(ApiId=api["ApiId"]), **given)


def _part_of_api(kind: str, key: str) -> Callable[[Properties, str], Bridged]:
    def create(properties: Properties, region: str) -> Bridged:
        apis = boto_client_for(region, "apigatewayv2")
        part = {key: getattr(apis, f"create_{kind}")(**properties)[key]}

        def delete() -> None:
            # The API may be gone already, with all that was in it.
            with suppress(apis.exceptions.NotFoundException):
                getattr(apis, f"delete_{kind}")(ApiId=properties["ApiId"], **part)

        return Bridged(part[key], delete)

    return create
