//! A page's title, without the site's name.

use scraper::Html;

use super::lead::letters;
use super::metadata::{meta, select};
use crate::text::html::{fold, plain};

/// What sites write between a page's title and their own name.
const SEPARATORS: &[&str] =
    &[" | ", " - ", " – ", " — ", " · ", " :: ", " » ", " « ", " › ", " │ ", ": "];

/// A heading with fewer letters and digits is no title by itself.
const SHORTEST: usize = 8;

/// The title of `page`, found on `site`.
pub(super) fn title(page: &Html, site: Option<&str>) -> Option<String> {
    let stated = meta(page, &["og:title", "twitter:title", "dc.title"]).map(|text| plain(&text));
    let heading = {
        let mut headings = select(page, "h1");
        let first = headings.next().map(|h1| fold(&h1.text().collect::<String>()));
        // Several first-rank headings: a logo or a list, and nobody knows which.
        if headings.next().is_some() { None } else { first }
    };
    let head = select(page, "title").next().map(|title| plain(&title.text().collect::<String>()));
    [stated, heading, head]
        .into_iter()
        .flatten()
        .find(|text| !text.is_empty())
        .map(|text| without_site(&text, site))
        .map(|text| as_headed(page, &text).unwrap_or(text))
}

/// A title without the site's name before or behind it.
fn without_site(title: &str, site: Option<&str>) -> String {
    let Some(site) = site.map(str::to_lowercase).filter(|site| !site.is_empty()) else {
        return title.to_owned();
    };
    for separator in SEPARATORS {
        if let Some((before, after)) = title.rsplit_once(separator)
            && after.to_lowercase() == site
        {
            return before.trim().to_owned();
        }
        if let Some((before, after)) = title.split_once(separator)
            && before.to_lowercase() == site
        {
            return after.trim().to_owned();
        }
    }
    title.to_owned()
}

/// The part of `title` that stands over the article as its headline: what is left is the site's.
fn as_headed(page: &Html, title: &str) -> Option<String> {
    let parts = SEPARATORS.iter().flat_map(|separator| {
        let ends = [title.rsplit_once(separator), title.split_once(separator)];
        ends.into_iter().flatten().flat_map(|(before, after)| [before, after])
    });
    let parts: Vec<&str> = parts.filter(|part| letters(part).count() >= SHORTEST).collect();
    if parts.is_empty() {
        return None;
    }
    ["h1", "h2"].iter().find_map(|heading| {
        select(page, heading).find_map(|heading| {
            let said = fold(&heading.text().collect::<String>());
            parts.iter().any(|part| letters(part).eq(letters(&said))).then_some(said)
        })
    })
}
