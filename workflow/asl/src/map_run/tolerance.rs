//! How many items of a Map may fail.

use serde_json::Value;

use super::number::{invalid, number, read_integer};
use crate::{DataError, ErrorName};

/// How many items may fail before the Map Run does. When neither is set, none may.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tolerance {
    /// `ToleratedFailureCount`: how many.
    pub count: Option<usize>,
    /// `ToleratedFailurePercentage`: how many of a hundred, from 0 to 100.
    pub percentage: Option<f64>,
}

impl Tolerance {
    /// A count: a number, or text that holds one. `path` is what led to it.
    ///
    /// # Errors
    /// `States.Runtime`.
    pub fn read_count(value: &Value, path: &str) -> Result<usize, DataError> {
        let count = read_integer("ToleratedFailureCountPath", value, path)?;
        usize::try_from(count).map_err(|_| DataError::runtime("ToleratedFailureCount cannot be negative."))
    }

    /// A percentage: a number, or text that holds one. `path` is what led to it.
    ///
    /// # Errors
    /// `States.Runtime`.
    pub fn read_percentage(value: &Value, path: &str) -> Result<f64, DataError> {
        let invalid = || invalid("ToleratedFailurePercentagePath", value, "float", path);
        let percentage = number(value).ok_or_else(invalid)?;
        if (0.0..=100.0).contains(&percentage) {
            return Ok(percentage);
        }
        Err(DataError::runtime("ToleratedFailurePercentage must be between 0 and 100."))
    }

    /// Whether too many failed or timed out, of all the items: of a batch that failed, each item did.
    pub fn is_exceeded(self, failed: usize, items: usize) -> bool {
        if self.count.is_none() && self.percentage.is_none() {
            return failed > 0;
        }
        #[allow(clippy::cast_precision_loss, reason = "a Map Run has at most 100,000,000 items")]
        let percentage = failed as f64 * 100.0 / items as f64;
        self.count.is_some_and(|most| failed > most) || self.percentage.is_some_and(|most| percentage > most)
    }

    /// What the state fails with when too many failed.
    pub fn error() -> DataError {
        let cause = "The specified tolerated failure threshold was exceeded";
        DataError::new(ErrorName::EXCEED_TOLERATED_FAILURE_THRESHOLD, cause)
    }
}
