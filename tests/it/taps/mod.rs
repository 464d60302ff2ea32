//! What readers answer: by a tap, by mail; and what is made of it.
#![expect(clippy::unwrap_used, reason = "clippy knows tests by their attribute, not their helpers")]

mod browser;
mod pages;
mod replies;
mod reports;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use overheard::config::Market;
use overheard::digest::Digest;
use overheard::post::PostId;
use overheard::store::{SledStore, Store};
use overheard::views::Links;
use overheard::views::links::KEY_BYTES;

use crate::store::sample::{digest, post};

/// When all of it happens.
pub(crate) const NOW: &str = "2026-11-20T09:00:00Z";

const MARKET: &str = r#"
[[topic]]
name = "pricing"
description = "What things cost, and why it rises."
[[account]]
name = "Acme"
[[reader]]
id = "ada-of-berlin"
name = "Ada Lovelace"
email = "ada@seller.example"
accounts = ["Acme"]
[[reader]]
id = "ben"
name = "Ben"
"#;

/// A reader's id that no page may show.
pub(crate) const READER: &str = "ada-of-berlin";

/// A store with a digest of one point and the news of one account.
pub(crate) struct World {
    pub(crate) store: Arc<SledStore>,
    pub(crate) market: Arc<Market>,
    pub(crate) links: Links,
    pub(crate) digest: Digest,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(MARKET)
    }

    /// The same where the market is another; what leads to readers is the same.
    pub(crate) fn of(market: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SledStore::open(&folder.path().join("store")).unwrap());
        let posts = ["claim", "story", "quote", "news"]
            .map(|key| post(key, "2026-11-19T08:00:00Z", "They rise."));
        store.keep(&posts).unwrap();
        let told: [PostId; 4] = posts.map(|post| post.id);
        let digest = digest(READER, "2026-11-20", told, 2);
        store.claim(&digest).unwrap();
        let market = Market::parse(&[(PathBuf::from("m.toml"), market.to_owned())]).unwrap();
        let links = Links::at("https://overheard.example", [9; KEY_BYTES]);
        Self { store, market: Arc::new(market), links, digest, _folder: folder }
    }

    pub(crate) fn now() -> Timestamp {
        NOW.parse().unwrap()
    }
}
