//! Names of people as feeds write them.

use crate::post::Author;
use crate::text::html::{fold, plain};

/// Reads `ada@example.org (Ada)`, `Ada <ada@example.org>`, `Ada (ada@example.org)`, a bare name or
/// a bare address. An address is kept as the handle only where there is no name.
pub(super) fn person(text: &str) -> Option<Author> {
    // An address in angle brackets would be taken for a tag.
    let text = if text.contains('@') {
        plain(&text.replace('<', " (").replace('>', ") "))
    } else {
        plain(text)
    };
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let (name, address) = match address(text) {
        None => (text.to_owned(), None),
        Some(address) => {
            let rest = text.replacen(&format!("mailto:{address}"), "", 1).replacen(address, "", 1);
            let name = rest
                .replace("()", " ")
                .replace("( )", " ")
                .trim_matches(|c: char| c.is_whitespace() || "()[]<>,;:-\"'".contains(c))
                .to_owned();
            (name, Some(address.to_owned()))
        }
    };
    Some(named(Some(name), address, None))
}

/// The author with these parts; empty ones are none. Nothing if all are.
pub(super) fn of_parts(
    name: Option<String>,
    address: Option<String>,
    url: Option<String>,
) -> Option<Author> {
    let author = named(name, address, url);
    (author != Author::default()).then_some(author)
}

/// The one to name of several: the first who has a name, else the first.
pub(super) fn main(authors: Vec<Author>) -> Option<Author> {
    let named = authors.iter().position(|author| author.name.is_some());
    authors.into_iter().nth(named.unwrap_or(0))
}

/// The name to show: the name, else the handle, else the page.
pub(super) fn shown(author: &Author) -> Option<String> {
    author.name.clone().or_else(|| author.handle.clone()).or_else(|| author.url.clone())
}

fn named(name: Option<String>, address: Option<String>, url: Option<String>) -> Author {
    let kept = |text: Option<String>| text.map(|text| fold(&text)).filter(|text| !text.is_empty());
    let name = kept(name);
    let handle = if name.is_none() { kept(address) } else { None };
    Author { name, handle, url: kept(url) }
}

/// The first thing in `text` that has the form of an e-mail address.
fn address(text: &str) -> Option<&str> {
    text.split(|c: char| c.is_whitespace() || "()[]<>,;\"".contains(c)).find_map(|word| {
        let word = word.strip_prefix("mailto:").unwrap_or(word).trim_matches(['.', ':']);
        let (user, host) = word.split_once('@')?;
        let fits = !user.is_empty() && host.contains('.') && !host.contains('@');
        fits.then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: Option<&str>, handle: Option<&str>) {
        let author = person(text).unwrap_or_default();
        assert_eq!((author.name.as_deref(), author.handle.as_deref()), (name, handle), "{text}");
    }

    #[test]
    fn a_name_is_told_from_an_address() {
        check("ada@example.org (Ada Byron)", Some("Ada Byron"), None);
        check("Ada Byron <ada@example.org>", Some("Ada Byron"), None);
        check("Ada Byron (mailto:ada@example.org)", Some("Ada Byron"), None);
        check("ada@example.org", None, Some("ada@example.org"));
        check("Ada &amp; Co", Some("Ada & Co"), None);
        check("@ada", Some("@ada"), None);
        check("Ada <ada@example.org> Byron", Some("Ada Byron"), None);
        check("<p>Ada</p>", Some("Ada"), None);
        check(" ", None, None);
    }
}
