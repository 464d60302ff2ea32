//! Hacker News, through the search its pages use (<https://hn.algolia.com/api>): stories and comments
//! with given words, or everything said under one story. Items of the official API
//! (<https://github.com/HackerNews/API>) are read too.

mod item;

use serde_json::Value;
use toml::Table;
use url::Url;

use super::json::{self, Fields};
use super::options::{Options, bad};
use super::{
    About, Adapter, BadSetting, Follow, Page, Request, Response, Skipped, Step, Unreadable,
};

const EXPECTED: &str = "an answer of Hacker News";
const ACCEPT: &str = "application/json";
const SERVER: &str = "https://hn.algolia.com";
const SITE: &str = "https://news.ycombinator.com";

/// Hits asked for in one answer.
const HITS_A_PAGE: &str = "100";

/// Pages of one search that a visit reads: more than 300 new hits between two visits means that the
/// words are too common to listen to.
const PAGES: i64 = 3;

/// Opens a source with `query` (and perhaps `posts` and `min_points`) or `story`; `server` and
/// `site` say where the search and the item pages are, if not at their public places.
///
/// # Errors
/// [`BadSetting`] for what it cannot use.
pub(super) fn open(settings: Table) -> Result<Box<dyn Adapter>, BadSetting> {
    let mut options = Options::of(settings);
    let server = options.server("server")?.map_or_else(|| public("server", SERVER), Ok)?;
    let site = options.server("site")?.map_or_else(|| public("site", SITE), Ok)?;
    let query = options.text("query")?;
    let story = options.count("story")?;
    let min_points = options.count("min_points")?;
    let posts = options.text("posts")?;
    options.none_left("query (with posts and min_points) or story, and server and site")?;
    let listens = match (query, story) {
        (Some(words), None) => search(words, posts.as_deref(), min_points)?,
        (None, Some(story)) => {
            if posts.is_some() || min_points.is_some() {
                let key = if posts.is_some() { "posts" } else { "min_points" };
                return Err(bad(key, "goes with query, not with story"));
            }
            Listens::Story(story)
        }
        (Some(_), Some(_)) => return Err(bad("query", "give query or story, not both")),
        (None, None) => return Err(bad("query", "missing; give words to search for, or a story")),
    };
    Ok(Box::new(HackerNews { server, site, listens }))
}

struct HackerNews {
    server: Url,
    site: Url,
    listens: Listens,
}

enum Listens {
    /// To what is posted with these words.
    Words { words: String, tags: &'static str, min_points: u32 },
    /// To what is said under this story.
    Story(u32),
}

fn public(key: &str, address: &str) -> Result<Url, BadSetting> {
    Url::parse(address).map_err(|error| bad(key, error.to_string()))
}

fn search(
    words: String,
    posts: Option<&str>,
    min_points: Option<u32>,
) -> Result<Listens, BadSetting> {
    let min_points = min_points.unwrap_or(0);
    // The search knows no points of comments: asked for a minimum, it would drop them all.
    let tags = match posts {
        None if min_points > 0 => "story",
        None | Some("all") => "(story,comment)",
        Some("stories") => "story",
        Some("comments") => "comment",
        Some(other) => {
            let why = format!("{other:?} is none of \"stories\", \"comments\" and \"all\"");
            return Err(bad("posts", why));
        }
    };
    if min_points > 0 && tags != "story" {
        return Err(bad("min_points", "comments have no points; add posts = \"stories\""));
    }
    Ok(Listens::Words { words, tags, min_points })
}

impl Adapter for HackerNews {
    fn start(&self) -> Request {
        let mut url = self.server.clone();
        match &self.listens {
            Listens::Story(id) => url.set_path(&format!("/api/v1/items/{id}")),
            Listens::Words { words, tags, min_points } => {
                url.set_path("/api/v1/search_by_date");
                let mut query = url.query_pairs_mut();
                query.append_pair("query", words).append_pair("tags", tags);
                if words.contains('"') {
                    // Only then does the search take what stands in quotes as one phrase.
                    query.append_pair("advancedSyntax", "true");
                }
                if *min_points > 0 {
                    query.append_pair("numericFilters", &format!("points>={min_points}"));
                }
                query.append_pair("hitsPerPage", HITS_A_PAGE);
            }
        }
        Request { url, step: Step::Listing, accept: ACCEPT }
    }

    fn read(&self, response: &Response<'_>) -> Result<Page, Unreadable> {
        let body = json::parse(response.body, EXPECTED)?;
        let mut page = Page { about: self.about(), ..Page::default() };
        for (index, value) in items_in(&body)?.into_iter().enumerate() {
            let read = item::read(Fields(value), &self.site);
            match read.and_then(|said| self.wanted(value).map(|()| said)) {
                Ok(said) => page.posts.push(said),
                Err(why) => page.skipped.push(Skipped {
                    place: item::id(Fields(value)).unwrap_or_else(|| format!("item {}", index + 1)),
                    why: why.to_owned(),
                }),
            }
        }
        page.follow.extend(next_page(&body, response.url));
        Ok(page)
    }
}

impl HackerNews {
    /// The search was asked for a minimum of points; that it obeyed is checked.
    fn wanted(&self, item: &Value) -> Result<(), &'static str> {
        let Listens::Words { min_points, .. } = self.listens else { return Ok(()) };
        let few = item::points(Fields(item)).is_some_and(|points| points < i64::from(min_points));
        if few { Err("it has fewer points than asked for") } else { Ok(()) }
    }

    fn about(&self) -> About {
        let (title, path) = match &self.listens {
            Listens::Words { words, .. } => (format!("Hacker News: {words}"), String::new()),
            Listens::Story(id) => (format!("Hacker News: story {id}"), format!("item?id={id}")),
        };
        let link = self.site.join(&path).ok().map(String::from);
        About { title: Some(title), link, ..About::default() }
    }
}

/// The items of a search, of a story with its comments (each before its answers), of a list, or the
/// one item there is.
fn items_in(body: &Value) -> Result<Vec<&Value>, Unreadable> {
    match body {
        // The official API's word for an item it does not have.
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => Ok(items.iter().collect()),
        Value::Object(_) if body["hits"].is_array() => {
            Ok(Fields(body).list("hits").iter().collect())
        }
        Value::Object(_) if item::id(Fields(body)).is_some() => {
            let mut flat = Vec::new();
            let mut waiting = vec![body];
            while let Some(item) = waiting.pop() {
                flat.push(item);
                waiting.extend(Fields(item).list("children").iter().rev());
            }
            Ok(flat)
        }
        _ => {
            let fields = Fields(body);
            let error = fields.text("message").or_else(|| fields.text("error"));
            let why = error.map_or_else(
                || "the answer holds no items".to_owned(),
                |error| {
                    format!("the server answers {:?}", error.chars().take(200).collect::<String>())
                },
            );
            Err(Unreadable::NotThis { expected: EXPECTED, why })
        }
    }
}

fn next_page(body: &Value, url: &Url) -> Option<Follow> {
    let fields = Fields(body);
    let next = fields.number("page")?.checked_add(1)?;
    let oldest = item::id(Fields(fields.list("hits").last()?))?;
    if next < 1 || next >= fields.number("nbPages")?.min(PAGES) {
        return None;
    }
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "page")
        .map(|(n, v)| (n.into(), v.into()))
        .collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", &next.to_string());
    // Newest first: once a page ends with a known item, all after it are known.
    let request = Request { url, step: Step::Listing, accept: ACCEPT };
    Some(Follow { request, unless_known: Some(oldest), listed: None })
}
