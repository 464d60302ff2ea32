//! A reader: a seller who gets a digest.

mod rhythm;

use std::fmt;
use std::path::PathBuf;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use url::Url;

pub use self::rhythm::{Every, Rhythm};
use crate::channel::{FOLDER, MAIL};

/// Where a reader's calendar is: an iCalendar file.
#[derive(Clone, PartialEq, Eq)]
pub enum Calendar {
    /// On this machine.
    File(PathBuf),
    /// At an http or https address; whoever knows it can read the calendar, so it is shown nowhere.
    Url(Url),
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => f.debug_tuple("File").field(file).finish(),
            Self::Url(_) => f.write_str("Url(***)"),
        }
    }
}

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
    /// On which days they want one.
    pub rhythm: Rhythm,
    /// The channels it goes to; none where they name none: see [`Reader::channels`].
    pub send: Vec<String>,
    /// Where their meetings are.
    pub calendar: Option<Calendar>,
    /// When the secret addresses of their own feed and calendar were last made anew; older ones lead nowhere.
    pub renewed: Option<Date>,
}

/// Whether mail can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// There is a server.
    Served,
    /// There is none.
    None,
}

impl Reader {
    /// Where their digest goes: the channels they name, else the folder, and their mailbox where they have
    /// one and mail can be sent.
    #[must_use]
    pub fn channels(&self, mail: Mail) -> Vec<&str> {
        if !self.send.is_empty() {
            return self.send.iter().map(String::as_str).collect();
        }
        let is_mailed = mail == Mail::Served && self.email.is_some();
        [FOLDER].into_iter().chain(is_mailed.then_some(MAIL)).collect()
    }
}
