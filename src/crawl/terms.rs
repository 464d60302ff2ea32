//! What the services behind our kinds of source ask of whoever reads their API, as they document it.
//! Pure.
//!
//! The gap between two requests to a host keeps us within each: a test divides. A kind whose source is
//! any site (feed, page, sitemap) has no terms but those of that site, which `robots` and `http` obey.

use std::time::Duration;

/// The documented limit of one service, without a token or an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The kind of source.
    pub kind: &'static str,
    /// So many requests…
    pub requests: u32,
    /// …in so much time, for one address.
    pub within: Duration,
    /// Where it is written.
    pub written: &'static str,
}

impl Terms {
    /// The gap between two requests that keeps within the limit for ever.
    #[must_use]
    pub fn gap(&self) -> Duration {
        self.within / self.requests
    }
}

/// The limits of the kinds that read an API.
pub const TERMS: &[Terms] = &[
    Terms {
        kind: "mastodon",
        requests: 300,
        within: Duration::from_mins(5),
        written: "docs.joinmastodon.org, API guidelines: rate limits, by IP address",
    },
    Terms {
        kind: "hacker_news",
        requests: 10_000,
        within: Duration::from_hours(1),
        written: "hn.algolia.com/api: rate limits, by IP address",
    },
];
