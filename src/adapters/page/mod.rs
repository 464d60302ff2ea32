//! Kind `page`: a blog or news page without a feed. It lists posts; each has an article.

mod article;
mod author;
mod body;
mod charset;
mod dates;
mod elsewhere;
mod ends;
mod guess;
mod lead;
mod listing;
mod metadata;
mod prepare;
mod published;
mod settings;
pub mod suggest;
mod title;
mod weight;

use std::borrow::Cow;

use scraper::{Html, Selector};
use toml::Table;
use url::Url;

pub use article::{Article, article};
pub use charset::decode;
pub use dates::moment;
pub(super) use guess::is_post_path;

use self::article::LONGEST_PAGE;
use self::listing::Entry;
use self::settings::Settings;
use crate::adapters::{
    About, Adapter, BadSetting, Follow, Kind, Listed, Page, Request, Response, Skipped, Step,
    Unreadable, feed_links,
};
use crate::post::{Author, Said};
use crate::source::Speaker;
use crate::text::html::{LONGEST_READ, cut, for_a_tree, plain, sanitise, to_text};
use crate::text::urls::canonical;

/// Kind `page`.
pub const KIND: Kind =
    Kind { name: "page", speaker: Speaker::Owner, robots: true, keys: settings::KEYS, open };

const ACCEPT: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";

/// A listing beyond this many bytes is not read: 200 posts with their teasers are far below it.
const LONGEST_LISTING: usize = 4 << 20;

fn open(settings: Table) -> Result<Box<dyn Adapter>, BadSetting> {
    Ok(Box::new(PageAdapter { settings: Settings::read(settings)? }))
}

/// What reads the articles that `url` leads to; `settings` are those that begin with `article_`.
pub(super) fn articles(mut settings: Table, url: &Url) -> Result<Box<dyn Adapter>, BadSetting> {
    settings.insert("url".to_owned(), url.as_str().into());
    open(settings)
}

struct PageAdapter {
    settings: Settings,
}

impl Adapter for PageAdapter {
    fn start(&self) -> Request {
        Request { url: self.settings.url.clone(), step: Step::Listing, accept: ACCEPT }
    }

    fn read(&self, response: &Response<'_>) -> Result<Page, Unreadable> {
        if let Some(why) = no_web_page(response) {
            return Err(Unreadable::NotThis { expected: "a web page", why });
        }
        let html = decode(response.body, response.content_type);
        match response.step {
            Step::Listing => self.listing(&html, response),
            Step::Article => Ok(self.article(&html, response)),
        }
    }
}

impl PageAdapter {
    fn listing(&self, html: &str, response: &Response<'_>) -> Result<Page, Unreadable> {
        let html = &html[..html.floor_char_boundary(LONGEST_LISTING)];
        let Some(html) = for_a_tree(html) else {
            let why = "its elements are nested too deeply to be read".to_owned();
            return Err(Unreadable::NotThis { expected: "a listing of posts", why });
        };
        let document = Html::parse_document(&html);
        let (entries, skipped) = listing::entries(&document, response.url, &self.settings)
            .map_err(|why| nothing_listed(why, &html, response.url))?;
        let mut follow: Vec<Follow> = Vec::new();
        if self.settings.article {
            follow.extend(entries.iter().map(article_of));
        }
        // Where the last post of this page is kept, so are those behind it.
        let last = entries.last().map(|entry| entry.key.clone());
        follow.extend(listing::next_page(&document, response.url, &self.settings).map(|url| {
            Follow {
                request: Request { url, step: Step::Listing, accept: ACCEPT },
                unless_known: last,
                listed: None,
            }
        }));
        // An article that is fetched says all that its teaser says; both under one key would be an
        // update at every visit.
        let posts = if self.settings.article {
            Vec::new()
        } else {
            entries.into_iter().map(teaser).collect()
        };
        Ok(Page {
            about: about(&document, response.url),
            posts,
            skipped,
            follow,
            ..Page::default()
        })
    }

    fn article(&self, html: &str, response: &Response<'_>) -> Page {
        let url = response.url;
        let html = &html[..html.floor_char_boundary(LONGEST_PAGE)];
        let html = &*self.without_dropped(html);
        let Some(found) = article(html, url) else {
            let why = "no article text was found on the page".to_owned();
            let skipped = vec![Skipped { place: url.to_string(), why }];
            return Page { skipped, ..Page::default() };
        };
        let mut said = said(found, url);
        if said.language.is_none() {
            said.language = response.content_language.and_then(metadata::language_tag);
        }
        let skipped = self.overrule(&mut said, html, url);
        Page { posts: vec![said], skipped, ..Page::default() }
    }

    /// The page without what the marketer wants dropped.
    fn without_dropped<'h>(&self, html: &'h str) -> Cow<'h, str> {
        let Some(drop) = &self.settings.article_drop else { return Cow::Borrowed(html) };
        // One that no tree can be made of is read as plain text.
        let Some(tame) = for_a_tree(html) else { return Cow::Borrowed(html) };
        let mut page = Html::parse_document(&tame);
        let dropped: Vec<_> = page.select(drop).map(|found| found.id()).collect();
        for id in dropped {
            if let Some(mut node) = page.tree.get_mut(id) {
                node.detach();
            }
        }
        Cow::Owned(page.root_element().html())
    }

    /// Puts what the marketer's selectors find in the place of what we found; what they do not
    /// find is reported, and ours stays.
    fn overrule(&self, said: &mut Said, html: &str, url: &Url) -> Vec<Skipped> {
        let settings = &self.settings;
        let asked = [
            ("article_title", &settings.article_title),
            ("article_text", &settings.article_text),
            ("article_date", &settings.article_date),
            ("article_author", &settings.article_author),
        ];
        if asked.iter().all(|(_, selector)| selector.is_none()) {
            return Vec::new();
        }
        // One that no tree can be made of was read as plain text, and says so by its looks.
        let Some(html) = for_a_tree(html) else { return Vec::new() };
        let page = Html::parse_document(&html);
        let mut skipped = Vec::new();
        for (key, selector) in asked {
            let Some(selector) = selector else { continue };
            if !self.overruled(said, &page, key, selector, url) {
                let why =
                    format!("`{key}` finds nothing on the page; what we found ourselves is kept");
                skipped.push(Skipped { place: url.to_string(), why });
            }
        }
        skipped
    }

    fn overruled(
        &self,
        said: &mut Said,
        page: &Html,
        key: &str,
        selector: &Selector,
        url: &Url,
    ) -> bool {
        let mut room = LONGEST_READ;
        let fitting = page.select(selector).map(|found| found.html()).take_while(|html| {
            let more = room > 0;
            room = room.saturating_sub(html.len());
            more
        });
        let html: Vec<String> = fitting.collect();
        let first = html.first().map(|html| plain(html)).filter(|text| !text.is_empty());
        match key {
            "article_text" => {
                let html = html.join("\n");
                let html = cut(&html).html;
                let text = to_text(&html);
                let found = !text.is_empty();
                if found {
                    said.text = text;
                    said.html = Some(sanitise(&html, Some(url)));
                }
                found
            }
            "article_date" => {
                let format = self.settings.date_format.as_deref();
                let date = page.select(selector).find_map(|found| listing::date_of(found, format));
                said.published = date.or(said.published);
                date.is_some()
            }
            "article_author" => {
                let found = first.is_some();
                if found {
                    said.author = Some(Author { name: first, ..Author::default() });
                }
                found
            }
            _ => {
                let found = first.is_some();
                said.title = first.or_else(|| said.title.take());
                found
            }
        }
    }
}

/// Why a listing holds no posts, with the feed that would do better where it links to one.
fn nothing_listed(unreadable: Unreadable, html: &str, url: &Url) -> Unreadable {
    match (unreadable, feed_links::feeds(html, url).first()) {
        (Unreadable::NotThis { expected, why }, Some(feed)) => {
            let why = format!("{why}; the page links to the feed {feed}");
            Unreadable::NotThis { expected, why }
        }
        (unreadable, _) => unreadable,
    }
}

/// Why a response holds no web page.
fn no_web_page(response: &Response<'_>) -> Option<String> {
    let kind = response.content_type?.split(';').next()?.trim().to_ascii_lowercase();
    if kind.ends_with("rss+xml") || kind.ends_with("atom+xml") || kind == "application/feed+json" {
        return Some(format!("it is a feed ({kind}); read it with kind = \"feed\""));
    }
    let binary = [
        "image/",
        "audio/",
        "video/",
        "font/",
        "application/pdf",
        "application/zip",
        "application/json",
    ];
    binary.iter().any(|of| kind.starts_with(of)).then(|| format!("the server says it is {kind}"))
}

fn article_of(entry: &Entry) -> Follow {
    Follow {
        request: Request { url: entry.link.clone(), step: Step::Article, accept: ACCEPT },
        unless_known: Some(entry.key.clone()),
        listed: Some(Listed::Announced(teaser(entry.clone()))),
    }
}

fn teaser(entry: Entry) -> Said {
    Said {
        url: Some(entry.key.clone()),
        key: entry.key,
        title: entry.title,
        text: entry.text,
        author: entry.author.map(|name| Author { name: Some(name), ..Author::default() }),
        published: entry.published,
        ..Said::default()
    }
}

fn said(article: Article, url: &Url) -> Said {
    let key = canonical(url);
    Said {
        url: Some(key.clone()),
        key,
        title: Some(article.title).filter(|title| !title.is_empty()),
        summary: article.description.filter(|summary| !article.text.contains(summary.as_str())),
        text: article.text,
        html: Some(article.html),
        author: article.author.map(|name| Author { name: Some(name), ..Author::default() }),
        published: article.published.map(|at| at.timestamp()),
        updated: article.updated.map(|at| at.timestamp()),
        language: article.language,
        ..Said::default()
    }
}

fn about(page: &Html, url: &Url) -> About {
    let stated = metadata::metadata(page, url);
    About {
        title: stated.site.or(stated.title),
        link: Some(url.to_string()),
        description: stated.description,
        language: stated.language,
        ..About::default()
    }
}
