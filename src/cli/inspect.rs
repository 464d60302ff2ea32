//! `overheard inspect`: what would we read here?

mod suggest;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use self::suggest::Proposal;
use super::lines::{JsonLines, Unanswered};
use super::{Common, Usage};
use crate::adapters::report::Report;
use crate::adapters::{self, Adapter, Page, Request, Response, Step, Unreadable};
use crate::clock::SystemClock;
use crate::crawl::discover::discover;
use crate::crawl::http::{Ask, Cost, Fetched, Http, Manner};
use crate::crawl::visit::Visitor;
use crate::source::SourceId;
use crate::text::count::count as counted;

/// Documents read at a time.
const BATCH: usize = 64;

/// Posts shown in the table.
const POSTS_SHOWN: usize = 20;

/// What links of a file that came from nowhere are read against: a place that cannot be, in a folder
/// so that `a.html` and `/a.html` can be told apart afterwards.
const NOWHERE: &str = "https://base.invalid/here/";
/// See [`NOWHERE`].
const NOWHERE_AT_ALL: &str = "https://base.invalid";

/// Show what we would read at a URL or in a file
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard inspect https://blog.example/feed.xml
  overheard inspect saved.xml --base-url https://blog.example/feed.xml --json
                                     (without --base-url its relative links stay as they stand)
  overheard inspect https://blog.example/2026/one-article --as page
  overheard inspect timeline.json --as mastodon --base-url https://example.social/
  overheard inspect https://blog.example/ --suggest
  overheard inspect https://blog.example/ --select item=.post --select title=\"h2 a\"
  overheard inspect --batch < documents.jsonl

Kinds: feed, page (the article on a page), listing (the articles a page links to), sitemap,
mastodon, hacker_news. --batch takes {\"id\",\"file\",\"kind\",\"base_url\",\"content_type\"} a line and answers
{\"id\",\"feed\",\"posts\",\"skipped\",\"repaired\"} or {\"id\",\"error\"} a line, in the same order; a line
that is not JSON is answered with its number, {\"id\": null, \"line\": 7, \"error\"}.")]
pub(super) struct Inspect {
    /// An http or https URL, or a file
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    place: Option<String>,
    /// What it is; without this, a feed, else the page's articles, else the feed, Mastodon timeline or
    /// sitemap that a URL leads to
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<String>,
    /// Where a file came from: relative links are resolved against it
    #[arg(long, value_name = "URL")]
    base_url: Option<Url>,
    /// The Content-Type a file came with
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// For a page that lists posts: propose a source, with selectors where it has no feed
    #[arg(long, requires = "place", conflicts_with_all = ["kind", "select"])]
    suggest: bool,
    /// With --suggest: the article to look at, a URL or a file [default: the first post's, if the
    /// page is a URL]
    #[arg(long, value_name = "PLACE", requires = "suggest")]
    article: Option<String>,
    /// Try a setting of kind "page" before it is written down; may be repeated
    #[arg(long, value_name = "KEY=VALUE", requires = "place", conflicts_with = "kind")]
    select: Vec<String>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Read JSON lines on standard input
    #[arg(long)]
    batch: bool,
}

/// One line of `--batch`.
#[derive(Deserialize)]
struct Asked {
    id: Value,
    file: PathBuf,
    kind: Option<String>,
    base_url: Option<Url>,
    content_type: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Value,
    #[serde(flatten)]
    report: Report,
}

/// A document, and how it is to be read.
struct Document {
    bytes: Vec<u8>,
    url: Url,
    content_type: Option<String>,
    link: Option<String>,
    content_language: Option<String>,
    kind: Option<String>,
}

impl Inspect {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let Some(place) = &self.place else {
            return batch();
        };
        if self.suggest {
            return self.propose(common, place);
        }
        let (document, page) = self.read(common, place)?;
        let report = document.reported(&page);
        if self.json {
            writeln!(io::stdout().lock(), "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            table(&report, &mut io::stdout().lock())?;
            if document.is_placeless() && has_relative_links(&report) {
                writeln!(
                    io::stdout().lock(),
                    "Some links are relative, as they stand in the file: --base-url URL completes them"
                )?;
            }
        }
        Ok(())
    }

    /// The document at a URL or in a file, and what is read in it.
    fn read(&self, common: &Common, place: &str) -> anyhow::Result<(Document, Page)> {
        let read = |document: Document| {
            let page = match self.select.as_slice() {
                [] => document.read(),
                select => suggest::selected(&document, select),
            };
            (document, page)
        };
        let Some(url) = web_address(place) else {
            let (document, page) = read(self.file(Path::new(place))?);
            return Ok((document, page.map_err(leading_on)?));
        };
        self.refuse_what_is_for_files()?;
        let kind = if self.select.is_empty() { self.kind.clone() } else { Some("page".to_owned()) };
        let http = Http::new(common.config()?.fetch)?;
        super::run_to_end(async {
            let is_open = kind.is_none();
            let (document, page) = read(fetch(&http, url.clone(), kind, Manner::Feed).await?);
            match page {
                // An empty feed is one; an empty list leads nowhere.
                Ok(page)
                    if !is_open || !page.posts.is_empty() || document.read_as("feed").is_ok() =>
                {
                    Ok((document, page))
                }
                Err(error) if !is_open => Err(error),
                // As `sources add` goes on from an address: to its feed, its list, its sitemap.
                read => match go_on(http, &url).await {
                    Ok(page) => Ok((document, page)),
                    Err(why) => match read {
                        Ok(page) if page.about.title.is_some() => Ok((document, page)),
                        _ => Err(why),
                    },
                },
            }
        })
    }

    fn propose(&self, common: &Common, place: &str) -> anyhow::Result<()> {
        let http = Http::new(common.config()?.fetch)?;
        let proposal = super::run_to_end(async {
            let (listing, sitemaps) = match web_address(place) {
                Some(url) => {
                    self.refuse_what_is_for_files()?;
                    let listing = fetch(&http, url, Some("page".to_owned()), Manner::Feed).await?;
                    let mut cost = Cost::default();
                    let sitemaps = http.sitemaps(&listing.url, &SystemClock, &mut cost).await;
                    (listing, sitemaps)
                }
                None => (self.file(Path::new(place))?, Vec::new()),
            };
            let mut proposal = suggest::listing(&listing, sitemaps)?;
            if let Some(article) = self.article(&http, place, &proposal).await? {
                proposal.with_article(&article)?;
            }
            Ok(proposal.finish(&listing))
        })?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&proposal)?)?;
            return Ok(());
        }
        proposal.show(&mut out)
    }

    /// The article to look at: the one that is named, else the first of a listing on the web.
    async fn article(
        &self,
        http: &Http,
        listing: &str,
        proposal: &Proposal,
    ) -> anyhow::Result<Option<Document>> {
        // A page we go on to is under robots.txt, and comes after the gap between two pages.
        let page = |url| fetch(http, url, Some("page".to_owned()), Manner::Page);
        match &self.article {
            Some(place) => match web_address(place) {
                Some(url) => page(url).await.map(Some),
                None => self.file(Path::new(place)).map(Some),
            },
            None => match proposal.first_article().filter(|_| web_address(listing).is_some()) {
                // Without it the listing is proposed all the same.
                Some(url) => Ok(page(url).await.inspect_err(|why| tracing::warn!("{why:#}")).ok()),
                None => Ok(None),
            },
        }
    }

    fn refuse_what_is_for_files(&self) -> anyhow::Result<()> {
        if self.content_type.is_some() || self.base_url.is_some() {
            let why = "--base-url and --content-type are for files; a URL brings its own";
            return Err(Usage(why.to_owned()).into());
        }
        Ok(())
    }

    fn file(&self, file: &Path) -> anyhow::Result<Document> {
        if !file.exists() {
            let place = file.display();
            let scheme = place.to_string().split_once("://").map(|(scheme, _)| scheme.to_owned());
            return Err(Usage(match scheme {
                Some(scheme) => format!("{scheme}:// is not read; only http:// and https:// are"),
                None if looks_like_a_host(&place.to_string()) => format!(
                    "there is no file {place}; for a web address write it in full: overheard inspect https://{place}"
                ),
                None => format!("there is no file {place}"),
            })
            .into());
        }
        Document::of_file(file, self.base_url.clone(), self.content_type.clone(), self.kind.clone())
    }
}

/// What there is to listen to at an address that is no feed and no list of articles itself.
async fn go_on(http: Http, url: &Url) -> anyhow::Result<Page> {
    let (known, recall) = (Arc::new(|_: &SourceId, _: &str| false), Arc::new(|_: &_, _: &_| None));
    let visitor = Visitor { http, clock: Arc::new(SystemClock), known, recall };
    let found = discover(&visitor, url).await?;
    let words = |(_, value): &(String, toml::Value)| value.to_string();
    let options = found.options.iter().map(words).collect::<Vec<_>>().join(", ");
    let how = found.how.unwrap_or_else(|| format!("read as kind {}", found.kind));
    eprintln!("note: {how}: {options}");
    Ok(with_what_is_listed(found.page))
}

/// The error of a page in a file, with the command that reads what it leads to.
fn leading_on(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<Unreadable>() {
        Some(Unreadable::WebPage { feeds }) => match feeds.first() {
            Some(feed) => anyhow!(
                "{error}: `overheard inspect {feed}` reads it, `--as listing` the page's own list"
            ),
            None => error,
        },
        _ => error,
    }
}

fn batch() -> anyhow::Result<()> {
    let expected = "{\"id\", \"file\", \"kind\", \"base_url\", \"content_type\"}";
    let mut lines = JsonLines::of(io::stdin().lock(), expected);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut failed = 0;
    loop {
        let batch = lines.batch::<Asked>(BATCH)?;
        if batch.is_empty() {
            break;
        }
        for line in batch {
            if let Err(unanswered) = answer(line, &mut out)? {
                failed += 1;
                serde_json::to_writer(&mut out, &unanswered)?;
            }
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
    if failed > 0 {
        anyhow::bail!(
            "{failed} of {} could not be read; each says why in its \"error\"",
            counted(lines.count(), "document", "documents")
        );
    }
    Ok(())
}

/// Writes the answer to one line, unless there is none.
fn answer(
    line: Result<Asked, Unanswered>,
    out: &mut impl Write,
) -> anyhow::Result<Result<(), Unanswered>> {
    let asked = match line {
        Ok(asked) => asked,
        Err(unanswered) => return Ok(Err(unanswered)),
    };
    let Asked { id, file, kind, base_url, content_type } = asked;
    let read = Document::of_file(&file, base_url, content_type, kind)
        .and_then(|document| document.report());
    match read {
        Ok(report) => {
            serde_json::to_writer(out, &Answer { id: &id, report })?;
            Ok(Ok(()))
        }
        Err(error) => Ok(Err(Unanswered { id: Some(id), line: None, error: format!("{error:#}") })),
    }
}

/// The address of a place that is on the web.
fn web_address(place: &str) -> Option<Url> {
    Url::parse(place).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

async fn fetch(
    http: &Http,
    url: Url,
    kind: Option<String>,
    manner: Manner,
) -> anyhow::Result<Document> {
    let accept =
        adapters::reading(kind.as_deref().unwrap_or("feed"), &url).map_err(Usage)?.start().accept;
    let request = Request { url, step: Step::Listing, accept };
    // Whoever names a URL is its reader: a page is under robots.txt only where we go on from it.
    let ask = Ask { request: &request, vouched: None, manner };
    match http.fetch(&ask, &SystemClock, &mut Cost::default()).await {
        Ok(Fetched::Body(body)) => {
            if let Some(advice) = http.advice(&body.url, &SystemClock, &mut Cost::default()).await {
                eprintln!("note: {advice}");
            }
            Ok(Document {
                bytes: body.bytes,
                url: body.url,
                content_type: body.headers.content_type,
                link: body.headers.link,
                content_language: body.headers.content_language,
                kind,
            })
        }
        Ok(Fetched::NotModified(_)) => Err(anyhow!("{}: 304 to a plain request", request.url)),
        Err(failure) => Err(anyhow!("{}", failure.sentence)),
    }
}

impl Document {
    fn of_file(
        file: &Path,
        base_url: Option<Url>,
        content_type: Option<String>,
        kind: Option<String>,
    ) -> anyhow::Result<Self> {
        let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let url = match base_url {
            Some(url) => url,
            None => Url::parse(NOWHERE).context("the base URL")?,
        };
        Ok(Self { bytes, url, content_type, link: None, content_language: None, kind })
    }

    /// What is read in it. Links of a file that came from nowhere are relative, as they stand there.
    fn report(&self) -> anyhow::Result<Report> {
        Ok(self.reported(&self.read()?))
    }

    fn reported(&self, page: &Page) -> Report {
        let mut report = Report::from(page);
        if self.is_placeless() {
            let of_posts = report.posts.iter_mut().flat_map(|post| {
                let links = [post.url.as_mut(), post.html.as_mut()].into_iter().flatten();
                links.chain(post.enclosures.iter_mut().map(|file| &mut file.url))
            });
            for text in of_posts.chain(report.feed.link.as_mut()) {
                // First what stood there without a leading slash, then what stood there with one.
                *text = text.replace(NOWHERE, "").replace(NOWHERE_AT_ALL, "");
            }
        }
        report
    }

    fn is_placeless(&self) -> bool {
        self.url.as_str() == NOWHERE
    }

    /// Reads it as the kind it is said to be; without one as a feed, else as a list of articles.
    fn read(&self) -> anyhow::Result<Page> {
        if let Some(kind) = &self.kind {
            return self.read_as(kind);
        }
        match self.read_as("feed") {
            Err(error) => match error.downcast_ref::<Unreadable>() {
                Some(Unreadable::WebPage { feeds }) if feeds.is_empty() => self.read_as("listing"),
                _ => Err(error),
            },
            page => page,
        }
    }

    fn read_as(&self, kind: &str) -> anyhow::Result<Page> {
        let step = if kind == "page" { Step::Article } else { Step::Listing };
        let adapter = adapters::reading(kind, &self.url).map_err(Usage)?;
        self.read_by(&*adapter, step)
    }

    fn read_by(&self, adapter: &dyn Adapter, step: Step) -> anyhow::Result<Page> {
        let page = adapter.read(&Response {
            step,
            url: &self.url,
            content_type: self.content_type.as_deref(),
            link: self.link.as_deref(),
            content_language: self.content_language.as_deref(),
            body: &self.bytes,
        })?;
        Ok(with_what_is_listed(page))
    }
}

/// What only leads to articles is shown by what it says of them.
fn with_what_is_listed(mut page: Page) -> Page {
    if page.posts.is_empty() {
        let listed = page.follow.iter().filter_map(|follow| follow.listed.as_ref());
        page.posts = listed.map(|listed| listed.said().clone()).collect();
    }
    page
}

fn table(report: &Report, out: &mut impl Write) -> anyhow::Result<()> {
    let about = &report.feed;
    writeln!(out, "{}", about.title.as_deref().unwrap_or("(no title)"))?;
    for line in [&about.link, &about.description].into_iter().flatten() {
        writeln!(out, "{}", shortened(line, 100))?;
    }
    writeln!(out)?;
    for post in report.posts.iter().take(POSTS_SHOWN) {
        let date = post.published.or(post.updated);
        let date =
            date.map_or_else(|| "no date   ".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
        let words = post.title.as_deref().unwrap_or(&post.text);
        writeln!(out, "{date}  {}", shortened(words, 84))?;
        let author = post.author.as_deref().unwrap_or("no author");
        let url = post.url.as_deref().unwrap_or("no URL");
        writeln!(
            out,
            "            {}, {} characters, {url}",
            shortened(author, 40),
            post.text.chars().count()
        )?;
    }
    let count = report.posts.len();
    if count > POSTS_SHOWN {
        writeln!(out, "            and {} more; --json shows them all", count - POSTS_SHOWN)?;
    }
    writeln!(out, "{}, {} skipped", counted(count, "post", "posts"), report.skipped.len())?;
    for skipped in &report.skipped {
        writeln!(out, "  skipped {}: {}", skipped.place, skipped.why)?;
    }
    if !report.repaired.is_empty() {
        writeln!(out, "  repaired: {}", report.repaired.join(", "))?;
    }
    Ok(())
}

fn has_relative_links(report: &Report) -> bool {
    let urls = report.posts.iter().filter_map(|post| post.url.as_deref());
    urls.chain(report.feed.link.as_deref()).any(|url| Url::parse(url).is_err())
}

/// Whether somebody may have meant a web address: "blog.example", "blog.example/feed".
fn looks_like_a_host(place: &str) -> bool {
    let host = place.split(['/', '?', '#']).next().unwrap_or_default();
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':');
    (host.contains('.') || host.starts_with("localhost"))
        && !host.starts_with('.')
        && host.chars().all(is_name)
}

/// The beginning of a text, on one line.
fn shortened(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most - 1).chain(['…']).collect()
}
