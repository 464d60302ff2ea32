//! The kind `feed`: RSS, RDF, Atom, CDF and JSON Feed, as they really are.
//!
//! Bytes are decoded, the text repaired, and the XML read into a tolerant tree that one set of rules
//! reads for every dialect. feed-rs reads the media vocabularies. A document is never refused for
//! being malformed: what was repaired stands in [`Page::repairs`], what was lost in
//! [`Page::skipped`].

use std::borrow::Cow;

use serde::Deserialize;
use url::Url;

pub use self::repairs::{REPAIRS, Repair};
use super::{Adapter, BadSetting, Page, Request, Response, Step, Unreadable, discover};
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

/// Reads one feed.
#[derive(Debug)]
struct Feed {
    url: Url,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
}

/// Makes the adapter from a source's settings: `url`, and nothing else.
///
/// # Errors
/// Where `url` is missing or no http or https address, or there is a key besides it.
pub(super) fn open(settings: toml::Table) -> Result<Box<dyn Adapter>, BadSetting> {
    let unknown = settings.keys().find(|key| *key != "url").cloned();
    let settings: Settings = settings.try_into().map_err(|error: toml::de::Error| BadSetting {
        key: unknown.unwrap_or_else(|| "url".to_owned()),
        why: error.message().to_owned(),
    })?;
    let url = absolute(&settings.url, None).ok_or_else(|| BadSetting {
        key: "url".to_owned(),
        why: format!("{:?} is no http or https address", settings.url),
    })?;
    Ok(Box::new(Feed { url }))
}

impl Adapter for Feed {
    fn start(&self) -> Request {
        Request { url: self.url.clone(), step: Step::Listing, accept: ACCEPT }
    }

    fn read(&self, response: &Response<'_>) -> Result<Page, Unreadable> {
        let Response { body, content_type, url, content_language, .. } = *response;
        read_feed(body, content_type, url, content_language)
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
                return Err(Unreadable::WebPage { feeds: discover::feeds(&text, url) });
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
    Ok(Page { about, posts, skipped, repairs: noted, hints, follow: Vec::new() })
}
