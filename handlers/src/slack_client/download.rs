//! Downloads: the token goes to Slack's own file hosts only.

use bytes::Bytes;
use reqwest::{Response, StatusCode, header};
use secrecy::ExposeSecret;
use url::Url;

use super::{SlackClient, SlackError, check_status, unavailable};

/// How many redirects to follow.
const MAX_REDIRECTS: usize = 5;

/// The domains whose hosts give files to a bot token.
///
/// Source: <https://docs.slack.dev/reference/objects/file-object> (`url_private` is on files.slack.com; on Slack
/// for government, slack-gov.com)
const FILE_DOMAINS: [&str; 2] = ["slack.com", "slack-gov.com"];

/// A file on its way.
#[derive(Debug)]
pub struct Download {
    response: Response,
}

impl SlackClient {
    /// Opens a file's private download URL.
    pub async fn download(&self, url: &Url) -> Result<Download, SlackError> {
        self.patiently(|| self.try_download(url.clone())).await
    }

    async fn try_download(&self, mut url: Url) -> Result<Download, SlackError> {
        const WHAT: &str = "a file";
        for _ in 0..=MAX_REDIRECTS {
            self.check_host(&url)?;
            let request = self.http.get(url.clone()).bearer_auth(self.token.expose_secret());
            let response = request.send().await.map_err(|error| unavailable(WHAT, &error))?;
            check_status(WHAT, &response)?;
            match response.status() {
                status if status.is_success() => return Ok(Download { response }),
                status if status.is_redirection() => url = redirect_target(&url, &response)?,
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(SlackError::AccessDenied),
                StatusCode::NOT_FOUND | StatusCode::GONE => {
                    return Err(SlackError::Gone { status: response.status().as_u16() });
                }
                status => {
                    let reason = format!("it answers {status}");
                    return Err(SlackError::Unavailable { what: WHAT.to_owned(), reason, is_answered: true });
                }
            }
        }
        let reason = "it redirects without end".to_owned();
        Err(SlackError::Unavailable { what: WHAT.to_owned(), reason, is_answered: true })
    }

    /// Refuses a host that must not see the token.
    fn check_host(&self, url: &Url) -> Result<(), SlackError> {
        let host = url.host_str().unwrap_or_default();
        let of_slack = FILE_DOMAINS.iter().any(|domain| {
            host == *domain || host.strip_suffix(domain).is_some_and(|name| name.ends_with('.'))
        });
        let of_slack = of_slack && url.scheme() == "https";
        if of_slack || url.origin() == self.api_url.origin() {
            return Ok(());
        }
        Err(SlackError::HostNotAllowed { host: host.to_owned() })
    }
}

/// Where a redirect leads. To another host it leads nowhere, even among Slack's own.
fn redirect_target(from: &Url, response: &Response) -> Result<Url, SlackError> {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| from.join(location).ok());
    let target = target.ok_or_else(|| SlackError::Unavailable {
        what: "a file".to_owned(),
        reason: "it redirects to nowhere".to_owned(),
        is_answered: true,
    })?;
    if target.origin() == from.origin() {
        return Ok(target);
    }
    Err(SlackError::HostNotAllowed { host: target.host_str().unwrap_or_default().to_owned() })
}

impl Download {
    /// The `Content-Type` that Slack gives.
    pub fn content_type(&self) -> Option<&str> {
        self.response.headers().get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// Whether this is a web page, as Slack's login page is.
    pub fn is_web_page(&self) -> bool {
        self.content_type().is_some_and(|content_type| content_type.starts_with("text/html"))
    }

    /// The length that Slack announces.
    pub fn content_length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next piece; `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, SlackError> {
        self.response.chunk().await.map_err(|error| unavailable("the rest of a file", &error))
    }
}
