//! Which links of a page lead to its posts, where nobody said so.
//!
//! A blog's index repeats one shape for every post: the links of that shape stand at the same
//! place in the tree, have titles for texts, and dates near them. Menus repeat too, with short
//! texts and no dates.

use std::collections::HashMap;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::dates;
use crate::source::Owner;
use crate::text::html::fold;
use crate::text::urls::{absolute, canonical};

/// Links beyond this many are not looked at.
const MOST_LINKS: usize = 3_000;

/// Fewer links of one shape than this repeat by chance.
const FEWEST: usize = 3;

/// Links of a shape whose texts are shorter than this (characters, on average) are a menu.
const SHORTEST_TITLES: f64 = 15.0;

/// Elements whose links are the site's frame.
const FRAME: &[&str] = &["nav", "footer", "aside", "form", "dialog"];

/// Parts of a path that belong to lists and services, not to a post.
const NO_POST: &[&str] = &[
    "tag",
    "tags",
    "category",
    "categories",
    "author",
    "authors",
    "page",
    "login",
    "signin",
    "signup",
    "register",
    "search",
    "about",
    "contact",
    "privacy",
    "terms",
    "impressum",
    "datenschutz",
    "cart",
    "feed",
    "rss",
    "kategorie",
    "thema",
    "themen",
    "topics",
    "topic",
    "user",
    "users",
    "share",
];

/// Ends of paths that are files.
const FILES: &[&str] =
    &[".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".pdf", ".zip", ".mp3", ".mp4", ".xml"];

struct Link<'a> {
    element: ElementRef<'a>,
    url: Url,
    key: String,
    text: String,
}

/// The posts' elements and links, in the page's order, each post once; empty where no shape repeats.
pub(super) fn items<'a>(page: &'a Html, url: &Url, base: &Url) -> Vec<(ElementRef<'a>, Url)> {
    let links = links(page, url, base);
    let mut shapes: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, link) in links.iter().enumerate() {
        shapes.entry(shape(link.element)).or_default().push(place);
    }
    let best = shapes
        .into_values()
        .filter_map(|places| Some((score(&links, &places)?, places)))
        // The earlier on the page where two are equal, so that the answer never depends on hashing.
        .max_by(|(a, at), (b, bt)| a.total_cmp(b).then_with(|| bt.cmp(at)));
    let Some((_, places)) = best else { return Vec::new() };
    let chosen = with_featured(&links, &places);
    let whole = extents(&links, &chosen);
    chosen.iter().map(|place| (whole[place], links[*place].url.clone())).collect()
}

fn links<'a>(page: &'a Html, url: &Url, base: &Url) -> Vec<Link<'a>> {
    let Ok(selector) = Selector::parse("body a[href]") else { return Vec::new() };
    let owner = url.host_str().map(Owner::of_host);
    let own_key = canonical(url);
    let mut links = Vec::new();
    for element in page.select(&selector).take(MOST_LINKS) {
        let Some(to) = element.value().attr("href").and_then(|href| absolute(href, Some(base)))
        else {
            continue;
        };
        let key = canonical(&to);
        let own = to.host_str().map(Owner::of_host) == owner;
        if own && key != own_key && is_post_path(&to) && !in_frame(element) {
            links.push(Link {
                element,
                url: to,
                key,
                text: fold(&element.text().collect::<String>()),
            });
        }
    }
    links
}

/// Whether a page may be a post, as far as its address tells.
pub(crate) fn is_post_path(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    let named = path.trim_matches('/').len() > 1 || url.query().is_some();
    named
        && !FILES.iter().any(|end| path.ends_with(end))
        && !path.split('/').any(|part| NO_POST.contains(&part))
}

fn in_frame(element: ElementRef<'_>) -> bool {
    element.ancestors().filter_map(ElementRef::wrap).any(|outer| {
        FRAME.contains(&outer.value().name()) || outer.value().attr("role") == Some("navigation")
    })
}

/// Where a link stands: the names of the elements around it, and what its parent is called.
fn shape(link: ElementRef<'_>) -> String {
    let mut shape = String::new();
    let around = std::iter::once(link).chain(link.ancestors().filter_map(ElementRef::wrap));
    for (height, element) in around.enumerate() {
        shape.push_str(element.value().name());
        if height < 2
            // A class with a number in it names one post (`post-1234`).
            && let Some(class) = element.value().classes().find(|class| !class.contains(|c: char| c.is_ascii_digit()))
        {
            shape.push('.');
            shape.push_str(class);
        }
        shape.push('<');
    }
    shape
}

/// How much the links at `places` look like a listing of posts; nothing where they do not.
fn score(links: &[Link<'_>], places: &[usize]) -> Option<f64> {
    let mut distinct: Vec<&Link<'_>> = Vec::new();
    for place in places {
        let link = &links[*place];
        if distinct.len() < 200 && !distinct.iter().any(|known| known.key == link.key) {
            distinct.push(link);
        }
    }
    if distinct.len() < FEWEST {
        return None;
    }
    let share = |fits: &dyn Fn(&Link<'_>) -> bool| {
        distinct.iter().filter(|link| fits(link)).count() as f64 / distinct.len() as f64
    };
    let letters: usize = distinct.iter().map(|link| link.text.chars().count()).sum();
    let title = letters as f64 / distinct.len() as f64;
    if title < SHORTEST_TITLES {
        return None;
    }
    let repeated = (distinct.len().min(30) as f64).ln_1p();
    Some(
        repeated
            * (1.0 + title.min(80.0) / 40.0)
            * (1.0 + share(&|link| in_heading(link.element)))
            * (1.0 + share(&|link| dated(link)))
            * (1.0 + share(&|link| slug(&link.url))),
    )
}

fn in_heading(link: ElementRef<'_>) -> bool {
    const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5"];
    let around = link.ancestors().filter_map(ElementRef::wrap).take(2);
    around.into_iter().any(|outer| HEADINGS.contains(&outer.value().name()))
        || link
            .descendants()
            .filter_map(ElementRef::wrap)
            .take(20)
            .any(|e| HEADINGS.contains(&e.value().name()))
}

fn dated(link: &Link<'_>) -> bool {
    if dates::in_path(link.url.path()).is_some() {
        return true;
    }
    // Within the few elements around a link, so that one date on the page is not everybody's.
    link.element.ancestors().filter_map(ElementRef::wrap).take(4).any(|outer| {
        outer
            .descendants()
            .filter_map(ElementRef::wrap)
            .take(30)
            .any(|inner| inner.value().name() == "time")
    })
}

fn slug(url: &Url) -> bool {
    let last = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.matches(['-', '_']).count() >= 2 || last.bytes().filter(u8::is_ascii_digit).count() >= 4
}

/// The chosen links, each post once, with those of another shape that lead to the same folder: the
/// newest post is often shown larger than the others.
fn with_featured(links: &[Link<'_>], places: &[usize]) -> Vec<usize> {
    let folder = |place: &usize| {
        let path = links[*place].url.path().trim_end_matches('/');
        path.rsplit_once('/')
            .map(|(folder, _)| folder.to_owned())
            .filter(|folder| !folder.is_empty())
    };
    let shared = places
        .first()
        .and_then(folder)
        .filter(|first| places.iter().all(|place| folder(place).as_ref() == Some(first)));
    let mut chosen: Vec<usize> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let long = |place: &usize| links[*place].text.chars().count() as f64 >= SHORTEST_TITLES;
    for (place, link) in links.iter().enumerate() {
        let of_shape = places.contains(&place);
        let featured = shared.is_some() && folder(&place) == shared && long(&place);
        if (of_shape || featured) && !seen.contains(&link.key.as_str()) {
            seen.push(&link.key);
            chosen.push(place);
        }
    }
    chosen
}

/// For each chosen link the largest element that holds no other chosen post: the whole item.
fn extents<'a>(links: &[Link<'a>], chosen: &[usize]) -> HashMap<usize, ElementRef<'a>> {
    let mut posts_within: HashMap<_, u32> = HashMap::new();
    for place in chosen {
        for outer in links[*place].element.ancestors() {
            *posts_within.entry(outer.id()).or_default() += 1;
        }
    }
    let whole = |place: &usize| {
        let link = links[*place].element;
        let outer = link.ancestors().take_while(|outer| posts_within.get(&outer.id()) == Some(&1));
        (*place, outer.filter_map(ElementRef::wrap).last().unwrap_or(link))
    };
    chosen.iter().map(whole).collect()
}
