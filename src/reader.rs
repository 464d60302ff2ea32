//! A reader: a seller who gets a digest.

use jiff::civil::Time;
use jiff::tz::TimeZone;

/// A seller who gets a digest every morning.
#[derive(Debug, Clone, PartialEq)]
pub struct Reader {
    /// Names the reader in the ledger and on the command line.
    pub id: String,
    /// What the digest calls them.
    pub name: String,
    /// Where it is sent.
    pub email: Option<String>,
    /// Names of the topics they talk about; empty means all.
    pub topics: Vec<String>,
    /// Names of the accounts they look after.
    pub accounts: Vec<String>,
    /// Where their morning is.
    pub time_zone: TimeZone,
    /// When their morning is.
    pub at: Time,
}
