//! `overheard inspect --suggest` and `--select`: selectors for a blog without a feed.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::anyhow;
use serde::Serialize;
use toml::{Table, Value};
use url::Url;

use super::{Document, Usage, shortened};
use crate::adapters::feed_links::{self, FeedLink, Found, Holds};
use crate::adapters::page::{KIND, decode, suggest};
use crate::adapters::report::{PostReport, Report};
use crate::adapters::{Adapter, Page, Step};

/// Posts shown of what a proposal reads.
const POSTS_SHOWN: usize = 5;

/// An id has at most so many characters.
const LONGEST_ID: usize = 64;

/// What is proposed for a page.
#[derive(Debug, Serialize)]
pub(super) struct Proposal {
    /// The feeds it links to, the most likely first.
    feeds: Vec<FeedLink>,
    /// Where a feed may be that it does not link to; nobody asked there.
    try_by_hand: Vec<Url>,
    /// The sitemaps that the site's robots.txt names.
    sitemaps: Vec<Url>,
    /// The keys of the source.
    source: Table,
    /// The same, ready for a file in `sources/`.
    toml: String,
    /// What the selectors read on the page.
    posts: Vec<PostReport>,
    /// What we read on the first article by ourselves, where there was one to look at.
    article: Option<PostReport>,
    /// Keys that fix an article to one element, for where our own reading goes wrong.
    article_settings: Table,
}

/// Proposes a source for the page `document`, whose site names these sitemaps.
pub(super) fn listing(document: &Document, sitemaps: Vec<Url>) -> anyhow::Result<Proposal> {
    let html = decode(&document.bytes, document.content_type.as_deref());
    let feeds = feed_links::candidates(&html, &document.url);
    let try_by_hand =
        if feeds.is_empty() { feed_links::well_known(&document.url) } else { Vec::new() };
    let proposed = suggest::listing(&html, &document.url);
    let is_empty = proposed.is_none() && feeds.is_empty();
    if is_empty && sitemaps.is_empty() {
        return Err(anyhow!(
            "{}: no links repeat as those to posts do, and it links to no feed; open it in a browser, and look for the page that lists the posts (a site may build its list with scripts, which we do not run){}",
            document.url,
            tried(&try_by_hand)
        ));
    }
    let source = match sitemaps.first() {
        Some(sitemap) if is_empty => head(document, "sitemap", sitemap),
        _ => head(document, "page", &document.url),
    };
    let mut proposal = Proposal {
        feeds,
        try_by_hand,
        sitemaps,
        source,
        toml: String::new(),
        posts: Vec::new(),
        article: None,
        article_settings: Table::new(),
    };
    let selectors = proposed.unwrap_or_default();
    for (key, css) in &selectors {
        proposal.source.insert((*key).to_owned(), Value::String(css.clone()));
    }
    if !selectors.is_empty() {
        let settings = selectors.iter().map(|(key, css)| ((*key).to_owned(), css.clone()));
        let page = read_with(document, settings.collect(), Step::Listing)?;
        proposal.posts = Report::from(&page).posts;
    }
    Ok(proposal)
}

impl Proposal {
    /// The address of the first post, to look at its article.
    pub(super) fn first_article(&self) -> Option<Url> {
        self.posts.first().and_then(|post| Url::parse(post.url.as_deref()?).ok())
    }

    /// Adds what fits an article of the listing.
    pub(super) fn with_article(&mut self, document: &Document) -> anyhow::Result<()> {
        let html = decode(&document.bytes, document.content_type.as_deref());
        let proposed = suggest::article(&html, &document.url).into_iter();
        let settings = proposed.map(|(key, css)| (key.to_owned(), Value::String(css)));
        self.article_settings = settings.collect();
        let page = read_with(document, Vec::new(), Step::Article)?;
        self.article = Report::from(&page).posts.into_iter().next();
        Ok(())
    }

    /// The proposal as a piece of TOML: what it says besides stands in comments.
    pub(super) fn finish(mut self, document: &Document) -> Self {
        let mut text = String::new();
        // Writing to a String cannot fail, here and below.
        if let Some(best) = self.feeds.first() {
            let _ = writeln!(
                text,
                "# The page links to a feed, which is read more cheaply and more surely than a page:"
            );
            for feed in &self.feeds {
                let _ = writeln!(text, "#   {}  ({})", feed.url, described(feed));
            }
            text += &block(&head(document, "feed", &best.url));
            if !self.posts.is_empty() {
                text.push_str("\n# Without a feed:\n");
                for line in block(&self.source).lines() {
                    let _ = writeln!(text, "# {line}");
                }
            }
        } else {
            let _ = writeln!(text, "# The page links to no feed{}", tried(&self.try_by_hand));
            text += &block(&self.source);
            if !self.article_settings.is_empty() {
                text.push_str("# Articles are read without help; where that goes wrong, these fix them to one element:\n");
            }
            for (key, css) in &self.article_settings {
                let _ = writeln!(text, "# {key} = {css}");
            }
            if !self.sitemaps.is_empty() {
                text.push_str("# The site's robots.txt names what kind = \"sitemap\" reads, where it dates its pages:\n");
            }
            for sitemap in &self.sitemaps {
                let _ = writeln!(text, "#   {sitemap}");
            }
        }
        self.toml = text;
        self
    }

    /// Shows it to a person.
    pub(super) fn show(&self, out: &mut impl Write) -> anyhow::Result<()> {
        if !self.posts.is_empty() {
            writeln!(out, "# What the selectors read: {} posts", self.posts.len())?;
        }
        for post in self.posts.iter().take(POSTS_SHOWN) {
            let date = post
                .published
                .map_or_else(|| "no date   ".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
            let title = post.title.as_deref().unwrap_or("no title");
            writeln!(out, "#   {date}  {}", shortened(title, 80))?;
            if !post.text.is_empty() {
                writeln!(out, "#               {}", shortened(&post.text, 80))?;
            }
        }
        if let Some(article) = &self.article {
            let title = shortened(article.title.as_deref().unwrap_or("no title"), 60);
            let (count, text) = (article.text.chars().count(), shortened(&article.text, 80));
            writeln!(
                out,
                "# Its first article, {title:?}: {count} characters\n#               {text}"
            )?;
        }
        writeln!(out, "\n{}", self.toml.trim_end())?;
        writeln!(
            out,
            "\n# Set `id` and `voice`, save it in a file in sources/, and run `overheard check`. To try other"
        )?;
        writeln!(out, "# selectors first: overheard inspect … --select item=… --select title=…")?;
        Ok(())
    }
}

/// Reads `document` with settings given as `key=value`.
pub(super) fn selected(document: &Document, given: &[String]) -> anyhow::Result<Page> {
    let mut settings = Vec::new();
    for pair in given {
        let Some((key, value)) = pair.split_once('=') else {
            let why =
                format!("--select {pair:?}: write key=value, like item=.post or title=\"h2 a\"");
            return Err(Usage(why).into());
        };
        settings.push((key.trim().to_owned(), value.to_owned()));
    }
    let of_article = settings.iter().filter(|(key, _)| key.starts_with("article_")).count();
    let step = match of_article {
        0 => Step::Listing,
        all if all == settings.len() => Step::Article,
        _ => {
            let why = "--select: what begins with article_ is looked for on an article's page, the rest on the page that lists the posts; try the two one after the other";
            return Err(Usage(why.to_owned()).into());
        }
    };
    read_with(document, settings, step)
}

fn read_with(
    document: &Document,
    settings: Vec<(String, String)>,
    step: Step,
) -> anyhow::Result<Page> {
    let mut table = Table::from_iter([("url".to_owned(), Value::from(document.url.as_str()))]);
    table.extend(settings.into_iter().map(|(key, value)| (key, Value::String(value))));
    if step == Step::Listing {
        // So that what the listing says of each post is shown.
        table.insert("article".to_owned(), Value::Boolean(false));
    }
    let adapter: Box<dyn Adapter> = (KIND.open)(table).map_err(|bad| Usage(bad.to_string()))?;
    document.read_by(&*adapter, step)
}

/// The keys every source has.
fn head(document: &Document, kind: &str, url: &Url) -> Table {
    let host = document.url.host_str().unwrap_or("a-blog").trim_start_matches("www.");
    let id: String = host
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(LONGEST_ID)
        .collect();
    Table::from_iter([
        ("id".to_owned(), Value::String(id)),
        ("kind".to_owned(), Value::from(kind)),
        ("url".to_owned(), Value::from(url.as_str())),
        ("voice".to_owned(), Value::from("blog")),
    ])
}

/// A source as it stands in a file, its keys in the order people read them.
fn block(source: &Table) -> String {
    const ORDER: &[&str] = &[
        "id", "kind", "url", "voice", "item", "link", "title", "date", "author", "text", "skip",
        "next",
    ];
    let mut text = "[[source]]\n".to_owned();
    for key in ORDER {
        if let Some(value) = source.get(*key) {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    text
}

fn described(feed: &FeedLink) -> String {
    let holds = match feed.holds {
        Holds::Posts => "its posts",
        Holds::Part => "a part of them",
        Holds::Comments => "comments",
    };
    let found = match feed.found {
        Found::Declared => "declared",
        Found::Linked => "a link that looks like one",
    };
    let title = feed.title.as_deref().map(|title| format!(", {:?}", shortened(title, 40)));
    format!("{holds}, {found}{}", title.unwrap_or_default())
}

fn tried(urls: &[Url]) -> String {
    if urls.is_empty() {
        return String::new();
    }
    let urls: Vec<&str> = urls.iter().take(3).map(Url::as_str).collect();
    format!("; some blogs keep one unsaid: try {} in a browser", urls.join(", "))
}
