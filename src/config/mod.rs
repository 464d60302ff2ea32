//! Configuration: `overheard.toml` for the operator, a folder of TOML files for the marketer.
//!
//! Both are read whole and checked whole: [`Problems`] names everything that is wrong at once. Each
//! module owns its `Settings`; [`Config`] is made of them, and only app and cli see it.

mod account;
pub mod accounts;
pub mod address;
mod back;
mod channel;
pub mod csv;
pub mod differences;
pub mod edit;
pub mod entry;
mod fields;
pub mod folder;
pub mod labels;
pub mod lists;
mod mail;
mod market;
mod nearest;
pub mod opml;
mod owner;
mod problem;
mod reader;
mod reading;
mod service;
mod settings;
mod source;
mod topic;
mod web;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::mail::{MailSettings, Tls};
pub use self::market::{Listened, Market, Written};
pub use self::nearest::nearest;
use self::problem::Script;
pub use self::problem::{Problem, Problems};
pub use self::service::ServiceSettings;
pub use self::source::duration;
pub use self::web::WebSettings;
use crate::classify::language::Languages;
use crate::classify::precision::Precision;
use crate::crawl;
use crate::retention::Retention;

/// The operator's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The marketer's folder: sources, topics, accounts, readers.
    pub sources: PathBuf,
    /// Where everything we keep goes: the store and the digests.
    pub data: PathBuf,
    /// How we fetch.
    pub fetch: crawl::http::Settings,
    /// How we judge.
    pub classify: ClassifySettings,
    /// How long posts are kept.
    pub retention: Retention,
    /// What the service does at night.
    pub service: ServiceSettings,
    /// How mail is handed over.
    pub mail: MailSettings,
    /// The pages a reader reaches from a digest.
    pub web: WebSettings,
}

/// Threads of the encoder at most: each takes memory, and no machine has more cores.
const MOST_THREADS: usize = 256;

/// How we judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClassifySettings {
    /// The folder of the encoder, or of another checkpoint; empty for the one that `make setup` fetched.
    pub encoder: PathBuf,
    /// What runs it.
    pub backend: Backend,
    /// What rust-bert computes in.
    pub precision: Precision,
    /// Threads the encoder may use.
    pub threads: usize,
    /// The languages the encoder was trained for, by ISO 639-1 code, or "any".
    pub languages: Vec<String>,
}

impl ClassifySettings {
    /// The languages, parsed.
    ///
    /// # Errors
    /// See [`Languages::of`].
    pub fn languages(&self) -> Result<Languages, String> {
        Languages::of(&self.languages)
    }

    /// Whether these settings can be used.
    ///
    /// # Errors
    /// In words, where one cannot.
    pub fn check(&self) -> Result<(), String> {
        if self.threads > MOST_THREADS {
            return Err(format!("{} is too many; write {MOST_THREADS} at most", self.threads));
        }
        self.languages().map(|_| ())
    }
}

/// What runs the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// What the binary has; rust-bert where it has both.
    #[default]
    Any,
    /// rust-bert on libtorch: the published numbers.
    RustBert,
    /// The light encoder: no libtorch, a tenth of the space, less than half of the time.
    Light,
}

impl Default for ClassifySettings {
    fn default() -> Self {
        let (backend, precision) = (Backend::default(), Precision::default());
        let languages = vec!["en".to_owned()];
        Self { encoder: PathBuf::new(), backend, precision, threads: 2, languages }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sources: "sources".into(),
            data: "var".into(),
            fetch: crawl::http::Settings::default(),
            classify: ClassifySettings::default(),
            retention: Retention::default(),
            service: ServiceSettings::default(),
            mail: MailSettings::default(),
            web: WebSettings::default(),
        }
    }
}

impl Config {
    /// The file read when none is named; its absence means the defaults.
    pub const DEFAULT_FILE: &str = "overheard.toml";

    /// Reads the settings. Without a named file, `overheard.toml` if it is there, else the defaults.
    ///
    /// # Errors
    /// [`Problems`]: the file cannot be read, is not TOML, or holds a key or a value we cannot use.
    pub fn read(named: Option<&Path>) -> Result<Self, Problems> {
        let file = named.unwrap_or(Path::new(Self::DEFAULT_FILE));
        if named.is_none() && !file.exists() {
            return Ok(Self::default());
        }
        let text = read_text(file).map_err(|problem| Problems(vec![problem]))?;
        settings::read(Script { file, text: &text, ends: &Script::ends(&text) })
    }

    /// The folder of a checkpoint of the operator's; none where the published encoder is meant, wherever
    /// it lies.
    #[must_use]
    #[cfg(any(feature = "rust-bert", feature = "light"))]
    pub fn checkpoint_folder(&self) -> Option<&Path> {
        let folder = &self.classify.encoder;
        let is_set = !folder.as_os_str().is_empty();
        (is_set && !crate::classify::checksum::is_published(folder)).then_some(folder)
    }

    /// None: there is nothing to run one.
    #[must_use]
    #[cfg(not(any(feature = "rust-bert", feature = "light")))]
    pub fn checkpoint_folder(&self) -> Option<&Path> {
        None
    }

    /// The encoder's folder: as set, else in the user's cache folder (see `models/setup.py`).
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the environment is read here")]
    pub fn encoder_folder(&self) -> PathBuf {
        if !self.classify.encoder.as_os_str().is_empty() {
            return self.classify.encoder.clone();
        }
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let cache = set("OVERHEARD_CACHE").map_or_else(
            || {
                set("XDG_CACHE_HOME")
                    .map(PathBuf::from)
                    .or_else(|| set("HOME").map(|home| Path::new(&home).join(".cache")))
                    .unwrap_or_default()
                    .join("overheard")
            },
            PathBuf::from,
        );
        cache.join("all-MiniLM-L6-v2")
    }
}

/// A file's text, or a problem that says how to get at it.
fn read_text(file: &Path) -> Result<String, Problem> {
    let bytes = std::fs::read(file).map_err(|error| Problem {
        file: file.to_owned(),
        line: None,
        what: format!("cannot be read: {error}"),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let whole = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = String::from_utf8_lossy(whole).matches('\n').count();
        Problem {
            file: file.to_owned(),
            line: Some(line + 1),
            what: "is not UTF-8: save it as UTF-8".to_owned(),
        }
    })
}

/// A table's text, in whatever charset it is, or a problem that says how to get at it.
fn read_table(file: &Path) -> Result<String, Problem> {
    let bytes = std::fs::read(file).map_err(|error| Problem {
        file: file.to_owned(),
        line: None,
        what: format!("cannot be read: {error}"),
    })?;
    Ok(csv::decoded(&bytes))
}
