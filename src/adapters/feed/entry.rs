//! One entry: which of its children tell what.

use jiff::Timestamp;
use url::Url;

use super::document::Link;
use super::identity::Draft;
use super::markup::{Kind, Markup, base, language, language_tag, read};
use super::names::Space;
use super::tree::{Id, Tree};
use super::{dates, people};
use crate::post::{Author, Enclosure};
use crate::text::html::{fold, plain};
use crate::text::urls::absolute;

/// Tags kept of one post; more is a list of words to be found by.
const TAG_LIMIT: usize = 100;

/// Files kept of one post, as of tags; each is compared with those before it.
const FILE_LIMIT: usize = 100;

/// Where the words of a post stand, the fullest first.
const CONTENT: &[(Space, &str)] = &[
    (Space::Content, "encoded"),
    (Space::Xhtml, "body"),
    (Space::Core, "content"),
    (Space::Core, "body"),
    (Space::Core, "fullitem"),
    (Space::Xhtml, "div"),
];

/// Where a post is summed up.
const SUMMARY: &[(Space, &str)] = &[
    (Space::Core, "summary"),
    (Space::Core, "description"),
    (Space::Core, "abstract"),
    (Space::Dc, "description"),
    (Space::Itunes, "summary"),
    (Space::Itunes, "subtitle"),
];

const PUBLISHED: &[(Space, &str)] = &[
    (Space::Core, "pubdate"),
    (Space::Core, "published"),
    (Space::Core, "issued"),
    (Space::Dc, "issued"),
    (Space::Dc, "date"),
    (Space::Dc, "created"),
    (Space::Core, "created"),
    (Space::Core, "date"),
];

const UPDATED: &[(Space, &str)] = &[
    (Space::Core, "updated"),
    (Space::Core, "modified"),
    (Space::Dc, "modified"),
    (Space::Core, "lastbuilddate"),
    (Space::Dc, "date"),
];

/// Reads entry `id`; `unstated` is what text is in where no attribute says.
pub(super) fn entry(tree: &Tree, id: Id, unstated: Kind, document: &Url) -> Draft {
    let markup = |(space, name): &(Space, &str), unstated| {
        tree.named(id, *space, name)
            .map(|child| read(tree, child, unstated, document))
            .find(|markup| !markup.value.trim().is_empty())
    };
    // `content:encoded` is HTML by definition.
    let content = CONTENT.iter().find_map(|place| {
        let unstated = if place.0 == Space::Core { unstated } else { Kind::Html };
        markup(place, unstated)
    });
    let mut summaries: Vec<Markup> =
        SUMMARY.iter().filter_map(|place| markup(place, unstated)).collect();
    // With a summary beside it, an RSS description is the text.
    let content = content.or_else(|| {
        let both = tree.named(id, Space::Core, "summary").next().is_some()
            && tree.named(id, Space::Core, "description").next().is_some();
        (both && summaries.len() > 1).then(|| summaries.remove(1))
    });
    let summary = (!summaries.is_empty()).then(|| summaries.swap_remove(0));

    let native_id = native_id(tree, id, document);
    let link = link(tree, id, document).or_else(|| link_by_id(tree, id, document));
    let title = [Space::Core, Space::Dc, Space::Itunes, Space::Media]
        .iter()
        .find_map(|space| markup(&(*space, "title"), unstated)?.line());
    let language =
        content.as_ref().or(summary.as_ref()).and_then(|markup| markup.language.clone()).or_else(
            || {
                let own = [Space::Dc, Space::Core].iter().find_map(|space| {
                    tree.named(id, *space, "language").find_map(|id| language_tag(&tree.text(id)))
                });
                own.or_else(|| language(tree, id))
            },
        );
    Draft {
        native_id,
        link: link.map(|link| link.url),
        title,
        content: content.as_ref().map(Markup::text).filter(|text| !text.is_empty()),
        html: content.as_ref().or(summary.as_ref()).and_then(Markup::html),
        summary: summary.as_ref().map(Markup::text).filter(|text| !text.is_empty()),
        author: people::main(authors(tree, id, &[id], document)),
        published: date(tree, id, PUBLISHED),
        updated: date(tree, id, UPDATED).or_else(|| dates::read(tree.attribute(id, "lastmod")?)),
        tags: tags(tree, id),
        enclosures: enclosures(tree, id, document),
        language,
        cut: content.is_some_and(|content| content.cut)
            || summary.is_some_and(|summary| summary.cut),
    }
}

fn date(tree: &Tree, id: Id, places: &[(Space, &str)]) -> Option<Timestamp> {
    places.iter().find_map(|(space, name)| {
        tree.named(id, *space, name).find_map(|child| dates::read(&tree.text(child)))
    })
}

/// The entry's own id: `guid`, `atom:id`, `rdf:about`.
fn native_id(tree: &Tree, id: Id, document: &Url) -> Option<String> {
    let own = ["guid", "id"].iter().find_map(|name| {
        tree.named(id, Space::Core, name)
            .map(|child| (child, tree.text(child)))
            .find(|(_, text)| !text.is_empty())
    });
    let own = own.map(|(child, text)| resolved_id(tree, child, &text, document));
    own.or_else(|| {
        let about = tree
            .attribute_of(id, Space::Rdf, "about")
            .or_else(|| tree.attribute(id, "about"))?
            .trim();
        (!about.is_empty()).then(|| resolved_id(tree, id, about, document))
    })
    .or_else(|| {
        let name = tree.named(id, Space::Dc, "identifier").map(|child| tree.text(child));
        name.into_iter().find(|text| !text.is_empty())
    })
}

/// An id as given, but for a relative URL that has something to be relative to: a path, or anything
/// under an `xml:base`. Such an id names nothing until it is resolved.
pub(super) fn resolved_id(tree: &Tree, id: Id, given: &str, document: &Url) -> String {
    let relative = || {
        let based = |id| tree.attribute_of(id, Space::Xml, "base").is_some();
        let opaque = tree.attribute(id, "ispermalink").is_some_and(|is| is.trim() == "false");
        let is_name = opaque || given.contains(':') || given.contains(char::is_whitespace);
        !is_name && (given.starts_with('/') || tree.upwards(id).any(based))
    };
    let resolved = relative().then(|| absolute(given, Some(&base(tree, id, document)))).flatten();
    resolved.map_or_else(|| given.to_owned(), String::from)
}

/// The page of an entry or a feed.
pub(super) fn link(tree: &Tree, id: Id, document: &Url) -> Option<Link> {
    let is_rss = !matches!(tree.element(id).name.as_str(), "feed" | "entry");
    let mut best: Option<(u8, Link)> = None;
    for child in tree.named(id, Space::Core, "link") {
        let href = tree.attribute(child, "href").map_or_else(|| tree.text(child), str::to_owned);
        let relation = tree.attribute(child, "rel").unwrap_or("alternate").to_ascii_lowercase();
        let kind = tree.attribute(child, "type").unwrap_or_default().to_ascii_lowercase();
        let rank = match relation.trim().rsplit('/').next().unwrap_or_default() {
            "alternate" | "" if kind.is_empty() || kind.contains("html") => 3,
            "alternate" => 2,
            // A file alone, or a page elsewhere, is not the post.
            _ => continue,
        };
        // Of RSS links that repeat, other readers take the last; of Atom's, the first is the main one.
        let of_atom = tree.element(child).prefixed || tree.attribute(child, "rel").is_some();
        let is_plain = is_rss && !of_atom;
        let repeats = u8::from(is_plain || tree.attribute(child, "href").is_none());
        let better = best.as_ref().is_none_or(|(held, _)| *held < rank + repeats);
        if let (true, Some(link)) = (better, Link::of(&href, Some(&base(tree, child, document)))) {
            best = Some((rank, link));
        }
    }
    best.map(|(_, link)| link).or_else(|| {
        // CDF has it in an attribute, RSS with `rdf:resource` as well.
        let child = tree.named(id, Space::Core, "link").next();
        let href = tree
            .attribute(id, "href")
            .or_else(|| tree.attribute_of(child?, Space::Rdf, "resource"))?;
        Link::of(href, Some(&base(tree, id, document)))
    })
}

/// Where there is no link: a permalink guid, an id that is a web address, content kept elsewhere.
fn link_by_id(tree: &Tree, id: Id, document: &Url) -> Option<Link> {
    let guid = tree.named(id, Space::Core, "guid").next();
    if let Some(guid) = guid {
        let permanent = tree.attribute(guid, "ispermalink").unwrap_or("true");
        let text = tree.text(guid);
        let is_url = text.starts_with("http") || text.starts_with('/');
        if is_url && !permanent.trim().eq_ignore_ascii_case("false") {
            return Link::of(&text, Some(&base(tree, guid, document)));
        }
    }
    let elsewhere = tree.named(id, Space::Core, "content").find_map(|content| {
        Link::of(tree.attribute(content, "src")?, Some(&base(tree, content, document)))
    });
    let about = || Link::of(tree.attribute_of(id, Space::Rdf, "about")?, Some(document));
    let named = || {
        let name = tree.named(id, Space::Core, "id").next()?;
        Link::of(&tree.text(name), None)
    };
    elsewhere.or_else(about).or_else(named)
}

/// Who is named as author by the children of `heads`.
pub(super) fn authors(tree: &Tree, root: Id, heads: &[Id], document: &Url) -> Vec<Author> {
    const PLACES: &[(Space, &str)] = &[
        (Space::Core, "author"),
        (Space::Dc, "creator"),
        (Space::Dc, "author"),
        (Space::Core, "creator"),
        (Space::Core, "managingeditor"),
        (Space::Itunes, "author"),
        (Space::Itunes, "owner"),
    ];
    let heads = if heads.is_empty() { &[root][..] } else { heads };
    let mut authors = Vec::new();
    for (space, name) in PLACES {
        for head in heads {
            for child in tree.named(*head, *space, name) {
                authors.extend(author(tree, child, document));
            }
        }
    }
    authors
}

/// Who is named by element `id`.
pub(super) fn author(tree: &Tree, id: Id, document: &Url) -> Option<Author> {
    let part = |names: &[&str]| {
        tree.children(id).find_map(|child| {
            let text = plain(&tree.text(child));
            let named = names.contains(&tree.element(child).name.as_str());
            (named && !text.is_empty()).then_some(text)
        })
    };
    if tree.has_children(id) {
        let url = part(&["uri", "url", "homepage"])
            .and_then(|url| absolute(&url, Some(&base(tree, id, document))))
            .map(String::from);
        let by_parts = people::of_parts(part(&["name"]), part(&["email"]), url);
        if by_parts.is_some() {
            return by_parts;
        }
    }
    let words = if tree.has_children(id) { tree.inner_html(id) } else { tree.text(id) };
    people::person(&words)
}

fn tags(tree: &Tree, id: Id) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut keep = |tag: &str| {
        let tag = plain(tag);
        if !tag.is_empty() && tags.len() < TAG_LIMIT && !tags.contains(&tag) {
            tags.push(tag);
        }
    };
    // `<categories>` around them, with further ones inside, is no standard but is met.
    let mut children: Vec<Id> = Vec::new();
    for child in tree.children(id) {
        if tree.is(child, Space::Core, "categories") {
            children.extend(tree.descendants(child));
        } else {
            children.push(child);
        }
    }
    for child in children {
        let element = tree.element(child);
        match (element.space, element.name.as_str()) {
            (Space::Core | Space::Itunes | Space::Media, "category") => {
                let given = ["term", "text", "label"].iter().find_map(|name| {
                    tree.attribute(child, name).filter(|tag| !tag.trim().is_empty())
                });
                // Markup in a tag is no part of its name.
                let own = || match tree.text(child) {
                    text if text.is_empty() => tree.inner_html(child),
                    text => text,
                };
                keep(given.map_or_else(own, str::to_owned).as_str());
            }
            (Space::Dc, "subject") => keep(&tree.text(child)),
            (Space::Itunes | Space::Media, "keywords") => {
                tree.text(child).split(',').for_each(&mut keep);
            }
            _ => {}
        }
    }
    tags
}

fn enclosures(tree: &Tree, id: Id, document: &Url) -> Vec<Enclosure> {
    let mut enclosures: Vec<Enclosure> = Vec::new();
    for child in tree.children(id) {
        let element = tree.element(child);
        let relation = tree.attribute(child, "rel").unwrap_or_default();
        let is_file = match (element.space, element.name.as_str()) {
            (Space::Core, "enclosure") => true,
            (Space::Core, "link") => relation.trim().eq_ignore_ascii_case("enclosure"),
            _ => false,
        };
        let href = ["url", "href"].iter().find_map(|name| tree.attribute(child, name));
        let base = base(tree, child, document);
        if let (true, Some(link)) = (is_file, href.and_then(|href| Link::of(href, Some(&base)))) {
            let media_type = tree.attribute(child, "type").map(fold).filter(|t| !t.is_empty());
            let size = tree.attribute(child, "length").and_then(|size| size.trim().parse().ok());
            let is_new = enclosures.iter().all(|held| held.url != link.given);
            if is_new && enclosures.len() < FILE_LIMIT {
                enclosures.push(Enclosure { url: link.given, media_type, size_bytes: size });
            }
        }
    }
    enclosures
}
