//! The sample market's files, compiled in: the binary works from anywhere.
//!
//! `sources/demo/` is read and edited there like any content; a test fails when [`FILES`] and the
//! folder differ.

use std::time::Duration;

use axum::body::Bytes;

use super::{Manner, Served};

/// The sample market's sources.
pub const SOURCES: &str = include_str!("../../../sources/demo/sources.toml");
/// Its topics and signals.
pub const TOPICS: &str = include_str!("../../../sources/demo/topics.toml");
/// The accounts its readers care about.
pub const ACCOUNTS: &str = include_str!("../../../sources/demo/accounts.toml");
/// Its readers.
pub const READERS: &str = include_str!("../../../sources/demo/readers.toml");
/// The morning of its digest, UTC: the moment at which the market is read.
pub const MORNING: &str = "2026-11-20T07:00:00Z";

/// The sites that do not serve.
pub(super) const MANNERS: [(&str, Manner); 3] = [
    ("edgegazette.example", Manner::Fails),
    ("slowtrain.example", Manner::Hangs),
    ("busybeat.example", Manner::Busy(Duration::from_hours(2))),
];

/// Pairs each path below `sources/demo/site/` with its bytes. A path begins with its host.
macro_rules! site {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../../sources/demo/site/", $path)))),*]
    };
}

/// Every file of the sample market, with its path below `sources/demo/site/`.
#[rustfmt::skip]
pub const FILES: &[(&str, &[u8])] = site![
    "blog.brackenfold.example/feed.rss",
    "brackenfold-community.example/latest.json",
    "caldervoss.example/briefs.atom",
    "cloudbillsurvey.example/results.rss",
    "cloudcourier.example/rss.xml",
    "coldboot.example/2026/10/pages-that-matter/index.html",
    "coldboot.example/2026/10/region-choice/index.html",
    "coldboot.example/2026/10/spare-laptop/index.html",
    "coldboot.example/2026/11/agents-runbook/index.html",
    "coldboot.example/2026/11/boot-times/index.html",
    "coldboot.example/2026/11/send-less/index.html",
    "coldboot.example/index.html",
    "coldboot.example/robots.txt",
    "dailyrack.example/feed.rss",
    "fernhill.example/notes.rss",
    "harbourbusiness.example/news.rss",
    "hn.example/api/v1/search_by_date.json",
    "imkehalvorsen.example/letter.atom",
    "infraweekly.example/feed.json",
    "lindhavenpost.example/rss",
    "meridian-data.example/news.rss",
    "mossbank.example/it.rss",
    "newsroom.brackenfold.example/press.atom",
    "notes.lanternworks.example/field.json",
    "opsdigest.example/feed.rss",
    "pagerfatigue.example/feed.rss",
    "platformledger.example/feed.atom",
    "portolan-freight.example/engineering.atom",
    "querytax.example/feed.json",
    "quillstream.example/blog/feed.rss",
    "rechenzentrum-kurier.example/feed.rss",
    "saltmarsh.example/engineering/apprentices.html",
    "saltmarsh.example/engineering/chargeback-cheese.html",
    "saltmarsh.example/engineering/freezer-sensors.html",
    "saltmarsh.example/engineering/index.html",
    "saltmarsh.example/engineering/kestrelbase-to-open-tables.html",
    "saltmarsh.example/engineering/log-quota.html",
    "saltmarsh.example/engineering/orders-during-outage.html",
    "saltmarsh.example/robots.txt",
    "stackherald.example/index.rdf",
    "status.tarnwick.example/history.atom",
    "tidewater.example/atom.xml",
    "tootline.example/api/v1/timelines/tag/sysadmin.json",
    "tootline.example/api/v1/timelines/tag/sysadmin@max_id=117614381629440014.json",
    "wirepoint.example/business.rss",
];

/// The files as they are served.
pub(super) fn files() -> Vec<Served> {
    FILES
        .iter()
        .filter_map(|(path, body)| {
            let (host, path) = path.split_once('/')?;
            Some(Served {
                host: host.to_owned(),
                path: format!("/{path}"),
                content_type: content_type(path).to_owned(),
                body: Bytes::from_static(body),
            })
        })
        .collect()
}

/// The media type a careful site owner would give.
fn content_type(path: &str) -> &'static str {
    let extension = path.rsplit_once('.').map_or("rss", |(_, extension)| extension);
    match extension {
        "atom" => "application/atom+xml; charset=utf-8",
        "rdf" => "application/rdf+xml; charset=utf-8",
        "xml" => "text/xml; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "json" if path.starts_with("api/") => "application/json; charset=utf-8",
        "json" => "application/feed+json; charset=utf-8",
        _ => "application/rss+xml; charset=utf-8",
    }
}
