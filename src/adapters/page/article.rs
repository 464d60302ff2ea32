//! An article's page → its words, and what it says of itself.

use jiff::Zoned;
use scraper::Html;
use url::Url;

use super::body;
use super::metadata::metadata;
use super::weight::is_too_heavy;
use crate::text::html::{cut, for_a_tree, sanitise, to_text};

/// What one page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// The headline, without the site's name; empty where the page has none.
    pub title: String,
    /// The words: no markup, paragraphs separated by a blank line.
    pub text: String,
    /// The words with their markup, sanitised, links absolute.
    pub html: String,
    /// Who wrote it, as the page writes it.
    pub author: Option<String>,
    /// When it was published, by the page's account and clock.
    pub published: Option<Zoned>,
    /// When it was last changed, by the page's account and clock.
    pub updated: Option<Zoned>,
    /// The language it claims, as a BCP 47 tag.
    pub language: Option<String>,
    /// The page's own summary, as plain text.
    pub description: Option<String>,
}

/// HTML beyond this many bytes is not read: the longest article of the evaluation's pages ends
/// within the first 2 MiB of its page.
pub(super) const LONGEST_PAGE: usize = 4 << 20;

/// The article on a page that was found at `url`; nothing where the page holds no text.
///
/// A page that nests too deeply for a tree builder or the extractor is read as plain text, with its
/// frame.
#[must_use]
pub fn article(html: &str, url: &Url) -> Option<Article> {
    let html = &html[..html.floor_char_boundary(LONGEST_PAGE)];
    let Some(html) = for_a_tree(html) else { return plain_article(html) };
    let page = Html::parse_document(&html);
    if is_too_heavy(&page) {
        return plain_article(&html);
    }
    let stated = metadata(&page, url);
    let found = body::body(&page, url, &stated)?;
    let found = cut(&found).html;
    let text = to_text(&found);
    if text.is_empty() {
        return None;
    }
    Some(Article {
        title: stated.title.unwrap_or_default(),
        text,
        html: sanitise(&found, Some(url)),
        author: stated.author,
        published: stated.published,
        updated: stated.updated,
        language: stated.language,
        description: stated.description,
    })
}

fn plain_article(html: &str) -> Option<Article> {
    let text = to_text(html);
    (!text.is_empty()).then(|| Article {
        title: String::new(),
        html: sanitise(&text, None),
        text,
        author: None,
        published: None,
        updated: None,
        language: None,
        description: None,
    })
}
