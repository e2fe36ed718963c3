//! AWS, with an account of its own for each test.

use std::sync::Arc;

use ackflow_aws::{
    adapters::{DynamoLedger, SystemClock},
    clients::{self, Patience},
};
use ackflow_flows::{LEDGER_TABLE, StartRequest, Target};
use ackflow_handlers::ports::Deployment;
use ackflow_stand_in::StandIn;
use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, SharedCredentialsProvider},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType,
    },
};
use serde_json::value::RawValue;

pub(crate) const TABLE: &str = "ledger";

pub(crate) struct World {
    pub(crate) aws: StandIn,
    pub(crate) config: SdkConfig,
}

impl World {
    /// A world, unless the stand-in is not installed.
    pub(crate) async fn new() -> Option<Self> {
        Self::with(Patience::STEP).await
    }

    pub(crate) async fn with(patience: Patience) -> Option<Self> {
        let aws = StandIn::start()?;
        let config = config(patience, &aws.endpoint.replace("localhost", "127.0.0.1")).await;
        Some(Self { aws, config })
    }

    /// The ledgers, in a table as it is deployed.
    pub(crate) async fn ledger(&self) -> DynamoLedger {
        let client = Client::new(&self.config);
        let index = LEDGER_TABLE.pending_index;
        let text = |name: &str| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
        };
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
        let pending = GlobalSecondaryIndex::builder()
            .index_name(index.name)
            .key_schema(key(index.partition_key, KeyType::Hash).unwrap())
            .key_schema(key(index.sort_key, KeyType::Range).unwrap())
            .projection(Projection::builder().projection_type(ProjectionType::All).build());
        client
            .create_table()
            .table_name(TABLE)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(text(LEDGER_TABLE.partition_key).unwrap())
            .attribute_definitions(text(index.partition_key).unwrap())
            .attribute_definitions(text(index.sort_key).unwrap())
            .key_schema(key(LEDGER_TABLE.partition_key, KeyType::Hash).unwrap())
            .global_secondary_indexes(pending.build().unwrap())
            .send()
            .await
            .unwrap();
        DynamoLedger::new(client, TABLE.to_owned(), Arc::new(SystemClock))
    }
}

/// How to reach what answers as AWS does.
pub(crate) async fn config(patience: Patience, endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    clients::config(patience)
        .await
        .into_builder()
        .endpoint_url(endpoint)
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// A deployment of `api` to `stg` by a target.
pub(crate) fn deployment(target: Target) -> Deployment {
    Deployment {
        key: "T1-Ev1".to_owned(),
        service: "api".to_owned(),
        environment: "stg".to_owned(),
        requested_by: "U1".to_owned(),
        target,
    }
}

/// A request to start an execution of this name.
pub(crate) fn start(name: &str) -> StartRequest {
    let input = RawValue::from_string(format!(r#"{{"event":"{name}","text":"größe"}}"#)).unwrap();
    StartRequest { flow: "document-pipeline".to_owned(), name: name.to_owned(), input }
}
