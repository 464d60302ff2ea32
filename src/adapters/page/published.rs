//! When a page was published: what it states, else what its address says, else what it shows.

use std::sync::LazyLock;

use ego_tree::NodeRef;
use jiff::Timestamp;
use scraper::{ElementRef, Html, Node, Selector};
use url::Url;

use super::dates;
use super::metadata::{meta, select};
use crate::text::html::fold;

/// Lines on either side of the headline in which a date is the article's.
const REACH: usize = 60;

/// Dates looked at: a page with more of them is a calendar.
const MOST_DATES: usize = 500;

/// A line longer than this (bytes) that holds a date is a sentence about something.
const LONGEST_LINE: usize = 70;

/// The moment that `page`, found at `url`, was published.
pub(super) fn published(page: &Html, url: &Url) -> Option<Timestamp> {
    const STATED: &[&str] = &[
        "article:published_time",
        "og:published_time",
        "date",
        "dc.date",
        "dc.date.issued",
        "dcterms.created",
        "dcterms.date",
        "pubdate",
        "publishdate",
        "publish-date",
        "publication_date",
        "parsely-pub-date",
        "sailthru.date",
        "datepublished",
        "article.published",
        "citation_publication_date",
    ];
    /// From what means the day of publishing to what is merely a time.
    const SHOWN: &[&str] = &[
        "[itemprop=datePublished]",
        "time[pubdate]",
        ".published[datetime]",
        ".entry-date[datetime]",
        ".dt-published",
        "article header time",
        "article time",
        "main time",
        "time[datetime]",
        ".published",
        ".entry-date",
        ".post-date",
        ".article-date",
        ".date-published",
        ".pubdate",
        ".dateline",
        ".timestamp",
        ".date",
    ];
    let stated = || STATED.iter().find_map(|name| dates::moment(&meta(page, &[name])?, None));
    let shown = || {
        SHOWN.iter().find_map(|css| {
            let element = select(page, css).next()?;
            let attribute = ["datetime", "content", "title"]
                .iter()
                .find_map(|name| dates::moment(element.value().attr(name)?, None));
            attribute.or_else(|| dates::moment(&fold(&element.text().collect::<String>()), None))
        })
    };
    stated().or_else(|| dates::in_path(url.path())).or_else(shown).or_else(|| beside_headline(page))
}

/// The first date in a short line behind the headline, else the last one before it.
fn beside_headline(page: &Html) -> Option<Timestamp> {
    static FRAME: LazyLock<Option<Selector>> = LazyLock::new(|| {
        Selector::parse("nav, aside, footer, script, style, noscript, template, form, select").ok()
    });
    let frame = FRAME.as_ref()?;
    let headline = select(page, "h1").next().or_else(|| select(page, "h2").next())?;
    let is_framed = |text: NodeRef<'_, Node>| {
        text.ancestors().filter_map(ElementRef::wrap).any(|outer| frame.matches(&outer))
    };
    let (mut lines, mut behind, mut dates_seen) = (0, false, 0);
    let mut before: Option<(usize, Timestamp)> = None;
    for node in page.root_element().descendants() {
        if node.id() == headline.id() {
            before = before.filter(|(line, _)| line + REACH >= lines);
            (lines, behind) = (0, true);
        }
        let Some(text) = node.value().as_text().map(|text| text.trim()) else { continue };
        if text.is_empty() {
            continue;
        }
        lines += 1;
        if behind && lines > REACH || dates_seen > MOST_DATES {
            break;
        }
        let short = text.len() <= LONGEST_LINE && text.contains(|c: char| c.is_ascii_digit());
        let Some(date) = short.then(|| dates::moment(text, None)).flatten() else { continue };
        dates_seen += 1;
        if is_framed(node) {
            continue;
        }
        if behind {
            return Some(date);
        }
        before = Some((lines, date));
    }
    before.map(|(_, date)| date)
}
