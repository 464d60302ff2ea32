//! What was done last to keep the store up, and whether it went well: a small file beside the store, for
//! `overheard status` and the next night.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::store::Compacted;
use crate::store::backup::{BackupError, Made};
use crate::text::count::count;

/// The file's name in the data folder.
const FILE: &str = "upkeep.json";

/// No file of ours is longer.
const LONGEST_BYTES: u64 = 64 << 10;

/// What was done last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upkept {
    /// When the last night's work of the service began, or the first service.
    pub night: Option<Timestamp>,
    /// When months were last compacted, or looked at for it.
    pub compaction: Option<Turn>,
    /// When a backup was last made, or tried.
    pub backup: Option<Turn>,
    /// When the last good backup was made.
    pub good_backup: Option<Timestamp>,
}

/// Something that was done, or tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// When.
    pub at: Timestamp,
    /// Whether it went well.
    pub good: bool,
    /// What came of it, or what went wrong.
    pub words: String,
}

impl Upkept {
    /// What the file of these settings says; nothing where there is none, or it cannot be read.
    #[must_use]
    pub fn read(config: &Config) -> Self {
        let mut text = String::new();
        let file = fs::File::open(config.data.join(FILE));
        let read = file.and_then(|file| file.take(LONGEST_BYTES).read_to_string(&mut text));
        read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// Notes something in the file of these settings, beside what it says already. It is for people and
    /// the next night: where it cannot be written, that is told and no more.
    pub fn note(config: &Config, change: impl FnOnce(&mut Self)) {
        let mut upkept = Self::read(config);
        change(&mut upkept);
        if let Err(error) = upkept.write(&config.data) {
            let file = config.data.join(FILE);
            tracing::warn!(%error, file = %file.display(), "what was done could not be noted");
        }
    }

    fn backed_up(&mut self, at: Timestamp, done: Result<String, String>) {
        if done.is_ok() {
            self.good_backup = Some(at);
        }
        self.backup = Some(Turn::of(at, done));
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.persist(folder.join(FILE))?;
        Ok(())
    }
}

/// Notes what came of a compaction.
pub fn note_compaction(config: &Config, at: Timestamp, done: &Result<Vec<Compacted>, String>) {
    let words = done.as_ref().map_err(Clone::clone).map(|months| match months.len() {
        0 => "nothing was due".to_owned(),
        many => count(many, "month", "months"),
    });
    Upkept::note(config, |upkept| upkept.compaction = Some(Turn::of(at, words)));
}

/// Notes what came of a backup.
pub fn note_backup(
    config: &Config,
    folder: &Path,
    at: Timestamp,
    made: &Result<Made, BackupError>,
) {
    let words = match made {
        Ok(made) => {
            let words = format!("in {}, restored on trial and counted", folder.display());
            Ok([vec![words], in_doubt(made)].concat().join("; "))
        }
        Err(error) => Err(error.to_string()),
    };
    Upkept::note(config, |upkept| upkept.backed_up(at, words));
}

/// What was wrong with a backup that was brought up to date, in words: whatever did that may do it again.
#[must_use]
pub fn in_doubt(made: &Made) -> Vec<String> {
    let Made { mended, broken, .. } = made;
    let mut words = Vec::new();
    if !mended.is_empty() {
        let months = mended.join(", ");
        words.push(format!(
            "its files of {months} were not as they had been written, and are written anew: look after the disk"
        ));
    }
    if !broken.is_empty() {
        let months = broken.join(", ");
        words.push(format!(
            "its files of {months} are damaged, and so are these months here: keep every older copy of them"
        ));
    }
    words
}

impl Turn {
    fn of(at: Timestamp, done: Result<String, String>) -> Self {
        let good = done.is_ok();
        Self { at, good, words: done.unwrap_or_else(|why| why) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_stands_beside_what_was_and_a_broken_file_is_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        assert_eq!(Upkept::read(&config), Upkept::default());
        let at: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
        Upkept::note(&config, |upkept| upkept.backed_up(at, Ok("all of it".into())));
        let later = at + jiff::SignedDuration::from_hours(24);
        Upkept::note(&config, |upkept| upkept.backed_up(later, Err("no such folder".into())));
        note_compaction(&config, later, &Ok(vec![]));
        let upkept = Upkept::read(&config);
        assert_eq!(upkept.good_backup, Some(at), "that of the day before is good still");
        assert_eq!(upkept.backup.unwrap().words, "no such folder");
        assert!(upkept.compaction.unwrap().good);
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(Upkept::read(&config), Upkept::default());
    }
}
