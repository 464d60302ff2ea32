//! Kind `sitemap`: a site without a feed that says in its sitemap what changed when.
//!
//! Only what is new by its `lastmod` is visited, newest first, each page once; the article reader of
//! kind `page` reads it. What has no date is left alone: a sitemap lists everything a site ever had.

mod document;
mod paths;

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use toml::{Table, Value};
use url::Url;

use self::document::Location;
use self::paths::Pattern;
use super::options::{Options, bad};
use super::page::{self, is_post_path};
use super::{
    About, Adapter, BadSetting, Follow, Kind, Page, Request, Response, Skipped, Step, Unreadable,
};
use crate::post::Said;
use crate::source::{Owner, Speaker};
use crate::text::urls::{absolute, canonical};

/// Kind `sitemap`. It is under robots.txt, as every page is that it leads to.
pub(super) const KIND: Kind =
    Kind { name: "sitemap", speaker: Speaker::Owner, robots: true, keys: KEYS, open };

const ACCEPT: &str = "application/xml, text/xml;q=0.9, application/gzip;q=0.8, */*;q=0.1";

const ACCEPT_ARTICLE: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";

/// Sitemaps followed from an index: those of posts come first, and one visit reads few lists.
const MOST_SITEMAPS: usize = 4;

/// What changed longer ago than this before the newest change is not news.
const DAYS: u32 = 30;

/// Pages followed from one sitemap: where every page is said to have changed today, more would be a
/// copy of the site.
const NEWEST: u32 = 50;

/// Parts of a sitemap's name that say it lists posts, and such that say it does not.
const OF_POSTS: &[&str] =
    &["post", "news", "blog", "article", "beitr", "artikel", "actu", "noticia"];
const OF_OTHERS: &[&str] = &[
    "image",
    "video",
    "categor",
    "tag",
    "author",
    "user",
    "product",
    "page",
    "archive",
    "taxonom",
    "attachment",
    "location",
];

const KEYS: &[&str] = &[
    "url",
    "include",
    "exclude",
    "days",
    "newest",
    "article_text",
    "article_drop",
    "article_title",
    "article_date",
    "article_author",
];

struct Sitemap {
    url: Url,
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    days: u32,
    newest: usize,
    articles: Box<dyn Adapter>,
}

/// Makes the adapter from a source's settings.
fn open(mut settings: Table) -> Result<Box<dyn Adapter>, BadSetting> {
    let include = patterns(&mut settings, "include")?;
    let exclude = patterns(&mut settings, "exclude")?;
    let (of_article, own): (Table, Table) =
        settings.into_iter().partition(|(key, _)| key.starts_with("article_"));
    let mut own = Options::of(own);
    let url = own.text("url")?;
    let url = url.ok_or_else(|| bad("url", "is missing: the address of the sitemap"))?;
    let url = absolute(&url, None)
        .ok_or_else(|| bad("url", format!("{url:?} is no http or https address")))?;
    let at_least_one = |key, count: u32| match count {
        0 => Err(bad(key, "0 would read nothing; leave it out, or write a number from 1 up")),
        count => Ok(count),
    };
    let days = at_least_one("days", own.count("days")?.unwrap_or(DAYS))?;
    let newest = at_least_one("newest", own.count("newest")?.unwrap_or(NEWEST))?;
    own.none_left(&KEYS.join(", "))?;
    let articles = page::articles(of_article, &url)?;
    let newest = usize::try_from(newest).unwrap_or(usize::MAX);
    Ok(Box::new(Sitemap { url, include, exclude, days, newest, articles }))
}

fn patterns(settings: &mut Table, key: &'static str) -> Result<Vec<Pattern>, BadSetting> {
    let given = match settings.remove(key) {
        None => Vec::new(),
        Some(Value::Array(given)) => given,
        Some(one) => vec![one],
    };
    let why = |value: &Value| {
        bad(
            key,
            format!(
                "{value} is no pattern of paths: write one like \"/blog/*\", or a list of them"
            ),
        )
    };
    given
        .iter()
        .map(|value| value.as_str().and_then(Pattern::read).ok_or_else(|| why(value)))
        .collect()
}

impl Adapter for Sitemap {
    fn start(&self) -> Request {
        Request { url: self.url.clone(), step: Step::Listing, accept: ACCEPT }
    }

    fn read(&self, response: &Response<'_>) -> Result<Page, Unreadable> {
        if response.step == Step::Article {
            return self.articles.read(response);
        }
        let not_this =
            |why: &str| Unreadable::NotThis { expected: "a sitemap", why: why.to_owned() };
        let read = document::read(response.body, response.content_type, response.url);
        let document =
            read.ok_or_else(|| not_this("it has neither a urlset nor a sitemapindex"))?;
        let mut page = Page {
            about: About { link: Some(response.url.to_string()), ..About::default() },
            repairs: document.repairs,
            ..Page::default()
        };
        let dated = document.pages.iter().any(|listed| date(listed).is_some());
        if !dated && document.sitemaps.is_empty() && !document.pages.is_empty() {
            return Err(not_this(
                "none of its addresses has a lastmod, so that nothing says what is new",
            ));
        }
        follow_sitemaps(&document.sitemaps, response.url, &mut page);
        self.follow_pages(document.pages, response.url, &mut page);
        Ok(page)
    }
}

impl Sitemap {
    fn follow_pages(&self, pages: Vec<Location>, from: &Url, page: &mut Page) {
        let (mut undated, mut foreign) = (0, 0);
        let mut fresh: Vec<(Timestamp, Location, Url)> = Vec::new();
        for listed in pages {
            let Some(url) = listed.url.clone() else { continue };
            if !is_own(&url, from) {
                foreign += 1;
            } else if self.wants(&url) {
                match date(&listed) {
                    Some(date) => fresh.push((date, listed, url)),
                    None => undated += 1,
                }
            }
        }
        let newest = fresh.iter().map(|(date, ..)| *date).max().unwrap_or(Timestamp::MIN);
        let window = SignedDuration::from_hours(24 * i64::from(self.days));
        fresh.retain(|(date, ..)| newest.duration_since(*date) <= window);
        // Stable: pages of one date stay in the sitemap's order.
        fresh.sort_by_key(|(date, ..)| Reverse(*date));
        fresh.truncate(self.newest);
        page.follow.extend(fresh.into_iter().map(|(_, listed, url)| article(listed, url)));
        for (count, why) in [
            (undated, "no lastmod: nothing says whether they are new"),
            (foreign, "on another site"),
        ] {
            if count > 0 {
                let place = format!("{count} addresses");
                page.skipped.push(Skipped { place, why: why.to_owned() });
            }
        }
    }

    /// Whether the page at `url` is one of those to be read.
    fn wants(&self, url: &Url) -> bool {
        let fits = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.fits(url.path()));
        let included =
            if self.include.is_empty() { is_post_path(url) } else { fits(&self.include) };
        included && !fits(&self.exclude)
    }
}

fn follow_sitemaps(sitemaps: &[Location], from: &Url, page: &mut Page) {
    let mut sitemaps: Vec<(usize, &Location, &Url)> = sitemaps
        .iter()
        .enumerate()
        .filter_map(|(place, listed)| Some((place, listed, listed.url.as_ref()?)))
        .filter(|(_, _, url)| is_own(url, from))
        .collect();
    // Where nothing is dated, the last of many is the newest.
    sitemaps.sort_by_key(|(place, listed, url)| {
        (Reverse(likely(url)), Reverse(listed.changed), Reverse(*place))
    });
    sitemaps.truncate(MOST_SITEMAPS);
    page.moving = sitemaps.iter().any(|(_, listed, _)| listed.changed.is_none());
    page.follow.extend(sitemaps.into_iter().map(|(_, _, url)| Follow {
        request: Request { url: url.clone(), step: Step::Listing, accept: ACCEPT },
        unless_known: None,
        listed: None,
    }));
}

fn article(listed: Location, url: Url) -> Follow {
    let key = canonical(&url);
    let said = Said {
        key: key.clone(),
        url: Some(key.clone()),
        title: listed.title,
        published: listed.published,
        updated: listed.changed,
        language: listed.language,
        ..Said::default()
    };
    Follow {
        request: Request { url, step: Step::Article, accept: ACCEPT_ARTICLE },
        unless_known: Some(key),
        listed: Some(super::Listed::Announced(said)),
    }
}

/// When a page was published or changed, as the sitemap tells.
fn date(listed: &Location) -> Option<Timestamp> {
    listed.published.or(listed.changed)
}

fn is_own(url: &Url, from: &Url) -> bool {
    let owner = |url: &Url| url.host_str().map(Owner::of_host);
    owner(url) == owner(from)
}

/// Of the sitemaps that a site's robots.txt names, those of its own owner, the likeliest to list posts
/// first. Anybody's address may stand there.
#[must_use]
pub fn worth_a_try(named: Vec<Url>, site: &Url) -> Vec<Url> {
    let mut own: Vec<Url> = named.into_iter().filter(|url| is_own(url, site)).collect();
    own.sort_by_key(|url| Reverse(likely(url)));
    own
}

/// How likely a sitemap lists posts, by its name.
fn likely(url: &Url) -> i8 {
    let name = url.path().to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    i8::from(says(OF_POSTS)) - i8::from(says(OF_OTHERS))
}
