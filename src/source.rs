//! A source: one place we listen to.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Names a source: 1 to 64 of `a-z 0-9 - _ .`, chosen by whoever wrote it down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId(String);

impl SourceId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that cannot name a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot be a source's id: use 1 to 64 of a-z, 0-9, '-', '_' and '.'")]
pub struct NotASourceId(String);

impl FromStr for SourceId {
    type Err = NotASourceId;

    fn from_str(text: &str) -> Result<Self, NotASourceId> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
        if fits { Ok(Self(text.to_owned())) } else { Err(NotASourceId(text.to_owned())) }
    }
}

impl TryFrom<String> for SourceId {
    type Error = NotASourceId;

    fn try_from(text: String) -> Result<Self, NotASourceId> {
        text.parse()
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who is behind a source, or behind a post on a social one: a registrable domain, a name a
/// marketer gave to a group of them, or an author. Compared in lower case, shown as it was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Owner {
    folded: String,
    /// As it was written, where that is something else.
    written: Option<Box<str>>,
}

impl Owner {
    /// The owner called `name`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let name = name.trim();
        let folded = name.to_lowercase();
        let written = (folded != name).then(|| name.into());
        Self { folded, written }
    }

    /// The owner of a host: its registrable domain by the public suffix list, else the host itself
    /// (`blog.acme.co.uk` → `acme.co.uk`; `localhost` and `192.0.2.1` stay as they are).
    #[must_use]
    pub fn of_host(host: &str) -> Self {
        let host = host.trim_end_matches('.').to_lowercase();
        let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let domain = if is_address { None } else { psl::domain_str(&host) };
        Self { folded: domain.unwrap_or(&host).to_owned(), written: None }
    }

    /// The name that tells it from others, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.folded
    }

    /// The name as it was written.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.folded)
    }
}

impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Owner {}

impl PartialOrd for Owner {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Owner {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for Owner {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl From<String> for Owner {
    fn from(name: String) -> Self {
        Self::named(&name)
    }
}

impl From<Owner> for String {
    fn from(owner: Owner) -> Self {
        owner.shown().to_owned()
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

/// The kind of voice that speaks from a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// Journalists.
    Press,
    /// Somebody who sells in this market.
    Vendor,
    /// A practitioner writing in their own name or their team's.
    Blog,
    /// People talking on a network or forum.
    Social,
    /// A company that buys in this market.
    Customer,
    /// An analyst firm.
    Analyst,
    /// A named expert.
    Expert,
    /// Our own colleagues' notes.
    Field,
    /// A survey, with its n and response rate.
    Survey,
}

impl Voice {
    /// Every voice, in the order we show them.
    pub const ALL: [Self; 9] = [
        Self::Customer,
        Self::Analyst,
        Self::Press,
        Self::Blog,
        Self::Social,
        Self::Vendor,
        Self::Expert,
        Self::Field,
        Self::Survey,
    ];

    /// The name used in files and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Press => "press",
            Self::Vendor => "vendor",
            Self::Blog => "blog",
            Self::Social => "social",
            Self::Customer => "customer",
            Self::Analyst => "analyst",
            Self::Expert => "expert",
            Self::Field => "field",
            Self::Survey => "survey",
        }
    }

    /// Which of the four kinds of knowledge the voice belongs to.
    #[must_use]
    pub const fn knowledge(self) -> Knowledge {
        match self {
            Self::Field => Knowledge::Field,
            Self::Survey => Knowledge::Survey,
            Self::Expert => Knowledge::Expert,
            Self::Press
            | Self::Vendor
            | Self::Blog
            | Self::Social
            | Self::Customer
            | Self::Analyst => Knowledge::Public,
        }
    }
}

impl fmt::Display for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The four kinds of knowledge, shown side by side and never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    /// What is said in public.
    Public,
    /// Notes from our own field.
    Field,
    /// Surveys.
    Survey,
    /// Named experts.
    Expert,
}

/// Whom the posts of a source count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The source's owner speaks.
    Owner,
    /// Each author speaks for themselves: social and community sources.
    Author,
}

/// One place we listen to, as a marketer wrote it down.
///
/// The settings of its kind (`url`, selectors, a tag…) are read by that kind's adapter.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its name.
    pub id: SourceId,
    /// Which adapter reads it: a name in [`crate::adapters::KINDS`].
    pub kind: &'static str,
    /// Who is behind it.
    pub owner: Owner,
    /// The kind of voice that speaks there.
    pub voice: Voice,
    /// Whether the owner or each author is the one who speaks.
    pub speaker: Speaker,
    /// Words a marketer sorts sources by.
    pub tags: Vec<String>,
    /// The language its posts are in, as a BCP 47 tag, where the marketer knows.
    pub language: Option<String>,
    /// How often to read it, where the marketer wishes; a wish, kept within the clamps.
    pub every: Option<Duration>,
    /// Whether it is not to be read for now.
    pub paused: bool,
}

impl Source {
    /// The source of what readers themselves heard, from "I heard this too": our own field, in which each
    /// colleague speaks for themselves. Nobody visits it.
    #[must_use]
    pub fn of_notes() -> Self {
        Self {
            id: SourceId("colleagues".to_owned()),
            kind: "note",
            owner: Owner::named("our field"),
            voice: Voice::Field,
            speaker: Speaker::Author,
            tags: Vec::new(),
            language: None,
            every: None,
            paused: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_host_is_its_registrable_domain_and_an_address_is_its_own() {
        let owner = |host| Owner::of_host(host).as_str().to_owned();
        assert_eq!(owner("Blog.Acme.co.uk."), "acme.co.uk");
        assert_eq!(owner("localhost"), "localhost");
        assert_eq!(owner("192.0.2.1"), "192.0.2.1");
        assert_eq!(owner("[2001:db8::1]"), "[2001:db8::1]");
    }

    #[test]
    fn an_owner_is_shown_as_it_was_written_and_told_apart_in_lower_case() {
        let (written, other) =
            (Owner::named(" Warehouse Weekly"), Owner::named("warehouse weekly"));
        assert_eq!((written.shown(), written.as_str()), ("Warehouse Weekly", "warehouse weekly"));
        assert_eq!((written.cmp(&other), written == other), (Ordering::Equal, true));
        let kept: Owner = serde_json::from_str(&serde_json::to_string(&written).unwrap()).unwrap();
        assert_eq!(kept.shown(), "Warehouse Weekly");
        assert_eq!(Owner::named("acme.example").shown(), "acme.example");
    }
}
