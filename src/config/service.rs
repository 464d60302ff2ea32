//! What the service does by itself besides listening: the night's work.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The last hour of a day.
const LAST_HOUR: i8 = 23;

/// A backup that is made more seldom is one that nobody looks after.
const MOST_NIGHTS: u8 = 31;

/// How `overheard serve` does what is to be done at night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSettings {
    /// The hour in which what is due is compacted and backed up, 0 to 23.
    pub night: i8,
    /// The time zone of that hour.
    pub time_zone: String,
    /// The folder of the backup; empty for none.
    pub backup: PathBuf,
    /// The backup is brought up to date every so many nights.
    pub backup_nights: u8,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self { night: 3, time_zone: "UTC".to_owned(), backup: PathBuf::new(), backup_nights: 1 }
    }
}

impl ServiceSettings {
    /// The time zone, parsed.
    ///
    /// # Errors
    /// In words: there is none of that name.
    pub fn zone(&self) -> Result<TimeZone, String> {
        let unknown = |_| format!("no time zone {:?}; write Europe/Berlin, or UTC", self.time_zone);
        TimeZone::get(&self.time_zone).map_err(unknown)
    }

    /// Whether these settings can be used.
    ///
    /// # Errors
    /// In words, where one cannot.
    pub fn check(&self) -> Result<(), String> {
        if !(0..=LAST_HOUR).contains(&self.night) {
            return Err(format!("{} is no hour; write 0 to {LAST_HOUR}", self.night));
        }
        if !(1..=MOST_NIGHTS).contains(&self.backup_nights) {
            let nights = self.backup_nights;
            return Err(format!("{nights} is none of 1 to {MOST_NIGHTS} nights"));
        }
        self.zone().map(|_| ())
    }

    /// The folder of the backup, where there is to be one.
    #[must_use]
    pub fn backup_folder(&self) -> Option<&PathBuf> {
        Some(&self.backup).filter(|folder| !folder.as_os_str().is_empty())
    }
}
