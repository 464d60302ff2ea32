//! What was read, as the public JSON of `overheard inspect`. Its names and shapes are promised: a
//! field is always there, and null where the source says nothing. Times are RFC 3339 in UTC.

use jiff::Timestamp;
use serde::Serialize;

use super::{About, Page, Skipped};
use crate::post::{Author, Said};

/// One response, as it was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The feed: title, link, description, language, author, id, updated.
    pub feed: About,
    /// The posts, in the order of the response.
    pub posts: Vec<PostReport>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
    /// What had to be repaired to read it.
    pub repaired: Vec<String>,
}

/// One post.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PostReport {
    /// The source's own id, as given; the key we made where it gives none.
    pub id: String,
    /// Its page: absolute, canonical.
    pub url: Option<String>,
    /// The title, as plain text on one line.
    pub title: Option<String>,
    /// The clean text of the content, else of the summary; paragraphs separated by a blank line.
    pub text: String,
    /// The sanitised HTML that the text was made from; null where there was none.
    pub html: Option<String>,
    /// The summary as plain text; the text where the source gives only one of the two.
    pub summary: Option<String>,
    /// The author's name, else their address or account.
    pub author: Option<String>,
    /// When it was said.
    pub published: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Tags and categories.
    pub tags: Vec<String>,
    /// Files that come with it.
    pub enclosures: Vec<EnclosureReport>,
    /// The language the source claims, as a BCP 47 tag.
    pub language: Option<String>,
    /// Its author asks search engines to leave them out; said only where it is so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub noindex: bool,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnclosureReport {
    /// Where it is.
    pub url: String,
    /// Its media type, as stated.
    #[serde(rename = "type")]
    pub media_type: Option<String>,
    /// Its size in bytes, as stated.
    pub length: Option<u64>,
}

impl From<&Page> for Report {
    fn from(page: &Page) -> Self {
        Self {
            feed: page.about.clone(),
            posts: page.posts.iter().map(PostReport::from).collect(),
            skipped: page.skipped.clone(),
            repaired: page.repairs.clone(),
        }
    }
}

impl From<&Said> for PostReport {
    fn from(said: &Said) -> Self {
        let text = (!said.text.is_empty()).then(|| said.text.clone());
        let files = said.enclosures.iter().map(|file| EnclosureReport {
            url: file.url.clone(),
            media_type: file.media_type.clone(),
            length: file.size_bytes,
        });
        Self {
            id: said.native_id.clone().unwrap_or_else(|| said.key.clone()),
            url: said.url.clone(),
            title: said.title.clone(),
            text: said.text.clone(),
            html: said.html.clone(),
            summary: said.summary.clone().or(text),
            author: said.author.as_ref().and_then(shown),
            published: said.published,
            updated: said.updated,
            tags: said.tags.clone(),
            enclosures: files.collect(),
            language: said.language.clone(),
            noindex: said.noindex,
        }
    }
}

fn shown(author: &Author) -> Option<String> {
    author.name.clone().or_else(|| author.handle.clone())
}
