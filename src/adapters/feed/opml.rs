//! OPML: a list of feeds, as readers hand it on to each other.

use std::collections::HashMap;

use url::Url;

use super::decode::decode;
use super::names::Space;
use super::tree::{Id, Tree};
use crate::adapters::{Skipped, Unreadable};
use crate::text::count::count;
use crate::text::html::{fold, plain};
use crate::text::urls::absolute;

/// Outlines read of one list; the longest public collections hold a few thousand.
const MOST: usize = 50_000;

/// Characters of a folder's name that make a tag.
const LONGEST_TAG: usize = 60;

/// One feed of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The feed.
    pub url: Url,
    /// What the list calls it.
    pub title: Option<String>,
    /// The names of the folders around it, outermost first, then its categories; each once.
    pub tags: Vec<String>,
    /// Its language, as the list claims.
    pub language: Option<String>,
}

/// A list of feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opml {
    /// Its feeds, in order; one that stands there twice is here twice.
    pub outlines: Vec<Outline>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
    /// What had to be overlooked, in words.
    pub repairs: Vec<String>,
}

/// Reads a list, however broken: every outline with a feed is read, and its folders are its tags.
///
/// # Errors
/// [`Unreadable::NotThis`] where nothing in it is an outline.
pub fn read_opml(body: &[u8]) -> Result<Opml, Unreadable> {
    let decoded = decode(body, None);
    let tree = Tree::read(&decoded.text);
    let mut list = Opml { repairs: decoded.repairs, ..Opml::default() };
    list.repairs.extend(tree.repairs.iter().cloned());
    if has_bare_ampersand(&decoded.text) && !list.repairs.iter().any(|known| known == "bare &") {
        list.repairs.push("bare &".to_owned());
    }
    let named = addresses(&decoded.text);
    let roots = tree.roots().flat_map(|root| std::iter::once(root).chain(tree.descendants(root)));
    let outlines: Vec<Id> = roots.filter(|id| tree.is(*id, Space::Core, "outline")).collect();
    if outlines.is_empty() && named.is_empty() {
        let why = "it holds no <outline>".to_owned();
        return Err(Unreadable::NotThis { expected: "an OPML list", why });
    }
    for (index, id) in outlines.iter().enumerate().take(MOST) {
        match tree.attribute(*id, "xmlurl").map(str::trim).filter(|url| !url.is_empty()) {
            Some(written) => match absolute(written, None) {
                Some(url) => list.outlines.push(outline(&tree, *id, url)),
                None => list.skipped.push(Skipped {
                    place: place(&tree, *id, index),
                    why: format!("{written:?} is no http or https address"),
                }),
            },
            None if tree.has_children(*id) => {}
            None => list.skipped.push(Skipped {
                place: place(&tree, *id, index),
                why: "it names no feed (no xmlUrl)".to_owned(),
            }),
        }
    }
    let read = outlines.iter().filter(|id| tree.attribute(**id, "xmlurl").is_some()).count();
    if named.len() > read {
        salvage(&mut list, &named);
    }
    if outlines.len() > MOST {
        let place = format!("outline {} and those behind it", MOST + 1);
        let why = format!("a list of more than {MOST} is not read whole: split it");
        list.skipped.push(Skipped { place, why });
    }
    Ok(list)
}

/// Every `xmlUrl="…"` of the text, however broken the tag around it, with the title that stands before
/// it in the same tag. Each byte is looked at a few times, however many addresses there are.
fn addresses(text: &str) -> Vec<(String, Option<String>)> {
    const NAME: &[u8] = b"xmlurl";
    let bytes = text.as_bytes();
    let found = (0..bytes.len().saturating_sub(NAME.len()))
        .filter(|at| bytes[*at..*at + NAME.len()].eq_ignore_ascii_case(NAME));
    // Where the tag begins that stands open, until it has named its address.
    let mut tag = None;
    let mut seen = 0;
    let of_tag = |at: usize| {
        tag = text[seen..at].rfind("<outline").map(|begin| seen + begin).or(tag);
        seen = at;
        let value = quoted(text.get(at + NAME.len()..)?)?;
        let title = tag.take().and_then(|tag| {
            [" title=", " text="].into_iter().find_map(|name| {
                let place = text[tag..at].find(name)? + tag + name.len() - 1;
                quoted(text.get(place..at)?)
            })
        });
        Some((value.to_owned(), title.map(str::to_owned)))
    };
    found.filter_map(of_tag).take(MOST).collect()
}

/// The value behind an attribute's name: ` = "…"`.
fn quoted(text: &str) -> Option<&str> {
    let text = text.trim_start().strip_prefix('=')?.trim_start();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote).map(|(value, _)| value)
}

/// Takes in the addresses that a broken tag has kept from being read.
fn salvage(list: &mut Opml, named: &[(String, Option<String>)]) {
    let mut known: HashMap<Url, usize> = HashMap::new();
    for outline in &list.outlines {
        *known.entry(outline.url.clone()).or_default() += 1;
    }
    let mut salvaged = 0;
    for (written, title) in named {
        let Some(url) = absolute(plain(written).trim(), None) else { continue };
        if let Some(more) = known.get_mut(&url).filter(|more| **more > 0) {
            *more -= 1;
            continue;
        }
        let title = title.as_deref().map(plain).filter(|title| !title.is_empty());
        list.outlines.push(Outline { url, title, tags: Vec::new(), language: None });
        salvaged += 1;
    }
    if salvaged > 0 {
        let what = count(salvaged, "outline", "outlines");
        list.repairs.push(format!("{what} in broken tags, read without folder"));
    }
}

fn outline(tree: &Tree, id: Id, url: Url) -> Outline {
    let mut around: Vec<String> =
        tree.upwards(id).skip(1).filter_map(|folder| name(tree, folder)).collect();
    around.reverse();
    let categories = tree.attribute(id, "category").unwrap_or_default();
    // "/news/cloud,/press": a category may be a path of them.
    let categories = categories.split([',', '/']).map(fold);
    let mut tags: Vec<String> = Vec::new();
    for tag in around.into_iter().chain(categories) {
        let tag: String = tag.chars().take(LONGEST_TAG).collect();
        let tag = tag.trim_end().to_owned();
        if !tag.is_empty() && !tags.iter().any(|known| known.eq_ignore_ascii_case(&tag)) {
            tags.push(tag);
        }
    }
    let language = tree.attribute(id, "language").map(fold);
    let language = language.filter(|code| !code.is_empty() && code != "unknown");
    Outline { url, title: name(tree, id), tags, language }
}

/// What an outline is called.
fn name(tree: &Tree, id: Id) -> Option<String> {
    if !tree.is(id, Space::Core, "outline") {
        return None;
    }
    let called = |key| tree.attribute(id, key).map(fold).filter(|name| !name.is_empty());
    called("title").or_else(|| called("text"))
}

fn place(tree: &Tree, id: Id, index: usize) -> String {
    name(tree, id).unwrap_or_else(|| format!("outline {}", index + 1))
}

/// Whether an `&` stands there that begins no reference.
fn has_bare_ampersand(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let rest: &str = &text[at + 1..];
        let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '#');
        !name.is_some_and(|end| end > 0 && rest[end..].starts_with(';'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_stands_in_a_list_is_survived_and_whole_outlines_are_read(
            parts in prop::collection::vec(prop::sample::select(vec![
                "<outline", " xmlUrl=", " text=", "\"", "'", "https://a.example/", ">", "/>", "&",
                "</outline>", "<body>", "<!--", "<![CDATA[", "\u{0}", "é", "&#xD800;", " ", "=",
            ]), 0..60),
            rest in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut body = parts.concat().into_bytes();
            body.extend(&rest);
            let _ = read_opml(&body);
            let whole = b"<opml><outline text='A' xmlUrl='https://whole.example/'/></opml>";
            let list = read_opml(&[whole.as_slice(), &parts.concat().into_bytes()].concat()).unwrap();
            prop_assert_eq!(list.outlines[0].url.as_str(), "https://whole.example/");
        }
    }

    fn read(xml: &str) -> Opml {
        read_opml(xml.as_bytes()).unwrap()
    }

    #[test]
    fn a_long_tag_is_cut_without_a_blank_at_its_end() {
        let folder = format!("{} words", "w".repeat(LONGEST_TAG - 1));
        let list = read(&format!(
            "<opml><outline text='{folder}'><outline xmlUrl='https://a.example/'/></outline></opml>"
        ));
        assert_eq!(list.outlines[0].tags, ["w".repeat(LONGEST_TAG - 1)]);
    }

    #[test]
    fn a_title_is_that_of_the_first_address_in_its_tag() {
        let named = addresses(
            "xmlurl='a' <outline text=\"an xmlUrl list\" xmlUrl='b' xmlurl='c'/><outline title='D' text='d' xmlUrl='d'",
        );
        let named: Vec<_> = named.iter().map(|(url, title)| (&**url, title.as_deref())).collect();
        let list = Some("an xmlUrl list");
        assert_eq!(named, [("a", None), ("b", list), ("c", None), ("d", Some("D"))]);
    }

    #[test]
    fn folders_and_categories_are_tags() {
        let list = read(
            "<opml version='2.0'><body><outline text='News'><outline text='Cloud'>\
             <outline text='A' title='The A' xmlUrl='https://a.example/feed' category='/News/Cost,press' language='de'/>\
             </outline></outline><outline text='B' XMLURL='http://b.example/'/></body></opml>",
        );
        let [a, b] = list.outlines.as_slice() else { panic!("{list:?}") };
        assert_eq!(a.title.as_deref(), Some("The A"));
        assert_eq!(a.tags, ["News", "Cloud", "Cost", "press"]);
        assert_eq!(a.language.as_deref(), Some("de"));
        assert_eq!((b.url.as_str(), b.tags.len()), ("http://b.example/", 0));
        assert!(list.repairs.is_empty() && list.skipped.is_empty(), "{list:?}");
    }

    #[test]
    fn a_broken_list_gives_its_whole_outlines_and_says_what_was_wrong() {
        let list = read(
            "<opml><body><outline text=\"R & D\"><outline text=\"A < B\" xmlUrl=\"https://a.example/?x=1&y=2\">\
             <outline text='none'/><outline text='bad' xmlUrl='ftp://c.example/'/>\
             <outline xmlUrl=\"https://d.example/feed",
        );
        assert_eq!(list.outlines[0].url.as_str(), "https://a.example/?x=1&y=2");
        assert_eq!(list.outlines[0].tags, ["R & D"]);
        assert!(list.repairs.iter().any(|repair| repair == "bare &"), "{list:?}");
        assert!(list.repairs.len() > 1, "that it broke off is not said: {list:?}");
        let skipped: Vec<_> = list.skipped.iter().map(|skipped| skipped.place.as_str()).collect();
        assert_eq!(skipped, ["none", "bad"]);
        let list = read(
            "<opml><body><outline text='A' description=\"they say \"so\" and <b>so\"\" xmlUrl=\"https://a.example/?x=1&amp;y\"/>\
             <outline text='B' xmlUrl='https://b.example/'/></body></opml>",
        );
        let urls: Vec<_> = list.outlines.iter().map(|outline| outline.url.as_str()).collect();
        assert_eq!(urls.len(), 2, "{list:?}");
        assert!(urls.contains(&"https://a.example/?x=1&y"), "{list:?}");
        assert!(read_opml(b"<rss></rss>").is_err() && read_opml(b"").is_err());
    }
}
