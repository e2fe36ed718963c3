//! A host that is not Slack's, for what must not reach it.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A second server, where a redirect may lead. It counts the requests that reach it and those that bring an
/// `Authorization` header along, and answers with bytes that a careless client takes for the document. Dropping it
/// stops it.
#[derive(Debug)]
pub struct Trap {
    url: String,
    caught: Arc<Mutex<Caught>>,
    _stop: oneshot::Sender<()>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Caught {
    requests: usize,
    authorizations: usize,
}

impl Trap {
    /// Starts one on a free port of this machine.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        // By name, where the simulator goes by number: another host, and not only another port.
        let url = format!("http://localhost:{}/not-slack", listener.local_addr()?.port());
        let caught = Arc::new(Mutex::new(Caught::default()));
        let (stop, stopped) = oneshot::channel::<()>();
        let routes = Router::new().fallback(catch).with_state(Arc::clone(&caught));
        tokio::spawn(async move {
            let stopped = async {
                // A dropped sender means the same as a message.
                let _ = stopped.await;
            };
            axum::serve(listener, routes).with_graceful_shutdown(stopped).await
        });
        Ok(Self { url, caught, _stop: stop })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests reached it.
    pub fn requests(&self) -> usize {
        caught(&self.caught).requests
    }

    /// How many of them brought an `Authorization` header.
    pub fn authorizations(&self) -> usize {
        caught(&self.caught).authorizations
    }
}

fn caught(shared: &Mutex<Caught>) -> std::sync::MutexGuard<'_, Caught> {
    shared.lock().expect("no code panics while it counts")
}

async fn catch(State(shared): State<Arc<Mutex<Caught>>>, request: Request) -> &'static str {
    let mut count = caught(&shared);
    count.requests += 1;
    count.authorizations += usize::from(request.headers().contains_key(header::AUTHORIZATION));
    "This is not the document."
}
