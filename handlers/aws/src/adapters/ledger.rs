//! The ledgers of events and effects, in one DynamoDB table. Whatever must happen once is one conditional update.

use std::{collections::HashMap, sync::Arc, time::Duration};

use ackflow_flows::{LEDGER_TABLE, StartRequest};
use ackflow_handlers::ports::{Claim, Clock, EffectLedger, EventLedger, Guard, Kept, PortError};
use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    error::DisplayErrorContext,
    operation::update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use jiff::Timestamp;
use serde_json::value::RawValue;

const EVENTS: &str = "the ledger of events";
const EFFECTS: &str = "the ledger of effects";

/// How long events are remembered: Slack repeats them for a day.
const EVENT_MEMORY: Duration = Duration::from_hours(3 * 24);

/// How long effects are remembered: longer than a deployment takes. Its approval may wait for 30 days, and then the
/// message that asked for it is found by the note of the notice that posted it.
const EFFECT_MEMORY: Duration = Duration::from_hours(45 * 24);

/// What stands for "pending" in the index's partition key. Absent from whatever is not.
const PENDING: &str = "yes";

/// An item of the table.
type Item = HashMap<String, AttributeValue>;

/// The ledgers in a table.
#[derive(Clone)]
pub struct DynamoLedger {
    client: Client,
    table: String,
    clock: Arc<dyn Clock>,
}

/// What became of a conditional update: the item as it was before.
enum Update {
    Done(Item),
    Refused(Item),
}

impl DynamoLedger {
    /// The ledgers in this table, whose keys are [`LEDGER_TABLE`].
    pub fn new(client: Client, table: String, clock: Arc<dyn Clock>) -> Self {
        Self { client, table, clock }
    }

    fn update(&self, id: String) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(LEDGER_TABLE.partition_key, AttributeValue::S(id))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn expiry(&self, memory: Duration) -> AttributeValue {
        number(self.clock.now().as_second().saturating_add_unsigned(memory.as_secs()))
    }
}

#[async_trait]
impl EventLedger for DynamoLedger {
    async fn claim(&self, name: &str) -> Result<Claim, PortError> {
        let update = self
            .update(event_id(name))
            .update_expression("SET claimed_at = :now, expires_at = :expiry")
            .condition_expression("attribute_not_exists(id)")
            .expression_attribute_values(":now", text(self.clock.now()))
            .expression_attribute_values(":expiry", self.expiry(EVENT_MEMORY));
        Ok(match send(EVENTS, update).await? {
            Update::Done(_) => Claim::New,
            Update::Refused(item) if item.contains_key("started_at") => Claim::Started,
            Update::Refused(_) => Claim::Claimed,
        })
    }

    async fn mark_started(&self, name: &str) -> Result<(), PortError> {
        let update = self
            .update(event_id(name))
            .update_expression(
                "SET started_at = :now, expires_at = :expiry REMOVE pending, pending_since, flow, execution, #input",
            )
            .expression_attribute_names("#input", "input")
            .expression_attribute_values(":now", text(self.clock.now()))
            .expression_attribute_values(":expiry", self.expiry(EVENT_MEMORY));
        send(EVENTS, update).await.map(drop)
    }

    async fn keep_pending(&self, start: &StartRequest) -> Result<Kept, PortError> {
        let update = self
            .update(event_id(&start.name))
            // What is pending is not forgotten, however long the engine is down.
            .update_expression(
                "SET pending = :pending, pending_since = if_not_exists(pending_since, :now), flow = :flow, \
                 execution = :execution, #input = :input REMOVE expires_at",
            )
            .condition_expression("attribute_not_exists(started_at)")
            .expression_attribute_names("#input", "input")
            .expression_attribute_values(":pending", AttributeValue::S(PENDING.to_owned()))
            .expression_attribute_values(":now", text(self.clock.now()))
            .expression_attribute_values(":flow", AttributeValue::S(start.flow.clone()))
            .expression_attribute_values(":execution", AttributeValue::S(start.name.clone()))
            .expression_attribute_values(":input", AttributeValue::S(start.input.get().to_owned()));
        Ok(match send(EVENTS, update).await? {
            Update::Done(_) => Kept::Pending,
            Update::Refused(_) => Kept::Started,
        })
    }

    async fn pending(&self, limit: usize) -> Result<Vec<StartRequest>, PortError> {
        let index = LEDGER_TABLE.pending_index;
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index.name)
            .key_condition_expression("pending = :pending")
            .expression_attribute_values(":pending", AttributeValue::S(PENDING.to_owned()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| PortError::new(EVENTS, DisplayErrorContext(error)))?;
        found.items().iter().map(start_request).collect()
    }
}

#[async_trait]
impl EffectLedger for DynamoLedger {
    async fn begin(&self, id: &str, lease: Duration) -> Result<Guard, PortError> {
        let now = self.clock.now();
        let until = now.as_millisecond().saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        let update = self
            .update(effect_id(id))
            .update_expression("SET leased_until = :until, expires_at = :expiry")
            .condition_expression(
                "attribute_not_exists(done_at) AND (attribute_not_exists(leased_until) OR leased_until <= :now)",
            )
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":until", number(until))
            .expression_attribute_values(":expiry", self.expiry(EFFECT_MEMORY));
        Ok(match send(EFFECTS, update).await? {
            Update::Done(before) if before.contains_key("leased_until") => Guard::Uncertain,
            Update::Done(_) => Guard::First,
            Update::Refused(item) if item.contains_key("done_at") => {
                Guard::Done(noted(&item).unwrap_or_default())
            }
            Update::Refused(_) => Guard::Busy,
        })
    }

    async fn release(&self, id: &str) -> Result<(), PortError> {
        send(EFFECTS, self.update(effect_id(id)).update_expression("REMOVE leased_until")).await.map(drop)
    }

    async fn finish(&self, id: &str, note: &str) -> Result<(), PortError> {
        let update = self
            .update(effect_id(id))
            .update_expression("SET done_at = :now, note = :note, expires_at = :expiry")
            .expression_attribute_values(":now", text(self.clock.now()))
            .expression_attribute_values(":note", AttributeValue::S(note.to_owned()))
            .expression_attribute_values(":expiry", self.expiry(EFFECT_MEMORY));
        send(EFFECTS, update).await.map(drop)
    }

    async fn note(&self, id: &str) -> Result<Option<String>, PortError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(LEDGER_TABLE.partition_key, AttributeValue::S(effect_id(id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| PortError::new(EFFECTS, DisplayErrorContext(error)))?;
        Ok(found.item.filter(|item| item.contains_key("done_at")).and_then(|item| noted(&item)))
    }
}

async fn send(ledger: &'static str, update: UpdateItemFluentBuilder) -> Result<Update, PortError> {
    let error = match update.send().await {
        Ok(UpdateItemOutput { attributes, .. }) => return Ok(Update::Done(attributes.unwrap_or_default())),
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
            Ok(Update::Refused(refused.item().cloned().unwrap_or_default()))
        }
        _ => Err(PortError::new(ledger, DisplayErrorContext(error))),
    }
}

fn start_request(item: &Item) -> Result<StartRequest, PortError> {
    let attribute = |name: &str| {
        let value = item.get(name).and_then(|value| value.as_s().ok()).cloned();
        value.ok_or_else(|| PortError::new(EVENTS, format!("a pending event lacks the attribute {name}")))
    };
    let input = RawValue::from_string(attribute("input")?).map_err(|error| PortError::new(EVENTS, error))?;
    Ok(StartRequest { flow: attribute("flow")?, name: attribute("execution")?, input })
}

fn noted(effect: &Item) -> Option<String> {
    effect.get("note").and_then(|note| note.as_s().ok()).cloned()
}

fn event_id(name: &str) -> String {
    format!("event#{name}")
}

fn effect_id(id: &str) -> String {
    format!("effect#{id}")
}

/// A time, in as many digits always: the index sorts texts.
fn text(time: Timestamp) -> AttributeValue {
    AttributeValue::S(format!("{time:.6}"))
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
