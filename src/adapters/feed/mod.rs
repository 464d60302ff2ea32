//! The kind `feed`: RSS, RDF, Atom, CDF and JSON Feed, as they really are.
//!
//! Bytes are decoded, the text repaired, and the XML read into a tolerant tree that one set of rules
//! reads for every dialect. feed-rs reads the media vocabularies. A document is never refused for
//! being malformed: what was repaired stands in [`Page::repairs`], what was lost in
//! [`Page::skipped`].

use std::borrow::Cow;

use url::Url;

pub use self::repairs::{REPAIRS, Repair};
use super::options::{Options, bad};
use super::{
    Adapter, BadSetting, Follow, Listed, Page, Request, Response, Step, Unreadable, feed_links,
    page,
};
use crate::post::Said;
use crate::text::urls::absolute;

pub mod dates;
mod decode;
mod document;
mod entry;
mod identity;
mod json;
mod markup;
mod media;
mod mend;
mod names;
pub mod opml;
mod people;
mod repairs;
mod tree;
mod web_page;

/// What a feed reader asks for; web pages last, so that a server that has both gives the feed.
const ACCEPT: &str = "application/rss+xml, application/atom+xml, application/feed+json, \
                      application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, \
                      application/json;q=0.7, */*;q=0.1";

/// What a visit records where a text goes on beyond what is read: no fault of the feed's.
const TOO_LONG: &str = "a text too long to read whole";

/// What an article is asked for as.
const ACCEPT_ARTICLE: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";

/// An entry with so many bytes of text is no teaser: its article is not fetched.
const NO_TEASER: usize = 3_000;

/// Reads one feed.
struct Feed {
    url: Url,
    /// What reads the articles, where the feed gives teasers only.
    articles: Option<Box<dyn Adapter>>,
}

/// Makes the adapter from a source's settings: `url`; with `full_text = true` each entry's article is
/// fetched, and the settings of kind `page` that begin with `article_` say how it is read.
///
/// # Errors
/// Where `url` is missing or no http or https address, or there is a key that is none of these.
pub(super) fn open(settings: toml::Table) -> Result<Box<dyn Adapter>, BadSetting> {
    let (of_article, own): (toml::Table, toml::Table) =
        settings.into_iter().partition(|(key, _)| key.starts_with("article_"));
    let mut own = Options::of(own);
    let stated = own.text("url")?.ok_or_else(|| bad("url", "missing; write the feed's"))?;
    let full_text = own.yes_or_no("full_text")?.unwrap_or(false);
    own.none_left("url, full_text, and with it article_text and its like")?;
    let url = absolute(&stated, None)
        .ok_or_else(|| bad("url", format!("{stated:?} is no http or https address")))?;
    if let Some(key) = of_article.keys().next().filter(|_| !full_text) {
        let why = "is looked for on an article's page, and a feed's articles are only fetched with full_text = true";
        return Err(bad(key, why));
    }
    let articles = full_text.then(|| page::articles(of_article, &url)).transpose()?;
    Ok(Box::new(Feed { url, articles }))
}

impl Adapter for Feed {
    fn start(&self) -> Request {
        Request { url: self.url.clone(), step: Step::Listing, accept: ACCEPT }
    }

    fn read(&self, response: &Response<'_>) -> Result<Page, Unreadable> {
        match (&self.articles, response.step) {
            (Some(articles), Step::Article) => articles.read(response),
            (articles, _) => {
                let Response { body, content_type, url, content_language, .. } = *response;
                let mut page = read_feed(body, content_type, url, content_language)?;
                if articles.is_some() {
                    lead_to_articles(&mut page);
                }
                Ok(page)
            }
        }
    }
}

/// Has the article fetched of every post that is a teaser. Each is a post by its article then, and
/// none by itself: both under one key would be an update at every visit.
fn lead_to_articles(page: &mut Page) {
    let article = |said: &Said| {
        let url = said.url.as_deref().and_then(|url| absolute(url, None))?;
        (said.text.len() < NO_TEASER).then_some(url)
    };
    for said in std::mem::take(&mut page.posts) {
        match article(&said) {
            Some(url) => page.follow.push(Follow {
                request: Request { url, step: Step::Article, accept: ACCEPT_ARTICLE },
                unless_known: Some(said.key.clone()),
                listed: Some(Listed::Teaser(said)),
            }),
            None => page.posts.push(said),
        }
    }
}

/// Reads a feed in any of the formats, however broken.
///
/// `url` is where it came from, for relative links; the headers are `Content-Type` and
/// `Content-Language`.
///
/// # Errors
/// [`Unreadable::WebPage`] for a web page, [`Unreadable::NotThis`] for anything else that is no feed.
pub fn read_feed(
    body: &[u8],
    content_type: Option<&str>,
    url: &Url,
    content_language: Option<&str>,
) -> Result<Page, Unreadable> {
    let not_a_feed = |why: String| Unreadable::NotThis { expected: "a feed", why };
    let decoded = decode::decode(body, content_type);
    let mut noted = decoded.repairs;
    let start = decoded.text.trim_start();
    if start.is_empty() {
        return Err(not_a_feed("the body is empty".to_owned()));
    }
    let mut document = if start.starts_with(['{', '[']) {
        json::read(start, url).map_err(not_a_feed)?
    } else {
        let (mut text, mended) = repairs::mended(&decoded.text);
        noted.extend(mended);
        if web_page::is_web_page(&text) {
            let Some(inside) = mend::feed_inside(&text) else {
                return Err(Unreadable::WebPage { feeds: feed_links::feeds(&text, url) });
            };
            noted.push(repairs::WRAPPED.note());
            text = Cow::Owned(inside.to_owned());
        }
        let tree = tree::Tree::read(&text);
        noted.extend(tree.repairs.iter().cloned());
        document::document(&tree, url).map_err(not_a_feed)?
    };
    let stated = content_language.and_then(|header| header.split(',').next());
    if document.about.language.is_none() {
        document.about.language = stated.and_then(markup::language_tag);
        for draft in document.drafts.iter_mut().filter(|draft| draft.language.is_none()) {
            draft.language.clone_from(&document.about.language);
        }
    }
    if document.drafts.iter().any(|draft| draft.cut) {
        noted.push(TOO_LONG.to_owned());
    }
    let document::Document { about, drafts, skipped, hints } = document;
    let posts = identity::identify(drafts, &about, url);
    Ok(Page { about, posts, skipped, repairs: noted, hints, ..Page::default() })
}
