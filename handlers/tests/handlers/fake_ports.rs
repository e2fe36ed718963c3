//! The ports, in memory. Each can be down, slow or silent.

use std::{collections::HashMap, future::pending, sync::Mutex, time::Duration};

use ackflow_flows::StartRequest;
use ackflow_handlers::{
    object_key::ObjectKey,
    ports::{
        Claim, Clock, ContentStream, EffectLedger, EventLedger, Executions, Expect, Guard, Kept, NoticeTopic,
        ObjectStore, PortError, PutError, StoredObject, Write,
    },
};
use ackflow_schemas::notice::Notice;
use async_trait::async_trait;
use jiff::Timestamp;

/// How a port does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Health {
    #[default]
    Up,
    Down,
    /// Never answers, and does nothing.
    Silent,
    /// Does what it is asked for, and never says so.
    Mute,
    /// Answers after this time.
    Slow(Duration),
}

/// Where a port's health is set.
#[derive(Default)]
pub(crate) struct Switch(Mutex<Health>);

impl Switch {
    pub(crate) fn set(&self, health: Health) {
        *self.0.lock().unwrap() = health;
    }

    pub(crate) async fn run<T>(
        &self,
        port: &'static str,
        work: impl FnOnce() -> T + Send,
    ) -> Result<T, PortError> {
        let health = *self.0.lock().unwrap();
        match health {
            Health::Up => Ok(work()),
            Health::Down => Err(PortError::new(port, "it is down")),
            Health::Silent => pending().await,
            Health::Mute => {
                work();
                pending().await
            }
            Health::Slow(delay) => {
                tokio::time::sleep(delay).await;
                Ok(work())
            }
        }
    }
}

/// An event in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) started: bool,
    pub(crate) pending: Option<StartRequest>,
}

#[derive(Default)]
pub(crate) struct Events {
    pub(crate) health: Switch,
    events: Mutex<Vec<Event>>,
}

impl Events {
    pub(crate) fn all(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    fn change<T>(&self, name: &str, change: impl FnOnce(&mut Event) -> T) -> T {
        let mut events = self.events.lock().unwrap();
        let found = events.iter().position(|event| event.name == name);
        let index = found.unwrap_or_else(|| {
            events.push(Event { name: name.to_owned(), started: false, pending: None });
            events.len() - 1
        });
        change(&mut events[index])
    }
}

#[async_trait]
impl EventLedger for Events {
    async fn claim(&self, name: &str) -> Result<Claim, PortError> {
        let work = || {
            let is_new = !self.all().iter().any(|event| event.name == name);
            match (is_new, self.change(name, |event| event.started)) {
                (true, _) => Claim::New,
                (false, false) => Claim::Claimed,
                (false, true) => Claim::Started,
            }
        };
        self.health.run("the ledger", work).await
    }

    async fn mark_started(&self, name: &str) -> Result<(), PortError> {
        let work = || {
            self.change(name, |event| {
                event.started = true;
                event.pending = None;
            });
        };
        self.health.run("the ledger", work).await
    }

    async fn keep_pending(&self, start: &StartRequest) -> Result<Kept, PortError> {
        let work = || {
            let mut kept = Kept::Started;
            self.change(&start.name, |event| {
                if !event.started {
                    event.pending = Some(start.clone());
                    kept = Kept::Pending;
                }
            });
            kept
        };
        self.health.run("the ledger", work).await
    }

    async fn pending(&self, limit: usize) -> Result<Vec<StartRequest>, PortError> {
        let work = || self.all().into_iter().filter_map(|event| event.pending).take(limit).collect();
        self.health.run("the ledger", work).await
    }
}

#[derive(Default)]
pub(crate) struct Engine {
    pub(crate) health: Switch,
    executions: Mutex<Vec<StartRequest>>,
    /// How many more executions it takes before it is down.
    pub(crate) room: Mutex<Option<usize>>,
    /// The execution that it never takes.
    pub(crate) refused: Mutex<Option<String>>,
}

impl Engine {
    pub(crate) fn executions(&self) -> Vec<StartRequest> {
        self.executions.lock().unwrap().clone()
    }
}

#[async_trait]
impl Executions for Engine {
    async fn start(&self, start: &StartRequest) -> Result<(), PortError> {
        if self.refused.lock().unwrap().as_ref() == Some(&start.name) {
            return Err(PortError::new("the engine", "it does not take this one"));
        }
        if let Some(room) = &mut *self.room.lock().unwrap() {
            *room = room.checked_sub(1).ok_or_else(|| PortError::new("the engine", "it is full"))?;
        }
        let work = || {
            let mut executions = self.executions.lock().unwrap();
            match executions.iter().find(|execution| execution.name == start.name) {
                Some(execution) => assert_eq!(execution, start, "two starts of one name differ"),
                None => executions.push(start.clone()),
            }
        };
        self.health.run("the engine", work).await
    }
}

#[derive(Default)]
pub(crate) struct Topic {
    pub(crate) health: Switch,
    notices: Mutex<Vec<Notice>>,
}

impl Topic {
    pub(crate) fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap().clone()
    }
}

#[async_trait]
impl NoticeTopic for Topic {
    async fn publish(&self, notice: &Notice) -> Result<(), PortError> {
        self.health.run("the topic", || self.notices.lock().unwrap().push(notice.clone())).await
    }
}

/// A clock that moves on only when somebody waits.
pub(crate) struct VirtualClock {
    now: Mutex<Timestamp>,
    waits: Mutex<Vec<Duration>>,
}

impl VirtualClock {
    pub(crate) fn at(seconds: i64) -> Self {
        let now = Timestamp::from_second(seconds).expect("a time within range");
        Self { now: Mutex::new(now), waits: Mutex::default() }
    }

    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        self.waits.lock().unwrap().push(duration);
        *self.now.lock().unwrap() += duration;
    }
}

/// Guards of effects. One that was begun and not ended is uncertain at once: its lease has run out.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) health: Switch,
    guards: Mutex<HashMap<String, Guard>>,
}

impl Effects {
    pub(crate) fn set(&self, id: &str, guard: Guard) {
        self.guards.lock().unwrap().insert(id.to_owned(), guard);
    }

    pub(crate) fn get(&self, id: &str) -> Option<Guard> {
        self.guards.lock().unwrap().get(id).cloned()
    }
}

#[async_trait]
impl EffectLedger for Effects {
    async fn begin(&self, id: &str, _lease: Duration) -> Result<Guard, PortError> {
        let work = || match self.get(id).unwrap_or(Guard::First) {
            Guard::First => {
                self.set(id, Guard::Uncertain);
                Guard::First
            }
            guard => guard,
        };
        self.health.run("the ledger", work).await
    }

    async fn release(&self, id: &str) -> Result<(), PortError> {
        self.health.run("the ledger", || self.set(id, Guard::First)).await
    }

    async fn finish(&self, id: &str, note: &str) -> Result<(), PortError> {
        self.health.run("the ledger", || self.set(id, Guard::Done(note.to_owned()))).await
    }

    async fn note(&self, id: &str) -> Result<Option<String>, PortError> {
        let note = || match self.get(id) {
            Some(Guard::Done(note)) => Some(note),
            _ => None,
        };
        self.health.run("the ledger", note).await
    }
}

/// A bucket of small objects.
#[derive(Default)]
pub(crate) struct Bucket {
    pub(crate) health: Switch,
    objects: Mutex<HashMap<String, (Vec<u8>, u32)>>,
    /// Written by somebody else before the next conditional write.
    pub(crate) rival: Mutex<Option<(String, Vec<u8>)>>,
}

impl Bucket {
    pub(crate) fn put(&self, key: &str, content: impl Into<Vec<u8>>) {
        let mut objects = self.objects.lock().unwrap();
        let version = objects.get(key).map_or(0, |(_, version)| version + 1);
        objects.insert(key.to_owned(), (content.into(), version));
    }

    pub(crate) fn content(&self, key: &str) -> Option<Vec<u8>> {
        self.objects.lock().unwrap().get(key).map(|(content, _)| content.clone())
    }

    fn version(&self, key: &str) -> Option<String> {
        self.objects.lock().unwrap().get(key).map(|(_, version)| version.to_string())
    }
}

#[async_trait]
impl ObjectStore for Bucket {
    async fn put_stream(
        &self,
        _key: &ObjectKey,
        _content_type: Option<&str>,
        _content: ContentStream<'_>,
    ) -> Result<(), PutError> {
        unreachable!("files are streamed in the tests of `ackflow`, which have a real bucket")
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<StoredObject>, PortError> {
        let work = || {
            let (content, version) = (self.content(key.as_str())?, self.version(key.as_str())?);
            Some(StoredObject { content, version })
        };
        self.health.run("the bucket", work).await
    }

    async fn put_if(&self, key: &ObjectKey, content: Vec<u8>, expect: Expect) -> Result<Write, PortError> {
        if let Some((key, content)) = self.rival.lock().unwrap().take() {
            self.put(&key, content);
        }
        let work = || {
            let expected = match expect {
                Expect::Absent => None,
                Expect::Version(version) => Some(version),
            };
            if self.version(key.as_str()) != expected {
                return Write::Conflict;
            }
            self.put(key.as_str(), content);
            Write::Done
        };
        self.health.run("the bucket", work).await
    }
}
