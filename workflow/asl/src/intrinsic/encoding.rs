//! The functions that encode, hash and merge.

use std::borrow::Cow;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::function::{Outcome, string};

/// AWS's limit of the data to encode, decode or hash.
const MAX_CHARACTERS: usize = 10_000;

/// What takes Base64 without its padding too, as AWS does.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn limited(text: &str) -> Result<&str, String> {
    let length = text.chars().count();
    if length > MAX_CHARACTERS {
        return Err(format!("the data has {length} characters, and {MAX_CHARACTERS} are allowed"));
    }
    Ok(text)
}

pub(super) fn encode(data: &Value) -> Outcome {
    Ok(STANDARD.encode(limited(string(data)?)?).into())
}

pub(super) fn decode(data: &Value) -> Outcome {
    let bytes = LENIENT.decode(limited(string(data)?)?).map_err(|error| format!("not Base64: {error}"))?;
    String::from_utf8(bytes).map(Value::from).map_err(|_| "the decoded data is not UTF-8".to_owned())
}

/// Data that is no string is hashed as JSON.
pub(super) fn hash(data: &Value, algorithm: &Value) -> Outcome {
    let json;
    let data = if let Value::String(text) = data {
        text
    } else {
        json = data.to_string();
        &json
    };
    digest(limited(data)?, string(algorithm)?).map(Value::from)
}

/// The hash of a text, as hexadecimal digits.
pub(crate) fn digest(data: &str, algorithm: &str) -> Result<String, String> {
    Ok(match algorithm {
        "MD5" => hex::encode(md5::Md5::digest(data)),
        "SHA-1" => hex::encode(sha1::Sha1::digest(data)),
        "SHA-256" => hex::encode(Sha256::digest(data)),
        "SHA-384" => hex::encode(Sha384::digest(data)),
        "SHA-512" => hex::encode(Sha512::digest(data)),
        other => return Err(format!("unknown algorithm {other}: MD5, SHA-1, SHA-256, SHA-384 or SHA-512")),
    })
}

/// The second object's fields win. Only the shallow mode exists, so the third argument is false.
pub(super) fn merge(values: &[Cow<'_, Value>]) -> Outcome {
    let (Value::Object(first), Value::Object(second)) = (&*values[0], &*values[1]) else {
        return Err("expected two objects".to_owned());
    };
    if *values[2] != Value::Bool(false) {
        return Err("only the shallow mode is supported: the third argument must be false".to_owned());
    }
    let mut merged = first.clone();
    merged.extend(second.clone());
    Ok(merged.into())
}
