//! The market: what the marketer's folder says to listen to, to look for, and to tell whom.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::problem::{Problem, Problems};
use super::reading::Reading;
use super::{read_table, read_text};
use crate::account::Account;
use crate::adapters::Adapter;
use crate::channel::Channel;
use crate::crawl::http::Manner;
use crate::label::Label;
use crate::reader::Reader;
use crate::source::{Source, SourceId};
use crate::topic::Ruleset;

/// A source with the adapter that reads it.
#[derive(Clone)]
pub struct Listened {
    /// The source.
    pub source: Source,
    /// Its adapter.
    pub adapter: Arc<dyn Adapter>,
    /// As what we come to its listing: a page where its kind is under robots.txt, else a feed.
    pub listing: Manner,
    /// The settings of its kind, as the marketer wrote them.
    pub options: toml::Table,
    /// What we keep otherwise than it is written.
    pub written: Written,
}

/// Words of a source as the marketer wrote them, where we keep only what they mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The owner its entry names.
    pub owner: Option<String>,
    /// The `[[owner]]` it belongs to.
    pub group: Option<String>,
    /// How often it is to be read.
    pub every: Option<String>,
}

/// What the marketer's folder says.
#[derive(Clone)]
pub struct Market {
    /// The sources, in the order of the files.
    pub sources: Vec<Listened>,
    /// The topics and signals.
    pub ruleset: Ruleset,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The channels that digests are sent to, besides mailboxes and the folder.
    pub channels: Vec<Channel>,
    /// The readers.
    pub readers: Vec<Reader>,
    /// Where each source stands among the sources.
    places: HashMap<SourceId, usize>,
    /// What readers heard themselves: see [`Source::of_notes`].
    notes: Source,
}

impl Market {
    pub(super) fn of(
        sources: Vec<Listened>,
        ruleset: Ruleset,
        accounts: Vec<Account>,
        channels: Vec<Channel>,
        readers: Vec<Reader>,
    ) -> Self {
        let place = |(n, listened): (usize, &Listened)| (listened.source.id.clone(), n);
        let places = sources.iter().enumerate().map(place).collect();
        let notes = Source::of_notes();
        Self { sources, ruleset, accounts, channels, readers, places, notes }
    }

    /// Reads every `*.toml`, `accounts*.csv` and `holidays*.ics` of a folder (not of folders in it), in the
    /// order of their names.
    ///
    /// # Errors
    /// [`Problems`]: everything wrong in any of the files.
    pub fn read(folder: &Path) -> Result<Self, Problems> {
        let (texts, problems) = texts(folder)?;
        Reading::after(problems).market(&texts)
    }

    /// The same, as far as it can be read: with what is whole in the files, and everything wrong in them.
    #[must_use]
    pub fn read_in_part(folder: &Path) -> (Self, Vec<Problem>) {
        match texts(folder) {
            Ok((texts, problems)) => Reading::after(problems).market_in_part(&texts),
            Err(Problems(problems)) => (
                Self::of(Vec::new(), Ruleset::of(Vec::new()), Vec::new(), Vec::new(), Vec::new()),
                problems,
            ),
        }
    }

    /// The files of a folder and what they hold, in the order of their names.
    ///
    /// # Errors
    /// [`Problems`]: files that cannot be read.
    pub fn files(folder: &Path) -> Result<Vec<(PathBuf, String)>, Problems> {
        let (texts, problems) = texts(folder)?;
        if problems.is_empty() { Ok(texts) } else { Err(Problems(problems)) }
    }

    /// Reads a market from texts that are already here, each with the name to report it by.
    ///
    /// # Errors
    /// [`Problems`]: everything wrong in any of them.
    pub fn parse(texts: &[(PathBuf, String)]) -> Result<Self, Problems> {
        Reading::default().market(texts)
    }

    /// Reads the `[[topic]]`s of one file.
    ///
    /// # Errors
    /// [`Problems`]: everything wrong in it.
    pub fn read_topics(file: &Path) -> Result<Ruleset, Problems> {
        let text = read_text(file).map_err(|problem| Problems(vec![problem]))?;
        Ok(Self::parse(&[(file.to_owned(), text)])?.ruleset)
    }

    /// Takes these labels into the rules, in place of those of before.
    pub fn learn(&mut self, labels: Vec<Label>) {
        let rules = std::mem::replace(&mut self.ruleset, Ruleset::of(Vec::new()));
        self.ruleset = rules.taught(labels);
    }

    /// A channel by id.
    #[must_use]
    pub fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    /// A reader by id.
    #[must_use]
    pub fn reader(&self, id: &str) -> Option<&Reader> {
        self.readers.iter().find(|reader| reader.id == id)
    }

    /// Every source that is listened to, and the one of readers' own notes.
    pub fn all_sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().map(|listened| &listened.source).chain([&self.notes])
    }

    /// A source by id, the one of readers' own notes among them.
    #[must_use]
    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        let listened = self.places.get(id).and_then(|place| self.sources.get(*place));
        let notes = Some(&self.notes).filter(|notes| notes.id == *id);
        listened.map(|found| &found.source).or(notes)
    }
}

type Texts = Vec<(PathBuf, String)>;

fn texts(folder: &Path) -> Result<(Texts, Vec<Problem>), Problems> {
    let files = files(folder).map_err(|problem| Problems(vec![problem]))?;
    let (mut texts, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        let text = if is_table(&file) { read_table(&file) } else { read_text(&file) };
        match text {
            Ok(text) => texts.push((file, text)),
            Err(problem) => problems.push(problem),
        }
    }
    Ok((texts, problems))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |error: std::io::Error| {
        let what = if error.kind() == std::io::ErrorKind::NotFound {
            format!(
                "is not there: make a folder `{}`, or name yours in overheard.toml (`overheard sources add` makes it, too)",
                folder.display()
            )
        } else {
            format!("cannot be read: {error}; name the folder of your sources in overheard.toml")
        };
        Problem { file: folder.to_owned(), line: None, what }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_ours = path.extension().is_some_and(|ending| ending == "toml")
            || is_table(&path)
            || is_holidays(&path);
        if is_ours && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a file is a table of accounts: `accounts.csv`, `Accounts of Ada.CSV`.
pub(super) fn is_table(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_csv = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    is_csv && name.starts_with("accounts")
}

/// Whether a file is a calendar of holidays: `holidays.ics`, `holidays-germany.ics`.
pub(super) fn is_holidays(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_calendar = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ics"));
    is_calendar && name.starts_with("holidays")
}
