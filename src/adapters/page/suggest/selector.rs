//! CSS selectors a marketer can live with: short, and of names that outlive the next build of the
//! site's style sheet.

use scraper::{ElementRef, Selector};

/// Names of one element that are tried.
const MOST_NAMES: usize = 8;

/// Elements around one that its selector may name.
const MOST_AROUND: usize = 6;

/// Prefixes of class names that tools make up anew with every build.
const MADE_UP: &[&str] =
    &["css-", "sc-", "jsx-", "svelte-", "astro-", "emotion-", "jss", "tdi_", "vc_custom"];

/// Class names that say how a thing looks, or which of several it is, not what it is; those with a
/// dash at the end begin such names.
const LOOKS: &[&str] = &[
    "active",
    "alignleft",
    "alignright",
    "alt",
    "animate",
    "aos-",
    "bg-",
    "block",
    "bold",
    "border",
    "border-",
    "category-",
    "center",
    "clearfix",
    "cleared",
    "col",
    "col-",
    "cols-",
    "column",
    "container",
    "d-",
    "duration-",
    "even",
    "first",
    "flex",
    "flex-",
    "font-",
    "format-",
    "gap-",
    "grid",
    "grid-",
    "has-",
    "h-full",
    "hidden",
    "hover",
    "inline",
    "is-",
    "items-",
    "justify-",
    "last",
    "leading-",
    "left",
    "lg-",
    "max-",
    "mb-",
    "md-",
    "min-",
    "ml-",
    "mr-",
    "mt-",
    "mx-",
    "my-",
    "odd",
    "p-",
    "pb-",
    "pl-",
    "post-format-",
    "pr-",
    "pt-",
    "px-",
    "py-",
    "relative",
    "right",
    "rounded",
    "rounded-",
    "row",
    "row-",
    "shadow",
    "shadow-",
    "sm-",
    "space-",
    "span",
    "status-",
    "tag-",
    "text-",
    "tracking-",
    "transition",
    "type-",
    "underline",
    "w-",
    "w-full",
    "wow",
    "xl-",
];

/// The ways to name an element by itself, the best first: by what it is called, then by what it is.
pub(super) fn names(element: ElementRef<'_>) -> Vec<String> {
    let tag = element.value().name();
    let mut names = Vec::new();
    if let Some(kind) = element.value().attr("itemprop").filter(|kind| is_name(kind)) {
        names.push(format!("{tag}[itemprop={kind}]"));
    }
    for class in element.value().classes() {
        match stable(class) {
            Some(Stable::Whole) => names.push(format!("{tag}.{class}")),
            Some(Stable::Beginning(beginning)) => names.push(format!("{tag}[class*={beginning}]")),
            None => {}
        }
    }
    names.truncate(MOST_NAMES);
    names.push(tag.to_owned());
    // In a table, or where nothing has a name, the place is all there is.
    if names.len() == 1 && matches!(tag, "td" | "span" | "p" | "div" | "a") {
        let before = element.prev_siblings().filter_map(ElementRef::wrap);
        let place = 1 + before.filter(|sibling| sibling.value().name() == tag).count();
        if place <= MOST_NAMES {
            names.push(format!("{tag}:nth-of-type({place})"));
        }
    }
    names
}

/// The ways to name an element by itself or by what stands around it, up to `root`.
pub(super) fn names_within(element: ElementRef<'_>, root: Option<ElementRef<'_>>) -> Vec<String> {
    let own = names(element);
    let mut all = own.clone();
    let around = element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .take_while(|outer| root.is_none_or(|root| outer.id() != root.id()))
        .take_while(|outer| outer.value().name() != "html")
        .take(MOST_AROUND);
    for (height, outer) in around.enumerate() {
        let mut outer_names = names(outer);
        if let Some(id) = outer.value().attr("id").filter(|id| is_name(id) && stable(id).is_some())
        {
            outer_names.insert(0, format!("#{id}"));
        }
        let joint = if height == 0 { " > " } else { " " };
        for outer in outer_names.iter().take(3) {
            all.extend(own.iter().map(|own| format!("{outer}{joint}{own}")));
        }
    }
    all
}

/// A selector that works, from our own words.
pub(super) fn parsed(css: &str) -> Option<Selector> {
    Selector::parse(css).ok()
}

enum Stable<'a> {
    Whole,
    /// What of a name a build tool leaves alone: `Card_title__` of `Card_title__x7Yq2`.
    Beginning(&'a str),
}

fn stable(class: &str) -> Option<Stable<'_>> {
    let looks = |known: &&str| {
        if known.ends_with('-') { class.starts_with(*known) } else { class == *known }
    };
    if !is_name(class)
        || MADE_UP.iter().any(|made_up| class.starts_with(made_up))
        || LOOKS.iter().any(looks)
    {
        return None;
    }
    if let Some((beginning, end)) = class.rsplit_once("__")
        && is_made_up(end)
        && beginning.len() > 3
    {
        return Some(Stable::Beginning(&class[..beginning.len() + 2]));
    }
    class.split(['-', '_']).all(|part| !is_made_up(part)).then_some(Stable::Whole)
}

/// Whether a part of a name is no word: `x7Yq2`, `1234`, `kYtTyd`.
fn is_made_up(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let only_digits = digits == part.len() && part.len() > 1;
    let changes = part
        .as_bytes()
        .windows(2)
        .filter(|two| two[0].is_ascii_digit() != two[1].is_ascii_digit())
        .count();
    // Of "postTitle" each part is a word; of "kYtTyd" none is.
    let humps = part.bytes().skip(1).filter(u8::is_ascii_uppercase).count();
    let short_humps =
        humps >= 2 && part.len() < 4 * (humps + 1) && part.bytes().any(|b| b.is_ascii_lowercase());
    only_digits && part.len() > 1 || digits > 0 && changes >= 2 || digits >= 3 || short_humps
}

/// Whether a name can stand in a selector as it is.
fn is_name(name: &str) -> bool {
    let first = name.as_bytes().first();
    first.is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && name.len() <= 60
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(class: &str) -> Option<&str> {
        stable(class).map(|stable| match stable {
            Stable::Whole => class,
            Stable::Beginning(beginning) => beginning,
        })
    }

    #[test]
    fn names_of_things_are_stable_and_what_a_build_makes_up_is_not() {
        for class in ["post", "entry-title", "postTitle", "h-entry", "card__title", "post2"] {
            assert_eq!(kept(class), Some(class));
        }
        for class in
            ["css-1x2y3z", "sc-kYtTyd", "post-1234", "kYtTyd", "x7Yq2", "mt-4", "md:flex", "even"]
        {
            assert_eq!(kept(class), None, "{class}");
        }
        assert_eq!(kept("Card_title__x7Yq2"), Some("Card_title__"));
    }
}
