//! A sitemap's bytes → what it lists (sitemaps.org 0.9, and news sitemaps).

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::Event;
use url::Url;

use crate::adapters::page::{decode, moment};
use crate::text::html::{fold, plain};
use crate::text::urls::absolute;

/// XML read of a sitemap: the protocol allows 50 MB, and 50,000 addresses are below this.
const LONGEST: u64 = 16 << 20;

/// Addresses in one file, by the protocol.
const MOST: usize = 50_000;

/// A text of an element longer than this (bytes) is none that we read.
const LONGEST_TEXT: usize = 4_000;

/// What a sitemap lists.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Document {
    /// Other sitemaps.
    pub(super) sitemaps: Vec<Location>,
    /// Pages.
    pub(super) pages: Vec<Location>,
    /// What had to be overlooked, in words.
    pub(super) repairs: Vec<String>,
}

/// One page or sitemap, as it is listed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Location {
    pub(super) url: Option<Url>,
    pub(super) changed: Option<Timestamp>,
    /// What a news sitemap says of an article.
    pub(super) title: Option<String>,
    pub(super) published: Option<Timestamp>,
    pub(super) language: Option<String>,
}

/// Reads the sitemap that was found at `url`; nothing where it is none.
pub(super) fn read(body: &[u8], content_type: Option<&str>, url: &Url) -> Option<Document> {
    let mut document = Document::default();
    let body = unpacked(body, &mut document);
    let text = decode(&body, content_type);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut is_sitemap = false;
    let mut listed: Option<Location> = None;
    let mut words = String::new();
    loop {
        let Ok(event) = reader.read_event() else {
            document.repairs.push("broken off where its XML is broken".to_owned());
            break;
        };
        match event {
            Event::Start(tag) => {
                words.clear();
                match local(tag.name().as_ref()) {
                    "urlset" | "sitemapindex" => is_sitemap = true,
                    "url" | "sitemap" if is_sitemap => listed = Some(Location::default()),
                    _ => {}
                }
            }
            Event::Text(text) => push(&mut words, &text.into_inner()),
            Event::CData(text) => push(&mut words, &text.into_inner()),
            Event::GeneralRef(name) => push(&mut words, &format!("&{};", name.into_inner())),
            Event::End(tag) => {
                let name = tag.name();
                match local(name.as_ref()) {
                    "url" => document.pages.extend(listed.take()),
                    "sitemap" => document.sitemaps.extend(listed.take()),
                    // `image:loc`, `video:title` and the like speak of something else.
                    field if is_ours(name.as_ref()) => {
                        if let Some(listed) = &mut listed {
                            listed.take(field, &words, url);
                        }
                    }
                    _ => {}
                }
                words.clear();
            }
            Event::Eof => break,
            _ => {}
        }
        if document.pages.len() + document.sitemaps.len() >= MOST {
            document.repairs.push(format!("only its first {MOST} addresses read"));
            break;
        }
    }
    is_sitemap.then_some(document)
}

impl Location {
    fn take(&mut self, field: &str, words: &str, base: &Url) {
        let words = plain(words);
        match field {
            "loc" => self.url = absolute(&words, Some(base)),
            "lastmod" => self.changed = moment(&words, None),
            "title" => self.title = Some(fold(&words)).filter(|title| !title.is_empty()),
            "publication_date" => self.published = moment(&words, None),
            "language" => self.language = Some(words).filter(|tag| !tag.is_empty()),
            _ => {}
        }
    }
}

/// The body, decompressed where it is a gzip file.
fn unpacked<'b>(body: &'b [u8], document: &mut Document) -> Cow<'b, [u8]> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        let longest = usize::try_from(LONGEST).unwrap_or(usize::MAX);
        return Cow::Borrowed(&body[..body.len().min(longest)]);
    }
    let mut unpacked = Vec::new();
    if MultiGzDecoder::new(body).take(LONGEST).read_to_end(&mut unpacked).is_err() {
        document.repairs.push("a gzip file that breaks off".to_owned());
    }
    Cow::Owned(unpacked)
}

fn push(words: &mut String, more: &str) {
    if words.len() + more.len() <= LONGEST_TEXT {
        words.push_str(more);
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn is_ours(name: &str) -> bool {
    name.split_once(':').is_none_or(|(prefix, _)| !matches!(prefix, "image" | "video" | "xhtml"))
}
