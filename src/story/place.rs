//! Where a post stands, so that two ways of writing one URL are one place.

use url::Url;

/// What two posts at one place have in common: the URL without scheme, `www.`, fragment and the
/// slash at its end. None for what is not an http or https URL.
pub(super) fn key(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{host}{port}{}{query}", url.path().trim_end_matches('/')))
}

/// Whether the place is a site, not a page of it.
pub(super) fn is_front_page(key: &str) -> bool {
    !key.contains(['/', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_www_fragment_and_last_slash_do_not_make_another_place() {
        let places = ["http://www.a.example/x/", "https://a.example/x#top", "https://a.example/x"];
        assert!(places.iter().all(|url| key(url).as_deref() == Some("a.example/x")));
        assert_ne!(key("https://a.example/x?id=1"), key("https://a.example/x?id=2"));
    }

    #[test]
    fn what_is_no_web_address_has_no_place() {
        assert_eq!(key("mailto:a@b.example"), None);
        assert_eq!(key("at://did:plc:1/app.bsky.feed.post/2"), None);
    }
}
