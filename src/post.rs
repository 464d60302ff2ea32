//! A post: one thing somebody said, and where it was heard.

mod bounds;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::source::SourceId;

/// Names a post for ever: the first 16 bytes of SHA-256 over its source and its key there.
///
/// Shown as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostId([u8; 16]);

impl PostId {
    /// The id of what `source` calls `key`. Equal inputs give equal ids on every machine; a key too
    /// long to be kept has the id of its short form.
    #[must_use]
    pub fn of(source: &SourceId, key: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(source.as_str().as_bytes());
        hash.update([0]);
        hash.update(bounds::short_key(key).as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Self(bytes)
    }

    /// The id as bytes, for keys in a store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The id a store keeps as `bytes`.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for PostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostId({self})")
    }
}

/// A text that is not a post id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a post id is 32 hexadecimal digits")]
pub struct NotAPostId;

impl FromStr for PostId {
    type Err = NotAPostId;

    fn from_str(text: &str) -> Result<Self, NotAPostId> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAPostId);
        }
        let mut bytes = [0; 16];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte =
                u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).map_err(|_| NotAPostId)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for PostId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PostId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Who said it, as far as the source tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The name a person reads.
    pub name: Option<String>,
    /// The account, unique on its platform: `ada@example.social`, `hn:pg`.
    pub handle: Option<String>,
    /// The author's own page.
    pub url: Option<String>,
}

impl Author {
    /// What tells this author from others: the handle, else the name, in lower case.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        self.handle.as_ref().or(self.name.as_ref()).map(|name| name.trim().to_lowercase())
    }
}

/// How a post stands to what others said. A boost or a quote is never a voice of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The author's own words.
    #[default]
    Original,
    /// An answer to the post at this URL or id.
    Reply(String),
    /// Somebody's post shown with words of one's own.
    Quote(String),
    /// Somebody's post passed on unchanged.
    Boost(String),
}

/// A file that comes with a post: a podcast's sound, a video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// Where it is.
    pub url: String,
    /// Its media type, as the source states it.
    pub media_type: Option<String>,
    /// Its size, as the source states it.
    pub size_bytes: Option<u64>,
}

/// What was said, as an adapter read it: a post before it has an id and a moment of hearing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// What the source calls it: unique within the source and stable between visits.
    pub key: String,
    /// The canonical URL: absolute, http or https, without tracking parameters.
    pub url: Option<String>,
    /// The title, as plain text.
    pub title: Option<String>,
    /// The clean text: no markup, paragraphs separated by a blank line.
    pub text: String,
    /// The sanitised HTML it came from, where there was any.
    pub html: Option<String>,
    /// The source's own summary, as plain text, where it differs from the text.
    pub summary: Option<String>,
    /// Who said it.
    pub author: Option<Author>,
    /// When it was said, by the source's account.
    pub published: Option<Timestamp>,
    /// When it was last changed, by the source's account.
    pub updated: Option<Timestamp>,
    /// The source's own tags and categories.
    pub tags: Vec<String>,
    /// Files that come with it.
    pub enclosures: Vec<Enclosure>,
    /// The language the source claims, as a BCP 47 tag.
    pub language: Option<String>,
    /// How it stands to other posts.
    pub relation: Relation,
    /// The source's own id of it, exactly as given; the key is made from it, or from what is better.
    #[serde(default)]
    pub native_id: Option<String>,
    /// Whether its author asks search engines to leave them out. It is read like any other post: we
    /// show it to our own readers, beside its link, and list nobody for the world to search.
    #[serde(default)]
    pub noindex: bool,
}

impl Said {
    /// What an article says, with what its listing said where the article says nothing.
    #[must_use]
    pub fn over(self, listed: Self) -> Self {
        Self {
            key: listed.key,
            url: listed.url.or(self.url),
            title: self.title.or(listed.title),
            author: self.author.or(listed.author),
            published: self.published.or(listed.published),
            updated: self.updated.or(listed.updated),
            language: self.language.or(listed.language),
            ..self
        }
    }

    /// The same post with the words of `article`, where those are more than its own, which then are
    /// its summary.
    #[must_use]
    pub fn with_words_of(self, article: Self) -> Self {
        if article.text.len() <= self.text.len() {
            return self;
        }
        let own = Some(self.text).filter(|text| !text.is_empty());
        Self {
            text: article.text,
            html: article.html,
            summary: self.summary.or(own),
            title: self.title.or(article.title),
            author: self.author.or(article.author),
            published: self.published.or(article.published),
            language: self.language.or(article.language),
            ..self
        }
    }
}

/// One thing somebody said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// Its name for ever.
    pub id: PostId,
    /// Where it was heard.
    pub source: SourceId,
    /// When we first heard it.
    pub heard: Timestamp,
    /// What was said.
    pub said: Said,
}

impl Post {
    /// The post that `said` becomes when `source` is heard at `heard`: within the bounds of what is
    /// kept, whatever the source says.
    #[must_use]
    pub fn new(source: &SourceId, said: Said, heard: Timestamp) -> Self {
        let said = said.bounded();
        Self { id: PostId::of(source, &said.key), source: source.clone(), heard, said }
    }

    /// The moment to file it under: when it was said, but never later than it was heard.
    #[must_use]
    pub fn when(&self) -> Timestamp {
        self.said.published.or(self.said.updated).map_or(self.heard, |said| said.min(self.heard))
    }

    /// Title and text as the classifier and the story finder read them.
    #[must_use]
    pub fn full_text(&self) -> String {
        match self.parts() {
            ["", text] => text.to_owned(),
            [title, text] => format!("{title}\n\n{text}"),
        }
    }

    /// Its title and its text; the title empty where the text begins with it, or there is none.
    #[must_use]
    pub fn parts(&self) -> [&str; 2] {
        let text = self.said.text.as_str();
        let title = self.said.title.as_deref().filter(|title| !text.starts_with(title));
        [title.unwrap_or_default(), text]
    }
}
