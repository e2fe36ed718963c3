//! What paths and intrinsic calls are evaluated against.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::Value;

/// The data that a path sees, and where `States.UUID` and `States.MathRandom` get their randomness.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// What `$` is.
    pub input: &'a Value,
    /// What `$$` is: the context object.
    pub context: &'a Value,
    /// The source of randomness: the same numbers give the same ids.
    pub entropy: &'a dyn Entropy,
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Scope")
            .field("input", self.input)
            .field("context", self.context)
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
