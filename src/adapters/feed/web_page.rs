//! A web page that stands where a feed was expected.

/// Whether `text` is a web page.
pub(super) fn is_web_page(text: &str) -> bool {
    let mut rest = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    // Comments and declarations may stand before the first tag.
    while rest.starts_with("<!--") || rest.starts_with("<?") {
        let end = if rest.starts_with("<!--") { "-->" } else { ">" };
        match rest.split_once(end) {
            Some((_, after)) => rest = after.trim_start(),
            None => return false,
        }
    }
    let head: String = rest.chars().take(64).collect::<String>().to_ascii_lowercase();
    [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<title",
        "<meta",
        "<script",
        "<div",
        "<p>",
        "<p ",
    ]
    .iter()
    .any(|beginning| head.starts_with(beginning))
}
