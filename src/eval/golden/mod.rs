//! The golden windows: what a careful analyst would tell a reader on so many mornings, written down from the
//! posts, and how near our digest comes.
//!
//! A file names a store and the market that reads it; claims with who speaks for and against them; posts that
//! are one story; and mornings, each with the claims that must be told, those that may be, and why. Posts are
//! named by the beginning of their id, so that nobody's words stand in the file.

mod measure;
mod score;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;

pub use self::measure::GoldenError;
pub use self::score::{Score, Told};
use super::EvalError;
use crate::post::PostId;
use crate::reader::{Reader, Rhythm};

/// When the morning of a golden window is, in UTC.
const MORNING: jiff::civil::Time = jiff::civil::time(7, 0, 0, 0);

/// One store's golden windows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// Which store: `sample` or `real`.
    pub store: String,
    /// The folder of the sources and topics it is read by, from the project's.
    pub market: PathBuf,
    /// Posts that are one story.
    #[serde(rename = "story")]
    pub stories: Vec<Group>,
    /// What is said.
    #[serde(rename = "claim")]
    pub claims: Vec<Claim>,
    /// Posts truly about a topic, beside those of the claims: to show one of them alone is fair.
    pub about: BTreeMap<String, Vec<String>>,
    /// The mornings.
    #[serde(rename = "window")]
    pub windows: Vec<Morning>,
}

/// Posts that are one story, the one who said it first.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The posts.
    pub posts: Vec<String>,
    /// Why they are one.
    pub why: String,
}

/// What is said, and by whom.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Names it in the windows.
    pub id: String,
    /// The topics it may be told under.
    pub topics: Vec<String>,
    /// The claim, in our words.
    pub says: String,
    /// The posts of those who say it, by owner.
    pub support: BTreeMap<String, Vec<String>>,
    /// Posts that may stand with them, or not.
    #[serde(default)]
    pub fringe: Vec<String>,
    /// Posts that say the contrary.
    #[serde(default)]
    pub against: Vec<String>,
    /// Whether the contrary may be called the claim, and the claim the dissent.
    #[serde(default)]
    pub either: bool,
}

/// A morning, and what is to be told on it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Morning {
    /// Its date.
    pub date: Date,
    /// The topics its reader follows; empty for all.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Claims that have to be told.
    pub must: Vec<String>,
    /// Claims that may be told.
    #[serde(default)]
    pub may: Vec<String>,
    /// Why.
    pub why: String,
}

impl Golden {
    /// Reads the golden windows of a file.
    ///
    /// # Errors
    /// [`EvalError::Data`] where it cannot be read, or a window names a claim that there is not.
    pub fn read(file: &Path) -> Result<Self, EvalError> {
        let wrong = |why: String| EvalError::Data { path: file.display().to_string(), why };
        let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
        let golden: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        for window in &golden.windows {
            for id in window.must.iter().chain(&window.may) {
                if golden.claim(id).is_none() {
                    return Err(wrong(format!("{} names no claim: {id:?}", window.date)));
                }
            }
        }
        Ok(golden)
    }

    fn claim(&self, id: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == id)
    }
}

impl Morning {
    /// Who reads on this morning.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader {
            id: "golden".to_owned(),
            name: "golden".to_owned(),
            email: None,
            topics: self.topics.clone(),
            accounts: Vec::new(),
            time_zone: jiff::tz::TimeZone::UTC,
            at: MORNING,
            rhythm: Rhythm::default(),
            send: Vec::new(),
            calendar: None,
            renewed: None,
        }
    }
}

/// Posts by the beginnings of their ids.
#[derive(Debug)]
pub struct Named(HashMap<String, PostId>);

/// Hexadecimal digits of an id that the files write.
const DIGITS: usize = 6;

impl Named {
    /// Of these posts, those that a file can name: no other's id begins alike.
    #[must_use]
    pub fn of(posts: impl Iterator<Item = PostId>) -> Self {
        let mut named: HashMap<String, Option<PostId>> = HashMap::new();
        for post in posts {
            let short = post.to_string().chars().take(DIGITS).collect();
            named.entry(short).and_modify(|known| *known = None).or_insert(Some(post));
        }
        Self(named.into_iter().filter_map(|(short, post)| Some((short, post?))).collect())
    }

    /// The post, where it is kept.
    fn get(&self, short: &str) -> Option<PostId> {
        self.0.get(short).copied()
    }

    /// What a file names and nobody keeps: measured on another store than it was written for.
    #[must_use]
    pub fn missing<'g>(&self, golden: &'g Golden) -> Vec<&'g str> {
        let claims = golden.claims.iter();
        let of_claims = claims.flat_map(|claim| {
            claim.support.values().flatten().chain(&claim.fringe).chain(&claim.against)
        });
        let groups = golden.stories.iter().flat_map(|group| &group.posts);
        let named = of_claims.chain(groups).chain(golden.about.values().flatten());
        named.map(String::as_str).filter(|short| self.get(short).is_none()).collect()
    }
}
