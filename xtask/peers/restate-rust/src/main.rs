//! Three durable steps as the documentation of Restate's Rust SDK writes them; each gives what it was given.
//!
//! Its argument is the address to listen on.

use std::{error::Error, net::SocketAddr};

use restate_sdk::prelude::*;
use serde_json::Value;

struct ThreeSteps;

#[service]
impl ThreeSteps {
    #[handler]
    async fn execute(&self, context: Context<'_>, order: Json<Value>) -> Result<Json<Value>, HandlerError> {
        let one = context.run(|| async move { Ok(order) }).name("One").await?;
        let two = context.run(|| async move { Ok(one) }).name("Two").await?;
        let three = context.run(|| async move { Ok(two) }).name("Three").await?;
        Ok(three)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9080".to_owned());
    let endpoint = Endpoint::builder().bind(ThreeSteps).build();
    HttpServer::new(endpoint).listen_and_serve(address.parse::<SocketAddr>()?).await;
    Ok(())
}
