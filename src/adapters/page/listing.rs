//! A page that lists posts → what it says of each.

use jiff::Timestamp;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::settings::Settings;
use super::{dates, guess};
use crate::adapters::{Skipped, Unreadable};
use crate::text::html::{fold, plain, to_text};
use crate::text::urls::{absolute, canonical};

/// A listing of more posts than this is an archive; its first posts are the newest.
const MOST: usize = 200;

/// A title longer than this (characters) is a whole post that is a link; it is cut.
const LONGEST_TITLE: usize = 300;

/// What a listing says of one post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where its article is.
    pub(super) link: Url,
    /// The canonical form of the link: the post's key.
    pub(super) key: String,
    pub(super) title: Option<String>,
    pub(super) published: Option<Timestamp>,
    pub(super) author: Option<String>,
    /// The teaser; empty where there is none.
    pub(super) text: String,
}

/// The posts that `page`, found at `url`, lists, in its order and each once; and what was no post.
///
/// # Errors
/// Where it lists none: the site was rebuilt, or the selectors never fitted. Silence would look
/// like a quiet week.
pub(super) fn entries(
    page: &Html,
    url: &Url,
    settings: &Settings,
) -> Result<(Vec<Entry>, Vec<Skipped>), Unreadable> {
    let base = base_of(page, url);
    let mut entries: Vec<Entry> = Vec::new();
    let mut skipped = Vec::new();
    for (place, (item, link)) in items(page, url, &base, settings).into_iter().enumerate() {
        match link.map_or_else(|| link_of(item, &base, settings), Ok) {
            Ok(link) => {
                let key = canonical(&link);
                if key != canonical(url) && !entries.iter().any(|entry| entry.key == key) {
                    entries.push(entry(item, link, key, settings));
                }
            }
            Err(why) => skipped.push(Skipped { place: format!("item {}", place + 1), why }),
        }
    }
    if entries.is_empty() { Err(nothing_found(settings, &skipped)) } else { Ok((entries, skipped)) }
}

/// The next page of the listing.
pub(super) fn next_page(page: &Html, url: &Url, settings: &Settings) -> Option<Url> {
    let link = page.select(settings.next.as_ref()?).find_map(|found| href(found))?;
    absolute(link, Some(&base_of(page, url))).filter(|next| next != url)
}

/// What relative links of `page`, found at `url`, are relative to: `<base href>` decides.
pub(super) fn base_of(page: &Html, url: &Url) -> Url {
    let base = Selector::parse("base[href]").ok().and_then(|base| page.select(&base).next());
    base.and_then(|base| absolute(base.value().attr("href")?, Some(url)))
        .unwrap_or_else(|| url.clone())
}

fn items<'a>(
    page: &'a Html,
    url: &Url,
    base: &Url,
    settings: &Settings,
) -> Vec<(ElementRef<'a>, Option<Url>)> {
    let items: Vec<_> = match &settings.item {
        Some(item) => page.select(item).map(|item| (item, None)).take(MOST).collect(),
        None => guess::items(page, url, base)
            .into_iter()
            .map(|(item, link)| (item, Some(link)))
            .collect(),
    };
    let left_out = |item: ElementRef<'_>| {
        settings
            .skip
            .as_ref()
            .is_some_and(|skip| skip.matches(&item) || item.select(skip).next().is_some())
    };
    items.into_iter().filter(|(item, _)| !left_out(*item)).take(MOST).collect()
}

fn link_of(item: ElementRef<'_>, base: &Url, settings: &Settings) -> Result<Url, String> {
    let found = match &settings.link {
        Some(link) => item.select(link).next().ok_or("`link` matches nothing in it")?,
        None => first(item, "h1 a[href], h2 a[href], h3 a[href], h4 a[href]")
            .or_else(|| (item.value().name() == "a").then_some(item))
            .or_else(|| first(item, "a[href]"))
            .ok_or("it has no link")?,
    };
    let target = href(found).ok_or("what `link` matches is no link and holds none")?;
    absolute(target, Some(base)).ok_or_else(|| {
        let shown: String = target.chars().take(60).collect();
        format!("its link {shown:?} leads to no web page")
    })
}

/// Where an element leads: by itself, by the first link in it, or by the one around it.
fn href(element: ElementRef<'_>) -> Option<&str> {
    let own = element.value().attr("href");
    own.or_else(|| first(element, "a[href]")?.value().attr("href")).or_else(|| {
        let around = element.ancestors().filter_map(ElementRef::wrap);
        around.take(3).find(|outer| outer.value().name() == "a")?.value().attr("href")
    })
}

fn entry(item: ElementRef<'_>, link: Url, key: String, settings: &Settings) -> Entry {
    let words = |selector: &Option<Selector>| {
        let found = item.select(selector.as_ref()?).next()?;
        Some(plain(&found.inner_html())).filter(|text| !text.is_empty())
    };
    let title = words(&settings.title).or_else(|| title_of(item, &link));
    let published = match &settings.date {
        Some(date) => {
            item.select(date).find_map(|found| date_of(found, settings.date_format.as_deref()))
        }
        None => first(item, "time, [class*=date], [class*=Date], [class*=published]")
            .and_then(|found| date_of(found, None)),
    };
    let published = published.or_else(|| dates::in_path(link.path()).map(|at| at.timestamp()));
    let text = match &settings.text {
        Some(text) => joined(item.select(text)),
        None => joined(all(item, "p").into_iter()),
    };
    let text = if title.as_ref() == Some(&text) { String::new() } else { text };
    Entry {
        title: title.map(shortened),
        published,
        author: words(&settings.author),
        text,
        key,
        link,
    }
}

fn title_of(item: ElementRef<'_>, link: &Url) -> Option<String> {
    let heading =
        first(item, "h1, h2, h3, h4, h5").map(|heading| fold(&heading.text().collect::<String>()));
    heading
        .filter(|text| !text.is_empty())
        .or_else(|| {
            let same = |found: &ElementRef<'_>| {
                found
                    .value()
                    .attr("href")
                    .is_some_and(|to| link.as_str().ends_with(to.trim_start_matches(['.', '/'])))
            };
            let own = (item.value().name() == "a").then_some(item);
            let texts = own.into_iter().chain(all(item, "a[href]").into_iter().filter(same));
            // Of "Read more" and the title, both of them links to the article, the longer is the title.
            texts.map(|found| fold(&found.text().collect::<String>())).max_by_key(String::len)
        })
        .filter(|text| !text.is_empty())
}

pub(super) fn date_of(found: ElementRef<'_>, format: Option<&str>) -> Option<Timestamp> {
    let element = found.value();
    let machine = ["datetime", "content", "title"]
        .iter()
        .find_map(|name| dates::moment(element.attr(name)?, None));
    machine.or_else(|| dates::moment(&fold(&found.text().collect::<String>()), format))
}

fn joined<'a>(parts: impl Iterator<Item = ElementRef<'a>>) -> String {
    let texts: Vec<String> =
        parts.map(|part| to_text(&part.html())).filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

fn shortened(title: String) -> String {
    match title.char_indices().nth(LONGEST_TITLE) {
        Some((at, _)) => format!("{}…", title[..at].trim_end()),
        None => title,
    }
}

fn nothing_found(settings: &Settings, skipped: &[Skipped]) -> Unreadable {
    let why = match (&settings.item, skipped.first()) {
        (_, Some(first)) => {
            format!("none of the {} items on the page can be used; of the first: {}", skipped.len(), first.why)
        }
        (Some(_), None) => "`item` matches nothing on the page; if the site was rebuilt, look for its new selectors"
            .to_owned(),
        (None, None) => "no repeated links to articles were found on the page; say where they are with `item`, or look for a feed"
            .to_owned(),
    };
    Unreadable::NotThis { expected: "a listing of posts", why }
}

fn first<'a>(item: ElementRef<'a>, css: &str) -> Option<ElementRef<'a>> {
    item.select(&Selector::parse(css).ok()?).next()
}

fn all<'a>(item: ElementRef<'a>, css: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(css).map(|selector| item.select(&selector).collect()).unwrap_or_default()
}
