//! Ports with somebody at the door, who may count the calls, hold them up or refuse them.

use std::sync::Arc;

use ackflow::system::Ports;
use ackflow_flows::StartRequest;
use ackflow_handlers::{
    object_key::ObjectKey,
    ports::{
        ContentStream, EffectLedger, Expect, Guard, Intake, NoticeTopic, ObjectStore, PortError, PutError,
        StoredObject, Taken, Write,
    },
};
use ackflow_schemas::document::Notice;
use async_trait::async_trait;
use futures_util::StreamExt;

/// A call of a port, by its method.
pub(crate) type Call = &'static str;

/// Who stands at the door of every port.
#[async_trait]
pub(crate) trait Doorman: Send + Sync + 'static {
    /// A call is about to be made. An error is what the caller gets instead.
    async fn before(&self, call: Call) -> Result<(), PortError>;

    /// A call was made; its caller does not know yet.
    async fn after(&self, call: Call);
}

/// Puts a doorman before each port.
pub(crate) fn watched(ports: Ports, doorman: &Arc<impl Doorman>) -> Ports {
    let at = || -> Arc<dyn Doorman> { doorman.clone() };
    let at_intake = at();
    Ports {
        effects: Arc::new(Watched { port: ports.effects, doorman: at() }),
        objects: Arc::new(Watched { port: ports.objects, doorman: at() }),
        topic: Arc::new(Watched { port: ports.topic, doorman: at() }),
        intake: Box::new(|port| Arc::new(Watched { port, doorman: at_intake })),
        ..ports
    }
}

struct Watched<P: ?Sized> {
    port: Arc<P>,
    doorman: Arc<dyn Doorman>,
}

impl<P: ?Sized> Watched<P> {
    async fn pass<T, E: From<PortError>>(
        &self,
        call: Call,
        made: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.doorman.before(call).await?;
        let result = made.await;
        self.doorman.after(call).await;
        result
    }
}

#[async_trait]
impl Intake for Watched<dyn Intake> {
    async fn take(&self, start: &StartRequest) -> Result<Taken, PortError> {
        self.pass("intake.take", self.port.take(start)).await
    }
}

#[async_trait]
impl EffectLedger for Watched<dyn EffectLedger> {
    async fn begin(&self, id: &str, lease: std::time::Duration) -> Result<Guard, PortError> {
        self.pass("effects.begin", self.port.begin(id, lease)).await
    }

    async fn release(&self, id: &str) -> Result<(), PortError> {
        self.pass("effects.release", self.port.release(id)).await
    }

    async fn finish(&self, id: &str) -> Result<(), PortError> {
        self.pass("effects.finish", self.port.finish(id)).await
    }
}

#[async_trait]
impl NoticeTopic for Watched<dyn NoticeTopic> {
    async fn publish(&self, notice: &Notice) -> Result<(), PortError> {
        self.pass("topic.publish", self.port.publish(notice)).await
    }
}

#[async_trait]
impl ObjectStore for Watched<dyn ObjectStore> {
    async fn put_stream(
        &self,
        key: &ObjectKey,
        content_type: Option<&str>,
        content: ContentStream<'_>,
    ) -> Result<(), PutError> {
        let content = content.then(|piece| async {
            self.doorman.after("objects.put_stream, a piece").await;
            piece
        });
        let put = self.port.put_stream(key, content_type, content.boxed());
        self.pass("objects.put_stream", put).await
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<StoredObject>, PortError> {
        self.pass("objects.get", self.port.get(key)).await
    }

    async fn put_if(&self, key: &ObjectKey, content: Vec<u8>, expect: Expect) -> Result<Write, PortError> {
        self.pass("objects.put_if", self.port.put_if(key, content, expect)).await
    }
}
