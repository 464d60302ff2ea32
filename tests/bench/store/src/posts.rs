//! Posts as they come: 1.4 KB of words, over twelve months, 500 of them on the last day.

use jiff::{SignedDuration, Timestamp};
use overheard::post::{Author, Post, Said};

/// The last day's posts.
const LAST_DAY: usize = 500;

const WORDS: [&str; 64] = [
    "cloud", "cost", "outage", "price", "team", "report", "market", "quarter", "vendor", "customer",
    "contract", "renewal", "budget", "growth", "margin", "latency", "storage", "network", "security",
    "incident", "engineer", "hiring", "layoff", "funding", "round", "series", "partner", "release",
    "feature", "roadmap", "support", "ticket", "billing", "egress", "region", "cluster", "database",
    "backup", "restore", "migrate", "platform", "service", "product", "launch", "analyst", "survey",
    "expert", "opinion", "review", "complaint", "praise", "the", "of", "and", "to", "in", "that",
    "with", "for", "we", "they", "was", "is", "not",
];

/// Post number `n` of so many.
pub fn post(n: usize, of: usize) -> Post {
    let mut state = n as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 31
    };
    let mut text = String::with_capacity(1_500);
    while text.len() < 1_400 {
        let drawn = next();
        text.push_str(WORDS[(drawn % 64) as usize]);
        // Words of its own: not everything packs.
        if drawn % 7 == 0 {
            text.push_str(&format!("{:x}", drawn >> 8 & 0xffff_ffff));
        }
        text.push(if drawn % 13 == 0 { '.' } else { ' ' });
    }
    let said = Said {
        key: format!("https://source-{}.example/{n}", n % 500),
        url: Some(format!("https://source-{}.example/{n}", n % 500)),
        title: Some(format!("Number {n} of the {}", WORDS[n % 51])),
        text,
        author: Some(Author { name: Some(format!("Author {}", n % 977)), ..Author::default() }),
        published: Some(when(n, of)),
        ..Said::default()
    };
    let source = format!("source-{}", n % 500);
    Post::new(&source.parse().expect("it is an id"), said, when(n, of))
}

/// The last day.
pub fn busy_window(of: usize) -> (Timestamp, Timestamp) {
    (when(of - LAST_DAY, of), when(of, of))
}

/// Evenly over the months, the last 500 within a day.
fn when(n: usize, of: usize) -> Timestamp {
    let begin: Timestamp = "2025-01-01T00:00:00Z".parse().expect("it is a moment");
    let days = SignedDuration::from_hours(24 * 364);
    let early = of - LAST_DAY;
    let seconds = if n < early {
        days.as_secs() as f64 * n as f64 / early as f64
    } else {
        days.as_secs() as f64 + 86_000.0 * (n - early) as f64 / LAST_DAY as f64
    };
    begin + SignedDuration::from_secs(seconds as i64)
}
