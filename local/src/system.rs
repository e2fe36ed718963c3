//! The whole system in one process: ingest, engine, steps, notifier, and the ports they stand on.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
};

use ackflow_engine::{Database, DatabaseError, Engine, Journal, Observation, Settings};
use ackflow_flows::{
    AnswerCommand, AwaitDecision, CheckDeploy, Configuration, CountReactions, DecideApproval, DeleteMessage,
    EndTurn, FetchFile, InviteNewcomer, RewriteTags, SaveMetadata, StartDeploy, TakeTurn, flows, functions,
};
use ackflow_handlers::{
    AnswerCommandHandler, AwaitDecisionHandler, CheckDeployHandler, CountReactionsHandler,
    DecideApprovalHandler, DeleteMessageHandler, Deployers, EndTurnHandler, FetchFileHandler, Ingest,
    IngestSettings, InviteNewcomerHandler, Notifier, Operators, RewriteTagsHandler, SaveMetadataHandler,
    SlackClient, StartDeployHandler, Steps, TakeTurnHandler, WebhookDeployer, http,
    ports::{EffectLedger, Intake, NoticeTopic, ObjectStore, TaskTokens},
    router,
};
use axum::Router;
use secrecy::SecretString;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use url::Url;

use crate::{
    adapters::{
        CommandDeployer, EngineIntake, EngineTokens, FileStore, LocalTasks, NoticeQueue, SqliteEffects,
    },
    clock::Clock,
    simulator::Simulator,
};

/// What SQLite knows a database of Ackflow's by: `Ackf`.
const APPLICATION_ID: i32 = 0x4163_6b66;

/// What the system is configured with.
#[derive(Clone, Debug)]
pub struct SystemSettings {
    /// Ingest's own.
    pub ingest: IngestSettings,
    /// What the system does in the workspace.
    pub configuration: Arc<Configuration>,
    /// The bot token.
    pub bot_token: SecretString,
    /// An admin's user token, to delete messages with.
    pub user_token: Option<SecretString>,
    /// What webhooks are signed with.
    pub webhook_secret: Option<SecretString>,
    /// Where Slack's Web API is.
    pub api_url: Url,
    /// Who hears of notices that are not about a thread.
    pub operators: Operators,
    /// How much the engine does at once.
    pub engine: Settings,
}

impl SystemSettings {
    /// What it takes to serve a simulated workspace.
    ///
    /// # Panics
    /// Never: the simulator's own address is a URL.
    pub fn of_simulator(simulator: &Simulator, configuration: Configuration) -> Self {
        let workspace = simulator.workspace();
        Self {
            ingest: IngestSettings {
                signing_secrets: vec![workspace.signing_secret.clone()],
                ..IngestSettings::default()
            },
            configuration: Arc::new(configuration),
            bot_token: workspace.bot_token.clone(),
            user_token: workspace.user_token.clone(),
            webhook_secret: None,
            api_url: simulator.api_url().parse().expect("the simulator's address is a URL"),
            operators: Operators::Log,
            engine: Settings::default(),
        }
    }
}

/// Why the system did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder can't be used.
    #[error("the data folder {} can't be used: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another process serves from the folder.
    #[error("another ackflow is running on the data folder {}: stop it, or choose another folder with --data", .0.display())]
    InUse(PathBuf),
    /// The HTTP client can't be made.
    #[error("the HTTP client can't be made: {0}")]
    Http(#[from] reqwest::Error),
    /// A step of the flows has no handler in this process.
    #[error("the step {0} has no handler: add it to the steps of System::start")]
    MissingHandler(&'static str),
    /// The engine did not start.
    #[error(transparent)]
    Engine(#[from] ackflow_engine::EngineError),
}

/// The data folder: the database, the objects, and the lock that keeps a second process out.
pub struct DataFolder {
    /// Where it is.
    pub path: PathBuf,
    /// The journal, the ledger of effects and the notices.
    pub database: Database,
    /// The objects.
    pub files: Arc<FileStore>,
    /// Keeps a second process out for as long as it is open.
    _lock: File,
    files_at_start: [Option<FileId>; 2],
}

/// What tells a file from any other, whatever its name.
#[derive(PartialEq)]
struct FileId(u64, u64);

/// The lock in a data folder.
const LOCK: &str = "lock";

/// The database in a data folder.
const DATABASE: &str = "ackflow.db";

/// What is in a data folder's database.
const SCHEMAS: [&str; 3] = [Journal::SCHEMA, SqliteEffects::SCHEMA, NoticeQueue::SCHEMA];

/// The database of a data folder, beside whoever serves from it.
pub fn open_database(folder: &Path) -> Result<Database, StartError> {
    open_with(folder, &SCHEMAS.concat())
}

fn open_with(folder: &Path, schema: &str) -> Result<Database, StartError> {
    Database::open(&folder.join(DATABASE), APPLICATION_ID, schema)
        .map_err(|error| folder_error(folder, &error))
}

impl DataFolder {
    /// Opens or creates a data folder.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let failed = |error: &std::io::Error| {
            let remedy =
                "check that it may be written to and that the disk has room, or choose another with --data";
            folder_error(path, &format!("{error}. {remedy}"))
        };
        create_private(path).map_err(|error| failed(&error))?;
        let lock = File::create(path.join(LOCK)).map_err(|error| failed(&error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StartError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        let database = open_with(path, &[&*SCHEMAS.concat(), SqliteEffects::RECOVERY].concat())?;
        let files = FileStore::open(&path.join("objects")).map_err(|error| failed(&error))?;
        let files_at_start = files_in(path);
        Ok(Self { path: path.to_owned(), database, files: Arc::new(files), _lock: lock, files_at_start })
    }

    /// Whether it and its database still are where they were opened. What is written to files that were moved or removed
    /// is out of reach of the next start.
    pub fn is_in_place(&self) -> bool {
        files_in(&self.path) == self.files_at_start
    }
}

/// Which files are at the names in a data folder.
#[cfg(unix)]
fn files_in(folder: &Path) -> [Option<FileId>; 2] {
    use std::os::unix::fs::MetadataExt;
    // The database must not be opened for this: with that file, SQLite's locks would be closed.
    [LOCK, DATABASE].map(|name| {
        let metadata = std::fs::metadata(folder.join(name)).ok()?;
        Some(FileId(metadata.dev(), metadata.ino()))
    })
}

/// Open files can be neither moved nor removed there.
#[cfg(not(unix))]
fn files_in(_folder: &Path) -> [Option<FileId>; 2] {
    [None, None]
}

/// Creates a folder, unless it is there, that nobody else can read: it holds what people wrote and posted.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn folder_error(path: &Path, reason: &dyn std::fmt::Display) -> StartError {
    StartError::Folder { path: path.to_owned(), reason: reason.to_string() }
}

/// The ports, before the system is built on them. Tests put faulty ones in their place.
pub struct Ports {
    /// What has happened in the outside world.
    pub effects: Arc<dyn EffectLedger>,
    /// The bucket.
    pub objects: Arc<dyn ObjectStore>,
    /// Where notices are published.
    pub topic: Arc<dyn NoticeTopic>,
    /// The published notices that are still to be posted.
    pub notices: Arc<NoticeQueue>,
    /// What ingest hands events over to, given the engine's own, which is made when the system starts.
    pub intake: Wrapper<dyn Intake>,
    /// What deploys services.
    pub deployers: Deployers,
    /// The journal.
    pub journal: Journal,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// Puts something in front of a port.
pub type Wrapper<P> = Box<dyn FnOnce(Arc<P>) -> Arc<P> + Send>;

impl Ports {
    /// The ports of a data folder.
    pub fn of(folder: &DataFolder, clock: Arc<dyn Clock>) -> Self {
        let background = folder.database.background();
        let notices = Arc::new(NoticeQueue::new(background.clone(), Arc::clone(&clock)));
        Self {
            effects: Arc::new(SqliteEffects::new(background, Arc::clone(&clock))),
            objects: Arc::<FileStore>::clone(&folder.files),
            topic: Arc::<NoticeQueue>::clone(&notices),
            notices,
            intake: Box::new(|engine| engine),
            deployers: Deployers {
                command: Some(Arc::new(CommandDeployer::new(folder.path.join("programs")))),
                ..Deployers::default()
            },
            journal: Journal::new(folder.database.clone()),
            clock,
        }
    }
}

/// What the steps stand on.
struct StepPorts<'a> {
    bot: &'a SlackClient,
    admin: Option<&'a SlackClient>,
    objects: Arc<dyn ObjectStore>,
    effects: Arc<dyn EffectLedger>,
    tokens: Arc<dyn TaskTokens>,
    deployers: Deployers,
    clock: Arc<dyn Clock>,
    configuration: Arc<Configuration>,
}

/// The handler of every step.
fn steps(ports: &StepPorts<'_>) -> Steps {
    let StepPorts { bot, admin, deployers, .. } = ports;
    let objects = || Arc::clone(&ports.objects);
    let clock = || -> Arc<dyn ackflow_handlers::ports::Clock> { Arc::<dyn Clock>::clone(&ports.clock) };
    let configuration = || Arc::clone(&ports.configuration);
    let start =
        StartDeployHandler::new(Arc::clone(&ports.effects), deployers.clone(), clock(), configuration());
    let decide = DecideApprovalHandler::new(objects(), Arc::clone(&ports.tokens), configuration());
    Steps::default()
        .with::<FetchFile>(FetchFileHandler::new(bot, objects()))
        .with::<SaveMetadata>(SaveMetadataHandler::new(bot, objects(), clock()))
        .with::<RewriteTags>(RewriteTagsHandler::new(objects(), clock()))
        .with::<AnswerCommand>(AnswerCommandHandler::new(objects(), clock(), configuration()))
        .with::<AwaitDecision>(AwaitDecisionHandler::new(objects(), clock()))
        .with::<DecideApproval>(decide)
        .with::<TakeTurn>(TakeTurnHandler::new(objects(), clock()))
        .with::<StartDeploy>(start)
        .with::<CheckDeploy>(CheckDeployHandler::new(deployers.clone(), clock(), configuration()))
        .with::<EndTurn>(EndTurnHandler::new(objects(), clock()))
        .with::<DeleteMessage>(DeleteMessageHandler::new(bot, *admin))
        .with::<InviteNewcomer>(InviteNewcomerHandler::new(bot, configuration()))
        .with::<CountReactions>(CountReactionsHandler::new(bot, objects(), clock()))
}

/// The running system. Dropping it stops it where it stands, as a crash would.
pub struct System {
    engine: Arc<Engine>,
    notices: Arc<NoticeQueue>,
    ingest: Arc<Ingest>,
    notifier: JoinHandle<()>,
    notifier_ended: watch::Receiver<Option<String>>,
}

impl System {
    /// Starts everything but the HTTP server. Executions and notices that were under way go on.
    pub async fn start(
        settings: SystemSettings,
        ports: Ports,
        observer: Option<mpsc::UnboundedSender<Observation>>,
    ) -> Result<Self, StartError> {
        let Ports { effects, objects, topic, notices, intake, mut deployers, journal, clock } = ports;
        let SystemSettings { ingest, configuration, bot_token, user_token, webhook_secret, .. } = settings;
        let http = http::client(&settings.api_url)?;
        let slack = |token| {
            let clock: Arc<dyn Clock> = Arc::<dyn Clock>::clone(&clock);
            SlackClient::new(http.clone(), settings.api_url.clone(), token, clock)
        };
        let (bot, admin) = (slack(bot_token), user_token.map(slack));
        if let Some(secret) = webhook_secret {
            let clock: Arc<dyn Clock> = Arc::<dyn Clock>::clone(&clock);
            deployers.webhook = Some(Arc::new(WebhookDeployer::new(http.clone(), secret, clock)));
        }
        let tokens = Arc::new(EngineTokens::default());
        let steps = steps(&StepPorts {
            bot: &bot,
            admin: admin.as_ref(),
            objects,
            effects: Arc::clone(&effects),
            tokens: Arc::<EngineTokens>::clone(&tokens),
            deployers,
            clock: Arc::<dyn Clock>::clone(&clock),
            configuration: Arc::clone(&configuration),
        });
        let mut declared = functions().into_iter().filter_map(|function| function.step());
        if let Some(step) = declared.find(|step| !steps.runs(step)) {
            return Err(StartError::MissingHandler(step));
        }
        let tasks = Arc::new(LocalTasks::new(steps, Arc::clone(&topic)));
        let flows = flows();
        let machines: Vec<_> = flows.iter().map(|(name, machine)| (*name, machine)).collect();
        let engine = Engine::start_up(
            journal,
            &machines,
            tasks,
            Arc::<dyn Clock>::clone(&clock),
            settings.engine,
            observer,
        )
        .await?;
        let engine = Arc::new(engine);
        tokens.bind(&engine);
        let intake = intake(Arc::new(EngineIntake::new(Arc::clone(&engine))));
        let ingest =
            Arc::new(Ingest::new(ingest, configuration, intake, topic, Arc::<dyn Clock>::clone(&clock)));
        let notifier = Notifier::new(bot, effects, clock, settings.operators);
        let queue = Arc::clone(&notices);
        let (end, notifier_ended) = watch::channel(None);
        let notifier = tokio::spawn(async move {
            let error = queue.run(&notifier).await;
            end.send_replace(Some(format!("notices can't be posted: {error}")));
        });
        Ok(Self { engine, notices, ingest, notifier, notifier_ended })
    }

    /// The routes: ingest's, and `GET /healthz`.
    pub fn router(&self) -> Router {
        let ingest = Arc::clone(&self.ingest);
        let health = move || async move {
            axum::Json(serde_json::json!({ "status": "ok", "answers": ingest.tally() }))
        };
        router(Arc::clone(&self.ingest)).route("/healthz", axum::routing::get(health))
    }

    /// Takes up what another process has redriven, and stops what it wants stopped.
    pub fn look_for_redriven(&self) {
        self.engine.look_for_redriven();
        self.engine.look_for_stopped();
    }

    /// Returns when every published notice has been posted or laid aside.
    pub async fn notices_posted(&self) -> Result<(), DatabaseError> {
        self.notices.emptied().await
    }

    /// Returns when the engine or the notifier has stopped by itself, with the reason.
    pub async fn failed(&self) -> String {
        let mut notifier_ended = self.notifier_ended.clone();
        tokio::select! {
            reason = self.engine.failed() => reason,
            ended = notifier_ended.wait_for(Option::is_some) => match ended {
                Ok(reason) => reason.clone().unwrap_or_default(),
                Err(_) => "the notifier's task has ended".to_owned(),
            },
        }
    }

    /// Stops: running tasks come to their end; everything else goes on at the next start.
    pub async fn drain(&self) {
        self.engine.drain().await;
        self.notifier.abort();
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.notifier.abort();
    }
}
