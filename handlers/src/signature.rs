//! Slack's request signature, version 0.
//!
//! Source: <https://docs.slack.dev/authentication/verifying-requests-from-slack>

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far a request's timestamp may be from now, either way, in seconds.
pub const TOLERANCE_SECONDS: i64 = 5 * 60;

/// Why a request is refused. Carries nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No `X-Slack-Signature` or `X-Slack-Request-Timestamp`.
    #[error("the signature headers are missing")]
    Missing,
    /// The timestamp is not a whole number of seconds.
    #[error("the timestamp is not a number of seconds")]
    MalformedTimestamp,
    /// The timestamp is over five minutes off: a replay, or a clock that is wrong.
    #[error("the timestamp is over five minutes off")]
    Stale,
    /// No configured secret gives this signature.
    #[error("the signature is wrong")]
    Mismatch,
}

/// Verifies that one of the secrets signed these bytes near `now` (seconds since 1970).
///
/// Two secrets are given during a rotation. The comparison takes the same time whatever it finds. Only the
/// form that Slack sends is accepted: `v0=` and lower-case hexadecimal digits.
pub fn verify(
    secrets: &[SecretString],
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: i64,
) -> Result<(), SignatureError> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else {
        return Err(SignatureError::Missing);
    };
    if timestamp.is_empty() || !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SignatureError::MalformedTimestamp);
    }
    let seconds: i64 = timestamp.parse().map_err(|_| SignatureError::MalformedTimestamp)?;
    if now.abs_diff(seconds) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    let digits = signature.strip_prefix("v0=").ok_or(SignatureError::Mismatch)?;
    if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(SignatureError::Mismatch);
    }
    let claimed = hex::decode(digits).map_err(|_| SignatureError::Mismatch)?;
    let genuine =
        secrets.iter().filter(|secret| !secret.expose_secret().is_empty()).fold(false, |found, secret| {
            // No early exit: which of two secrets matched is not told by the time taken either.
            mac(secret, timestamp, body).verify_slice(&claimed).is_ok() | found
        });
    if genuine { Ok(()) } else { Err(SignatureError::Mismatch) }
}

/// The `X-Slack-Signature` of these bytes at this time (seconds since 1970).
pub fn sign(secret: &SecretString, timestamp: i64, body: &[u8]) -> String {
    let digest = mac(secret, &timestamp.to_string(), body).finalize().into_bytes();
    format!("v0={}", hex::encode(digest))
}

fn mac(secret: &SecretString, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(b"v0:");
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    mac
}
