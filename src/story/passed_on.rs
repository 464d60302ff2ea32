//! Posts that pass a page on without a boost: its headline and the link, as bots and readers post them.

use std::borrow::Cow;
use std::collections::HashSet;

use url::Url;

use super::place;
use crate::post::{Post, Relation};
use crate::text::words;

/// Links looked up of one post: one with more is a list.
const LINKS: usize = 8;

/// Fewer words than this beside a link are a headline or a greeting, no words of one's own.
const OWN_WORDS: usize = 8;

/// Words of a longer headline are the page's where this share of their terms stands in its title.
const SAME_HEADLINE: f64 = 0.8;

/// The places a post of somebody's own links to.
pub(super) fn links(post: &Post) -> Vec<String> {
    if post.said.relation != Relation::Original {
        return Vec::new();
    }
    let html = post.said.html.as_deref().unwrap_or_default();
    let in_markup = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let text = Some(post.said.text.as_str()).filter(|text| text.contains("://"));
    let in_text = text.into_iter().flat_map(str::split_whitespace).filter(|word| is_url(word));
    let all = in_markup.map(|link| link.replace("&amp;", "&")).chain(in_text.map(str::to_owned));
    let mut linked: Vec<String> = all.take(LINKS).filter_map(|link| place_of(&link)).collect();
    if !linked.is_empty() {
        let own = post.said.url.as_deref().and_then(place::key);
        linked.retain(|place| own.as_ref() != Some(place));
    }
    linked
}

/// Whether `post`, which links to `page`, says nothing but what the page is called.
pub(super) fn is_bare_link(post: &Post, page: &Post) -> bool {
    let text = post.full_text();
    let words: Vec<&str> = text.split_whitespace().filter(|word| is_word(word)).collect();
    if words.len() < OWN_WORDS {
        return true;
    }
    let title: HashSet<Cow<'_, str>> =
        words::terms(page.said.title.as_deref().unwrap_or_default()).collect();
    let words = words.join(" ");
    let said: HashSet<Cow<'_, str>> = words::terms(&words).collect();
    said.intersection(&title).count() as f64 >= SAME_HEADLINE * said.len() as f64
}

/// Without what was added to it to see who clicks.
fn place_of(link: &str) -> Option<String> {
    place::key(&crate::text::urls::canonical(&Url::parse(link).ok()?))
}

fn is_url(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://")
}

/// No link, no tag, no mention. A link is often shown cut: `site.example/2026/11/a-lon…`.
fn is_word(word: &str) -> bool {
    let linked = is_url(word) || word.contains('/') && word.contains('.');
    !linked && !word.starts_with(['#', '@']) && word.chars().any(char::is_alphanumeric)
}
