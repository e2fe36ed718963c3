//! Ports with somebody at the door, who may count the calls, hold them up or refuse them.

use std::sync::Arc;

use ackflow::system::Ports;
use ackflow_flows::StartRequest;
use ackflow_handlers::{
    Deployers,
    object_key::ObjectKey,
    ports::{
        ContentStream, DeployError, Deployer, Deployment, EffectLedger, Expect, Guard, Intake, NoticeTopic,
        ObjectStore, PortError, Progress, PutError, StoredObject, Taken, Write,
    },
};
use ackflow_schemas::notice::Notice;
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

/// Puts a doorman before each port. Of what deploys, only programs are run here.
pub(crate) fn watched(ports: Ports, doorman: &Arc<impl Doorman>) -> Ports {
    let at = || -> Arc<dyn Doorman> { doorman.clone() };
    let at_intake = at();
    let command = ports
        .deployers
        .command
        .map(|port| -> Arc<dyn Deployer> { Arc::new(Watched { port, doorman: at() }) });
    Ports {
        effects: Arc::new(Watched { port: ports.effects, doorman: at() }),
        objects: Arc::new(Watched { port: ports.objects, doorman: at() }),
        topic: Arc::new(Watched { port: ports.topic, doorman: at() }),
        intake: Box::new(|port| Arc::new(Watched { port, doorman: at_intake })),
        deployers: Deployers { command, ..Deployers::default() },
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
        self.pass_or(E::from, call, made).await
    }

    /// `refused` is what the caller gets when the doorman lets nobody in.
    async fn pass_or<T, E>(
        &self,
        refused: fn(PortError) -> E,
        call: Call,
        made: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.doorman.before(call).await.map_err(refused)?;
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

    async fn finish(&self, id: &str, note: &str) -> Result<(), PortError> {
        self.pass("effects.finish", self.port.finish(id, note)).await
    }

    async fn note(&self, id: &str) -> Result<Option<String>, PortError> {
        self.pass("effects.note", self.port.note(id)).await
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

#[async_trait]
impl Deployer for Watched<dyn Deployer> {
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError> {
        self.pass_or(unavailable, "deployer.start", self.port.start(deployment)).await
    }

    async fn find(&self, deployment: &Deployment) -> Result<Option<Progress>, DeployError> {
        self.pass_or(unavailable, "deployer.find", self.port.find(deployment)).await
    }

    async fn check(&self, deployment: &Deployment, handle: &str) -> Result<Progress, DeployError> {
        self.pass_or(unavailable, "deployer.check", self.port.check(deployment, handle)).await
    }
}

fn unavailable(error: PortError) -> DeployError {
    DeployError::Unavailable(error.reason)
}
