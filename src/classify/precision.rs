//! What the numbers of a network are made of.

use serde::{Deserialize, Serialize};

/// What rust-bert computes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 16 bits where the processor multiplies them in one instruction, else 32.
    Auto,
    /// 32 bits: the published numbers.
    #[default]
    F32,
    /// 16 bits, of which 8 are digits.
    Bf16,
}
