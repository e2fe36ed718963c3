//! What paths, intrinsic calls and queries are evaluated against.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::QueryLanguage;

/// The data that an expression sees, and where its randomness and its time come from.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The language of the state that it stands in.
    pub language: QueryLanguage,
    /// What `$` is in JSONPath, and `$states.input` in JSONata.
    pub input: &'a Value,
    /// The context object: `$$`, or `$states.context`.
    pub context: &'a Value,
    /// What the state's work gave: `$states.result`.
    pub result: Option<&'a Value>,
    /// The error that a catcher handles: `$states.errorOutput`.
    pub error_output: Option<&'a Value>,
    /// The workflow's variables, by their names without `$`.
    pub variables: Option<&'a Map<String, Value>>,
    /// The source of randomness: the same numbers give the same ids.
    pub entropy: &'a dyn Entropy,
    /// What `$now()` and `$millis()` tell.
    pub now: Timestamp,
}

impl<'a> Scope<'a> {
    /// A scope of JSONPath, without variables.
    pub fn new(input: &'a Value, context: &'a Value, entropy: &'a dyn Entropy) -> Self {
        Self {
            language: QueryLanguage::JsonPath,
            input,
            context,
            result: None,
            error_output: None,
            variables: None,
            entropy,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    /// The variable of this name.
    pub(crate) fn variable(&self, name: &str) -> Option<&'a Value> {
        self.variables?.get(name)
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Scope")
            .field("language", &self.language)
            .field("input", self.input)
            .field("context", self.context)
            .field("variables", &self.variables)
            .finish_non_exhaustive()
    }
}

/// A source of random numbers.
pub trait Entropy {
    /// The next 64 random bits.
    fn next_u64(&self) -> u64;
}

/// The numbers that follow from a seed (`SplitMix64`): what a replay needs to come to the same ids again.
///
/// ```
/// # use ackflow_asl::{Entropy, Seed};
/// assert_eq!(Seed::new(7).next_u64(), Seed::new(7).next_u64());
/// ```
#[derive(Debug)]
pub struct Seed(AtomicU64);

impl Seed {
    /// The numbers of this seed, from the first.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for Seed {
    fn next_u64(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}
