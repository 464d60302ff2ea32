//! An account: a company a seller cares about.

use serde::{Deserialize, Serialize};

/// A company a seller cares about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its name as sellers say it.
    pub name: String,
    /// Other names it goes by.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Its registrable domain.
    #[serde(default)]
    pub domain: Option<String>,
    /// What it does, in a sentence: tells it from its namesakes.
    #[serde(default)]
    pub about: Option<String>,
    /// Words near the name that say it is somebody else.
    #[serde(default)]
    pub not: Vec<String>,
}
