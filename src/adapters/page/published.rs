//! When a page was published, and when it was changed: what its address says, what it states, else
//! what it shows.

use std::sync::LazyLock;

use ego_tree::NodeRef;
use jiff::Zoned;
use scraper::{ElementRef, Html, Node, Selector};
use url::Url;

use super::dates;
use super::lead::letters;
use super::metadata::{meta, select};
use crate::text::html::fold;

/// Lines on either side of the headline in which a date is the article's.
const REACH: usize = 60;

/// Dates looked at: a page with more of them is a calendar.
const MOST_DATES: usize = 500;

/// A line longer than this (bytes) that holds a date is a sentence about something.
const LONGEST_LINE: usize = 70;

/// Days between what a page states and the day in its address in which they are one: they may have
/// been read off two clocks.
const SAME_DAYS: i32 = 1;

/// What scripts call the day of publishing, where no linked data can be read.
const IN_SCRIPTS: &[&str] = &["datePublished", "publishedAt", "published_time", "publishDate"];

/// The moment that `page`, found at `url` and under this `title`, was published; `linked` is what its
/// linked data say.
pub(super) fn published(
    page: &Html,
    url: &Url,
    title: Option<&str>,
    linked: Option<Zoned>,
) -> Option<Zoned> {
    const STATED: &[&str] = &[
        "article:published_time",
        "og:published_time",
        "date",
        "dc.date",
        "dc.date.issued",
        "dcterms.created",
        "dcterms.date",
        "dcterms.issued",
        "pubdate",
        "publishdate",
        "publish-date",
        "publish_date",
        "publication_date",
        "parsely-pub-date",
        "sailthru.date",
        "datepublished",
        "article.published",
        "citation_publication_date",
        "cxenseparse:publishtime",
        "article:create",
        "release_date",
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
    let stated = in_meta(page, STATED).or(linked);
    match (stated, dates::filed_under(url.path())) {
        // An address stays when its article is dated anew; of the same day, the hour is worth having.
        // A later day is no day of publishing: the address of an event has the event's.
        (Some(stated), Some(filed)) => {
            let later = stated.date().since(filed.date()).map_or(0, |span| span.get_days());
            Some(if later > SAME_DAYS { filed } else { stated })
        }
        (stated, filed) => stated
            .or(filed)
            .or_else(|| shown(page, SHOWN))
            .or_else(|| in_scripts(page))
            .or_else(|| beside_headline(page, title))
            // What a slug names may as well be what the article is about.
            .or_else(|| dates::in_path(url.path())),
    }
}

/// The moment that `page` was last changed; `linked` is what its linked data say.
pub(super) fn updated(page: &Html, linked: Option<Zoned>) -> Option<Zoned> {
    const STATED: &[&str] = &[
        "article:modified_time",
        "og:updated_time",
        "datemodified",
        "dcterms.modified",
        "dc.date.modified",
        "last-modified",
        "lastmod",
        "revised",
    ];
    const SHOWN: &[&str] =
        &["[itemprop=dateModified]", "time.updated", ".dt-updated", ".updated", ".last-updated"];
    linked.or_else(|| in_meta(page, STATED)).or_else(|| shown(page, SHOWN))
}

fn in_meta(page: &Html, names: &[&str]) -> Option<Zoned> {
    names.iter().find_map(|name| dates::stated(&meta(page, &[name])?))
}

fn shown(page: &Html, selectors: &[&str]) -> Option<Zoned> {
    selectors.iter().find_map(|css| {
        let element = select(page, css).next()?;
        let attribute = ["datetime", "content", "title"]
            .iter()
            .find_map(|name| dates::stated(element.value().attr(name)?));
        attribute.or_else(|| dates::stated(&fold(&element.text().collect::<String>())))
    })
}

/// The day of publishing in what the page's scripts were given, or in linked data that is none.
fn in_scripts(page: &Html) -> Option<Zoned> {
    select(page, "script:not([src])").find_map(|script| {
        let text: String = script.text().collect();
        IN_SCRIPTS.iter().find_map(|name| {
            let (_, behind) = text.split_once(name)?;
            let value = behind.trim_start_matches(|c: char| "\"': \\".contains(c));
            let end = value.find(['"', '\'', '\\'])?;
            // Further than a quote or two behind its name it is something else's value.
            (behind.len() - value.len() <= 6).then(|| dates::stated(&value[..end])).flatten()
        })
    })
}

/// The first date in a short line behind the headline, else the last one before it.
fn beside_headline(page: &Html, title: Option<&str>) -> Option<Zoned> {
    static FRAME: LazyLock<Option<Selector>> = LazyLock::new(|| {
        Selector::parse("nav, aside, footer, script, style, noscript, template, form, select").ok()
    });
    let frame = FRAME.as_ref()?;
    let headline = headline(page, title)?;
    let is_framed = |text: NodeRef<'_, Node>| {
        text.ancestors().filter_map(ElementRef::wrap).any(|outer| frame.matches(&outer))
    };
    let (mut lines, mut behind, mut dates_seen) = (0, false, 0);
    let mut before: Option<(usize, Zoned)> = None;
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
        let Some(date) = short.then(|| dates::stated(text)).flatten() else { continue };
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

/// The heading that says the page's title, else the first of the highest rank.
fn headline<'a>(page: &'a Html, title: Option<&str>) -> Option<ElementRef<'a>> {
    let says_it = |heading: &ElementRef<'_>| {
        let said: String = heading.text().collect();
        title.is_some_and(|title| letters(&said).eq(letters(title)))
    };
    ["h1", "h2", "h3", "h4"]
        .iter()
        .find_map(|rank| select(page, rank).find(says_it))
        .or_else(|| ["h1", "h2"].iter().find_map(|rank| select(page, rank).next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, html: &str, expect: Option<&str>) {
        let url = Url::parse("https://blog.example").unwrap().join(address).unwrap();
        let found = published(&Html::parse_document(html), &url, Some("Racks got dearer"), None);
        assert_eq!(found.map(|at| at.to_string()).as_deref(), expect, "{html}");
    }

    #[test]
    fn an_address_outlives_a_new_date_and_what_is_stated_gives_the_hour() {
        let dated = |day: &str| {
            format!("<meta property=article:published_time content={day}T23:30:00-05:00>")
        };
        let (address, later) = ("/2026/03/14/racks", Some("2026-03-14T00:00:00+00:00[UTC]"));
        check(address, &dated("2026-11-02"), later);
        check(address, &dated("2026-03-14"), Some("2026-03-14T23:30:00-05:00[-05:00]"));
        check("/racks", &dated("2026-11-02"), Some("2026-11-02T23:30:00-05:00[-05:00]"));
    }

    #[test]
    fn a_day_that_an_article_is_about_is_not_the_day_it_was_published() {
        let stated = "<meta property=article:published_time content=2026-11-20T08:00:00Z>";
        for address in [
            "/news/sales-report-for-31-12-2024",
            "/docs/compare-v2024.10.12-release",
            "/p/1999/1/2-things",
            "/events/2026/12/24/xmas-fair",
        ] {
            check(address, stated, Some("2026-11-20T08:00:00+00:00[UTC]"));
        }
        let shown = "<h1>Racks got dearer</h1><p class=date>20 November 2026</p>";
        check("/sales-for-31-12-2024", shown, Some("2026-11-20T00:00:00+00:00[UTC]"));
        check("/sales-for-31-12-2024", "<p>Sales.</p>", Some("2024-12-31T00:00:00+00:00[UTC]"));
    }

    #[test]
    fn a_date_is_found_in_scripts_and_beside_a_headline_of_any_rank() {
        let day = Some("2026-03-14T00:00:00+00:00[UTC]");
        check("/", r#"<script>let page = {"datePublished": "2026-03-14", a: 1}</script>"#, day);
        check("/", r"<script>let page = {publishedAt:'2026-03-14'}</script>", day);
        check("/", r#"<script>let datePublished = find(), day = "2026-03-14"</script>"#, None);
        let of_rank_3 = "<h1>The Rack</h1><h3>Racks got dearer</h3><p>14. März 2026</p>";
        check("/", of_rank_3, day);
    }

    #[test]
    fn a_change_is_no_publishing() {
        let html = "<meta property=article:modified_time content=2026-03-14>";
        check("/", html, None);
        let changed = updated(&Html::parse_document(html), None);
        assert_eq!(changed.unwrap().date().to_string(), "2026-03-14");
    }
}
